//! The starts that were compared, one a line, with what each would mean.

use crate::api::{PlanChoice, PlanRecord};
use crate::units::Grams;

/// What is minimised, and how it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    AverageGrams,
    MarginalGrams,
    KilowattHours,
}

impl Unit {
    /// By the name of the signal, as the API spells it.
    pub(super) fn of(record: &PlanRecord) -> Self {
        match record.signal.as_str() {
            "RenewableShare" => Self::KilowattHours,
            "MarginalIntensity" => Self::MarginalGrams,
            _ => Self::AverageGrams,
        }
    }

    /// What the figures are, for the head of the table.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AverageGrams => "CO2e (average)",
            Self::MarginalGrams => "CO2e (marginal)",
            Self::KilowattHours => "not renewable",
        }
    }

    /// What an amount is of, in a sentence.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::AverageGrams => "CO2e by average intensity",
            Self::MarginalGrams => "CO2e by marginal intensity",
            Self::KilowattHours => "not renewable",
        }
    }

    /// `118 g`, `0.41 kWh`.
    pub(super) fn amount(self, cost: f64) -> String {
        match self {
            Self::AverageGrams | Self::MarginalGrams => Grams(cost).to_string(),
            Self::KilowattHours => format!("{cost:.2} kWh"),
        }
    }
}

/// The table, with `clock` for instants; line by line, indented by two, without trailing spaces. Where something else is
/// minimised, a last column says what each start would emit by average intensity.
pub(super) fn table(record: &PlanRecord, clock: impl Fn(&PlanChoice) -> String) -> Vec<String> {
    let unit = Unit::of(record);
    let rows = [(&record.now, "at once"), (&record.chosen, "chosen")];
    let rows = rows
        .into_iter()
        .chain(record.alternatives.iter().map(|choice| (choice, "")));
    let beside = |choice: &PlanChoice| match (unit, choice.grams) {
        (Unit::MarginalGrams | Unit::KilowattHours, Some(grams)) => Grams(grams).to_string(),
        _ => String::new(),
    };
    let is_beside = rows.clone().any(|(choice, _)| !beside(choice).is_empty());
    let last = if is_beside { Unit::AverageGrams.title() } else { "" };
    let mut lines = vec![["start", "", "zone", unit.title(), "difference", last].map(str::to_owned)];
    for (choice, role) in rows {
        let cost = choice
            .cost
            .map_or_else(|| "unknown".to_owned(), |cost| unit.amount(cost));
        let against = if role == "at once" {
            String::new()
        } else {
            against(unit, choice.cost, record.now.cost)
        };
        lines.push([
            clock(choice),
            role.to_owned(),
            choice.zones.join(","),
            cost,
            against,
            beside(choice),
        ]);
    }
    let widths: [usize; 6] =
        std::array::from_fn(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0));
    let line = |cells: &[String; 6]| {
        let padded: Vec<_> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("  {}", padded.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// `-118 g (-41 %)`; nothing where either is unknown.
fn against(unit: Unit, cost: Option<f64>, now: Option<f64>) -> String {
    let (Some(cost), Some(now)) = (cost, now) else {
        return String::new();
    };
    let sign = if cost > now { "+" } else { "" };
    let share = if now > 0.0 {
        format!(" ({sign}{:.0} %)", (cost - now) / now * 100.0)
    } else {
        String::new()
    };
    format!("{sign}{}{share}", unit.amount(cost - now))
}
