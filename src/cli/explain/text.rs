//! An explanation as an engineer reads it in a terminal: the verdict first, then why, then the figures.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::reasons::meaning;
use super::table::{Unit, table};
use super::times::{instant, span};
use super::{Explanation, State};
use crate::api::{MOST_REWRITES, PlanRecord, annotation};
use crate::units::Grams;

/// The whole text; the caller of [`Explanation::text`] says what it looks like.
pub(super) fn text(explanation: &Explanation, local: Option<&TimeZone>) -> String {
    let clock = |at: Timestamp| instant(at, local);
    let mut lines = vec![verdict(explanation, &clock)];
    lines.extend(explanation.notes.iter().cloned());
    if let Some(plan) = &explanation.plan {
        let facts = facts(explanation, plan, &clock);
        lines.push(String::new());
        lines.extend(facts.iter().map(|(title, words)| format!("  {title:<11} {words}")));
        lines.push(String::new());
        lines.extend(table(plan, |choice| clock(choice.start)));
    }
    if let Some(Value::Object(receipt)) = &explanation.emissions {
        lines.extend([String::new(), "  receipt".to_owned()]);
        lines.extend(receipt.iter().map(|(field, value)| format!("  {field:<24} {value}")));
    }
    if matches!(explanation.state, State::Waiting | State::Unplanned) {
        let (name, namespace, run_now) = (&explanation.name, &explanation.namespace, annotation::RUN_NOW);
        lines.push(String::new());
        lines.push(format!(
            "To start it at once: kubectl annotate job {name} -n {namespace} {run_now}=true"
        ));
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

/// An annotation can be written by anybody who may write the job: what moves the cursor or turns the text is shown, not obeyed.
fn clean(line: &str) -> String {
    let harmful = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    line.chars()
        .map(|c| if harmful(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// The first line: what happens to the job, and when.
fn verdict(explanation: &Explanation, clock: &dyn Fn(Timestamp) -> String) -> String {
    let job = format!("Job {} in {}", explanation.name, explanation.namespace);
    let since_creation = |at: Timestamp| span(at.duration_since(explanation.created));
    match (explanation.state, &explanation.plan, explanation.released_at) {
        (State::Waiting, Some(plan), _) => {
            let (start, now) = (plan.chosen.start, explanation.asked_at);
            if start < now && plan.rewrites >= MOST_REWRITES {
                return format!(
                    "{job} waits. Its start {} was overtaken by plans that are no longer written on it; it starts {} at the latest.",
                    clock(start),
                    clock(plan.latest_start)
                );
            }
            let due = if start > now {
                format!("in {}", span(start.duration_since(now)))
            } else {
                "now due".to_owned()
            };
            format!(
                "{job} waits. It starts {}{}, {due}.",
                clock(start),
                place(&plan.chosen.zones)
            )
        }
        (State::Released, Some(plan), Some(at)) => {
            format!(
                "{job} was released {}{}, {} after its creation.",
                clock(at),
                place(&plan.chosen.zones),
                since_creation(at)
            )
        }
        (State::Finished, _, Some(at)) => {
            format!(
                "{job} has finished. It was released {}, {} after its creation.",
                clock(at),
                since_creation(at)
            )
        }
        (State::Finished, ..) => format!("{job} has finished."),
        (State::Unplanned, ..) => format!("{job} is held."),
        _ => format!("{job} is not held by Alizé."),
    }
}

fn place(zones: &[String]) -> String {
    match zones {
        [] => String::new(),
        [one] => format!(" in zone {one}"),
        several => format!(" in one of the zones {}", several.join(", ")),
    }
}

/// What stands below the verdict: a title and its words.
fn facts(
    explanation: &Explanation,
    plan: &PlanRecord,
    clock: &dyn Fn(Timestamp) -> String,
) -> Vec<(&'static str, String)> {
    let mut facts = vec![("why", why(plan)), ("saves", saves(plan))];
    if let Some(words) = limit(plan) {
        facts.push(("limited by", words.to_owned()));
    }
    facts.push(("deadline", deadline(explanation, plan, clock)));
    if let Some(at) = explanation.widened_at {
        facts.push(("widened", format!("its zones, {}: no pod had found a node", clock(at))));
    }
    facts.push(("assumes", assumes(plan)));
    let over = if plan.overruled.is_empty() {
        String::new()
    } else {
        format!(", over {}", plan.overruled.join(", "))
    };
    facts.push(("policy", format!("{}{over}", plan.policy)));
    facts.push(("planned", planned(plan, clock)));
    facts.push(("event", plan.message.clone()));
    facts
}

fn why(plan: &PlanRecord) -> String {
    meaning(&plan.reason).map_or_else(|| plan.reason.clone(), |words| format!("{words} ({})", plan.reason))
}

fn saves(plan: &PlanRecord) -> String {
    let unit = Unit::of(plan);
    let (Some(chosen), Some(now)) = (plan.chosen.cost, plan.now.cost) else {
        return "unknown: no forecast covers both this start and a start at once".to_owned();
    };
    let amount = format!("about {} {}", unit.amount((now - chosen).abs()), unit.what());
    let share = if now > 0.0 {
        format!(" ({:.0} %)", (now - chosen).abs() / now * 100.0)
    } else {
        String::new()
    };
    let words = match now.total_cmp(&chosen) {
        Ordering::Greater => format!("{amount}{share} against a start at once"),
        Ordering::Less => format!("nothing: {amount}{share} more than a start at once"),
        Ordering::Equal => "nothing against a start at once".to_owned(),
    };
    match (unit, plan.chosen.grams, plan.now.grams) {
        (Unit::MarginalGrams | Unit::KilowattHours, Some(chosen), Some(now)) => format!(
            "{words}; {} instead of {} CO2e by average intensity",
            Grams(chosen),
            Grams(now)
        ),
        _ => words,
    }
}

/// What kept the plan from being better; the names are those of `planner::Binding`.
fn limit(plan: &PlanRecord) -> Option<&'static str> {
    match plan.binding.as_str() {
        "LatestStart" => Some("the latest start: later slots would cost less, a later finish-by would allow them"),
        "Capacity" => Some("capacity: better slots are full"),
        "Horizon" => Some("the end of the forecast: what comes later is not known yet"),
        "Thrift" => Some("what the policy asks of a wait: its minimum saving, price or confidence"),
        _ => None,
    }
}

fn deadline(explanation: &Explanation, plan: &PlanRecord, clock: &dyn Fn(Timestamp) -> String) -> String {
    let slack = SignedDuration::from_secs(explanation.slack_seconds.unwrap_or(0));
    let kept = if slack.is_negative() {
        format!("missed by {}", span(slack))
    } else {
        format!("kept with {} to spare", span(slack))
    };
    let finish = plan
        .finish_by
        .map_or_else(String::new, |at| format!(", to finish by {}", clock(at)));
    format!("latest start {}{finish}; {kept}", clock(plan.latest_start))
}

fn assumes(plan: &PlanRecord) -> String {
    let source = match plan.length_source.as_str() {
        "Annotation" => annotation::EXPECTED_DURATION,
        "Learned" => "learned from finished jobs like it",
        "PolicyDefault" => "the policy's default; say it with alize.dev/expected-duration",
        other => other,
    };
    let length = span(SignedDuration::from_secs(plan.expected_seconds));
    format!("it runs {length} ({source}) at {:.0} W", plan.watts)
}

fn planned(plan: &PlanRecord, clock: &dyn Fn(Timestamp) -> String) -> String {
    let rewrites = match plan.rewrites {
        0 => String::new(),
        1 => ", rewritten once".to_owned(),
        n => format!(", rewritten {n} times"),
    };
    format!("{}{rewrites}", clock(plan.made_at))
}
