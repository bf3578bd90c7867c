//! What is printed when the day is over: for a manager what was saved, for an SRE which promises held, for both one
//! decision explained.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::account::Account;
use crate::day::{SPEED, ZONES};
use crate::log::{Log, Sight};
use crate::outcome::Outcome;
use crate::room::peak;
use crate::site::Site;
use crate::view::grams;

/// Where to look next.
pub const NEXT: &str = "\
Where to look next
  target/demo/result.json                        these figures, and observed.json all that they were made from
  target/demo/operator.log, metrics.txt          the operator's log and metrics
  kubectl get carbonpolicies,gridzones -o wide   what each policy holds and has saved, what each grid says
  kubectl get emissionsreports -A                what each namespace emitted and saved
  kubectl events -A | grep alize                 every decision, as its owner sees it
  alize explain job train-model -n ml            one decision: when, where, why, and what else there was";

/// How many jobs there were.
pub fn summary(outcome: &Outcome, since_up: Duration) -> String {
    format!(
        "The day is over, {:.0} s after the cluster was up: {} jobs, {} held, {} completed",
        since_up.as_secs_f64(),
        outcome.jobs,
        outcome.held,
        outcome.completed
    )
}

/// What was saved, by the zones that the jobs ran in, and in total.
pub fn savings(accounts: &BTreeMap<String, Account>, outcome: &Outcome, log: &Log, site: &Site) -> String {
    let now = Timestamp::now();
    let mut lines = vec![format!(
        "  {:<8}{:>6}{:>10}{:>12}{:>12}{:>12}{:>8}{:>17}",
        "ran in", "jobs", "energy", "emitted", "baseline", "saved", "", "cores, at most"
    )];
    for zone in ZONES {
        let here: Vec<_> = accounts.values().filter(|account| account.zone == zone).collect();
        let offered = site.zones.get(zone).map_or(0.0, |zone| zone.offered);
        lines.push(format!(
            "{}{:>11.1} of {offered:>2.0}",
            row(zone, &here),
            peak(log, zone, now)
        ));
    }
    lines.push(row("in all", &accounts.values().collect::<Vec<_>>()));
    lines.push(String::new());
    lines.push(format!(
        "{:.0} % less than the same jobs, started at submission by a scheduler that knows nothing of carbon.\n\
         Five seconds stood for an hour: on a real day it would have been {}.",
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
        "Promises, as an observer saw them on the API server that is not the operator".to_owned(),
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

/// The held job whose explanation shows most: the one whose plan saves most against starting now.
pub fn most_telling(log: &Log) -> Option<String> {
    let saving = |sight: &Sight| {
        let plan = sight.plan.as_ref().filter(|_| sight.waits())?;
        Some(plan.now.grams? - plan.chosen.grams?)
    };
    let all = log.jobs.iter().filter_map(|(name, sight)| Some((name, saving(sight)?)));
    all.max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(name, _)| name.clone())
}

/// A text, indented.
pub fn indented(text: &str) -> String {
    format!("  {}", text.trim_end().replace('\n', "\n  "))
}
