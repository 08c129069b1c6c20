//! Whether the tool answers, and where Doorward believes it is.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// A path of the tool.
    pub path: String,
    /// Whether only 200 will do: the tool is then known to be mounted where its rules are matched. Otherwise any answer does.
    pub strict: bool,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nothing, or nothing that is HTTP.
    Nothing,
    /// Something else than the probe wants: the status.
    Otherwise(u16),
    /// What it wants.
    Well,
}

impl Probe {
    /// Asks again and again until the tool on this port answers well. `odd` hears of other answers.
    pub async fn until_well(&self, port: u16, odd: impl Fn(u16)) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string();
        loop {
            match self.ask(&address).await {
                Answered::Well => return,
                Answered::Otherwise(status) => odd(status),
                Answered::Nothing => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks once.
    pub async fn ask(&self, address: &str) -> Answered {
        match tokio::time::timeout(PATIENCE, status(address, &self.path)).await {
            Ok(Ok(Some(status))) if status == 200 || !self.strict => Answered::Well,
            Ok(Ok(Some(status))) => Answered::Otherwise(status),
            Ok(Ok(None) | Err(_)) | Err(_) => Answered::Nothing,
        }
    }
}

async fn status(address: &str, path: &str) -> std::io::Result<Option<u16>> {
    let mut stream = TcpStream::connect(address).await?;
    let question = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: doorward\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut beginning = [0; 12];
    stream.read_exact(&mut beginning).await?;
    let words = std::str::from_utf8(&beginning).unwrap_or_default();
    Ok(words.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..)?.parse().ok()))
}
