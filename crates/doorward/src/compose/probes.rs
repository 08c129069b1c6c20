//! The separate address for probes and metrics (`admin_listen`). Plain HTTP for machines on a private network; no sign-in, no apps.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Connections at once: a handful of probes.
const CONNECTIONS: usize = 64;
/// A connection that took longer than this is cut.
const LONGEST: Duration = Duration::from_secs(30);

/// Binds the address; who connects waits.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address} (admin_listen): {error}"))
}

/// Answers until the guard is dropped.
pub fn serve(listener: TcpListener, router: Router) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(stop.clone().run_until_cancelled_owned(answer(listener, router, stop.clone())));
    stop.drop_guard()
}

async fn answer(listener: TcpListener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5));
            // A probe that goes away tells nothing.
            let _ = tokio::time::timeout(LONGEST, server.serve_connection(TokioIo::new(stream), service)).await;
            drop(place);
        }));
    }
}
