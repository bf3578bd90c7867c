//! What is answered to whom.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::view::View;
use crate::metrics::Metrics;

const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The three pages; any other path is not found.
pub(super) fn router(view: Arc<View>, metrics: Arc<Metrics>) -> Router {
    let pages = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .with_state(view);
    pages.merge(Router::new().route("/metrics", get(render)).with_state(metrics))
}

async fn health(State(view): State<Arc<View>>) -> impl IntoResponse {
    probe(view.health())
}

async fn readiness(State(view): State<Arc<View>>) -> impl IntoResponse {
    probe(view.readiness())
}

async fn render(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, METRICS_TYPE)], metrics.render())
}

/// kubelet reads the status; the words are for people.
fn probe(answer: Result<String, String>) -> (StatusCode, String) {
    match answer {
        Ok(words) => (StatusCode::OK, words),
        Err(words) => (StatusCode::SERVICE_UNAVAILABLE, words),
    }
}
