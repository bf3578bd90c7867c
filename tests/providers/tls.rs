//! Servers whose TLS is not what it should be: nothing is read of them, and what to do about it is said.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use alize::grid::{Board, Elia, Outcome, Settings, SourceKind};
use alize::planner::Level;
use alize::units::{Signal, SystemClock};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::prometheus;
use super::world::{source, world, world_with};

/// The certificate of a server at 127.0.0.1, valid on the first of January 2020 and never after, and one that is still valid; both
/// signed by themselves, with the key below, which guards nothing.
const EXPIRED: &str = "MIIBLzCB1qADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGV4cGlyZWQudGVzdDAeFw0yMDAxMDEwMDAwMDBaFw0yMDAxMDIwMDAw\
    MDBaMBcxFTATBgNVBAMMDGV4cGlyZWQudGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJPthNHMnDOOc1GC2IBHC13T1LO4EEnbL9Pn1hSjwGA/z7F5n1eSuL2\
    IMTkvT+dlG+sJelody5wGHElI73Eg7gOjEzARMA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhAJhgmqhvXGEgFphLnOhJoK/YSXCHJg+AFCVfVCFKgS\
    L/AiBtw5NJ99gN0unPioa26Yj87RYHUaxCi/yS6zixE8Rbvw==";
const STRANGE: &str = "MIIBMTCB2KADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDGV4cGlyZWQudGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yOTk5MDEwMTAwMDA\
    wMFowFzEVMBMGA1UEAwwMZXhwaXJlZC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk+2E0cycM45zUYLYgEcLXdPUs7gQSdsv0+fWFKPAYD/PsXmfV5K4vYgx\
    OS9P52Ub6wl6Wh3LnAYcSUjvcSDuA6MTMBEwDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNIADBFAiEAmJC5/q9/RzieOHorQqZmGdsJHj31tlwY11hgL9tzIC4\
    CIALEqVTHNOLLyiHfpWsazAsPz5BQsC620B1PuoNHCTsJ";
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgERHo9KUHK13BzeXhMVOL81W1AjTJ9+gd7MwJakNjz+WhRANCAAST7YTRzJwzjnNRgt\
    iARwtd09SzuBBJ2y/T59YUo8BgP8+xeZ9Xkri9iDE5L0/nZRvrCXpaHcucBhxJSO9xIO4D";

/// What the board says of a server that meets whoever connects to it so.
async fn told(meet: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || meet(listener.accept().unwrap().0));
    let kind = SourceKind::Elia(Elia {
        endpoint: Some(origin.clone()),
    });
    let world = world(&origin, vec![source(Signal::RenewableShare, kind)]);
    let report = world.after(1).await;
    assert_eq!((report.level, world.outcomes()[0]), (Level::None, Outcome::Unreachable));
    report.message.unwrap()
}

/// Of a server with this certificate.
fn config(certificate: &str) -> ServerConfig {
    let bytes = |text: &str| STANDARD.decode(text).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(bytes(KEY)));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    config
        .with_no_client_auth()
        .with_single_cert(vec![bytes(certificate).into()], key)
        .unwrap()
}

/// Shakes hands with this certificate, as far as it comes.
fn certified(certificate: &'static str) -> impl FnOnce(TcpStream) + Send + 'static {
    let config = config(certificate);
    move |mut stream| {
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        while connection.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {}
    }
}

/// Answers the greeting of a client with these bytes.
fn answers(bytes: Vec<u8>) -> impl FnOnce(TcpStream) + Send + 'static {
    move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&bytes);
        let _ = stream.read(&mut [0; 4096]);
    }
}

/// Says this to each of so many who ask over TLS, whatever they ask.
fn says(listener: &TcpListener, config: &Arc<ServerConfig>, body: &str, times: usize) {
    for stream in listener.incoming().take(times) {
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = stream.unwrap();
        let mut stream = Stream::new(&mut connection, &mut stream);
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    }
}

#[tokio::test]
async fn an_authority_of_the_settings_vouches_for_an_allowed_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.crt");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{STRANGE}\n-----END CERTIFICATE-----\n");
    std::fs::write(&ca_file, pem).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let server = Arc::new(config(STRANGE));
    std::thread::spawn(move || says(&listener, &server, &prometheus::forecast().to_string(), 2));
    let sources = vec![source(Signal::RenewableShare, prometheus::AT(origin.clone()))];
    let report = world_with(&[&origin], Some(ca_file), sources).after(1).await;
    assert_eq!((report.level, report.message), (Level::Live, None));
}

#[test]
fn a_file_without_an_authority_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let settings = Settings {
            ca_file: Some(folder.path().join(name)),
            ..Settings::default()
        };
        let board = Board::new(settings, Arc::new(SystemClock), Arc::default(), Arc::new(|_| ()));
        board.map(|_| ()).unwrap_err().to_string()
    };
    std::fs::write(folder.path().join("empty"), "none here").unwrap();
    std::fs::write(folder.path().join("torn"), "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
    let nothing = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(folder.path().join("nothing"), nothing).unwrap();
    let wrong = [("empty", "as PEM"), ("torn", "as PEM"), ("nothing", "as PEM")];
    for (name, words) in wrong.into_iter().chain([("none", "is the path right?")]) {
        let message = refused(name);
        assert!(message.contains(name) && message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn f5_a_certificate_that_has_expired_or_that_nobody_vouches_for_is_not_believed() {
    for (certificate, words) in [(EXPIRED, "certificate expired"), (STRANGE, "UnknownIssuer")] {
        let message = told(certified(certificate)).await;
        assert!(
            message.contains(words) && message.contains("renew its certificate"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn f5_a_server_that_speaks_no_newer_tls_than_1_1_is_told_to() {
    // The alert protocol_version, as most say it; and the greeting of one that goes on with TLS 1.1.
    let alert = vec![0x15, 3, 1, 0, 2, 2, 70];
    let mut greeting = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    greeting.extend([7; 32]);
    greeting.extend([0, 0, 0x2f, 0]);
    for bytes in [alert, greeting] {
        let message = told(answers(bytes)).await;
        assert!(message.contains("TLS 1.2 or newer; check the endpoint"), "{message}");
    }
}
