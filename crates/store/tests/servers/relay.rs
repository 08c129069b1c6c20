//! Between a store and its server: passes everything on, until it is told to cut what is committed from the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct Relay {
    port: u16,
    cuts: Arc<AtomicBool>,
}

impl Relay {
    /// Before the server of this address.
    pub async fn before(url: &str) -> (Self, String) {
        let (scheme, rest) = url.split_once("admin@").unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), cuts: Arc::default() };
        let there = format!("{scheme}admin@127.0.0.1:{}/{database}", relay.port);
        let (server, cuts) = (server.to_owned(), Arc::clone(&relay.cuts));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass_on(client, server, Arc::clone(&cuts)));
            }
        });
        (relay, there)
    }

    /// From now on, whoever commits hears nothing of it.
    pub fn cuts(&self, is_so: bool) {
        self.cuts.store(is_so, Ordering::SeqCst);
    }
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream, cuts: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                server.write_all(&asked[..length]).await.unwrap();
                if cuts.load(Ordering::SeqCst) && commits(&asked[..length]) {
                    // It is done when the server says so; nobody else hears that.
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The statement, which is a word at the end of a message; `READ COMMITTED` is none.
fn commits(message: &[u8]) -> bool {
    message.ends_with(b"COMMIT") || message.ends_with(b"COMMIT\0")
}
