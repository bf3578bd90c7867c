//! From values to places on a chart.

/// A line from values to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    values: (f64, f64),
    pixels: (f64, f64),
}

impl Scale {
    /// Maps the first value to the first pixel, and the last to the last.
    pub(super) fn of(values: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { values, pixels }
    }

    /// The pixel of a value, rounded so that the page stays small.
    pub(super) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let part = if high > low { (value - low) / (high - low) } else { 0.0 };
        let pixel = self.pixels.0 + part.clamp(-1.0, 2.0) * (self.pixels.1 - self.pixels.0);
        (pixel * 10.0).round() / 10.0
    }
}

/// Round values from at or below `low` to at or above `high`, about so many: multiples of 1, 2 or 5.
pub(super) fn ticks(low: f64, high: f64, about: usize) -> Vec<f64> {
    let range = if high > low { high - low } else { 1.0 };
    let rough = range / about.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let first = (low / step + 1e-9).floor();
    let last = (high.max(low + range) / step - 1e-9).ceil();
    let count = (last - first).clamp(1.0, 50.0) as usize;
    (0..=count).map(|i| (first + i as f64) * step).collect()
}

/// How many decimals tell these values apart.
pub(super) fn decimals(ticks: &[f64]) -> usize {
    let step = ticks
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::INFINITY, f64::min);
    if step.is_finite() && step > 0.0 {
        (-(step * 1.001).log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        0
    }
}

/// A path of steps: each value from its place to the next, over the places given and one more.
pub(super) fn steps(x: Scale, y: Scale, values: &[f64]) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    let mut pen = false;
    for (i, value) in values.iter().enumerate() {
        if !value.is_finite() {
            pen = false;
            continue;
        }
        let (from, to, at) = (x.at(i as f64), x.at(i as f64 + 1.0), y.at(*value));
        let start = if pen { format!("V{at}") } else { format!("M{from} {at}") };
        // Writing to a string does not fail.
        let _ = write!(path, "{start}H{to}");
        pen = true;
    }
    path
}

/// The same path, closed down to `base`; gaps fall to it.
pub(super) fn area(x: Scale, y: Scale, values: &[f64], base: f64) -> String {
    let filled: Vec<f64> = values
        .iter()
        .map(|value| if value.is_finite() { *value } else { base })
        .collect();
    if filled.is_empty() {
        return String::new();
    }
    format!("{}V{}H{}Z", steps(x, y, &filled), y.at(base), x.at(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_all_values() {
        assert_eq!(ticks(0.0, 100.0, 4), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(0.0, 7.0, 4), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(-3.0, 12.0, 4), [-5.0, 0.0, 5.0, 10.0, 15.0]);
        assert_eq!(ticks(0.0, 0.0, 4).first(), Some(&0.0));
    }

    #[test]
    fn ticks_are_written_so_that_they_differ() {
        let written = [&[0.0, 50.0][..], &[0.0, 0.2, 0.4], &[0.0, 0.05], &[1.0]].map(decimals);
        assert_eq!(written, [0, 1, 2, 0]);
    }

    #[test]
    fn a_path_skips_the_hours_without_a_value() {
        let x = Scale::of((0.0, 3.0), (0.0, 30.0));
        let y = Scale::of((0.0, 10.0), (100.0, 0.0));
        assert_eq!(steps(x, y, &[5.0, f64::NAN, 10.0]), "M0 50H10M20 0H30");
        assert_eq!(area(x, y, &[5.0, f64::NAN], 0.0), "M0 50H10V100H20V100H0Z");
    }
}
