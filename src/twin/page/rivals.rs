//! The runs side by side: what each emits, what it saves for how much waiting, and all figures in a table.

use maud::{Markup, html};

use super::input::{By, Figures, Page};
use super::scale::{Scale, decimals, ticks};
use super::words::{count, hours, mass, number, percent, short};

const WIDTH: f64 = 460.0;

/// The class of whatever stands for a run.
fn class(page: &Page, number: usize) -> &'static str {
    match page.runs[number].by {
        _ if number == page.about => "ours",
        By::Policy => "policy",
        By::Rival => "rival",
        By::Bound => "bound",
    }
}

/// The emissions of each run as bars, the least first.
pub(super) fn bars(page: &Page) -> Markup {
    const ROW: f64 = 24.0;
    let mut runs: Vec<usize> = (0..page.runs.len())
        .filter(|run| page.runs[*run].grams.is_finite())
        .collect();
    runs.sort_by(|a, b| page.runs[*a].grams.total_cmp(&page.runs[*b].grams));
    let most = runs
        .iter()
        .map(|run| page.runs[*run].grams)
        .fold(page.run_now_grams, f64::max);
    let x = Scale::of((0.0, most), (128.0, 340.0));
    let height = ROW * runs.len() as f64 + 8.0;
    let said = |run: &Figures| format!("{} {}, {}", run.name, mass(run.grams), saved(run));
    let all: Vec<String> = runs.iter().map(|run| said(&page.runs[*run])).collect();
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby="bars-t bars-d" {
            title id="bars-t" { "Emissions of each run" }
            desc id="bars-d" { (all.join("; ")) "." }
            (hatch("bars-h"))
            @for (row, run) in runs.iter().enumerate() {
                @let figures = &page.runs[*run];
                @let y = 4.0 + ROW * row as f64;
                @let of_bound = figures.by == By::Bound;
                @let fill = of_bound.then_some("url(#bars-h)");
                text class=(class(page, *run)) x="122" y=(y + 15.0) text-anchor="end" { (short(&figures.name, 18)) }
                rect class=(format!("bar {}", class(page, *run))) x=(x.at(0.0)) y=(y + 2.0)
                    width=(x.at(figures.grams.max(0.0)) - x.at(0.0)) height=(ROW - 7.0) fill=[fill] {}
                text class=(class(page, *run)) x=(x.at(figures.grams.max(0.0)) + 6.0) y=(y + 15.0) {
                    (mass(figures.grams)) tspan.faint { "  " (saved(figures)) }
                }
            }
        }
    }
}

/// `−31.2 %`: what a run emits less than all at once.
fn saved(run: &Figures) -> String {
    match run.saved_share {
        Some(share) if share.abs() < 0.0005 => "±0".into(),
        Some(share) if share < 0.0 => format!("+{}", percent(-share)),
        share => percent(share.map(|share| -share)),
    }
}

/// Saving against mean wait. Bounds have no wait, and stand as lines.
pub(super) fn scatter(page: &Page) -> Markup {
    let points: Vec<(usize, f64, f64)> = page
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.by != By::Bound)
        .filter_map(|(number, run)| Some((number, run.mean_wait_hours?, run.saved_share?)))
        .filter(|(_, wait, saved)| wait.is_finite() && saved.is_finite())
        .collect();
    let bounds: Vec<&Figures> = page
        .runs
        .iter()
        .filter(|run| run.by == By::Bound && run.saved_share.is_some())
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
            page.runs[*number].name,
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
                text.bound x="446" y=(at - 4.0) text-anchor="end" { (short(&run.name, 40)) }
            }
            @for (number, wait, saved) in &points {
                (marker(class(page, *number), page.runs[*number].knows_more, x.at(*wait), y.at(*saved)))
            }
            (labels(page, &points, x, y))
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

/// Names beside the points, moved apart where they would lie on each other.
fn labels(page: &Page, points: &[(usize, f64, f64)], x: Scale, y: Scale) -> Markup {
    const APART: f64 = 14.0;
    let mut by_height = points.to_vec();
    by_height.sort_by(|a, b| y.at(a.2).total_cmp(&y.at(b.2)).then(x.at(a.1).total_cmp(&x.at(b.1))));
    let mut placed: Vec<(f64, f64, f64)> = Vec::new();
    let mut texts = Vec::new();
    for (number, wait, saved) in by_height {
        let name = short(&page.runs[number].name, 24);
        let width = 7.0 * name.chars().count() as f64;
        let (at, left) = (x.at(wait), x.at(wait) + 11.0 + width > 452.0);
        let from = if left { at - 11.0 - width } else { at + 11.0 };
        let mut height = y.at(saved) + 4.0;
        while let Some(other) = placed
            .iter()
            .find(|(start, end, other)| *start < from + width && from < *end && (height - other).abs() < APART)
        {
            height = other.2 + APART;
        }
        placed.push((from, from + width, height));
        texts.push((number, name, at, if left { -11.0 } else { 11.0 }, height, y.at(saved)));
    }
    html! {
        @for (number, name, at, side, height, point) in &texts {
            @if (height - point - 4.0).abs() > 6.0 {
                line.leader x1=(at + side / 2.0) y1=(point) x2=(at + side) y2=(height - 4.0) {}
            }
            text class=(class(page, *number)) x=(at + side) y=(height)
                text-anchor=(if *side < 0.0 { "end" } else { "start" }) { (name) }
        }
    }
}

/// All figures of all runs.
pub(super) fn table(page: &Page) -> Markup {
    let order = |run: &usize| page.runs[*run].saved_share.unwrap_or(f64::NEG_INFINITY);
    let mut runs: Vec<usize> = (0..page.runs.len()).collect();
    runs.sort_by(|a, b| order(b).total_cmp(&order(a)));
    let knows_more = page.runs.iter().any(|run| run.knows_more);
    html! {
        div.scroll { table {
            caption { "All runs on the same jobs and grids, the most saved first" }
            thead { tr {
                th scope="col" { "Run" }
                @for name in ["Emitted", "Saved", "Of possible", "Mean wait", "95 % wait", "Missed", "Overbooked", "Dirtier", "Pauses", "Moves", "Peak jobs", "Planning"] {
                    th.num scope="col" { (name) }
                }
            } }
            tbody { @for number in runs { (row(page, number)) } }
        } }
        @if knows_more {
            p.note { "† knows more of the future than this run did: shown for comparison." }
        }
    }
}

fn row(page: &Page, index: usize) -> Markup {
    let run = &page.runs[index];
    let kind = match (run.by, run.exact) {
        (By::Bound, Some(true)) => " (can be reached)",
        (By::Bound, _) => " (lower bound)",
        _ if run.knows_more => " †",
        _ => "",
    };
    html! {
        tr.about[index == page.about] {
            th scope="row" { (run.name) (kind) }
            td.num { (mass(run.grams)) }
            td.num { (percent(run.saved_share)) }
            td.num { (percent(run.captured_share)) }
            td.num { (hours(run.mean_wait_hours)) }
            td.num { (hours(run.p95_wait_hours)) }
            td.num.bad[run.deadline_misses > Some(0)] { (count(run.deadline_misses)) }
            td.num.bad[run.overbooked_slots > Some(0)] { (count(run.overbooked_slots)) }
            td.num { (percent(run.harmed_share)) }
            td.num { (count(run.pauses)) }
            td.num { (count(run.migrations)) }
            td.num { (count(run.peak_concurrency)) }
            td.num { (number(run.plan_seconds, 1, " s")) }
        }
    }
}

/// Lines for what is no more than a limit.
pub(super) fn hatch(id: &str) -> Markup {
    html! {
        defs { pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect.hatch-ground width="6" height="6" {}
            line.hatch-line x1="0" y1="0" x2="0" y2="6" {}
        } }
    }
}
