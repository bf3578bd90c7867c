//! Saving against mean wait: what each run gets for the patience that it asks for.

use maud::{Markup, html};

use super::input::{By, Page};
use super::rivals::class;
use super::scale::{Scale, decimals, ticks};
use super::words::{hours, number, percent, short};
use crate::twin::account::Figures;

const WIDTH: f64 = 460.0;

/// Saving against mean wait. Bounds have no wait, and stand as lines.
pub(super) fn scatter(page: &Page) -> Markup {
    let points: Vec<(usize, f64, f64)> = page
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.by != By::Bound)
        .filter_map(|(number, run)| Some((number, run.figures.mean_wait_hours?, run.figures.saved_share?)))
        .filter(|(_, wait, saved)| wait.is_finite() && saved.is_finite())
        .collect();
    let bounds: Vec<&Figures> = page
        .runs
        .iter()
        .filter(|run| run.by == By::Bound && run.figures.saved_share.is_some())
        .map(|run| &run.figures)
        .collect();
    let shares = || {
        points
            .iter()
            .map(|point| point.2)
            .chain(bounds.iter().filter_map(|run| run.saved_share))
    };
    let xs = ticks(0.0, points.iter().map(|point| point.1).fold(0.1, f64::max), 5);
    let ys = ticks(shares().fold(0.0, f64::min), shares().fold(0.01, f64::max), 5);
    let ends = |ticks: &[f64]| (ticks[0], ticks[ticks.len() - 1]);
    let (x, y) = (Scale::of(ends(&xs), (44.0, 448.0)), Scale::of(ends(&ys), (268.0, 12.0)));
    let said = |(number, wait, saved): &(usize, f64, f64)| {
        format!(
            "{}: {} saved at {} mean wait",
            page.runs[*number].figures.name,
            percent(*saved),
            hours(*wait)
        )
    };
    let all: Vec<String> = points.iter().map(said).collect();
    html! {
        svg viewBox=(format!("0 0 {WIDTH} 308")) role="img" aria-labelledby="scatter-t scatter-d" {
            title id="scatter-t" { "Saving against mean wait" }
            desc id="scatter-d" { (all.join("; ")) "." }
            @for value in &ys {
                line.rule x1="44" x2="448" y1=(y.at(*value)) y2=(y.at(*value)) {}
                text.tick x="39" y=(y.at(*value) + 4.0) text-anchor="end" { (number(Some(value * 100.0), decimals(&ys).saturating_sub(2), "")) }
            }
            @for value in &xs {
                text.tick x=(x.at(*value)) y="284" text-anchor="middle" { (number(Some(*value), decimals(&xs), "")) }
            }
            text.tick x="246" y="302" text-anchor="middle" { "mean wait, hours" }
            text.tick x="12" y="140" text-anchor="middle" transform="rotate(-90 12 140)" { "saved, % of all at once" }
            @for run in bounds {
                @let at = y.at(run.saved_share.unwrap_or_default());
                line.limit x1="44" x2="448" y1=(at) y2=(at) {}
                text.bound x="48" y=(at - 4.0) { (short(&run.name, 40)) }
            }
            (labels(page, &points, x, y))
            @for (number, wait, saved) in &points {
                (marker(class(page, *number), page.runs[*number].knows_more, x.at(*wait), y.at(*saved)))
            }
        }
    }
}

/// Ours is a filled diamond, a rival a ring, a rival that knows more a triangle: never told by colour alone.
fn marker(class: &str, knows_more: bool, x: f64, y: f64) -> Markup {
    html! {
        @if class == "ours" || class == "policy" {
            path class=(format!("mark {class}")) d=(format!("M{x} {}l7 7l-7 7l-7-7z", y - 7.0)) {}
        } @else if knows_more {
            path class=(format!("mark {class}")) d=(format!("M{x} {}l6 10h-12z", y - 6.0)) {}
        } @else {
            circle class=(format!("mark {class}")) cx=(x) cy=(y) r="5" {}
        }
    }
}

/// A name beside its point.
struct Label {
    run: usize,
    name: String,
    /// The point.
    at: (f64, f64),
    /// Where the text begins and ends, and its base line.
    from: f64,
    to: f64,
    base: f64,
}

impl Label {
    fn is_clear_of(&self, others: &[(f64, f64, f64)]) -> bool {
        let hits =
            |(from, to, base): &(f64, f64, f64)| *from < self.to && self.from < *to && (self.base - base).abs() < 13.0;
        self.from > 40.0 && self.to < WIDTH && !others.iter().any(hits)
    }
}

/// Names beside the points: right or left of them, or as far above or below as there is room.
fn labels(page: &Page, points: &[(usize, f64, f64)], x: Scale, y: Scale) -> Markup {
    // Nothing is written over a point: each takes the room of a short text.
    let mut taken: Vec<(f64, f64, f64)> = points
        .iter()
        .map(|point| (x.at(point.1) - 7.0, x.at(point.1) + 7.0, y.at(point.2) + 4.0))
        .collect();
    let mut labels = Vec::new();
    for (run, wait, saved) in points {
        let name = short(&page.runs[*run].figures.name, 24);
        let (width, at) = (6.8 * name.chars().count() as f64, (x.at(*wait), y.at(*saved)));
        let place = |(row, is_left): (i32, bool)| {
            // Away from the point by one row down, one up, two down and so on.
            let rows = f64::from((row + 1) / 2) * if row % 2 == 1 { 1.0 } else { -1.0 };
            let from = if is_left { at.0 - 11.0 - width } else { at.0 + 11.0 };
            let (to, base) = (from + width, at.1 + 4.0 + 14.0 * rows);
            Label {
                run: *run,
                name: name.clone(),
                at,
                from,
                to,
                base,
            }
        };
        let places = (0..12).flat_map(|row| [(row, false), (row, true)]);
        let label = places
            .map(place)
            .find(|label| label.is_clear_of(&taken))
            .unwrap_or_else(|| place((0, false)));
        taken.push((label.from, label.to, label.base));
        labels.push(label);
    }
    html! {
        @for label in &labels {
            @if (label.base - label.at.1 - 4.0).abs() > 6.0 {
                @let end = if label.from > label.at.0 { label.from - 1.0 } else { label.to + 1.0 };
                line.leader x1=(label.at.0) y1=(label.at.1) x2=(end) y2=(label.base - 4.0) {}
            }
            text class=(class(page, label.run)) x=(label.from) y=(label.base) { (label.name) }
        }
    }
}
