//! What the plan before said, as far as it is not written on jobs.

use std::collections::HashMap;
use std::sync::Arc;

use crate::planner::{Decision, Plan, Prices, Published};

/// What one plan leaves to the next one of the same process. After a restart there is none: the next plan may then differ
/// more from the one before than it need.
#[derive(Debug, Default)]
pub struct Before {
    /// What room cost.
    pub prices: Option<Prices>,
    /// By the UID of each held job.
    pub starts: HashMap<Arc<str>, Published>,
}

impl From<Plan> for Before {
    fn from(plan: Plan) -> Self {
        let start = |decision: &Decision| (decision.job.uid.clone(), (&decision.chosen).into());
        Self {
            starts: plan.held().map(start).collect(),
            prices: Some(plan.prices),
        }
    }
}
