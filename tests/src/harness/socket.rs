//! A small WebSocket client (RFC 6455) that can also misbehave.

use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::person::Person;

/// An open socket, or a refused upgrade.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    /// The answer to the upgrade, head only.
    pub head: String,
}

/// What came.
#[derive(Debug, PartialEq)]
pub enum Came {
    /// A text message.
    Text(Value),
    /// A close frame with its code.
    Close(u16),
    /// The connection ended without one.
    End,
    /// Nothing for so long.
    Nothing,
}

impl Socket {
    /// Upgrades `/graphql` with a sub-protocol; more header lines each end in CRLF.
    pub async fn open(port: u16, person: &Person, protocol: &str, more: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        let cookie = if person.cookie.is_empty() { String::new() } else { format!("Cookie: {}\r\n", person.cookie) };
        let request = format!(
            "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {protocol}\r\n{cookie}{more}\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0_u8; 1];
            if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                break;
            }
            head.push(byte[0]);
        }
        Self { stream, head: String::from_utf8_lossy(&head).into_owned() }
    }

    /// The status of the answer to the upgrade; 101 is open.
    pub fn status(&self) -> u16 {
        super::raw::status(&self.head)
    }

    /// Sends a text message in one masked frame.
    pub async fn send(&mut self, message: &Value) {
        self.frame(0x81, message.to_string().as_bytes()).await;
    }

    /// Sends a frame with this first byte (FIN, RSV, opcode).
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).expect("short")),
            medium @ 126..=65_535 => {
                bytes.push(0xfe);
                bytes.extend_from_slice(&u16::try_from(medium).expect("medium").to_be_bytes());
            }
            long => {
                bytes.push(0xff);
                bytes.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        let mask = [0x11, 0x22, 0x33, 0x44];
        bytes.extend_from_slice(&mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        // The other side may have closed already; the test sees that when it reads.
        let _ = self.stream.write_all(&bytes).await;
    }

    /// The next message or close; control frames other than close are passed over.
    pub async fn next(&mut self, patience: Duration) -> Came {
        tokio::time::timeout(patience, self.read()).await.unwrap_or(Came::Nothing)
    }

    async fn read(&mut self) -> Came {
        loop {
            let mut head = [0_u8; 2];
            if self.stream.read_exact(&mut head).await.is_err() {
                return Came::End;
            }
            let length = match head[1] & 0x7f {
                126 => u64::from(self.stream.read_u16().await.unwrap_or(0)),
                127 => self.stream.read_u64().await.unwrap_or(0),
                short => u64::from(short),
            };
            let mut payload = vec![0_u8; usize::try_from(length).expect("fits")];
            if self.stream.read_exact(&mut payload).await.is_err() {
                return Came::End;
            }
            match head[0] & 0x0f {
                1 => return Came::Text(serde_json::from_slice(&payload).expect("JSON")),
                8 => return Came::Close(payload.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]))),
                _ => {}
            }
        }
    }

    /// The next message of this type, passing others over.
    pub async fn next_of(&mut self, kind: &str, patience: Duration) -> Value {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match self.next(deadline.saturating_duration_since(tokio::time::Instant::now())).await {
                Came::Text(message) if message["type"] == kind => return message,
                Came::Text(_) => {}
                other => panic!("waited for {kind:?}, came {other:?}"),
            }
        }
    }
}
