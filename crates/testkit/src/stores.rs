//! Real stores, empty, one for each test.

use doorward_service::Stores;
use doorward_store::Store;
use std::ops::Deref;
use std::sync::Arc;
use tempfile::TempDir;

use crate::servers::{ServerDatabase, TestServer};

/// The ports of a fresh database, which is removed when this is dropped. Use it as the [`Stores`] it holds.
#[derive(Clone)]
pub struct TestStores {
    stores: Stores,
    store: Store,
    url: String,
    /// Whether somebody else may open the same database.
    is_shared: bool,
    /// What goes with it.
    _kept: Kept,
}

/// What there is besides of a database, as long as somebody uses it.
#[derive(Clone)]
enum Kept {
    Nothing,
    Folder { _folder: Arc<TempDir> },
    Server { _database: Arc<ServerDatabase> },
}

/// A fresh database in a file of its own.
pub async fn fresh_stores() -> TestStores {
    let folder = TempDir::new().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("doorward.db").display());
    TestStores::at(url, true, Kept::Folder { _folder: Arc::new(folder) }).await
}

/// A fresh database in memory.
pub async fn stores_in_memory() -> TestStores {
    TestStores::at("sqlite::memory:".to_owned(), false, Kept::Nothing).await
}

/// A fresh database of the PostgreSQL that the tests share.
pub async fn postgres_stores() -> TestStores {
    of_server(TestServer::POSTGRES).await
}

/// A fresh database of the MariaDB that the tests share.
pub async fn mariadb_stores() -> TestStores {
    of_server(TestServer::MARIADB).await
}

async fn of_server(server: TestServer) -> TestStores {
    let database = ServerDatabase::fresh(server).await;
    TestStores::at(database.url(), true, Kept::Server { _database: Arc::new(database) }).await
}

impl TestStores {
    /// A fresh database at this address, whatever its engine.
    async fn at(url: String, is_shared: bool, kept: Kept) -> Self {
        let store = Store::open(&url).await.expect("a fresh store");
        Self { stores: store.stores(), store, url, is_shared, _kept: kept }
    }

    /// The ports, to hand on. They live as long as this does.
    pub fn stores(&self) -> Stores {
        self.stores.clone()
    }

    /// The store behind them.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// For [`Store::open`].
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The same database, opened once more as another process would. In memory, where nobody else can be, the same ports.
    pub async fn opened_again(&self) -> Stores {
        if !self.is_shared {
            return self.stores();
        }
        Store::open(&self.url).await.expect("the same store again").stores()
    }
}

impl Deref for TestStores {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.stores
    }
}
