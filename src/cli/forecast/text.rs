//! A forecast for people: what it is, its days as sparklines, and its slots.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Shown;
use super::shown::ShownSlot;
use super::sparkline::sparkline;
use crate::cli::explain::ago;
use crate::grid::forecast::Hourly;
use crate::planner::{Level, Point};
use crate::units::{Basis, Signal, Slot};

impl Shown {
    /// A table with sparklines, as of `now`. Times are UTC.
    pub fn text(&self, now: Timestamp) -> String {
        let mut text = String::new();
        for (name, what) in self.head(now) {
            line(&mut text, &format!("{name:<10}{what}"));
        }
        if self.slots.is_empty() {
            return text + "\nIt has no slots.\n";
        }
        if let (Level::Constant, Some(slot)) = (self.level, self.slots.first()) {
            let value = self.amount(slot.value);
            return text + &format!("\n{value} at all times: it ranks no hours, so no job waits for it.\n");
        }
        line(&mut text, "");
        for row in self.days() {
            line(&mut text, &row);
        }
        line(&mut text, "");
        line(
            &mut text,
            &format!("{:<18}{:>8}{:>10}{:>8}", "start (UTC)", "value", "p10", "p90"),
        );
        for slot in &self.slots {
            let bound = |bound: Option<f64>| bound.map_or_else(|| "-".into(), |bound| self.amount(bound));
            let start = slot.start.to_zoned(TimeZone::UTC).strftime("%F %H:%M").to_string();
            let value = self.amount(slot.value);
            line(
                &mut text,
                &format!("{start:<18}{value:>8}{:>10}{:>8}", bound(slot.p10), bound(slot.p90)),
            );
        }
        text
    }

    fn head(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        let basis = counted(self.basis);
        let flow = self.flow.map_or_else(String::new, |flow| format!(", {}", flow.words()));
        let signal = match self.signal {
            Signal::RenewableShare => format!("renewable share{flow}"),
            Signal::CarbonIntensity => format!("carbon intensity, average{basis}{flow}, {}", self.unit),
            Signal::MarginalIntensity => format!("carbon intensity, marginal{basis}{flow}, {}", self.unit),
        };
        let kind = if self.estimated { "estimated" } else { "published" };
        let level = format!("{:?}", self.level);
        let at = |instant: Timestamp| {
            let utc = instant.to_zoned(TimeZone::UTC).strftime("%F %H:%M UTC");
            format!("{utc}, {}", ago(instant, now))
        };
        let issued = self.issued_at.map(|issued| format!("{}, level {level}", at(issued)));
        let mut head = vec![
            ("zone", self.zone.clone()),
            ("signal", signal),
            ("source", format!("{} ({kind})", self.source)),
            issued.map_or(("level", level), |issued| ("issued", issued)),
        ];
        head.extend(self.fetched_at.map(|fetched| ("fetched", at(fetched))));
        head.extend(self.notes.iter().map(|note| ("note", note.clone())));
        head
    }

    /// One line a day: its hours as bars, and its lowest, mean and highest value.
    fn days(&self) -> Vec<String> {
        let mut days: BTreeMap<Date, [Option<f64>; 24]> = BTreeMap::new();
        let hourly = self.hourly();
        let hours = || {
            hourly
                .values
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, value)| value.is_finite())
        };
        for (hour, value) in hours() {
            let utc = hourly.at(hour).to_zoned(TimeZone::UTC);
            days.entry(utc.date()).or_default()[usize::from(utc.hour().unsigned_abs())] = Some(value);
        }
        let values = || hours().map(|(_, value)| value);
        let range = values()
            .reduce(f64::min)
            .zip(values().reduce(f64::max))
            .unwrap_or_default();
        let mut lines = vec![format!(
            "{:<12}{:<26}{:>8}{:>8}{:>8}",
            "day (UTC)", "00    06    12    18", "lowest", "mean", "highest"
        )];
        for (day, hours) in days {
            let known: Vec<f64> = hours.iter().copied().flatten().collect();
            let amount = |value: Option<f64>| value.map_or_else(String::new, |value| self.amount(value));
            let (low, high) = (
                known.iter().copied().reduce(f64::min),
                known.iter().copied().reduce(f64::max),
            );
            let bars = sparkline(&hours, range);
            lines.push(format!(
                "{:<12}{bars:<26}{:>8}{:>8}{:>8}",
                day.to_string(),
                amount(low),
                amount(mean(&known)),
                amount(high)
            ));
        }
        lines
    }

    /// Its means by the hour: slots are shorter than an hour, or longer.
    fn hourly(&self) -> Hourly {
        let slot = |slot: &ShownSlot| Slot {
            start: slot.start,
            end: slot.end,
        };
        let points: Vec<Point> = self
            .slots
            .iter()
            .map(|shown| Point::of(slot(shown), shown.value))
            .collect();
        Hourly::of(&points).unwrap_or_default()
    }

    /// `412` grams, `27.4 %`.
    fn amount(&self, value: f64) -> String {
        match self.signal {
            Signal::RenewableShare => format!("{:.1} %", value * 100.0),
            Signal::CarbonIntensity | Signal::MarginalIntensity => format!("{value:.0}"),
        }
    }
}

fn counted(basis: Option<Basis>) -> &'static str {
    match basis {
        Some(Basis::LifeCycle) => ", life cycle",
        Some(Basis::Direct) => ", at the stack",
        Some(Basis::Unstated) | None => "",
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Adds a line without trailing spaces; writing to a `String` cannot fail.
fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "{}", line.trim_end());
}
