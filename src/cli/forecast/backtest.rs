//! `alize forecast backtest FILE --time COL --value COL`: what the methods of our own would have kept on a series of the past.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::CliError;
use crate::grid::forecast::{Hourly, JobKind, Method};
use crate::twin::TwinError;
use crate::twin::backtest::{self, Verdict};
use crate::twin::table::Table;

/// Hours: 28 days, and the shortest window.
const NEEDED: usize = 28 * 24 + 25;

/// Judge our forecasts on an hourly series of the past.
#[derive(Args, Debug)]
pub(in crate::cli) struct Backtest {
    /// A CSV file with a header, plain or gzipped.
    file: PathBuf,
    /// The column of times, in UTC: its name, the beginning of its name, or its number from 1. Hours that are stamped off the
    /// hour count for the hour that their stamp lies in.
    #[arg(long)]
    time: String,
    /// The column of values, named likewise.
    #[arg(long)]
    value: String,
    /// Cut what lies before, for example 2026-11-25; the first start is 28 days later.
    #[arg(long, value_parser = instant)]
    from: Option<Timestamp>,
    /// Cut what begins at this instant or later.
    #[arg(long, value_parser = instant)]
    to: Option<Timestamp>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Why a series cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// It is too short, perhaps because it was cut.
    #[error(
        "{0} has {1} hours{2}; 28 days are needed, and a window of 25 hours that begins at 00, 06, 12 or 18 UTC after them"
    )]
    TooShort(PathBuf, usize, &'static str),
    /// Too many hours have no value.
    #[error(
        "{file} has values for {known} of its {hours} hours{cut}, and after the first 28 days no start has the 25 that it needs; give \
         a value for every hour"
    )]
    TooSparse {
        /// The file.
        file: PathBuf,
        /// Hours with a value.
        known: usize,
        /// All hours from the first to the last.
        hours: usize,
        /// How it was cut, if it was.
        cut: &'static str,
    },
}

/// As [`backtest::instant`], for the command line.
fn instant(text: &str) -> Result<Timestamp, &'static str> {
    backtest::instant(text).ok_or("write 2026-11-25T12:00:00Z, or 2026-11-25 for its midnight in UTC")
}

impl Backtest {
    /// Reads, judges and tells.
    pub(in crate::cli) fn execute(&self) -> Result<String, CliError> {
        let series = self.series()?;
        let verdicts: Vec<Verdict> = Method::ALL.map(|method| backtest::judge(method, &series)).into();
        if verdicts.iter().any(|verdict| verdict.starts == 0) {
            return Err(self.no_start(&series).into());
        }
        if self.json {
            let text = serde_json::to_string_pretty(&self.document(&series, &verdicts)).map_err(CliError::Json)?;
            return Ok(text + "\n");
        }
        Ok(table(&series, &verdicts))
    }

    fn series(&self) -> Result<Hourly, TwinError> {
        let table = Table::read(&self.file)?;
        let columns = (&self.time.as_str().into(), &self.value.as_str().into());
        backtest::series(&table, columns, (self.from, self.to))
    }

    /// Why no start can be judged.
    fn no_start(&self, series: &Hourly) -> BacktestError {
        let (hours, known) = (series.values.len(), known(series));
        let is_cut = self.from.is_some() || self.to.is_some();
        let (file, cut) = (self.file.clone(), if is_cut { " between --from and --to" } else { "" });
        if known == hours || hours < NEEDED {
            return BacktestError::TooShort(file, hours, cut);
        }
        BacktestError::TooSparse {
            file,
            known,
            hours,
            cut,
        }
    }

    fn document(&self, series: &Hourly, verdicts: &[Verdict]) -> Value {
        let missing = series.values.len() - known(series);
        let methods: serde_json::Map<String, Value> = verdicts
            .iter()
            .map(|verdict| (verdict.method.to_string(), method(verdict)))
            .collect();
        json!({
            "file": self.file, "column": self.value, "from": series.start, "to": series.end(),
            "hours": series.values.len(), "missing": missing, "methods": methods,
        })
    }
}

fn known(series: &Hourly) -> usize {
    series.values.iter().filter(|value| value.is_finite()).count()
}

fn method(verdict: &Verdict) -> Value {
    let cells: Vec<Value> = verdict
        .kept
        .iter()
        .map(|(kind, kept)| json!({"hours": kind.hours, "contiguous": kind.contiguous, "kept": kept.share()}))
        .collect();
    let days: Vec<Value> = verdict
        .days
        .iter()
        .zip(1..)
        .map(|(d, day)| json!({"day": day, "mape": d.mape, "bias": d.bias, "coverage": d.coverage}))
        .collect();
    json!({"starts": verdict.starts, "kept": verdict.mean_kept(), "cells": cells, "leadDays": days})
}

/// For people: shares in percent, bias in the unit of the series.
fn table(series: &Hourly, verdicts: &[Verdict]) -> String {
    let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1}", 100.0 * share));
    let missing = match series.values.len() - known(series) {
        0 => String::new(),
        missing => format!(", {missing} of them without a value"),
    };
    let mut text = format!(
        "{} to {}, {} hours{missing}\n\n",
        series.start,
        series.end(),
        series.values.len()
    );
    let mut row = |name: &str, cell: &dyn Fn(&Verdict) -> String| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{name:24}");
        for verdict in verdicts {
            let _ = write!(text, "{:>13}", cell(verdict));
        }
        text.push('\n');
    };
    row("", &|verdict| verdict.method.to_string());
    row("saving kept, %", &|verdict| percent(verdict.mean_kept()));
    for (index, kind) in JobKind::ALL.iter().enumerate() {
        row(&format!("  {kind}"), &|verdict| percent(verdict.kept[index].1.share()));
    }
    for day in 0..backtest::DAYS {
        row(&format!("day {}: MAPE, %", day + 1), &|verdict| {
            percent(verdict.days[day].mape)
        });
        row("  bias", &|v| {
            v.days[day].bias.map_or("-".into(), |bias| format!("{bias:.2}"))
        });
        row("  in the 80 % band, %", &|verdict| percent(verdict.days[day].coverage));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use clap::Parser;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        backtest: Backtest,
    }

    /// Thirty-five days that repeat, dear by night; told of by the arguments that follow the file.
    fn run(arguments: &[&str]) -> Result<String, CliError> {
        let mut text = String::from("Time (UTC),gCO\u{2082}\n");
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for hour in 0..35 * 24 {
            let at = start + jiff::SignedDuration::from_hours(hour);
            let value = if hour % 24 < 12 { 300 } else { 200 };
            writeln!(text, "{},{value}", at.strftime("%F %T")).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("year.csv.gz");
        let mut encoder = GzEncoder::new(File::create(&file).unwrap(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
        let line = ["backtest", file.to_str().unwrap()]
            .into_iter()
            .chain(arguments.iter().copied());
        Line::try_parse_from(line).unwrap().backtest.execute()
    }

    #[test]
    fn json_says_what_each_method_keeps() {
        let json = run(&["--time", "Time", "--value", "gCO2", "--json"]).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["hours"], &json["missing"]), (&json!(840), &json!(0)));
        for method in Method::ALL {
            let found = &json["methods"][method.to_string()];
            // Four starts a day in the last week, but none on its last day: windows are of 25 hours at least.
            assert_eq!(found["starts"], json!(24));
            assert!((found["kept"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{found}");
            assert_eq!(found["cells"].as_array().unwrap().len(), 8);
            // Ours smooths the edge of the day until it has learned that this one is sharp.
            let error = if method == Method::Ours { 0.05 } else { 1e-9 };
            assert!(found["leadDays"][0]["mape"].as_f64().unwrap() < error);
        }
    }

    #[test]
    fn people_get_a_table_of_the_part_they_asked_for() {
        for from in ["2026-01-02T00:00:00Z", "2026-01-02"] {
            let text = run(&["--time", "1", "--value", "2", "--from", from]).unwrap();
            assert!(
                text.starts_with("2026-01-02T00:00:00Z to 2026-02-05T00:00:00Z, 816 hours"),
                "{text}"
            );
        }
        let text = run(&["--time", "1", "--value", "2"]).unwrap();
        assert!(text.contains("saving kept, %") && text.contains("100.0"), "{text}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named_and_nothing_is_said_of_scenarios() {
        let line = Line::try_parse_from(["backtest", "/none.csv", "--time", "1", "--value", "2"]).unwrap();
        let error = line.backtest.execute().unwrap_err().to_string();
        assert!(
            error.contains("reading /none.csv; is the path right?") && !error.contains("scenario"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_judged_says_what_is_needed() {
        let short = run(&["--time", "1", "--value", "2", "--to", "2026-01-20"]).unwrap_err();
        assert!(
            short.to_string().contains(
                "456 hours between --from and --to; 28 days are needed, and a window of 25 hours that begins at 00, 06"
            ),
            "{short}"
        );
        let (from, to) = ("2026-01-01T05:00:00Z", "2026-01-30T06:00:00Z");
        let late = run(&["--time", "1", "--value", "2", "--from", from, "--to", to]).unwrap_err();
        assert!(
            late.to_string()
                .contains("697 hours between --from and --to; 28 days are needed, and a window"),
            "{late}"
        );
        let wrong = run(&["--time", "1", "--value", "price"]).unwrap_err().to_string();
        assert!(
            wrong.contains("year.csv.gz, line 1: expected a column \"price\""),
            "{wrong}"
        );
    }
}
