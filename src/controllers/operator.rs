//! `alize run`: the wiring. Watches feed the index, the grid room feeds the board, the lease opens the fence, and one cycle
//! does the rest. Whatever ends unasked ends the process, so that Kubernetes starts it again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use kube::Client;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::apply::Writer;
use super::cycle::Cycle;
use super::events::Events;
use super::forecasts::Forecasts;
use super::guard::Guard;
use super::keys;
use super::lease::Candidate;
use super::pace::Pace;
use super::policies::PolicyStatuses;
use super::receipts::Receipts;
use super::switches::Switches;
use super::watch::{self, Shared};
use super::zones::ZoneStatuses;
use crate::energy::History;
use crate::grid::{self, Board, Fetched, GridError, Secrets, Texts};
use crate::index::{Before, Index, Taught};
use crate::metrics::{Metrics, MetricsError};
use crate::server::{self, ServerError, View};
use crate::units::Clock;

/// What `alize run` needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace that it runs in: HoldSwitches, ConfigMaps and the lease are there.
    pub namespace: String,
    /// The name of this replica.
    pub identity: String,
    /// The name of the lease.
    pub lease: String,
    /// The Deployment that owns the HoldSwitches.
    pub deployment: Option<String>,
    /// Releases a second; `None` is unlimited.
    pub release_rate: Option<f64>,
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// Where file sources lie.
    pub data_dir: Option<PathBuf>,
    /// Origins besides the public ones that sources may be asked at.
    pub allowed_endpoints: Vec<String>,
    /// Whether such an origin may lie on this very machine.
    pub loopback: bool,
    /// PEM certificates of authorities that vouch for such origins.
    pub ca_file: Option<PathBuf>,
    /// The Secrets in our namespace that keys of providers may be read from.
    pub secrets: Vec<String>,
}

/// Why the operator could not start, or ended unasked.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address is taken, or not ours.
    #[error("listening on {0} for health and metrics; choose another --listen address")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The metrics are at odds with themselves.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The sources cannot be set up.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// Health and metrics ended.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A part of the operator ended unasked.
    #[error("a part of the operator ended unasked; it is a fault of alize, please report it with the log")]
    Ended,
}

/// Runs until `stop`, then gives the lease back.
///
/// # Errors
/// [`RunError`] when it cannot start or a part of it ends unasked.
pub async fn run(
    client: Client,
    settings: Settings,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))?);
    let view = Arc::new(View::new(
        clock.clone(),
        Index::default().watches().map(|(name, _)| name),
    ));
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|source| RunError::Listen(settings.listen, source))?;
    info!(address = %settings.listen, identity = settings.identity, version = env!("CARGO_PKG_VERSION"), "alize runs");

    let (shared, texts) = (Shared::default(), Arc::new(Texts::default()));
    let secrets = Arc::new(Secrets::new(settings.secrets.iter().cloned()));
    let board = Arc::new(board(&settings, &clock, &texts, &secrets, &metrics)?);
    let (namespace, name) = (settings.namespace.as_str(), settings.lease.as_str());
    let candidate = Candidate::new(client.clone(), namespace, name, &settings.identity, clock.clone());
    let guard = Guard::new(candidate.fence(), clock.clone(), metrics.clone());
    let cycle = cycle(&client, &settings, &clock, &shared, &board, &guard, &metrics, &view);

    // Dropped on the way out: no task outlives the operator.
    let mut watches = JoinSet::new();
    watch::start(&client, namespace, &shared, &texts, &mut watches);
    keys::start(&client, namespace, &secrets, &mut watches);
    board.set_asking(false);
    let leads = {
        let (metrics, view, dirty) = (metrics.clone(), view.clone(), shared.dirty());
        let board = board.clone();
        move |leads| {
            metrics.leading(leads);
            view.lead(leads);
            board.set_asking(leads);
            dirty.notify_one();
        }
    };
    let mut parts: JoinSet<Result<(), RunError>> = JoinSet::new();
    let ending = stop.child_token();
    {
        let (ending, view, metrics) = (ending.clone(), view.clone(), metrics.clone());
        parts.spawn(async move { Ok(server::serve(listener, view, metrics, ending).await?) });
    }
    {
        let (ending, changed) = (ending.clone(), shared.dirty());
        parts.spawn(async move {
            grid::run(board, changed, ending).await;
            Ok(())
        });
    }
    // The lease is given back only after the last write of the cycle.
    let done = CancellationToken::new();
    {
        let (ending, done) = (ending.clone(), done.clone());
        parts.spawn(async move {
            let _done = done.drop_guard();
            cycle.run(ending).await;
            Ok(())
        });
    }
    // A task of its own: a plan may take longer than the lease lasts without a renewal.
    parts.spawn(async move {
        candidate.run(done, leads).await;
        Ok(())
    });
    supervise(parts, watches, &stop, &ending, &view).await
}

/// Waits for the first part that ends, then for all others.
async fn supervise(
    mut parts: JoinSet<Result<(), RunError>>,
    mut watches: JoinSet<()>,
    stop: &CancellationToken,
    ending: &CancellationToken,
    view: &View,
) -> Result<(), RunError> {
    let first = tokio::select! {
        Some(ended) = parts.join_next() => Some(ended),
        Some(_) = watches.join_next() => None,
        () = stop.cancelled() => None,
    };
    let asked = stop.is_cancelled();
    view.lose("it shuts down");
    ending.cancel();
    let mut result = match first {
        Some(Ok(Err(error))) => Err(error),
        _ if asked => Ok(()),
        _ => Err(RunError::Ended),
    };
    while let Some(ended) = parts.join_next().await {
        match ended {
            Ok(Err(error)) if result.is_ok() => result = Err(error),
            Err(error) if error.is_panic() => {
                error!("a part of the operator panicked");
                result = Err(RunError::Ended);
            }
            _ => {}
        }
    }
    info!("alize ends");
    result
}

fn board(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    texts: &Arc<Texts>,
    secrets: &Arc<Secrets>,
    metrics: &Arc<Metrics>,
) -> Result<Board, GridError> {
    let grid = grid::Settings {
        data_dir: settings.data_dir.clone(),
        allowed_endpoints: settings.allowed_endpoints.clone(),
        loopback: settings.loopback,
        ca_file: settings.ca_file.clone(),
        secrets: secrets.clone(),
    };
    let metrics = metrics.clone();
    let on_fetch = move |fetched: Fetched| super::fetched::count(&metrics, fetched);
    Board::new(grid, clock.clone(), texts.clone(), Arc::new(on_fetch))
}

#[expect(
    clippy::too_many_arguments,
    reason = "the wiring: everything is made here once and handed on"
)]
fn cycle(
    client: &Client,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    shared: &Shared,
    board: &Arc<Board>,
    guard: &Guard,
    metrics: &Arc<Metrics>,
    view: &Arc<View>,
) -> Cycle {
    let events = Events::new(client.clone(), &settings.identity, guard.clone());
    let pace = Pace::new(settings.release_rate);
    Cycle {
        shared: shared.clone(),
        board: board.clone(),
        writer: Writer::new(client.clone(), guard.clone(), events.clone(), clock.clone(), pace),
        switches: Switches::new(client, &settings.namespace, settings.deployment.clone(), guard.clone()),
        policies: PolicyStatuses::new(client.clone(), guard.clone()),
        zones: ZoneStatuses::new(client.clone(), guard.clone(), events),
        forecasts: Forecasts::new(client, &settings.namespace, guard.clone()),
        receipts: Receipts::new(client.clone(), guard.clone()),
        guard: guard.clone(),
        metrics: metrics.clone(),
        view: view.clone(),
        clock: clock.clone(),
        release_rate: settings.release_rate,
        taught: Taught::default(),
        history: History::default(),
        before: Before::default(),
    }
}
