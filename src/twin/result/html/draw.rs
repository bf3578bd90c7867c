//! The few things that every picture is drawn with.

use std::fmt::Write;

/// The width of a picture.
pub(super) const WIDTH: f64 = 860.0;

/// Text as HTML shows it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A picture of this height; `label` is for those who cannot see it.
pub(super) fn picture(height: f64, label: &str, body: &str) -> String {
    let label = escaped(label);
    format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{label}\">\n{body}</svg>\n")
}

/// Text at a point; `anchor` is start, middle or end.
pub(super) fn text(x: f64, y: f64, anchor: &str, class: &str, words: &str) -> String {
    let words = escaped(words);
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{words}</text>\n")
}

/// A straight line.
pub(super) fn line(from: (f64, f64), to: (f64, f64), class: &str) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>\n")
}

/// A rectangle, with what it shows.
pub(super) fn rectangle(x: f64, y: f64, width: f64, height: f64, class: &str, title: &str) -> String {
    let title = escaped(title);
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" class=\"{class}\"><title>{title}</title></rect>\n",
        width.max(0.0),
        height.max(0.0)
    )
}

/// A point, with what it shows.
pub(super) fn dot(x: f64, y: f64, class: &str, title: &str) -> String {
    let title = escaped(title);
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" class=\"{class}\"><title>{title}</title></circle>\n")
}

/// Where a rectangle of a picture lies, and how far its values reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) most: f64,
}

impl Frame {
    /// How high a value lies.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - value / self.most)
    }

    /// Where the step `number` of `count` begins.
    pub(super) fn x(&self, number: usize, count: usize) -> f64 {
        self.left + self.width * number as f64 / count.max(1) as f64
    }

    /// A step function, from its values; filled down to zero where `filled`.
    pub(super) fn steps(&self, values: &[f64], class: &str, filled: bool) -> String {
        let mut path = String::new();
        for (number, value) in values.iter().enumerate() {
            let (from, to, y) = (
                self.x(number, values.len()),
                self.x(number + 1, values.len()),
                self.y(*value),
            );
            let stroke = if number == 0 { 'M' } else { 'L' };
            // Writing to a String never fails.
            let _ = write!(path, "{stroke}{from:.1},{y:.1}L{to:.1},{y:.1}");
        }
        if filled && !values.is_empty() {
            let (left, right, bottom) = (self.left, self.left + self.width, self.y(0.0));
            let _ = write!(path, "L{right:.1},{bottom:.1}L{left:.1},{bottom:.1}Z");
        }
        format!("<path d=\"{path}\" class=\"{class}\"/>\n")
    }

    /// Rules at round values, with their numbers on the left.
    pub(super) fn rules(&self, unit: &str) -> String {
        let step = round(self.most / 4.0);
        let mut rules = String::new();
        for number in 0..=(self.most / step) as i32 {
            // Without the noise of binary fractions.
            let value = (f64::from(number) * step * 1e9).round() / 1e9;
            let y = self.y(value);
            rules += &line((self.left, y), (self.left + self.width, y), "rule");
            rules += &text(self.left - 6.0, y + 4.0, "end", "soft", &format!("{value}{unit}"));
        }
        rules
    }
}

/// The next 1, 2 or 5 times a power of ten at or above a value.
pub(super) fn round(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= value * 0.999_999)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_stand_at_round_values() {
        for (value, rounded) in [(0.3, 0.5), (1.0, 1.0), (17.0, 20.0), (51.0, 100.0), (0.0, 1.0)] {
            assert!((round(value) - rounded).abs() < 1e-9, "{value}: {}", round(value));
        }
    }

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
