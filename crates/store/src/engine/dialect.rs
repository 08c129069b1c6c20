//! What is said differently to each engine.

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, TransactionOptions, sea_query::ColumnDef};

use super::sqlite;

/// How to speak to an engine.
#[async_trait]
pub(crate) trait Dialect: Send + Sync {
    /// How a transaction that writes begins, so that what it has read stays true until it commits.
    fn writing(&self) -> TransactionOptions;

    /// A 64-bit number that is the table's key and given by us.
    fn numbered_key(&self, name: &'static str) -> ColumnDef;

    /// What made each table and index when the first step of `migration`, the first two and so on are through, a line each. They are written
    /// down because to make all of it beside the database at every start takes longer than all else the database does then.
    fn written_down(&self) -> &'static [&'static str];

    /// What made each table and index of this database, other than those in which the steps are.
    async fn tables(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr>;

    /// What in this database acts by itself, and on which table.
    async fn trigger(&self, db: &DatabaseConnection) -> Result<Option<(String, String)>, DbErr>;

    /// The engine's name and version.
    async fn version(&self, db: &DatabaseConnection) -> Result<String, DbErr>;
}

/// The dialect of whoever is at the other end of a connection. No address leads to another engine in this build.
pub(crate) fn dialect(_: DbBackend) -> &'static dyn Dialect {
    &sqlite::Sql
}
