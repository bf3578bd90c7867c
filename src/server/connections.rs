//! The loop that accepts connections, and what each of them may cost.
//!
//! A connection serves one request: kubelet opens a new one for every probe anyway, and so one deadline bounds reading,
//! answering and writing together.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::ServerError;

/// What clients may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at a time; further ones wait in the socket's backlog.
    pub(super) connections: usize,
    /// For the head of the request.
    pub(super) head: Duration,
    /// For the whole connection.
    pub(super) whole: Duration,
    /// For requests in flight once it is to stop.
    pub(super) grace: Duration,
    /// Between two attempts to accept, where the socket itself fails.
    pub(super) pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            head: Duration::from_secs(5),
            whole: Duration::from_secs(10),
            grace: Duration::from_secs(2),
            pause: Duration::from_secs(1),
        }
    }
}

/// Failures in a row after which the socket is given up.
const MOST_FAILURES: usize = 10;

/// Accepts connections until `stop`, or until the socket is of no use any more.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let mut connections = JoinSet::new();
    let mut failures = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, _)) => {
                    failures = 0;
                    connections.spawn(answer(stream, router.clone(), limits));
                }
                Err(error) if ends_one_connection(&error) => {}
                Err(error) if failures == MOST_FAILURES => return Err(ServerError::Accept(error)),
                Err(error) => {
                    failures += 1;
                    warn!(%error, failures, "accepting connections; trying again");
                    sleep(limits.pause).await;
                }
            }
        }
    }
    // The socket closes first, so that nobody new is left waiting.
    drop(listener);
    let drained = timeout(limits.grace, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

async fn answer(stream: TcpStream, router: Router, limits: Limits) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match timeout(limits.whole, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a connection broke"),
        Err(_) => debug!("a connection took too long"),
    }
}

/// Whether only the connection that was about to be accepted is lost.
fn ends_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
