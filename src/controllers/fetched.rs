//! What the grid room fetched, in the words of the metrics.

use crate::grid::Fetched;
use crate::metrics::Metrics;

/// Counts one request to a source.
pub fn count(metrics: &Metrics, fetched: Fetched) {
    let _ = (metrics, fetched);
}
