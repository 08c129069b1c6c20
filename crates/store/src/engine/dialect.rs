//! What is said differently to each engine.

use async_trait::async_trait;
use sea_orm::sea_query::{ColumnType, TableCreateStatement};
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, TransactionOptions};

use super::server::{mysql::MySql, postgres::Postgres};
use super::sqlite::Sql;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text of any length, which no index is made of.
    Text,
    /// Text of at most so many characters.
    Short(u32),
    /// A UUID.
    Id,
    /// A number of 64 bits.
    Number,
    /// A number of 64 bits that is the table's key and given by us.
    Key,
    /// True or false.
    Flag,
    /// 32 bytes.
    Hash,
    /// Any number of bytes.
    Bytes,
}

/// How to speak to an engine.
#[async_trait]
pub(crate) trait Dialect: Send + Sync {
    /// How a transaction that writes begins.
    fn writing(&self) -> TransactionOptions;

    /// How a transaction begins that reads what has to be of one moment.
    fn reading(&self) -> TransactionOptions;

    /// What a column is there. Texts are compared byte by byte.
    fn column_type(&self, kind: Kind) -> ColumnType;

    /// What belongs to every table there.
    fn finish_table(&self, _: &mut TableCreateStatement) {}

    /// A statement that, once what it is part of is committed, wakes whoever waits for [`Engine::woken`](super::Engine::woken); `None` where
    /// nobody can be woken.
    fn waking(&self) -> Option<&'static str> {
        None
    }

    /// Before the steps are looked at that bring the database up to date: whoever else does the same waits until this transaction ends. For as
    /// long as that and the steps take.
    async fn before_steps(&self, _: &DatabaseTransaction) -> Result<(), DbErr> {
        Ok(())
    }

    /// After them.
    async fn after_steps(&self, _: &DatabaseTransaction) -> Result<(), DbErr> {
        Ok(())
    }

    /// Whether a step that fails is undone. Where it is not, it goes on at the next start with what it had not come to.
    fn undoes_steps(&self) -> bool {
        true
    }

    /// The folder here in which what it makes of the steps is written down.
    #[cfg(test)]
    fn room(&self) -> &'static str;

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

/// The dialect of whoever is at the other end of a connection.
pub(crate) fn dialect(engine: DbBackend) -> &'static dyn Dialect {
    match engine {
        DbBackend::Postgres => &Postgres,
        DbBackend::MySql => &MySql,
        // The others cannot be connected to: no address leads there.
        _ => &Sql,
    }
}
