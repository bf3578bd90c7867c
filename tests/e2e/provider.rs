//! A provider on loopback: a server that speaks as the WebApi of a Carbon Aware SDK does, well or badly, and may change its ways.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::loopback::{refusal, serve};
use super::scene::SLOT;

/// What it answers, given how a request came in: address and headers as text.
pub type Says = Arc<dyn Fn(&str) -> Response + Send + Sync>;

#[derive(Clone)]
struct Script {
    asked: Arc<Mutex<Vec<String>>>,
    says: Arc<Mutex<Says>>,
}

/// A server, for as long as it is kept.
pub struct Provider {
    pub origin: String,
    script: Script,
    _serving: JoinSet<()>,
}

impl Provider {
    pub async fn start(says: Says) -> Self {
        let script = Script {
            asked: Arc::default(),
            says: Arc::new(Mutex::new(says)),
        };
        let router = Router::new().fallback(answer).with_state(script.clone());
        let (origin, serving) = serve(router).await;
        Self {
            origin,
            script,
            _serving: serving,
        }
    }

    /// Every request so far, as text.
    pub fn asked(&self) -> Vec<String> {
        self.script.asked.lock().unwrap().clone()
    }

    /// What it says from now on.
    pub fn turns(&self, says: Says) {
        *self.script.says.lock().unwrap() = says;
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let asked = format!("{} {:?}", request.uri(), request.headers());
    script.asked.lock().unwrap().push(asked.clone());
    let says = script.says.lock().unwrap().clone();
    says(&asked)
}

/// The same whatever is asked.
pub fn always(answer: impl Fn() -> Response + Send + Sync + 'static) -> Says {
    Arc::new(move |_| answer())
}

/// A refusal with these headers.
pub fn refuses(status: u16, headers: &'static [(&'static str, &'static str)]) -> Says {
    always(move || refusal(status, headers, String::new()))
}

/// Whole slots from so many seconds from now on, with a value for each.
pub fn rows(ahead: i64, count: i64, value: impl Fn(i64) -> Value) -> Vec<Value> {
    let first = Timestamp::from_second(Timestamp::now().as_second() + ahead).unwrap();
    let row = |i: i64| {
        let start = first + SignedDuration::from_secs(SLOT.as_secs() * i);
        json!({"timestamp": start, "duration": SLOT.as_secs_f64() / 60.0, "value": value(i)})
    };
    (0..count).map(row).collect()
}

/// A forecast for a location, as the SDK writes it.
pub fn forecast(location: &str, generated: Timestamp, rows: &[Value]) -> Value {
    json!([{"generatedAt": generated, "location": location, "forecastData": rows}])
}

/// A body that is this JSON.
pub fn says(body: impl Fn() -> Value + Send + Sync + 'static) -> Says {
    always(move || axum::Json(body()).into_response())
}

/// A forecast for the location, made just now, with these values.
pub fn values(location: &'static str, value: fn(i64) -> Value) -> Says {
    says(move || forecast(location, Timestamp::now(), &rows(0, 200, value)))
}

/// A good answer: made just now, and ever greener, so that whoever may wait waits. The times have their values for good.
pub fn greener_later(location: &str) -> Says {
    let (location, begin) = (location.to_owned(), Timestamp::now().as_second());
    says(move || {
        let gone = (Timestamp::now().as_second() - begin) / SLOT.as_secs();
        let rows = rows(0, 400, |i| json!(900 - gone - i));
        forecast(&location, Timestamp::now(), &rows)
    })
}

/// A body that never ends, as fast as it is read.
pub fn endless() -> Says {
    always(|| {
        let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 16]));
        Body::from_stream(pieces).into_response()
    })
}

/// A body of which a byte comes each second.
pub fn dripping() -> Says {
    always(|| {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, std::io::Error>("["), ()))
        });
        Body::from_stream(drops).into_response()
    })
}

/// A body that ends in the middle, with the connection, after it `begins` like this.
pub fn cut(begins: String) -> Response {
    let pieces = stream::unfold(Some(begins), |begins| async {
        match begins {
            Some(begins) => Some((Ok(begins), None)),
            None => {
                // So that what came before is on its way.
                tokio::time::sleep(Duration::from_millis(200)).await;
                Some((Err(std::io::Error::other("cut")), None))
            }
        }
    });
    Body::from_stream(pieces).into_response()
}

/// A quarter of a gigabyte in a quarter of a megabyte.
pub fn bomb() -> Says {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&blanks).unwrap();
    }
    let packed = encoder.finish().unwrap();
    always(move || ([("content-encoding", "gzip")], packed.clone()).into_response())
}

/// It answers every other request as `good`, and is down in between.
pub fn flapping(good: Says) -> Says {
    let count = AtomicUsize::new(0);
    Arc::new(move |asked| match count.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => StatusCode::BAD_GATEWAY.into_response(),
        _ => good(asked),
    })
}
