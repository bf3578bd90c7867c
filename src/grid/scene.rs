//! For the tests of this room: a board on a clock that the test runtime moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Board, Fetched, Settings, SourceKind, SourceSpec, Texts, run};
use crate::units::{Basis, Clock, Signal, ZoneName};

/// Noon of a day, plus whatever time the runtime has let pass.
#[derive(Debug)]
pub(super) struct PausedClock(tokio::time::Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        at(0) + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }

    fn monotonic(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// So many hours after noon.
pub(super) fn at(hour: i64) -> Timestamp {
    "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

/// Hourly values from noon on, as CSV.
pub(super) fn csv(values: &[f64]) -> String {
    let hours = (0..).zip(values);
    let rows = hours.map(|(hour, value)| {
        format!(
            "{},{},{value}
",
            at(hour),
            at(hour + 1)
        )
    });
    rows.collect::<Vec<_>>().concat()
}

pub(super) fn spec(kind: SourceKind) -> SourceSpec {
    SourceSpec {
        signal: Signal::CarbonIntensity,
        basis: Basis::LifeCycle,
        flow: None,
        refresh: None,
        kind,
    }
}

pub(super) fn config_map(name: &str) -> SourceSpec {
    spec(SourceKind::ConfigMap {
        name: name.into(),
        key: "a.csv".into(),
        location: None,
    })
}

/// A board and all that it hears and says.
pub(super) struct Scene {
    pub(super) board: Arc<Board>,
    pub(super) texts: Arc<Texts>,
    pub(super) clock: Arc<PausedClock>,
    pub(super) changed: Arc<Notify>,
    pub(super) fetched: Arc<Mutex<Vec<Fetched>>>,
}

impl Scene {
    pub(super) fn new(settings: Settings) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Arc::new(PausedClock(tokio::time::Instant::now()));
        let (texts, fetched) = (Arc::new(Texts::default()), Arc::new(Mutex::new(Vec::new())));
        let on_fetch = {
            let fetched = fetched.clone();
            move |one| fetched.lock().unwrap().push(one)
        };
        let board = Board::new(settings, clock.clone(), texts.clone(), Arc::new(on_fetch)).unwrap();
        Self {
            board: Arc::new(board),
            texts,
            clock,
            changed: Arc::new(Notify::new()),
            fetched,
        }
    }

    /// Writes a ConfigMap of one text.
    pub(super) fn write(&self, name: &str, text: &str) {
        self.texts
            .set(name, BTreeMap::from([("a.csv".to_owned(), text.to_owned())]));
    }

    pub(super) fn zones(&self, zones: &[(&str, &[SourceSpec])]) {
        let zones = zones
            .iter()
            .map(|(name, specs)| (ZoneName::from(*name), specs.to_vec()));
        self.board.set_zones(zones.collect());
    }

    /// Lets the board run for `time`; returns how often it told of a change.
    pub(super) async fn pass(&self, time: Duration) -> usize {
        let stop = CancellationToken::new();
        let mut changes = 0;
        let count = async {
            loop {
                self.changed.notified().await;
                changes += 1;
            }
        };
        let end = async {
            tokio::time::sleep(time).await;
            stop.cancel();
        };
        tokio::select! {
            _ = async { tokio::join!(run(self.board.clone(), self.changed.clone(), stop.clone()), end) } => {}
            () = count => {}
        }
        changes
    }

    /// Value now and level of the carbon intensity of a zone.
    pub(super) fn shows(&self, zone: &str) -> (Option<f64>, crate::planner::Level) {
        let report = &self.board.report(&zone.into(), self.clock.now())[0];
        (report.value, report.level)
    }
}
