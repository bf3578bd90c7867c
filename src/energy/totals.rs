//! The sums of a ledger.

use serde::{Deserialize, Serialize};

use super::receipt::Receipt;
use crate::units::{Grams, WattHours};

/// What the receipts of a ledger come to. Harm counts: `saved` may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Finished jobs.
    pub jobs: u64,
    /// Those whose emissions or baseline are unknown. Their energy is counted; their emissions are in no sum, so that emitted,
    /// baseline and saved speak of the same jobs.
    pub unknown: u64,
    /// Energy of all jobs, with PUE.
    pub energy: WattHours,
    /// Emissions.
    pub emitted: Grams,
    /// What the same jobs would have emitted, started at submission.
    pub baseline: Grams,
    /// Baseline less emitted.
    pub saved: Grams,
    /// What the jobs that emitted more than their baseline added to it; already taken off `saved`.
    pub added: Grams,
    /// Jobs that started after their latest start.
    pub missed_starts: u64,
    /// Jobs that finished after their finish-by.
    pub missed_finishes: u64,
}

impl Totals {
    /// Counts a job.
    pub fn add(&mut self, receipt: &Receipt, missed_start: bool, missed_finish: bool) {
        self.jobs += 1;
        self.energy += receipt.energy;
        self.missed_starts += u64::from(missed_start);
        self.missed_finishes += u64::from(missed_finish);
        let Some((emitted, baseline)) = receipt.emitted.zip(receipt.baseline) else {
            self.unknown += 1;
            return;
        };
        self.emitted += emitted;
        self.baseline += baseline;
        self.saved += baseline - emitted;
        self.added += Grams((emitted - baseline).0.max(0.0));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::Method;
    use super::*;

    fn receipt(emitted: Option<f64>, baseline: Option<f64>) -> Receipt {
        Receipt {
            energy: WattHours(10.0),
            emitted: emitted.map(Grams),
            baseline: baseline.map(Grams),
            basis: None,
            certainty: None,
            method: Method::AverageEstimated,
            started: Timestamp::UNIX_EPOCH,
            finished: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn harm_lowers_what_is_saved_and_is_told_on_its_own() {
        let mut totals = Totals::default();
        totals.add(&receipt(Some(60.0), Some(100.0)), false, false);
        totals.add(&receipt(Some(30.0), Some(20.0)), true, true);
        assert_eq!((totals.saved, totals.added), (Grams(30.0), Grams(10.0)));
        assert_eq!((totals.emitted, totals.baseline), (Grams(90.0), Grams(120.0)));
        assert_eq!((totals.missed_starts, totals.missed_finishes), (1, 1));
    }

    #[test]
    fn a_job_of_unknown_emissions_is_counted_as_unknown_and_never_as_zero() {
        let mut totals = Totals::default();
        totals.add(&receipt(Some(60.0), None), false, false);
        totals.add(&receipt(None, Some(60.0)), false, false);
        assert_eq!((totals.jobs, totals.unknown), (2, 2));
        assert_eq!(
            (totals.emitted, totals.baseline, totals.energy),
            (Grams(0.0), Grams(0.0), WattHours(20.0))
        );
    }
}
