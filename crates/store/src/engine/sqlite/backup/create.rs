//! Making a backup.

use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{Partial, beside, is_side, must_be_free, must_have_folder, unfinished};
use super::ownership::must_be_roots;
use super::verify::verified;
use super::{BackupError, BackupReport, Contents, file_error, sum};

/// How long another process that uses the database is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Copies the database as it is at one moment, while others read and write it, into a new file for its owner only, with its sum beside it. When this returns the
/// copy is on disk and has been verified; otherwise there is no such file.
pub(crate) async fn create(database: &Path, to: &Path, contents: &dyn Contents) -> Result<BackupReport, BackupError> {
    if !database.exists() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    let to = name(to)?;
    must_have_folder(&to)?;
    must_be_roots(database)?;
    must_be_roots(&to)?;
    must_be_free(&to)?;
    must_be_free(&sum::name(&to))?;
    let partial = Partial::create(beside(&to, ".partial"))?;
    copy_at_one_moment(database, partial.path()).await?;
    partial.sync()?;
    let report = verified(partial.path(), &to, contents).await.map_err(|error| match error {
        // What is wrong with a copy of one moment is wrong with what was copied.
        BackupError::Unusable { why, .. } if unfinished(&to).is_none() => {
            BackupError::Unsound { path: database.to_owned(), why }
        }
        other => other,
    })?;
    let sum = sum::write(partial.path(), &to)?;
    partial.place(&to)?;
    sum.keep();
    Ok(BackupReport { has_sum: true, ..report })
}

/// The name in the one way in which the engine and the operating system mean the same file by it: `file:…` is an address to the
/// engine, and bytes that are no text are replaced on the way there.
fn name(to: &Path) -> Result<PathBuf, BackupError> {
    let bad = |why| BackupError::Name { path: to.to_owned(), why };
    if to.to_str().is_none() {
        return Err(bad("it is not UTF-8"));
    }
    if is_side(to) {
        return Err(bad("to the database engine it is the log of another file, to be thrown away"));
    }
    std::path::absolute(to).map_err(|cause| file_error(to, cause))
}

/// `VACUUM INTO` reads in one transaction, so what it writes is one moment of the database. It fills the empty file that is there already.
async fn copy_at_one_moment(database: &Path, to: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(PATIENCE);
    let mut connection = options.disable_statement_logging().connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(to.to_string_lossy().into_owned()).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    Ok(())
}
