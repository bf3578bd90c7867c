//! Values as bars of one character each.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One bar a value, from the lowest to the highest of `range`; a space where there is none.
pub(super) fn sparkline(values: &[Option<f64>], range: (f64, f64)) -> String {
    let (lowest, highest) = range;
    let bar = |value: &Option<f64>| {
        let Some(value) = value else { return ' ' };
        let height = (value - lowest) / (highest - lowest).max(f64::MIN_POSITIVE);
        let step = (height * BARS.len() as f64).floor() as usize;
        BARS[step.min(BARS.len() - 1)]
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_is_a_line_the_highest_a_block_and_nothing_a_gap() {
        let values = [Some(1.0), Some(4.5), None, Some(8.0)];
        assert_eq!(sparkline(&values, (1.0, 8.0)), "▁▅ █");
    }

    #[test]
    fn what_never_changes_is_flat() {
        assert_eq!(sparkline(&[Some(5.0), Some(5.0)], (5.0, 5.0)), "▁▁");
    }
}
