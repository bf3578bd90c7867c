//! Decisions in words and on paper: the sentence for people, and the record that is written on the job.

use jiff::Timestamp;

use crate::api::{MOST_REWRITES, PlanChoice, PlanRecord};
use crate::index::Subject;
use crate::planner::{Action, Choice, Decision, Reason};
use crate::units::{Grams, Signal, ZoneName, format_duration};

/// What the last plan that may be written says besides.
const LAST_WORD: &str =
    " (planned anew as often as is written here: it may start sooner or later, within its latest start)";

/// What, when, why, and what it saves: one sentence for event, annotation and log.
pub fn sentence(decision: &Decision, overruled: &[String], now: Timestamp) -> String {
    let place = place(&decision.chosen.zones);
    let text = match decision.action {
        Action::Hold => format!(
            "Held until {:.0}{place}{}; latest start {:.0}",
            decision.chosen.start,
            saving(decision),
            decision.latest_start
        ),
        Action::Release => format!("Released{place}: {}{}", why(decision), saving(decision)),
        Action::Resume => format!("Resumed{place}: {}", why(decision)),
        Action::Continue => format!("Runs on{place}: {}", why(decision)),
        Action::Pause => format!("Paused until {:.0}: {}", decision.chosen.start, why(decision)),
    };
    let mut parts = vec![if decision.shadow {
        format!("DryRun: would have been {}", lower_first(&text))
    } else {
        text
    }];
    if decision.action == Action::Release && now > decision.latest_start && !decision.shadow {
        let late = format_duration(now.duration_since(decision.latest_start));
        parts.push(format!("; {late} after its latest start {:.0}", decision.latest_start));
    }
    parts.extend(decision.note.as_ref().map(|note| format!(" ({note})")));
    if !overruled.is_empty() {
        parts.push(format!(
            "; policy {} decides over {}",
            decision.policy,
            overruled.join(", ")
        ));
    }
    parts.concat()
}

fn place(zones: &[ZoneName]) -> String {
    match zones {
        [one] => format!(" in zone {one}"),
        _ => String::new(),
    }
}

fn why(decision: &Decision) -> &'static str {
    match decision.reason {
        Reason::ReleasedInPlannedSlot => "its best slot has come",
        Reason::ReleasedAtLatestStart => "waiting longer would break its deadline",
        Reason::RunNowRequested => "its owner asked for it",
        Reason::SavingTooSmall => "waiting would save less than the policy asks",
        Reason::NoForecast => "there is no forecast to wait by",
        Reason::InvalidAnnotation => "an annotation cannot be read, and must not delay it",
        Reason::PolicyDryRun => "its policy only watches",
        Reason::NoPolicy => "no policy holds it",
        Reason::HeldLimitReached => "its namespace holds as many jobs as it may",
        Reason::WaitingForCapacity => "no slot in its window has room for it",
        Reason::ChosenZone => "now is the best time, in the best zone",
        _ => "it may start",
    }
}

/// `, 118 g (41 %) less than starting now`; nothing where nothing is known or gained.
fn saving(decision: &Decision) -> String {
    let share = decision
        .saving()
        .zip(decision.now.cost)
        .filter(|(_, now)| *now > 0.0)
        .map(|(saved, now)| saved / now * 100.0);
    match (decision.saved_grams(), share) {
        (Some(Grams(grams)), Some(share)) if grams > 0.0 && share >= 0.5 => {
            format!(", {} ({share:.0} %) less than starting now", Grams(grams))
        }
        (None, Some(share)) if share >= 0.5 => format!(", {share:.0} % less than starting now"),
        _ => String::new(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_lowercase().collect::<String>() + chars.as_str())
        .unwrap_or_default()
}

/// The record that goes onto the job. `baseline` is what it would emit if it had started at submission.
pub fn record(
    decision: &Decision,
    subject: &Subject,
    signal: Signal,
    now: Timestamp,
    baseline: Option<Grams>,
) -> PlanRecord {
    let old = subject.job.ours.plan.as_deref();
    let promised = old.filter(|_| decision.action == Action::Release);
    let overruled: Vec<String> = subject.verdict.overruled.iter().map(ToString::to_string).collect();
    let rewrites = old.map_or(0, |p| p.rewrites + u32::from(decision.action == Action::Hold));
    let mut message = sentence(decision, &overruled, now);
    if decision.action == Action::Hold && rewrites >= MOST_REWRITES {
        message += LAST_WORD;
    }
    PlanRecord {
        uid: decision.job.uid.to_string(),
        policy: decision.policy.to_string(),
        reason: decision.reason.as_str().to_owned(),
        message,
        overruled,
        made_at: now,
        chosen: choice(&decision.chosen),
        // A release ends the story: what it was compared with while it waited stays.
        now: promised.map_or_else(|| choice(&decision.now), |p| p.now.clone()),
        alternatives: promised.map_or_else(
            || decision.alternatives.iter().map(choice).collect(),
            |p| p.alternatives.clone(),
        ),
        binding: format!("{:?}", decision.binding),
        signal: format!("{signal:?}"),
        latest_start: decision.latest_start,
        finish_by: subject.deadline.as_ref().and_then(|d| d.finish_by),
        expected_seconds: subject.length.map_or(0, |l| l.expected.as_secs()),
        length_source: subject.length.map_or_else(String::new, |l| format!("{:?}", l.source)),
        watts: round(subject.watts.0),
        // The first plan's baseline stays: it was made closest to the submission.
        baseline_grams: old.and_then(|p| p.baseline_grams).or(baseline.map(|g| round(g.0))),
        rewrites,
    }
}

fn choice(choice: &Choice) -> PlanChoice {
    PlanChoice {
        start: choice.start,
        zones: choice.zones.iter().map(ToString::to_string).collect(),
        cost: choice.cost.map(round),
        grams: choice.grams.map(|g| round(g.0)),
    }
}

/// Four decimals: annotations are for people too.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
