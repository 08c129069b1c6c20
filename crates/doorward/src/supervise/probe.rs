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
    /// The tool's front page when `path` is one that it must have: a tool that lacks the path, and whose front page leads elsewhere,
    /// is mounted under another path than its rules are matched at. Without it any answer does.
    pub front: Option<String>,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nothing, or nothing that is HTTP.
    Nothing,
    /// It is mounted under another path.
    Elsewhere,
    /// It is there.
    Well,
}

impl Probe {
    /// Asks again and again until the tool on this port answers well. `elsewhere` is called each time it
    /// answers as one in another place.
    pub async fn until_well(&self, port: u16, elsewhere: impl Fn()) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string();
        loop {
            match self.ask(&address).await {
                Answered::Well => return,
                Answered::Elsewhere => elsewhere(),
                Answered::Nothing => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks once.
    pub async fn ask(&self, address: &str) -> Answered {
        let Some(answer) = patiently(address, &self.path).await else { return Answered::Nothing };
        let Some(front) = self.front.as_ref().filter(|_| !(200..300).contains(&answer)) else { return Answered::Well };
        match patiently(address, front).await {
            None => Answered::Nothing,
            Some(status) if (300..400).contains(&status) => Answered::Elsewhere,
            Some(_) => Answered::Well,
        }
    }
}

/// The status of an answer, if there is one in time.
async fn patiently(address: &str, path: &str) -> Option<u16> {
    tokio::time::timeout(PATIENCE, status(address, path)).await.ok()?.ok()?
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
