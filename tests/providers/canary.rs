//! What is in a Secret is in no message, no log, no status and no Debug text, whatever a provider does with it.

use std::io;
use std::sync::{Arc, Mutex};

use alize::grid::{
    Eia, ElectricityMaps, Entsoe, ModelParameters, OpenMeteo, Prometheus, SourceKind, Terms, Unit, WattTime,
};
use alize::units::{Clock, Signal, SystemClock};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use tracing_subscriber::fmt::MakeWriter;

use super::stub::{Asked, Stub, good, refuses};
use super::world::{At, CANARY, secret, source, world};

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const KINDS: [At; 6] = [
    |origin| {
        SourceKind::Prometheus(Prometheus {
            query: "grid".into(),
            step: SignedDuration::from_hours(1),
            unit: Unit::GramsPerKilowattHour,
            endpoint: origin,
            secret: Some(secret()),
            tenant: None,
        })
    },
    |origin| {
        SourceKind::OpenMeteo(OpenMeteo {
            zone: "MA".into(),
            parameters: ModelParameters::BuiltIn,
            terms: Terms::Key(secret()),
            endpoint: Some(origin),
        })
    },
    |origin| {
        SourceKind::ElectricityMaps(ElectricityMaps {
            zone: "MA".into(),
            horizon_hours: 24,
            secret: secret(),
            endpoint: Some(origin),
        })
    },
    |origin| {
        SourceKind::Entsoe(Entsoe {
            area: "10YES-REE------0".into(),
            secret: secret(),
            endpoint: Some(origin),
        })
    },
    |origin| {
        SourceKind::Eia(Eia {
            respondent: "CISO".into(),
            secret: secret(),
            endpoint: Some(origin),
        })
    },
    |origin| {
        SourceKind::WattTime(WattTime {
            region: "CAISO_NORTH".into(),
            secret: "login".into(),
            endpoint: Some(origin),
        })
    },
];

/// Servers that give back what they were shown, in every way there is.
const ECHOES: [fn(&Asked) -> Response; 6] = [
    |asked| refuses(401, format!("{asked:?}")),
    |asked| {
        refuses(
            400,
            format!("<Acknowledgement_MarketDocument>{asked:?}</Acknowledgement_MarketDocument>"),
        )
    },
    |asked| good(&serde_json::json!({"token": CANARY, "zone": format!("{asked:?}"), "data": [{"datetime": CANARY}]})),
    |asked| {
        (
            axum::http::StatusCode::FOUND,
            [(
                "location",
                format!("http://127.0.0.1:1/{}", asked.uri.query().unwrap_or_default()),
            )],
        )
            .into_response()
    },
    |_| ([("content-encoding", CANARY)], CANARY).into_response(),
    |_| refuses(429, CANARY),
];

#[tokio::test]
async fn no_key_is_ever_shown_to_anybody_but_its_provider() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log works");
    for at in KINDS {
        let mut seen = 0;
        for echo in ECHOES {
            let stub = Stub::start(echo, vec![]).await;
            asks(at, &stub.origin).await;
            let asked = stub.asked();
            seen += usize::from(
                format!("{asked:?}").contains(CANARY)
                    || asked.iter().any(|a| a.header("authorization").starts_with("Basic ")),
            );
        }
        assert_eq!(seen, ECHOES.len(), "each server was shown the key, and nobody else");
        // Nobody listens there.
        asks(at, "http://127.0.0.1:1").await;
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the log works") && !log.contains(CANARY), "{log}");
}

/// Asks once, and looks at everything that people and machines can see.
async fn asks(at: At, origin: &str) {
    let kind = at(origin.to_owned());
    let signal = match kind {
        SourceKind::WattTime(_) => Signal::MarginalIntensity,
        _ => Signal::CarbonIntensity,
    };
    let world = world(origin, vec![source(signal, kind)]);
    let report = world.after(1).await;
    let outlooks = world.board.outlooks(SystemClock.now());
    let texts = format!("{report:?} {outlooks:?} {:?} {:?}", world.secrets, world.fetched);
    assert!(report.message.is_some() && !texts.contains(CANARY), "{texts}");
}
