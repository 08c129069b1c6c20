//! Whether a file is a backup that can be put back.

use sea_orm::sqlx::{self, ConnectOptions as _, sqlite::SqliteConnectOptions};
use sea_orm::{DatabaseConnection, SqlxSqliteConnector};
use std::path::Path;

use super::{BackupError, BackupReport, file_error, files, sum};
use crate::{audit, migration};

/// Reads all of a backup: the file is whole, and what its sum was made of if that is there, its tables are ours and do nothing of their own, the audit chain holds.
pub async fn verify_backup(file: &Path) -> Result<BackupReport, BackupError> {
    verified(file, file).await
}

/// The same of a copy, in whose name the original is spoken of.
pub(super) async fn verified(file: &Path, named: &Path) -> Result<BackupReport, BackupError> {
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
    let checked = holds(&db).await.map_err(unusable);
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

async fn holds(db: &DatabaseConnection) -> Result<u64, String> {
    let steps = migration::applied(db).await.map_err(|error| error.to_string())?;
    if steps.is_empty() {
        return Err(
            "it holds no tables of Doorward (a copy of the main file alone leaves out what is in the write-ahead log)"
                .to_owned(),
        );
    }
    migration::acquainted(&steps).map_err(|error| error.to_string())?;
    migration::must_be_ours(db, &steps).await?;
    let (faults, entries) = audit::verify(db).await.map_err(|error| error.to_string())?;
    match faults.first() {
        Some(fault) => Err(format!("the audit chain does not hold at entry {}: {}", fault.seq, fault.what)),
        None => Ok(entries),
    }
}
