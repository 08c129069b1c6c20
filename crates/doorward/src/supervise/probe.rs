//! Whether the tool answers, and where Doorward believes it is.

use http::Method;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;

use crate::fetch;

/// How long one question to a tool that is starting may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a whole look at one that runs may.
const GLANCE: Duration = Duration::from_millis(2500);
/// How often one that runs is looked at: with the look itself in less than five seconds.
pub const EVERY: Duration = Duration::from_secs(2);

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
    /// Nothing listens there.
    Refused,
    /// Nothing in time, or nothing that is HTTP.
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
        let address = private(port);
        loop {
            match self.ask(&address).await {
                Answered::Well => return,
                Answered::Elsewhere => elsewhere(),
                Answered::Refused | Answered::Nothing => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Looks again and again at the tool on this port, and tells what was found.
    pub async fn watch(&self, port: u16, told: impl Fn(Answered)) {
        let address = private(port);
        loop {
            tokio::time::sleep(EVERY).await;
            told(self.glance(&address).await);
        }
    }

    /// Looks once at a tool that runs. One of which no path is known to be its own is well when it takes a connection.
    pub async fn glance(&self, address: &str) -> Answered {
        let look = async {
            if self.front.is_some() {
                return self.ask(address).await;
            }
            TcpStream::connect(address).await.map_or_else(|error| Answered::from(&error), |_| Answered::Well)
        };
        tokio::time::timeout(GLANCE, look).await.unwrap_or(Answered::Nothing)
    }

    /// Asks once.
    async fn ask(&self, address: &str) -> Answered {
        let answer = match patiently(address, &self.path).await {
            Ok(answer) => answer,
            Err(nothing) => return nothing,
        };
        let Some(front) = self.front.as_ref().filter(|_| !(200..300).contains(&answer)) else { return Answered::Well };
        match patiently(address, front).await {
            Ok(status) if (300..400).contains(&status) => Answered::Elsewhere,
            Ok(_) => Answered::Well,
            Err(nothing) => nothing,
        }
    }
}

fn private(port: u16) -> String {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string()
}

impl From<&std::io::Error> for Answered {
    fn from(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::ConnectionRefused { Self::Refused } else { Self::Nothing }
    }
}

/// The status of an answer, if there is one in time.
async fn patiently(address: &str, path: &str) -> Result<u16, Answered> {
    tokio::time::timeout(PATIENCE, status(address, path)).await.unwrap_or(Err(Answered::Nothing))
}

async fn status(address: &str, path: &str) -> Result<u16, Answered> {
    let stream = TcpStream::connect(address).await.map_err(|error| Answered::from(&error))?;
    let answering = fetch::ask(stream, Method::GET, address, path, "").await;
    answering.map(|answering| answering.response.status().as_u16()).map_err(|_| Answered::Nothing)
}
