//! Whether the tool answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Asks again and again until the tool gives any HTTP answer on its private port.
pub async fn until_it_answers(port: u16, path: &str) {
    while !answers(port, path).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn answers(port: u16, path: &str) -> bool {
    tokio::time::timeout(Duration::from_secs(5), ask(port, path)).await.is_ok_and(|answer| answer.is_ok_and(|http| http))
}

async fn ask(port: u16, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let question = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: doorward\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut beginning = [0; 7];
    stream.read_exact(&mut beginning).await?;
    Ok(beginning == *b"HTTP/1.")
}
