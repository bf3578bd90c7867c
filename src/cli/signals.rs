//! When the process is asked to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Returns on SIGTERM or Ctrl-C.
pub(super) async fn asked_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(terminate) => drop(terminate.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
