//! The runs side by side: what each emits, and all figures in a table.

use maud::{Markup, html};

use super::input::{By, Page};
use super::scale::Scale;
use super::words::{count, hours, mass, number, percent, short};
use crate::twin::account::Figures;

const WIDTH: f64 = 460.0;

/// The class of whatever stands for a run.
pub(super) fn class(page: &Page, number: usize) -> &'static str {
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
        .filter(|run| page.runs[*run].figures.grams.is_finite())
        .collect();
    runs.sort_by(|a, b| page.runs[*a].figures.grams.total_cmp(&page.runs[*b].figures.grams));
    let most = runs
        .iter()
        .map(|run| page.runs[*run].figures.grams)
        .fold(page.run_now_grams, f64::max);
    let x = Scale::of((0.0, most), (128.0, 340.0));
    let height = ROW * runs.len() as f64 + 8.0;
    let said = |run: &Figures| format!("{} {}, {}", run.name, mass(run.grams), saved(run));
    let all: Vec<String> = runs.iter().map(|run| said(&page.runs[*run].figures)).collect();
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby="bars-t bars-d" {
            title id="bars-t" { "Emissions of each run" }
            desc id="bars-d" { (all.join("; ")) "." }
            (hatch("bars-h"))
            @for (row, run) in runs.iter().enumerate() {
                @let figures = &page.runs[*run].figures;
                @let y = 4.0 + ROW * row as f64;
                @let of_bound = page.runs[*run].by == By::Bound;
                @let fill = of_bound.then_some("url(#bars-h)");
                text class=(class(page, *run)) x="122" y=(y + 15.0) text-anchor="end" { (short(&figures.name, 16)) }
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

/// All figures of all runs.
pub(super) fn table(page: &Page) -> Markup {
    let order = |run: &usize| page.runs[*run].figures.saved_share.unwrap_or(f64::NEG_INFINITY);
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
    let shown = &page.runs[index];
    let run = &shown.figures;
    let kind = match (shown.by, run.exact) {
        (By::Bound, Some(true)) => " (can be reached)",
        (By::Bound, _) => " (lower bound)",
        _ if shown.knows_more => " †",
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
