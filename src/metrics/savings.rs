//! Emissions: what finished jobs saved or added, and what decisions for DryRun policies expect to.

use prometheus::{Counter, CounterVec, IntCounterVec, Result};

use super::Metrics;
use super::families::{Families, opts};
use super::labels::Method;
use crate::planner::Reason;
use crate::units::Grams;

#[derive(Debug)]
pub(super) struct SavingFamilies {
    saved: CounterVec,
    added: CounterVec,
    dry_run_decisions: IntCounterVec,
    dry_run_saved: Counter,
    dry_run_added: Counter,
}

impl SavingFamilies {
    pub(super) fn register(families: &mut Families) -> Result<Self> {
        let saved = families.add(CounterVec::new(
            opts(
                "saved_emissions_grams_total",
                "gCO2e that finished jobs emitted less than their baseline, by method. Subtract the added emissions.",
            ),
            &["method"],
        )?)?;
        let added = families.add(CounterVec::new(
            opts(
                "added_emissions_grams_total",
                "gCO2e that finished jobs emitted more than their baseline, by method: the harm.",
            ),
            &["method"],
        )?)?;
        // A series that appears only with its first event hides that event from `increase()`.
        for method in Method::ALL {
            saved.with_label_values(&[method.as_str()]);
            added.with_label_values(&[method.as_str()]);
        }
        Ok(Self {
            saved,
            added,
            dry_run_decisions: families.add(IntCounterVec::new(
                opts(
                    "dry_run_decisions_total",
                    "Decisions for DryRun policies, which changed nothing, by reason.",
                ),
                &["reason"],
            )?)?,
            dry_run_saved: families.add(Counter::with_opts(opts(
                "dry_run_savings_grams_total",
                "gCO2e that the decisions for DryRun policies expect to save against running now.",
            ))?)?,
            dry_run_added: families.add(Counter::with_opts(opts(
                "dry_run_added_grams_total",
                "gCO2e that the decisions for DryRun policies expect to add against running now.",
            ))?)?,
        })
    }
}

/// Adds a saving to one of two counters, since a counter cannot fall: what was saved, or what was added.
fn tally(grams: Grams, saved: &Counter, added: &Counter) {
    if grams.0.is_finite() {
        let counter = if grams.0 >= 0.0 { saved } else { added };
        counter.inc_by(grams.0.abs());
    }
}

impl Metrics {
    /// A finished job emitted `saved` less than its baseline; negative is harm. What is not a number is not counted.
    pub fn accounted(&self, method: Method, saved: Grams) {
        let labels = [method.as_str()];
        tally(
            saved,
            &self.savings.saved.with_label_values(&labels),
            &self.savings.added.with_label_values(&labels),
        );
    }

    /// A job got its final decision from a DryRun policy; `saved` is expected against running now, where known.
    pub fn would_have(&self, reason: Reason, saved: Option<Grams>) {
        let savings = &self.savings;
        savings.dry_run_decisions.with_label_values(&[reason.as_str()]).inc();
        if let Some(grams) = saved {
            tally(grams, &savings.dry_run_saved, &savings.dry_run_added);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harm_is_counted_apart_and_never_as_a_negative_saving() {
        let metrics = Metrics::new("a").unwrap();
        metrics.accounted(Method::AverageEstimated, Grams(120.0));
        metrics.accounted(Method::AverageEstimated, Grams(-20.0));
        metrics.accounted(Method::AverageEstimated, Grams(f64::NAN));
        metrics.would_have(Reason::PolicyDryRun, Some(Grams(-3.0)));
        metrics.would_have(Reason::PolicyDryRun, None);
        let text = metrics.render();
        for line in [
            "alize_saved_emissions_grams_total{method=\"average_estimated\"} 120\n",
            "alize_added_emissions_grams_total{method=\"average_estimated\"} 20\n",
            "alize_dry_run_savings_grams_total 0\n",
            "alize_dry_run_added_grams_total 3\n",
            "alize_dry_run_decisions_total{reason=\"PolicyDryRun\"} 2\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
