//! What is printed when the day is over: for a manager what was saved, for an SRE which promises held, for both one
//! decision explained.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::account::Account;
use crate::day::{SPEED, ZONES};
use crate::log::Log;
use crate::outcome::Outcome;
use crate::room::peak;
use crate::site::Site;
use crate::view::grams;

/// What was saved, by the zones that the jobs ran in, and in total.
pub fn savings(accounts: &BTreeMap<String, Account>, outcome: &Outcome, log: &Log, site: &Site) -> String {
    let now = Timestamp::now();
    let mut lines = vec![format!(
        "  {:<8}{:>6}{:>10}{:>12}{:>12}{:>12}{:>8}   peak of cores offered",
        "ran in", "jobs", "energy", "emitted", "baseline", "saved", ""
    )];
    for zone in ZONES {
        let here: Vec<_> = accounts.values().filter(|account| account.zone == zone).collect();
        let offered = site.zones.get(zone).map_or(0.0, |zone| zone.offered);
        lines.push(format!(
            "{}{:>9.1} of {offered:.0}",
            row(zone, &here),
            peak(log, zone, now)
        ));
    }
    lines.push(row("in all", &accounts.values().collect::<Vec<_>>()));
    lines.push(String::new());
    lines.push(format!(
        "Alizé saved {:.0} % against a scheduler that knows nothing of carbon. With hours for these seconds, it would be {}.",
        outcome.saved_share * 100.0,
        grams(outcome.saved_grams * SPEED),
    ));
    lines.join("\n")
}

fn row(name: &str, accounts: &[&Account]) -> String {
    let sum = |of: fn(&Account) -> f64| accounts.iter().map(|account| of(account)).sum::<f64>();
    let (baseline, saved) = (sum(|a| a.baseline), sum(Account::saved));
    let share = if baseline > 0.0 { saved / baseline * 100.0 } else { 0.0 };
    format!(
        "  {name:<8}{:>6}{:>7.1} Wh{:>12}{:>12}{:>12}{share:>6.0} %",
        accounts.len(),
        sum(|a| a.watt_hours),
        grams(sum(|a| a.emitted)),
        grams(baseline),
        grams(saved),
    )
}

/// The promises, as somebody saw them who is not the operator.
pub fn promises(outcome: &Outcome) -> String {
    let line = |what: &str, count: usize| format!("  {} {what:<58}{count:>6}", if count == 0 { "ok " } else { "NO " });
    [
        line("jobs with a pod before their release", outcome.early_pods.len()),
        line("deadlines missed (latest start, finish-by)", outcome.deadline_misses),
        line(
            "pods outside the zones that their job may run in",
            outcome.residency_violations,
        ),
        line("overbooked zone-slots", outcome.overbooked_slots),
        line("jobs that did not complete", outcome.unfinished.len()),
        format!(
            "      {:<58}{:>4.1} s",
            "from the planned to the real start, 95th percentile", outcome.start_delay_p95_seconds
        ),
    ]
    .join("\n")
}

/// The job whose explanation shows most: the held one that saved most.
pub fn best(accounts: &BTreeMap<String, Account>, log: &Log) -> Option<String> {
    let held = accounts
        .iter()
        .filter(|(name, _)| log.jobs.get(*name).is_some_and(|sight| sight.held));
    let best = held.max_by(|(_, a), (_, b)| a.saved().total_cmp(&b.saved()));
    best.map(|(name, _)| name.clone())
}

/// A text, indented.
pub fn indented(text: &str) -> String {
    format!("  {}", text.trim_end().replace('\n', "\n  "))
}
