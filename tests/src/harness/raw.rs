//! Bytes as they are: for requests that no HTTP client would send.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Sends these bytes and hands back everything that comes until the other side closes or is quiet for two seconds.
pub async fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    // A refusal may come, and the connection close, before everything is sent.
    let _ = stream.write_all(bytes).await;
    read(&mut stream).await
}

/// The same from another address of this machine.
pub async fn send_from(from: [u8; 4], port: u16, bytes: &[u8]) -> String {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((from, 0).into()).expect("an address of this machine");
    let mut stream = socket.connect(([127, 0, 0, 1], port).into()).await.expect("a connection");
    let _ = stream.write_all(bytes).await;
    read(&mut stream).await
}

/// What comes until the other side closes or is quiet for two seconds.
pub async fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0_u8; 8192];
    while let Ok(Ok(count)) = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut buffer)).await {
        if count == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request to this port with `Connection: close` and these header lines (each ending in CRLF) and body.
pub fn request(port: u16, start: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{start} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}").into_bytes();
    let says = |name: &str| headers.to_ascii_lowercase().lines().any(|line| line.starts_with(name));
    if !says("transfer-encoding") && !says("content-length") {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// The status code of an answer; 0 for none.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}
