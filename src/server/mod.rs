//! What the program shows of itself: `/healthz`, `/readyz` and `/metrics`, over plain HTTP for kubelet and Prometheus.
//!
//! Everything is read from a [`View`] that the cycle keeps up to date; nothing here can change anything. A slow or hostile
//! client costs one of a few connections for a few seconds, and never the cycle.
//!
//! | path | 200 | 503 |
//! | --- | --- | --- |
//! | `/healthz` | the cycle ran within the last minute, or is not due yet | the cycle hangs: restart |
//! | `/readyz` | all watches are complete; says whether this replica leads | a list of what is missing |
//! | `/metrics` | Prometheus' text format 0.0.4 | |

mod connections;
mod routes;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use connections::Limits;
pub use view::View;

/// The server cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The socket gives no more connections, many times in a row.
    #[error("accepting connections for health and metrics; restart the process, and look for leaked file descriptors")]
    Accept(#[source] std::io::Error),
}

/// Serves until `stop` is cancelled; requests in flight then get two seconds to finish.
///
/// # Errors
/// [`ServerError::Accept`] when the socket is of no use any more. A connection that breaks is no error.
pub async fn serve(
    listener: TcpListener,
    view: Arc<View>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let router = routes::router(view, metrics);
    connections::serve(listener, router, Limits::default(), stop).await
}
