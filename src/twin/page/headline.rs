//! The page in a minute: what was saved, at what wait, what was harmed, and whether promises were kept.

use maud::{Markup, html};

use super::input::{By, Page};
use super::words::{count, counted, hours, mass, number, percent};
use crate::twin::account::Figures;

/// Less than this share is nothing.
const NOTHING: f64 = 0.0005;

/// The headline, its sentence, and the four figures.
pub(super) fn headline(page: &Page, run: &Figures) -> Markup {
    html! {
        h1 { (saved(run)) }
        p.lead {
            (mass(run.grams)) " CO₂e instead of " (mass(page.run_now_grams)) " for " (counted(run.jobs, "job", "jobs")) ". "
            "Jobs wait " (hours(run.mean_wait_hours)) " on average, and 19 of 20 no longer than " (hours(run.p95_wait_hours)) ". "
            (deadlines(run))
        }
        div.tiles {
            (tile("Saved", &percent(run.saved_share), &saved_note(page, run)))
            (tile("Waited", &hours(run.mean_wait_hours), &format!("on average; 95 % no longer than {}", hours(run.p95_wait_hours))))
            (tile("Harmed", &percent(run.harmed_share), &harm_note(page, run)))
            (tile("Promises", kept(run), &promises(run)))
        }
        @if let Some(rival) = best_rival(page) {
            p { "The best rival, " b { (rival.name) } ", saves " (percent(rival.saved_share)) " at a mean wait of "
                (hours(rival.mean_wait_hours)) (overbooks(rival)) "." @if run.captured_share.is_some() {
                " Perfect knowledge could have saved " (percent(possible(run))) "; this run reaches " (percent(run.captured_share)) " of that." } }
        }
    }
}

fn saved(run: &Figures) -> String {
    let than = "than running every job at once";
    match run.saved_share.filter(|share| share.is_finite()) {
        Some(share) if share > NOTHING => format!("{} emits {} less carbon {than}", run.name, percent(share)),
        Some(share) if share < -NOTHING => format!("{} emits {} more carbon {than}", run.name, percent(-share)),
        Some(_) => format!("{} emits as much carbon as running every job at once", run.name),
        None => format!("What {} emits", run.name),
    }
}

fn saved_note(page: &Page, run: &Figures) -> String {
    let sure = page
        .uncertainty
        .as_ref()
        .map(|interval| format!("95 % sure: {} to {}. ", percent(interval.low), percent(interval.high)));
    let parts = run
        .saved_share_time
        .zip(run.saved_share_space)
        .map_or_else(String::new, |(time, space)| {
            format!("{} by when, {} by where", percent(time), percent(space))
        });
    sure.unwrap_or_default() + &parts
}

fn harm_note(page: &Page, run: &Figures) -> String {
    let jobs = "of the jobs became dirtier than at once";
    match page.harmed_grams {
        Some(grams) if run.harmed_share > Some(0.0) => format!("{jobs}, by {} in all", mass(grams)),
        _ => jobs.into(),
    }
}

fn deadlines(run: &Figures) -> String {
    match run.deadline_misses {
        Some(0) => "No deadline is missed.".into(),
        Some(missed) => format!("{} missed.", counted(missed, "deadline is", "deadlines are")),
        None => String::new(),
    }
}

/// Whether all promises were kept; never told by a missing count.
fn kept(run: &Figures) -> &'static str {
    match [run.deadline_misses, run.overbooked_slots, run.residency_violations] {
        [Some(0), Some(0), Some(0)] => "✓ kept",
        counts if counts.iter().any(|count| *count > Some(0)) => "✗ broken",
        _ => "not counted",
    }
}

fn promises(run: &Figures) -> String {
    format!(
        "{} deadlines missed, {} slots overbooked, {} jobs outside their zones",
        count(run.deadline_misses),
        count(run.overbooked_slots),
        count(run.residency_violations)
    )
}

/// What full information saves, by what share of it was reached.
fn possible(run: &Figures) -> Option<f64> {
    let captured = run.captured_share.filter(|share| *share > 0.0)?;
    Some(run.saved_share? / captured)
}

/// The rival that saves most, of those that know no more than we do.
fn best_rival(page: &Page) -> Option<&Figures> {
    let rivals = page.runs.iter().filter(|run| run.by == By::Rival && !run.knows_more);
    let rivals = rivals.map(|run| &run.figures);
    let saving = |run: &&Figures| run.saved_share.is_some_and(|share| share > NOTHING);
    rivals
        .filter(saving)
        .max_by(|a, b| a.saved_share.unwrap_or(0.0).total_cmp(&b.saved_share.unwrap_or(0.0)))
}

/// What a rival's saving rests on that no cluster has.
fn overbooks(rival: &Figures) -> String {
    match rival.overbooked_slots {
        Some(slots) if slots > 0 => format!(", with more work in {} than fits", counted(slots, "slot", "slots")),
        _ => String::new(),
    }
}

fn tile(name: &str, figure: &str, note: &str) -> Markup {
    html! { div.tile { p.name { (name) } p.figure { (figure) } p { (note) } } }
}

/// What the run was given, and what its figures rest on.
pub(super) fn certainty(page: &Page) -> Markup {
    html! {
        @if let Some(interval) = &page.uncertainty {
            p { "The saving lies between " b { (percent(interval.low)) } " and " b { (percent(interval.high)) }
                " with 95 % certainty. " (interval.how) }
        } @else {
            p { "No interval was computed for this saving." }
        }
        p { "Emissions are counted with the intensities of the scenario's files. They are attributed emissions: a share of what the grid "
            "emitted, not proof of what the grid would have emitted otherwise." }
        @if !page.warnings.is_empty() {
            h3 { "To be known of the data" }
            ul { @for warning in &page.warnings { li { (warning) } } }
        }
    }
}

/// The facts of the scenario.
pub(super) fn facts(page: &Page) -> Markup {
    let energy = page.figures().and_then(|run| run.kwh);
    html! {
        dl.facts {
            @for (what, how) in &page.facts { div { dt { (what) } dd { (how) } } }
            @if energy.is_some() { div { dt { "Energy" } dd { (number(energy, 0, " kWh")) } } }
        }
    }
}
