//! Where the weights of our own method start, and how firmly: a small file that `cargo bench --bench forecast -- --fit` writes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::features::{FEATURES, NAMES};
use super::learned::{SHAPES, WEIGHTS};
use super::regression::Regression;
use super::symmetric::Symmetric;

/// What zones have in common, found by [`fit_prior`](super::fit_prior); `docs/forecasts.md` says on which series, and how well it
/// does on others.
pub(super) static PRIOR: LazyLock<Prior> = LazyLock::new(|| Prior::read(include_str!("prior.txt")).unwrap_or_default());

/// The weights before anything is known of a zone, for series of a spread of 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prior {
    /// Weights for how hours rank within a window: those of a feature side by side, one a shape.
    pub(super) ranking: Vec<f64>,
    /// How much these are alike from zone to zone, and which go together: the inverse of their covariance.
    pub(super) precision: Symmetric,
    /// Weights for the level of a window, one a feature.
    pub(super) level: Vec<f64>,
}

impl Default for Prior {
    /// One that adds nothing to `corrected`.
    fn default() -> Self {
        Self {
            ranking: vec![0.0; WEIGHTS],
            precision: Symmetric::diagonal(WEIGHTS, 1.0),
            level: vec![0.0; FEATURES],
        }
    }
}

impl Prior {
    /// Of a text as [`Prior::text`] makes it; `None` where it has too few or too many numbers.
    pub(super) fn read(text: &str) -> Option<Self> {
        let words = text
            .lines()
            .flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
        let numbers: Vec<f64> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let (weights, triangle) = numbers.split_at_checked(FEATURES * (SHAPES + 1))?;
        let by_feature = weights.chunks_exact(SHAPES + 1);
        Some(Self {
            ranking: by_feature.clone().flat_map(|line| &line[..SHAPES]).copied().collect(),
            precision: Symmetric::of(WEIGHTS, triangle.to_vec())?,
            level: by_feature.map(|line| line[SHAPES]).collect(),
        })
    }

    /// A line a feature, with the weights of its shapes and the one for the level, then the lower triangle of the precision;
    /// four digits each. What follows a `#` is for the reader.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("# ranking: constant, fading within 4 h, within 24 h; level\n");
        let by_feature = self.ranking.chunks_exact(SHAPES).zip(&self.level);
        for ((ranking, level), name) in by_feature.zip(NAMES) {
            let _ = writeln!(text, "{} {} # {name}", line(ranking), line(&[*level]));
        }
        text.push_str("# precision of the weights for ranking\n");
        for row in self.precision.rows() {
            let _ = writeln!(text, "{}", line(row));
        }
        text
    }

    /// The weights for ranking as if they had been learned.
    pub(super) fn of_ranking(&self) -> Regression {
        Regression::around(&self.ranking, self.precision.clone())
    }

    /// The weights for the level as if they had been learned.
    pub(super) fn of_level(&self) -> Regression {
        Regression::around(&self.level, Symmetric::diagonal(FEATURES, 1.0))
    }
}

/// Numbers of four digits; what rounding has left of zero is zero.
fn line(numbers: &[f64]) -> String {
    let short = |number: &f64| {
        let rounded = format!("{number:.3e}").parse().unwrap_or(*number);
        let rounded = if rounded.abs() < 1e-6 { 0.0 } else { rounded };
        format!("{rounded}")
    };
    numbers.iter().map(short).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_of_the_house_is_whole_and_positive_definite() {
        let prior = Prior::read(include_str!("prior.txt")).unwrap();
        assert_eq!(prior, *PRIOR);
        assert!(
            prior
                .ranking
                .iter()
                .chain(&prior.level)
                .all(|weight| weight.abs() < 2.0)
        );
        assert!(prior.precision.inverse().is_some());
        assert_eq!(
            prior.text(),
            include_str!("prior.txt"),
            "made by the fit, and not by hand"
        );
    }

    #[test]
    fn a_prior_that_is_written_can_be_read_again() {
        let mut prior = Prior::default();
        prior.ranking[4] = -0.012_34;
        prior.level[2] = 0.5;
        prior.precision.add_product(&[0.5; WEIGHTS], 1.0);
        assert_eq!(Prior::read(&prior.text()), Some(prior));
    }

    #[test]
    fn a_text_with_too_few_numbers_or_other_words_is_no_prior() {
        let text = Prior::default().text();
        assert_eq!(Prior::read(text.trim_end_matches("1\n")), None);
        assert_eq!(Prior::read(&text.replacen("0 ", "x ", 1)), None);
        assert_eq!(Prior::read(""), None);
    }

    #[test]
    fn numbers_have_four_digits_and_traces_of_zero_are_zero() {
        assert_eq!(line(&[0.123_456, -1234.56, 3e-14, -4e-9, 0.5]), "0.1235 -1235 0 0 0.5");
    }
}
