//! `SQLite`'s own SQL.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
    sea_query::{ColumnType, StringLen},
};

use crate::engine::{Dialect, Kind};

/// Its [`Dialect`].
#[derive(Debug)]
pub(crate) struct Sql;

#[async_trait]
impl Dialect for Sql {
    /// With the lock taken.
    fn writing(&self) -> TransactionOptions {
        TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        }
    }

    fn reading(&self) -> TransactionOptions {
        TransactionOptions::default()
    }

    /// A table is kept in the order of its key only if the column's type is `INTEGER` to the letter (which is 64 bits here).
    fn column_type(&self, kind: Kind) -> ColumnType {
        match kind {
            Kind::Text => ColumnType::Text,
            Kind::Short(longest) => ColumnType::String(StringLen::N(longest)),
            Kind::Id => ColumnType::Uuid,
            Kind::Number => ColumnType::BigInteger,
            Kind::Key => ColumnType::Integer,
            Kind::Flag => ColumnType::Boolean,
            Kind::Hash => ColumnType::Binary(32),
            Kind::Bytes => ColumnType::Blob,
        }
    }

    #[cfg(test)]
    fn room(&self) -> &'static str {
        "sqlite"
    }

    fn written_down(&self) -> &'static [&'static str] {
        &[include_str!("m0001_first.sql")]
    }

    async fn tables(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
        let made =
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'seaql_migrations' ORDER BY rowid";
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), made)).await?;
        rows.iter().map(|row| row.try_get("", "sql")).collect()
    }

    async fn trigger(&self, db: &DatabaseConnection) -> Result<Option<(String, String)>, DbErr> {
        let triggers = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'";
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), triggers)).await?;
        Ok(row.map(|row| {
            let [name, table] = ["name", "tbl_name"].map(|column| row.try_get("", column).unwrap_or_default());
            (name, table)
        }))
    }

    async fn version(&self, db: &DatabaseConnection) -> Result<String, DbErr> {
        let query = Statement::from_string(db.get_database_backend(), "SELECT sqlite_version() AS version");
        let row = db.query_one_raw(query).await?;
        let version: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
        Ok(format!("SQLite {version}"))
    }
}

/// Copies what is in the write-ahead log into the database, as far as that goes without waiting for anybody.
pub(super) async fn checkpoint(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}

/// How much of the database a connection keeps in memory: little, because memory is counted in single megabytes here.
pub(super) const USUAL_CACHE: &str = "PRAGMA cache_size = -1024";

/// Next to nothing of it: a page that was changed is written to the log to make room for the next.
pub(super) const NO_CACHE: &str = "PRAGMA cache_size = 4";
