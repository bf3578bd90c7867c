//! Over a real socket, as kubelet and Prometheus see it.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::view::tests::HandClock;
use super::*;

/// A server with limits that a test can wait for.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinSet<Result<(), ServerError>>,
}

const QUICK: Limits = Limits {
    connections: 2,
    head: Duration::from_millis(200),
    whole: Duration::from_secs(5),
    grace: Duration::from_millis(50),
    pause: Duration::from_millis(1),
};

async fn start(view: &Arc<View>, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop, mut task) = (listener.local_addr().unwrap(), CancellationToken::new(), JoinSet::new());
    let metrics = Arc::new(Metrics::new("1.2.3").unwrap());
    let router = routes::router(Arc::clone(view), metrics);
    task.spawn(connections::serve(listener, router, limits, stop.clone()));
    Server { address, stop, task }
}

impl Server {
    /// What the server says to `request`, until it closes the connection.
    async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(stream).await
    }

    async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: alize\r\n\r\n")).await
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = timeout(Duration::from_secs(3), stream.read_to_string(&mut text)).await;
    read.expect("the connection must close").unwrap();
    text
}

fn view() -> (Arc<HandClock>, Arc<View>) {
    let clock = HandClock::new();
    let view = Arc::new(View::new(clock.clone(), ["the list of jobs"]));
    (clock, view)
}

#[tokio::test]
async fn readiness_lists_what_is_missing_until_nothing_is() {
    let (_, view) = view();
    let server = start(&view, Limits::default()).await;
    let answer = server.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.ends_with("missing:\n- the list of jobs\n"), "{answer}");
    view.complete("the list of jobs");
    let answer = server.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn health_fails_with_a_reason_when_the_cycle_hangs() {
    let (clock, view) = view();
    let server = start(&view, Limits::default()).await;
    assert!(server.get("/healthz").await.starts_with("HTTP/1.1 200 "));
    view.complete("the list of jobs");
    clock.pass(75);
    let answer = server.get("/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("it last ran 75 s ago"), "{answer}");
}

#[tokio::test]
async fn metrics_come_in_the_text_format_that_prometheus_reads() {
    let server = start(&view().1, Limits::default()).await;
    let answer = server.get("/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"),
        "{answer}"
    );
    assert!(answer.contains("\nalize_build_info{version=\"1.2.3\"} 1\n"), "{answer}");
}

#[tokio::test]
async fn everything_else_is_not_found_and_nothing_can_be_written() {
    let server = start(&view().1, Limits::default()).await;
    for path in ["/", "/metrics/", "/healthz/../secret", "/api"] {
        let answer = server.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    let answer = server
        .ask("POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
}

#[tokio::test]
async fn half_a_request_does_not_keep_its_connection() {
    let server = start(&view().1, QUICK).await;
    let answer = server.ask("GET /healthz HTTP/1.1\r\nhost: slow").await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn no_client_keeps_a_connection_past_its_limit() {
    let limits = Limits {
        whole: Duration::from_millis(300),
        head: Duration::from_secs(60),
        ..QUICK
    };
    let server = start(&view().1, limits).await;
    let answer = server.ask("GET /").await;
    assert_eq!(answer, "", "closed by the limit on the whole connection");
}

#[tokio::test]
async fn a_full_server_answers_the_next_client_as_soon_as_one_leaves() {
    let limits = Limits {
        head: Duration::from_secs(1),
        ..QUICK
    };
    let server = start(&view().1, limits).await;
    let mut idle = Vec::new();
    for _ in 0..limits.connections {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    let waits = timeout(limits.head / 5, server.get("/healthz")).await;
    assert!(waits.is_err(), "{waits:?}");
    assert!(server.get("/healthz").await.contains("200 OK"));
    drop(idle);
}

#[tokio::test]
async fn stopping_closes_the_socket_and_cuts_who_does_not_finish() {
    let mut server = start(
        &view().1,
        Limits {
            head: Duration::from_secs(60),
            ..QUICK
        },
    )
    .await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    server.get("/healthz").await;
    server.stop.cancel();
    let ended = timeout(Duration::from_secs(3), server.task.join_next()).await;
    assert!(matches!(ended, Ok(Some(Ok(Ok(()))))), "{ended:?}");
    assert_eq!(rest(idle).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_socket_that_accepts_nothing_is_given_up_with_an_error() {
    // A datagram socket in the place of a listener: every accept on it fails.
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    datagrams.set_nonblocking(true).unwrap();
    let address = datagrams.local_addr().unwrap();
    let listener = TcpListener::from_std(OwnedFd::from(datagrams).into()).unwrap();
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"wake up", address).unwrap();
    let router = routes::router(view().1, Arc::new(Metrics::new("a").unwrap()));
    let served = connections::serve(listener, router, QUICK, CancellationToken::new());
    let ended = timeout(Duration::from_secs(3), served).await.expect("it must end");
    assert!(matches!(ended, Err(ServerError::Accept(_))), "{ended:?}");
}
