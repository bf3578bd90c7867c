//! Symmetric matrices, and what is solved with them: as much as a regression needs.

/// A symmetric matrix: its lower triangle, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

impl Symmetric {
    /// `size` rows and columns, `diagonal` times the identity.
    pub(super) fn diagonal(size: usize, diagonal: f64) -> Self {
        let mut matrix = Self {
            size,
            cells: vec![0.0; size * (size + 1) / 2],
        };
        matrix.add_diagonal(diagonal);
        matrix
    }

    /// Of the cells of a lower triangle, row by row; `None` where they fill no such triangle.
    pub(super) fn of(size: usize, cells: Vec<f64>) -> Option<Self> {
        (cells.len() == size * (size + 1) / 2).then_some(Self { size, cells })
    }

    /// The rows of the lower triangle: of one cell, two cells, and so on.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.size).map(|row| &self.cells[at(row, 0)..=at(row, row)])
    }

    /// Adds `factor` times the identity.
    pub(super) fn add_diagonal(&mut self, factor: f64) {
        (0..self.size).for_each(|i| self.cells[at(i, i)] += factor);
    }

    /// Adds `factor` times the product of a vector with itself.
    pub(super) fn add_product(&mut self, vector: &[f64], factor: f64) {
        let mut cells = self.cells.iter_mut();
        for (i, left) in vector.iter().enumerate() {
            let left = left * factor;
            for (right, cell) in vector[..=i].iter().zip(cells.by_ref()) {
                *cell += left * right;
            }
        }
    }

    /// Adds `factor` times another matrix of this size.
    pub(super) fn add(&mut self, other: &Self, factor: f64) {
        let pairs = self.cells.iter_mut().zip(&other.cells);
        pairs.for_each(|(cell, other)| *cell += other * factor);
    }

    /// The product with a vector.
    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let cell = |i: usize, j: usize| self.cells[at(i.max(j), i.min(j))];
        let row = |i: usize| vector.iter().enumerate().map(|(j, x)| cell(i, j) * x).sum();
        (0..self.size).map(row).collect()
    }

    /// What it must be multiplied with to come to `right`; `None` where it is not positive definite.
    pub(super) fn solve(&self, right: &[f64]) -> Option<Vec<f64>> {
        let solved = self.clone().decompose()?.substitute(right.to_vec());
        solved.iter().all(|cell| cell.is_finite()).then_some(solved)
    }

    /// Its inverse; `None` where it is not positive definite.
    pub(super) fn inverse(&self) -> Option<Self> {
        let factor = self.clone().decompose()?;
        let mut cells: Vec<f64> = Vec::with_capacity(self.cells.len());
        for i in 0..self.size {
            let mut unit = vec![0.0; self.size];
            unit[i] = 1.0;
            cells.extend(&factor.substitute(unit)[..=i]);
        }
        let is_finite = cells.iter().all(|cell| cell.is_finite());
        Self::of(self.size, cells).filter(|_| is_finite)
    }

    /// Its Cholesky factor, a lower triangle; `None` where it is not positive definite.
    fn decompose(mut self) -> Option<Self> {
        let cells = &mut self.cells;
        for i in 0..self.size {
            for j in 0..=i {
                let (left, right) = (&cells[at(i, 0)..at(i, j)], &cells[at(j, 0)..at(j, j)]);
                let known: f64 = left.iter().zip(right).map(|(left, right)| left * right).sum();
                let rest = cells[at(i, j)] - known;
                cells[at(i, j)] = if i != j {
                    rest / cells[at(j, j)]
                } else if rest > 0.0 {
                    rest.sqrt()
                } else {
                    return None;
                };
            }
        }
        Some(self)
    }

    /// Of a Cholesky factor: forwards through it, then backwards through its transpose.
    fn substitute(&self, mut right: Vec<f64>) -> Vec<f64> {
        let cell = |i: usize, j: usize| self.cells[at(i, j)];
        for i in 0..self.size {
            let known: f64 = (0..i).map(|k| cell(i, k) * right[k]).sum();
            right[i] = (right[i] - known) / cell(i, i);
        }
        for i in (0..self.size).rev() {
            let known: f64 = (i + 1..self.size).map(|k| cell(k, i) * right[k]).sum();
            right[i] = (right[i] - known) / cell(i, i);
        }
        right
    }
}

/// Where the lower triangle keeps a row and column, `column <= row`.
const fn at(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let is_close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(is_close), "{found:?}");
    }

    #[test]
    fn a_solution_multiplied_comes_to_the_right_side() {
        let matrix = Symmetric::of(3, vec![4.0, 1.0, 3.0, -1.0, 0.5, 2.0]).unwrap();
        let solution = matrix.solve(&[1.0, 2.0, 3.0]).unwrap();
        close(&matrix.times(&solution), &[1.0, 2.0, 3.0]);
        close(&matrix.times(&[1.0, 10.0, 100.0]), &[-86.0, 81.0, 204.0]);
    }

    #[test]
    fn an_inverse_is_that_of_a_matrix_worked_out_by_hand() {
        let matrix = Symmetric::of(2, vec![4.0, 1.0, 3.0]).unwrap();
        close(&matrix.inverse().unwrap().cells, &[3.0 / 11.0, -1.0 / 11.0, 4.0 / 11.0]);
    }

    #[test]
    fn sums_are_taken_cell_by_cell() {
        let mut matrix = Symmetric::diagonal(2, 1.0);
        matrix.add_product(&[2.0, 3.0], 10.0);
        matrix.add(&Symmetric::diagonal(2, 4.0), 0.5);
        let rows: Vec<_> = matrix.rows().collect();
        assert_eq!(rows, [&[43.0][..], &[60.0, 93.0]]);
    }

    #[test]
    fn what_is_not_positive_definite_is_not_solved() {
        let matrix = Symmetric::of(2, vec![1.0, 2.0, 1.0]).unwrap();
        assert_eq!((matrix.solve(&[1.0, 1.0]), matrix.inverse()), (None, None));
        assert_eq!(Symmetric::of(2, vec![1.0, 2.0]), None, "no triangle");
    }
}
