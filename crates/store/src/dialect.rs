//! What the engines do differently, in one place.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    sea_query::{ColumnDef, LikeExpr},
};

/// How a transaction that writes begins: with the lock taken, so that what it has read stays true until it commits.
pub(crate) fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// Copies what is in the write-ahead log into the database, as far as that goes without waiting for anybody.
pub(crate) async fn checkpoint(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}

/// A 64-bit number that is the table's key and given by us. `SQLite` keeps a table in the order of its key only if the column's type
/// is `INTEGER` to the letter (which is 64 bits there).
pub(crate) fn numbered_key(backend: DbBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match backend {
        DbBackend::Sqlite => column.integer(),
        _ => column.big_integer(),
    };
    column.not_null().primary_key();
    column
}

/// The escape character of [`containing`]: not a backslash, which engines treat differently inside strings.
const ESCAPE: char = '!';

/// A `LIKE` pattern for "contains this text", with the wildcards in it taken literally. For columns stored in lower case.
pub(crate) fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars().flat_map(char::to_lowercase) {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}
