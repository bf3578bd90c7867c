//! `report.html`: one self-contained page, with its pictures inline; light, dark and on paper.

mod bars;
mod draw;
mod harm;
mod load;
mod sure;
mod wait;
mod week;

use std::fmt::Write;

use super::{Done, Results};
use crate::twin::world::World;
use crate::units::Grams;
use draw::escaped;
use sure::Interval;

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(super) fn page(results: &Results, world: &World) -> String {
    let shown = shown(results);
    let sure: Vec<Option<Interval>> = results
        .runs
        .iter()
        .map(|done| sure::interval(world, results, done))
        .collect();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>What a policy would have done</title>\n<style>\n{STYLE}</style></head>\n\
         <body><main>\n<h1>What a policy would have done</h1>\n"
    );
    let mut section = |title: &str, words: &str, body: String| {
        if !body.is_empty() {
            // Writing to a String never fails.
            let _ = write!(page, "<section><h2>{title}</h2>\n<p>{words}</p>\n{body}</section>\n");
        }
    };
    section("In short", &in_short(results, shown, world), String::from("<!-- -->"));
    section(
        "Saved against running everything at once",
        "Bars are the share of emissions saved; the line at a bar's end is where the saving lies in nine of ten cases, were the \
         days drawn anew. A bound is what nobody could beat.",
        bars::bars(results, &sure),
    );
    section(
        "Saving against waiting",
        "Each point is a run: the further to the left, the less its jobs waited; the higher, the more it saved.",
        wait::wait(results),
    );
    if let Some(done) = shown {
        section(
            "Where the work ran, before and after",
            "The busiest week: the line is the intensity of the grid; grey is the power that jobs would have drawn had they run at \
             once, and green what they drew instead.",
            week::weeks(world, results, done),
        );
        section(
            "By the hour of the day",
            "The mean of all days, UTC: intensity as a line, power before in grey and after in green.",
            week::day(world, results, done),
        );
        section(
            "What single jobs gained and lost",
            "Jobs by the share of their own emissions that was saved. Those left of zero were dirtier than had they run at once: the \
             price of room, of forecasts that erred, and of lengths that nobody knew.",
            harm::harm(results, done),
        );
    }
    section(
        "All figures",
        "Dashes are figures that have no meaning for a run.",
        table(results),
    );
    section("What to know", &notes(results), String::from("<!-- -->"));
    page.push_str("</main></body></html>\n");
    page
}

/// The run that the pictures show: the first of Alizé, else the first that has jobs.
fn shown(results: &Results) -> Option<&Done> {
    let planned = results.runs.iter().find(|done| done.run.plan_seconds.is_some());
    planned.or_else(|| results.runs.iter().find(|done| !done.run.outcomes.is_empty()))
}

fn in_short(results: &Results, shown: Option<&Done>, world: &World) -> String {
    let Some((done, saved)) = shown.and_then(|done| Some((done, done.figures.saved_share?))) else {
        return format!("{} jobs in {} zones.", world.jobs.len(), world.zones.len());
    };
    let f = &done.figures;
    let before = Grams(f.grams / (1.0 - saved).max(f64::EPSILON));
    let wait = f.mean_wait_hours.unwrap_or(0.0);
    let mut text = format!(
        "<strong>{}</strong> would have emitted {} instead of {}: <strong>{:.1} % less</strong>. Its {} jobs would have waited {wait:.1} h \
         on average, {} of them too long, and {:.1} % of them would have been dirtier than without it.",
        escaped(&f.name),
        Grams(f.grams),
        before,
        saved * 100.0,
        f.jobs,
        f.deadline_misses.unwrap_or(0),
        f.harmed_share.unwrap_or(0.0) * 100.0,
    );
    if let Some(captured) = f.captured_share {
        // Writing to a String never fails.
        let _ = write!(
            text,
            " That is {:.0} % of what full information could have saved.",
            captured * 100.0
        );
    }
    let rivals = results
        .runs
        .iter()
        .filter(|other| other.figures.name != f.name && other.figures.exact.is_none());
    let best = rivals.max_by(|a, b| {
        a.figures
            .saved_share
            .unwrap_or(f64::MIN)
            .total_cmp(&b.figures.saved_share.unwrap_or(f64::MIN))
    });
    if let Some((best, share)) = best.and_then(|best| Some((best, best.figures.saved_share?))) {
        let _ = write!(
            text,
            " The best rival here, {}, saves {:.1} %.",
            escaped(&best.figures.name),
            share * 100.0
        );
    }
    text
}

fn table(results: &Results) -> String {
    let mut text = String::from("<div class=\"wide\"><table><thead><tr><th>run</th>");
    let columns = [
        "emitted",
        "kWh",
        "saved",
        "in time",
        "in space",
        "captured",
        "mean wait",
        "p95 wait",
        "missed",
        "overbooked",
        "harmed",
        "pauses",
        "moves",
        "peak",
    ];
    for column in columns {
        let _ = write!(text, "<th>{column}</th>");
    }
    text.push_str("</tr></thead><tbody>\n");
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let hours = |hours: Option<f64>| hours.map_or("–".to_owned(), |hours| format!("{hours:.1} h"));
    let count = |count: Option<usize>| count.map_or("–".to_owned(), |count| count.to_string());
    for done in &results.runs {
        let f = &done.figures;
        let cells = [
            Grams(f.grams).to_string(),
            f.kwh.map_or("–".to_owned(), |kwh| format!("{kwh:.1}")),
            percent(f.saved_share),
            percent(f.saved_share_time),
            percent(f.saved_share_space),
            percent(f.captured_share),
            hours(f.mean_wait_hours),
            hours(f.p95_wait_hours),
            count(f.deadline_misses),
            count(f.overbooked_slots),
            percent(f.harmed_share),
            count(f.pauses),
            count(f.migrations),
            count(f.peak_concurrency),
        ];
        let _ = write!(text, "<tr><th>{}</th>", escaped(&f.name));
        for cell in cells {
            let _ = write!(text, "<td>{cell}</td>");
        }
        text.push_str("</tr>\n");
    }
    text + "</tbody></table></div>"
}

fn notes(results: &Results) -> String {
    let mut text = String::from(
        "Emissions are energy times the grid's average intensity, with PUE and the cost of resumes; idle machines and their \
         making are not counted. Such a figure says what was used, not what was avoided. Savings are against every job running \
         when it was submitted, in its home zone, whatever the room. jobs.csv beside this page is enough to recompute all of it.",
    );
    for warning in &results.warnings {
        let _ = write!(text, "<br>Note: {}.", escaped(warning));
    }
    text
}
