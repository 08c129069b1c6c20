//! Databases of a server that whoever runs the tests has started.

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};
use std::sync::atomic::{AtomicU32, Ordering};

/// A server, by the variable that tells where it is.
#[derive(Debug, Clone, Copy)]
pub struct TestServer {
    variable: &'static str,
    /// What ends the connections to a database, of which one may be in the middle of something: a row a statement.
    connections: Option<&'static str>,
    /// The end of the statement that drops a database to which somebody is still connected.
    forcing: &'static str,
}

impl TestServer {
    /// PostgreSQL.
    pub const POSTGRES: Self = Self { variable: "DOORWARD_TEST_POSTGRES", connections: None, forcing: " WITH (FORCE)" };
    /// MariaDB.
    pub const MARIADB: Self = Self {
        variable: "DOORWARD_TEST_MARIADB",
        connections: Some("SELECT CONCAT('KILL ', id) AS line FROM information_schema.processlist WHERE db = "),
        forcing: "",
    };
}

/// A database of a server, dropped with this.
#[derive(Debug)]
pub struct ServerDatabase {
    server: TestServer,
    name: String,
}

impl ServerDatabase {
    /// Makes one.
    pub async fn fresh(server: TestServer) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let database = Self { server, name };
        let administrator = administrator(server).await;
        administrator.execute_unprepared(&format!("CREATE DATABASE {}", database.name)).await.expect("a database");
        administrator.close().await.expect("a connection is closed");
        database
    }

    /// For whoever opens it.
    pub fn url(&self) -> String {
        let server = url(self.server);
        let (server, _) = server.rsplit_once('/').expect("a URL with a database");
        format!("{server}/{}", self.name)
    }
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server, self.name.clone());
        // Whoever drops this runs tasks, which may not wait for others.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(drop_database(server, &name));
        });
        let _ = dropping.join();
    }
}

async fn drop_database(server: TestServer, name: &str) {
    let administrator = administrator(server).await;
    if let Some(connections) = server.connections {
        let all = Statement::from_string(administrator.get_database_backend(), format!("{connections}'{name}'"));
        for row in administrator.query_all_raw(all).await.expect("the list of connections") {
            let kill: String = row.try_get("", "line").expect("a statement");
            // It may be gone by now.
            let _ = administrator.execute_unprepared(&kill).await;
        }
    }
    administrator.execute_unprepared(&format!("DROP DATABASE {name}{}", server.forcing)).await.expect("it is dropped");
    administrator.close().await.expect("a connection is closed");
}

fn url(TestServer { variable, .. }: TestServer) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: `cargo xtask test` starts what it names"))
}

async fn administrator(server: TestServer) -> DatabaseConnection {
    let options = ConnectOptions::new(url(server)).max_connections(1).sqlx_logging(false).to_owned();
    Database::connect(options).await.expect("the server of the tests")
}
