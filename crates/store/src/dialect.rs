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

/// How much of the database a connection keeps in memory: little, because memory is counted in single megabytes here.
pub(crate) const USUAL_CACHE: &str = "PRAGMA cache_size = -1024";

/// Next to nothing of it: a page that was changed is written to the log to make room for the next.
pub(crate) const NO_CACHE: &str = "PRAGMA cache_size = 4";

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

/// A unique index, and what callers call its column when it is in use already. Engines tell of a violation in their own ways: some by the
/// name of the index, `SQLite` by the columns.
pub(crate) struct Unique {
    pub(crate) name: &'static str,
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    word: Option<&'static str>,
}

const fn unique(
    name: &'static str,
    table: &'static str,
    columns: &'static [&'static str],
    word: Option<&'static str>,
) -> Unique {
    Unique { name, table, columns, word }
}

/// Of usernames.
pub(crate) const USERNAME: Unique = unique("uq_users_username", "users", &["username"], Some("username"));
/// Of addresses, as they are compared.
pub(crate) const EMAIL: Unique = unique("uq_users_email_key", "users", &["email_key"], Some("email"));
/// Of the names of groups.
pub(crate) const GROUP_NAME: Unique = unique("uq_groups_name", "groups", &["name"], Some("name"));
/// Of the names of API keys.
pub(crate) const KEY_NAME: Unique = unique("uq_api_keys_name", "api_keys", &["name"], Some("name"));
/// Of session tokens.
pub(crate) const SESSION_TOKEN: Unique = unique("uq_sessions_token", "sessions", &["token_hash"], None);
/// One grant for each subject and scope, and for each request for access.
pub(crate) const GRANT_PLACE: Unique =
    unique("uq_grants_place", "grants", &["subject_kind", "subject_id", "app", "pattern", "request_id"], None);
/// One open request for each person and what they ask for.
pub(crate) const ACCESS_OPEN: Unique =
    unique("uq_access_open", "access_requests", &["user_id", "app", "pattern", "role", "is_open"], None);

const UNIQUE: [&Unique; 7] = [&USERNAME, &EMAIL, &GROUP_NAME, &KEY_NAME, &SESSION_TOKEN, &GRANT_PLACE, &ACCESS_OPEN];

/// What is in use already, from what the engine says of it.
pub(crate) fn conflict(violated: &str) -> Option<&'static str> {
    let is_named = |unique: &&&Unique| {
        let columns: Vec<String> = unique.columns.iter().map(|column| format!("{}.{column}", unique.table)).collect();
        violated.contains(unique.name) || violated.ends_with(&format!(": {}", columns.join(", ")))
    };
    UNIQUE.iter().find(is_named)?.word
}

/// A column that a search looks through: these texts, in lower case. An engine may end a text at a NUL, or take none.
pub(crate) fn searchable(texts: &[&str]) -> String {
    texts.join("\n").to_lowercase().replace('\0', " ")
}

/// The escape character of [`containing`]: not a backslash, which engines treat differently inside strings.
const ESCAPE: char = '!';

/// A `LIKE` pattern for "contains this text", with the wildcards in it taken literally. For columns made by [`searchable`].
pub(crate) fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in searchable(&[text]).chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_told_from_the_index_or_from_its_columns() {
        for (said, word) in [
            ("UNIQUE constraint failed: users.username", Some("username")),
            ("UNIQUE constraint failed: users.email_key", Some("email")),
            ("UNIQUE constraint failed: api_keys.name", Some("name")),
            ("UNIQUE constraint failed: sessions.token_hash", None),
            ("UNIQUE constraint failed: elsewhere_users.username", None),
            ("UNIQUE constraint failed: users.username, users.other", None),
            ("duplicate key value violates unique constraint \"uq_groups_name\"", Some("name")),
            ("Duplicate entry 'uq' for key 'users.uq_users_email_key'", Some("email")),
        ] {
            assert_eq!(conflict(said), word, "{said}");
        }
    }
}
