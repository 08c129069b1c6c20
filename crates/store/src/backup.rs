//! What a backup has to hold, which its files do not tell. How it is made and put back is the engine's ([`crate::engine::sqlite::backup`]).

use async_trait::async_trait;
use sea_orm::DatabaseConnection;
use std::path::{Path, PathBuf};

use crate::engine::sqlite::backup::{self, BackupError, BackupReport, Contents};
use crate::{audit, migration};

/// Copies the database as it is at one moment, while others read and write it, into a new file for its owner only, with its sum beside it.
/// When this returns the copy is on disk and has been verified; otherwise there is no such file.
pub async fn create_backup(database: &Path, to: &Path) -> Result<BackupReport, BackupError> {
    backup::create(database, to, &Ours).await
}

/// Reads all of a backup: the file is whole, and what its sum was made of if that is there, its tables are ours and do nothing of their
/// own, the audit chain holds.
pub async fn verify_backup(file: &Path) -> Result<BackupReport, BackupError> {
    backup::verify(file, &Ours).await
}

/// Puts a backup in the place of the database. A database that is there, or only what the engine keeps beside one, is only replaced when
/// `replace` says so, is not in use, and is kept beside the new one, with what belongs to it; where, is returned. Everybody is signed
/// out: the backup remembers sessions that were ended since. The new one belongs to this account, so the old one must.
pub async fn restore_backup(
    file: &Path,
    database: &Path,
    replace: bool,
) -> Result<(BackupReport, Option<PathBuf>), BackupError> {
    backup::restore(file, database, replace, &Ours).await
}

struct Ours;

#[async_trait]
impl Contents for Ours {
    async fn check(&self, db: &DatabaseConnection) -> Result<u64, String> {
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

    fn forgetting(&self) -> &'static str {
        "DELETE FROM sessions"
    }
}
