//! What a board wrote before a restart, as its successor finds it in the ConfigMap.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use alize::grid::{Board, FORECASTS, Neso, NesoPlace, Settings, SourceKind, SourceSpec, Texts};
use alize::units::{Basis, Clock, Signal, SystemClock};
use jiff::Timestamp;

use super::answers::at;
use super::hold;

/// Noon, for ever.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        at(0)
    }

    fn monotonic(&self) -> Instant {
        SystemClock.monotonic()
    }
}

/// A board that has asked nobody yet, and the texts that it sees.
static BOARD: LazyLock<(Board, Arc<Texts>)> = LazyLock::new(|| {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let texts = Arc::new(Texts::default());
    let board = Board::new(Settings::default(), Arc::new(Noon), texts.clone(), Arc::new(|_| ()));
    (board.expect("a board"), texts)
});

/// Tests run side by side, and there is one board.
static TURN: Mutex<()> = Mutex::new(());

/// An entry of the one source of the board.
pub(super) fn seed() -> Vec<u8> {
    let text = format!(
        "{{\"sources\": [{{\"source\": \"CarbonIntensity Direct {:?}\", \"issuedAt\": \"{}\", \"readAt\": \"{}\", \
         \"certainty\": \"Published\", \"runs\": [{{\"start\": {}, \"step\": 1800, \"values\": [143, 151.5], \
         \"bands\": [[140, 150], [145, 160]]}}]}}]}}",
        spec().kind,
        at(-20),
        at(-15),
        at(0).as_second(),
    );
    text.into_bytes()
}

fn spec() -> SourceSpec {
    SourceSpec {
        signal: Signal::CarbonIntensity,
        basis: Basis::Unstated,
        flow: None,
        refresh: None,
        kind: SourceKind::Neso(Neso {
            place: NesoPlace::Nation,
            endpoint: None,
        }),
    }
}

/// A board that finds this text recalls a series as it should be, or none.
pub(super) fn memory(bytes: &[u8]) -> bool {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (board, texts) = &*BOARD;
    let (name, key) = FORECASTS;
    let text = String::from_utf8_lossy(bytes).into_owned();
    texts.set(name, BTreeMap::from([(key.to_owned(), text)]));
    board.set_zones(BTreeMap::new());
    board.set_zones(BTreeMap::from([("zone".into(), vec![spec()])]));
    let outlooks = board.outlooks(at(0));
    let series = outlooks[&"zone".into()].signal(Signal::CarbonIntensity).series();
    series.is_some_and(|series| {
        hold(&series.points);
        true
    })
}
