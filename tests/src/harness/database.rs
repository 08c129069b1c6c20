//! A fresh database of one of the servers that the tests share.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::cli;

/// Whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
}

/// A database, dropped with this.
#[derive(Debug)]
pub struct Database {
    server: Server,
    name: String,
}

impl Server {
    /// Of its administrator.
    fn url(self) -> url::Url {
        let name = match self {
            Self::Postgres => "DOORWARD_TEST_POSTGRES",
            Self::MariaDb => "DOORWARD_TEST_MARIADB",
        };
        let url = std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: `cargo xtask test` starts it"));
        url.parse().expect("a URL")
    }

    fn administer(self, statement: &str) {
        let url = self.url();
        let port = url.port().expect("a port").to_string();
        let mut command = match self {
            Self::Postgres => Command::new("psql"),
            Self::MariaDb => Command::new("mariadb"),
        };
        match self {
            Self::Postgres => command.args(["-X", "-q", "-h", "127.0.0.1", "-U", "admin", "-d", "postgres", "-p"]),
            Self::MariaDb => command.args(["--no-defaults", "-h", "127.0.0.1", "-u", "admin", "-P"]),
        };
        let flag = if self == Self::Postgres { "-c" } else { "-e" };
        cli::run(command.args([&port, flag, statement]), "").done();
    }
}

impl Database {
    /// Makes one.
    pub fn fresh(server: Server) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("p{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        server.administer(&format!("CREATE DATABASE {name}"));
        Self { server, name }
    }

    /// For a door's configuration.
    pub fn setting(&self) -> String {
        let mut url = self.server.url();
        url.set_path(&self.name);
        format!("database: {url}")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let force = if self.server == Server::Postgres { " WITH (FORCE)" } else { "" };
        self.server.administer(&format!("DROP DATABASE {}{force}", self.name));
    }
}
