//! A server on loopback that says what it is told to.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::loopback::{refusal, serve};

pub const JSON: (&str, &str) = ("content-type", "application/json");
pub const HTML: (&str, &str) = ("content-type", "text/html");

pub type Headers = &'static [(&'static str, &'static str)];
pub type Says = Box<dyn FnMut() -> Response + Send>;
/// What a well-behaved server answers; it checks key and parameters as the real one does.
pub type Usual = fn(&Asked) -> Response;
/// From a good body to a bad one.
pub type Spoil = dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync;

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub uri: Uri,
    pub query: HashMap<String, String>,
    headers: HashMap<String, String>,
}

impl Asked {
    /// A request that nobody sent.
    pub fn of(path: &str, query: &[(&str, String)]) -> Self {
        Self {
            uri: path.parse().unwrap(),
            query: query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            headers: HashMap::new(),
        }
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

#[derive(Clone)]
struct Script {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What it says to each request; after the last one, what is usual.
    says: Arc<Mutex<VecDeque<Says>>>,
    usual: Usual,
    /// What becomes of the bodies that are usual.
    spoil: Arc<Spoil>,
}

/// A server, for as long as it is kept.
pub struct Stub {
    pub origin: String,
    script: Script,
    _serving: JoinSet<()>,
}

impl Stub {
    pub async fn start(usual: Usual, says: Vec<Says>) -> Self {
        Self::spoilt(usual, says, Arc::new(|body| body)).await
    }

    /// A server whose answers are spoilt, but for those to logins.
    pub async fn spoilt(usual: Usual, says: Vec<Says>, spoil: Arc<Spoil>) -> Self {
        let script = Script {
            asked: Arc::default(),
            says: Arc::new(Mutex::new(says.into())),
            usual,
            spoil,
        };
        let router = Router::new().fallback(answer).with_state(script.clone());
        let (origin, serving) = serve(router).await;
        Self {
            origin,
            script,
            _serving: serving,
        }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// What it says to the next request.
    pub fn say(&self, says: Says) {
        self.script.says.lock().unwrap().push_back(says);
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let uri = request.uri().clone();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let asked = Asked {
        query: axum::extract::Query::try_from_uri(&uri).map_or_else(|_| HashMap::new(), |query| query.0),
        headers: headers.collect(),
        uri,
    };
    script.asked.lock().unwrap().push(asked.clone());
    let said = script.says.lock().unwrap().pop_front();
    if let Some(mut says) = said {
        return says();
    }
    let usual = (script.usual)(&asked);
    if asked.path() == "/login" {
        return usual;
    }
    let (parts, body) = usual.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Response::from_parts(parts, (script.spoil)(body.to_vec()).into())
}

pub fn says(response: impl FnMut() -> Response + Send + 'static) -> Says {
    Box::new(response)
}

pub fn good(body: &Value) -> Response {
    ([JSON], body.to_string()).into_response()
}

pub fn refuses(status: u16, body: impl Into<String>) -> Response {
    (StatusCode::from_u16(status).unwrap(), [JSON], body.into()).into_response()
}

pub fn fails(status: u16, headers: Headers, body: impl Into<String>) -> Says {
    let body = body.into();
    says(move || refusal(status, headers, body.clone()))
}

pub fn gzip(body: &[u8]) -> Response {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    ([JSON, ("content-encoding", "gzip")], encoder.finish().unwrap()).into_response()
}

/// A server that answers its first request with these bytes, one each second, over and over.
pub async fn dripping(bytes: &'static [u8]) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        for byte in bytes.iter().cycle() {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    (origin, serving)
}
