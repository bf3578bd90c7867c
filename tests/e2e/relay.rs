//! A wire to the API server that can fall silent: connections stay open, and no byte passes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A relay on loopback; it ends with the test's runtime.
pub struct Relay {
    address: SocketAddr,
    silent: watch::Sender<bool>,
}

impl Relay {
    /// Relays to `server`, an address as `https://127.0.0.1:6443`; the bytes, TLS and all, pass as they are.
    pub async fn start(server: &str) -> Self {
        let target = server.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (silent, state) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&target).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pass(near_in, far_out, state.clone()));
                tokio::spawn(pass(far_in, near_out, state.clone()));
            }
        });
        Self { address, silent }
    }

    /// Where it listens, as a server's address in a kubeconfig.
    pub fn address(&self) -> String {
        format!("https://{}", self.address)
    }

    /// From now on no byte passes.
    pub fn silence(&self) {
        self.silent.send_replace(true);
    }

    /// What waited passes, and all that follows.
    pub fn speak(&self) {
        self.silent.send_replace(false);
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut silent: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
