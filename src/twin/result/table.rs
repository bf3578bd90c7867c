//! The summary that people read on their terminal.

use std::fmt::Write;

use super::Results;
use crate::units::Grams;

/// One line a run.
pub(super) fn table(results: &Results) -> String {
    let width = results
        .runs
        .iter()
        .map(|done| done.figures.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(3);
    let mut text = format!(
        "{:width$}  {:>10}  {:>7}  {:>8}  {:>9}  {:>8}  {:>6}  {:>10}  {:>7}\n",
        "run", "emitted", "saved", "captured", "mean wait", "p95 wait", "missed", "overbooked", "harmed"
    );
    for done in &results.runs {
        let f = &done.figures;
        // Writing to a String never fails.
        let _ = writeln!(
            text,
            "{:width$}  {:>10}  {:>7}  {:>8}  {:>9}  {:>8}  {:>6}  {:>10}  {:>7}",
            f.name,
            Grams(f.grams).to_string(),
            percent(f.saved_share),
            percent(f.captured_share),
            hours(f.mean_wait_hours),
            hours(f.p95_wait_hours),
            count(f.deadline_misses),
            count(f.overbooked_slots),
            percent(f.harmed_share),
        );
    }
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

fn hours(hours: Option<f64>) -> String {
    hours.map_or_else(|| "-".to_owned(), |hours| format!("{hours:.1} h"))
}

fn count(count: Option<usize>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}
