//! A finished job, as receipts and reports know it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::PlanRecord;
use crate::energy::Receipt;
use crate::index::JobEntry;

/// A finished job with its receipt.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The job.
    pub job: Arc<JobEntry>,
    /// Its plan.
    pub plan: Arc<PlanRecord>,
    /// When it ended.
    pub at: Timestamp,
    /// What it used and emitted.
    pub receipt: Receipt,
    /// Whether it started after its latest start.
    pub missed_start: bool,
    /// Whether it ended after its finish-by.
    pub missed_finish: bool,
}
