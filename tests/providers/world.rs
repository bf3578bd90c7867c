//! A board with one zone, and what it makes of what it is told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use alize::grid::{
    Board, Fetched, Outcome, SecretKey, Secrets, Settings, SignalReport, SourceKind, SourceSpec, Texts, Token, run,
};
use alize::planner::{Level, Point, Series};
use alize::units::{Basis, Clock, Signal, SystemClock, ZoneName};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::stub::{Says, Stub, Usual};

/// What is in every Secret, and nowhere else.
pub const CANARY: &str = "canary-7f3a91";

pub struct World {
    pub board: Arc<Board>,
    pub secrets: Arc<Secrets>,
    pub texts: Arc<Texts>,
    pub fetched: Arc<Mutex<Vec<Fetched>>>,
    pub changed: Arc<Notify>,
}

pub fn zone() -> ZoneName {
    "zone".into()
}

pub fn now() -> Timestamp {
    SystemClock.now()
}

/// The start of this step, and so many steps on.
pub fn step(minutes: i64, ahead: i64) -> Timestamp {
    let second = now().as_second();
    Timestamp::from_second(second - second % (minutes * 60) + ahead * minutes * 60).unwrap()
}

pub fn secret() -> SecretKey {
    SecretKey {
        name: "keys".into(),
        key: "token".into(),
    }
}

pub fn source(signal: Signal, kind: SourceKind) -> SourceSpec {
    SourceSpec {
        signal,
        basis: Basis::Unstated,
        flow: None,
        refresh: Some(SignedDuration::from_secs(1)),
        kind,
    }
}

pub fn world(allowed: &str, sources: Vec<SourceSpec>) -> World {
    world_of(&[allowed], sources)
}

pub fn world_of(allowed: &[&str], sources: Vec<SourceSpec>) -> World {
    world_with(allowed, None, sources)
}

pub fn world_with(allowed: &[&str], ca_file: Option<PathBuf>, sources: Vec<SourceSpec>) -> World {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let secrets = Arc::new(Secrets::new(["keys", "login"].map(str::to_owned)));
    let tokens = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), Token::new(CANARY))).collect();
    secrets.set("keys", tokens(&["token"]));
    secrets.set("login", tokens(&["username", "password"]));
    let settings = Settings {
        data_dir: None,
        allowed_endpoints: allowed.iter().map(|origin| (*origin).to_owned()).collect(),
        loopback: true,
        ca_file,
        secrets: secrets.clone(),
    };
    let (fetched, changed) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
    let on_fetch = {
        let (fetched, changed) = (fetched.clone(), changed.clone());
        move |one| {
            fetched.lock().unwrap().push(one);
            changed.notify_one();
        }
    };
    let texts = Arc::new(Texts::default());
    let board = Board::new(settings, Arc::new(SystemClock), texts.clone(), Arc::new(on_fetch)).unwrap();
    board.set_zones(BTreeMap::from([(zone(), sources)]));
    World {
        board: Arc::new(board),
        secrets,
        texts,
        fetched,
        changed,
    }
}

impl World {
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.fetched.lock().unwrap().iter().map(|one| one.outcome).collect()
    }

    pub async fn run(&self, until: impl Future<Output = ()>) {
        let stop = CancellationToken::new();
        let end = async {
            until.await;
            stop.cancel();
        };
        tokio::join!(run(self.board.clone(), self.changed.clone(), stop.clone()), end);
    }

    /// Runs until so many sources have been asked, and shows what the board makes of them.
    pub async fn after(&self, asked: usize) -> SignalReport {
        self.run(async {
            while self.outcomes().len() < asked {
                self.changed.notified().await;
            }
        })
        .await;
        self.report()
    }

    pub fn report(&self) -> SignalReport {
        self.board.report(&zone(), now()).remove(0)
    }

    /// The series of a signal.
    pub fn series(&self, signal: Signal) -> Series {
        let outlooks = self.board.outlooks(now());
        outlooks[&zone()].signal(signal).series().unwrap().clone()
    }
}

/// A kind of source at an origin.
pub type At = fn(String) -> SourceKind;

/// What the board shows after the first answer of a server.
pub async fn shown(signal: Signal, at: At, usual: Usual, says: Vec<Says>) -> (World, SignalReport, Stub) {
    let stub = Stub::start(usual, says).await;
    let world = world(&stub.origin, vec![source(signal, at(stub.origin.clone()))]);
    let report = world.after(1).await;
    (world, report, stub)
}

/// What the board shows after a server that behaves as usual.
pub async fn usual(signal: Signal, at: At, usual: Usual) -> (World, SignalReport, Stub) {
    let (world, report, stub) = shown(signal, at, usual, vec![]).await;
    assert_eq!(report.message, None, "{report:?}");
    (world, report, stub)
}

/// The message that the board shows, and how the request was counted, after a server has said something useless.
pub async fn told(signal: Signal, at: At, otherwise: Usual, says: Vec<Says>) -> (String, Outcome) {
    let (world, report, _) = shown(signal, at, otherwise, says).await;
    assert_eq!((report.level, report.value), (Level::None, None), "{report:?}");
    let message = report.message.unwrap();
    assert!(!message.contains("secret") && !message.contains(CANARY), "{message}");
    (message, world.outcomes()[0])
}

/// What a saved text says, read at an instant.
pub fn saved(signal: Signal, kind: SourceKind, bodies: &[String], at: &str) -> Result<Vec<Point>, String> {
    let bodies: Vec<Vec<u8>> = bodies.iter().map(|body| body.clone().into_bytes()).collect();
    alize::grid::read_saved(&source(signal, kind), &bodies, at.parse().unwrap())
}
