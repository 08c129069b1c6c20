//! Real stores, empty, one for each test.

use doorward_service::Stores;
use doorward_store::Store;
use std::ops::Deref;
use tempfile::TempDir;

/// The ports of a fresh database, which is removed when this is dropped. Use it as the [`Stores`] it holds.
#[derive(Clone)]
pub struct TestStores {
    stores: Stores,
    store: Store,
    /// `None` in memory.
    folder: Option<std::sync::Arc<TempDir>>,
}

/// A fresh database in a file of its own.
pub async fn fresh_stores() -> TestStores {
    let folder = TempDir::new().expect("a temporary folder");
    let store = Store::open(&address(&folder)).await.expect("a fresh store");
    TestStores { stores: store.stores(), store, folder: Some(std::sync::Arc::new(folder)) }
}

/// A fresh database in memory.
pub async fn stores_in_memory() -> TestStores {
    let store = Store::open("sqlite::memory:").await.expect("a fresh store");
    TestStores { stores: store.stores(), store, folder: None }
}

fn address(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("doorward.db").display())
}

impl TestStores {
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
        self.folder.as_ref().map_or_else(|| "sqlite::memory:".to_owned(), |folder| address(folder))
    }

    /// The same database, opened once more as another process would. In memory, where nobody else can be, the same ports.
    pub async fn opened_again(&self) -> Stores {
        match &self.folder {
            Some(folder) => Store::open(&address(folder)).await.expect("the same store again").stores(),
            None => self.stores(),
        }
    }
}

impl Deref for TestStores {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.stores
    }
}
