//! Whether a file is a backup that can be put back.

use sea_orm::SqlxSqliteConnector;
use sea_orm::sqlx::{self, ConnectOptions as _, sqlite::SqliteConnectOptions};
use std::path::Path;

use super::{BackupError, BackupReport, Contents, file_error, files, sum};

/// Reads all of a backup: the file is whole, and what its sum was made of if that is there, and it holds what it should.
pub(crate) async fn verify(file: &Path, contents: &dyn Contents) -> Result<BackupReport, BackupError> {
    verified(file, file, contents).await
}

/// The same of a copy, in whose name the original is spoken of.
pub(super) async fn verified(file: &Path, named: &Path, contents: &dyn Contents) -> Result<BackupReport, BackupError> {
    let size = std::fs::metadata(file).map_err(|cause| file_error(file, cause))?.len();
    let unusable = |why: String| BackupError::Unusable { path: named.to_owned(), why };
    if let Some(log) = files::unfinished(named) {
        return Err(unusable(format!(
            "what is in {} is not in the file, so it is a database and no backup; make one of it with `backup create`, or move that away",
            log.display()
        )));
    }
    let has_sum = sum::check(file, named)?;
    let options =
        SqliteConnectOptions::new().filename(file).read_only(true).immutable(true).disable_statement_logging();
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
    let verdict: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&pool).await;
    match verdict {
        Ok(ok) if ok == "ok" => {}
        Ok(damage) => return Err(unusable(damage)),
        Err(error) if is_no_database(&error) => return Err(BackupError::Foreign(named.to_owned())),
        Err(error) => return Err(unusable(error.to_string())),
    }
    let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let checked = contents.check(&db).await.map_err(unusable);
    let _ = db.close().await;
    Ok(BackupReport { audit_entries: checked?, size, has_sum })
}

/// Whether the engine cannot read it as one of its files at all (`SQLITE_NOTADB`, `SQLITE_CANTOPEN`).
fn is_no_database(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "26" || code == "14")
}
