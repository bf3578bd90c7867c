//! `alize grid check`: asks every source of every zone once, and says what is wrong and what to do.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use futures::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use super::explain::{ago, instant};
use super::zones::{Asked, Reach};
use super::{CliError, Output};
use crate::grid::{Checked, Outcome, SignalReport};
use crate::planner::Level;
use crate::units::{Clock, Signal, SystemClock, ZoneName};

/// The sources of forecasts.
#[derive(Args, Debug)]
pub(super) struct Grid {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Ask every source of every zone once, and say what is wrong and what to do. Fails where a source does not work.
    Check(Check),
}

#[derive(Args, Debug)]
struct Check {
    /// Only these zones.
    zones: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    /// For people, or for programs.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

/// What became of one zone. Its JSON is the output of `-o json`.
#[derive(Debug, Serialize)]
struct CheckedZone {
    zone: ZoneName,
    sources: Vec<Checked>,
    /// What counts now, by signal.
    signals: Vec<Counting>,
}

#[derive(Debug, Serialize)]
struct Counting {
    signal: Signal,
    level: Level,
    source: Option<String>,
    /// What the operator knows of it, and asking once cannot tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remembered: Vec<String>,
}

impl Grid {
    /// Runs the command.
    pub(super) async fn execute(self) -> Result<String, CliError> {
        let Command::Check(check) = self.command;
        let asked = check.reach.zones(&check.zones).await?;
        let zones = checked(&asked).await;
        let shown = match check.output {
            Output::Text => text(&zones, SystemClock.now()),
            Output::Json => serde_json::to_string_pretty(&zones).map_err(CliError::Json)? + "\n",
        };
        let sources = || zones.iter().flat_map(|zone| &zone.sources);
        let unknown = zones.iter().flat_map(|zone| &zone.signals);
        let unknown = unknown.filter(|signal| signal.level == Level::None).count();
        match sources().filter(|one| one.outcome != Outcome::Ok).count() {
            0 if unknown > 0 => Err(CliError::NothingKnown { shown, unknown }),
            0 => Ok(shown),
            failed => Err(CliError::SourcesFail {
                shown,
                failed,
                all: sources().count(),
            }),
        }
    }
}

/// All zones at a time, in their order.
async fn checked(asked: &Asked) -> Vec<CheckedZone> {
    let check = async |zone: &ZoneName| {
        let sources = asked.board.check(zone).await;
        let counting = |report: SignalReport| Counting {
            signal: report.signal,
            level: report.level,
            remembered: asked.remembered(zone, report.signal, report.level),
            source: report.source,
        };
        let reports = asked.board.report(zone, SystemClock.now());
        CheckedZone {
            zone: zone.clone(),
            sources,
            signals: reports.into_iter().map(counting).collect(),
        }
    };
    join_all(asked.zones.keys().map(check)).await
}

/// A block a zone, a line a source, and below it what is wrong. Writing to a `String` cannot fail.
fn text(zones: &[CheckedZone], now: Timestamp) -> String {
    let mut text = String::new();
    for zone in zones {
        let _ = writeln!(text, "zone {}", zone.zone);
        for one in &zone.sources {
            let word = match (one.outcome, &one.problem) {
                (Outcome::Ok, None) => "ok",
                (Outcome::Ok, Some(_)) => "weak",
                _ => "fails",
            };
            let _ = writeln!(
                text,
                "  {word:<6}{:<19}{}{}",
                name(one.signal),
                one.source,
                said(one, now)
            );
            if let Some(problem) = &one.problem {
                let _ = writeln!(text, "        {problem}");
            }
        }
        for counting in &zone.signals {
            let (signal, level) = (name(counting.signal), counting.level);
            let _ = match &counting.source {
                Some(source) => writeln!(text, "  => {signal}: {source} counts, level {level:?}"),
                None => writeln!(text, "  => {signal}: nothing is known, so no job waits for it"),
            };
            for sentence in &counting.remembered {
                let _ = writeln!(text, "        {sentence}");
            }
        }
    }
    text
}

fn name(signal: Signal) -> String {
    format!("{signal:?}")
}

/// What it said, in half a line.
fn said(one: &Checked, now: Timestamp) -> String {
    if one.outcome != Outcome::Ok {
        return format!(" ({:?})", one.outcome);
    }
    let value = one.value.map(|value| match one.signal {
        Signal::RenewableShare => format!(", {:.1} %", value * 100.0),
        Signal::CarbonIntensity | Signal::MarginalIntensity => format!(", {value:.0} gCO2e/kWh"),
    });
    let flow = one.flow.map_or_else(String::new, |flow| format!(", {}", flow.words()));
    let Some(issued) = one.issued_at else {
        return format!("{} at all times{flow}", value.unwrap_or_default());
    };
    let value = value.map(|value| format!("{value} now")).unwrap_or_default();
    let until = one.horizon.map(|end| format!(" until {}", instant(end, None)));
    let until = until.unwrap_or_default();
    format!("{value}{flow}, {} slots{until}, made {}", one.slots, ago(issued, now))
}
