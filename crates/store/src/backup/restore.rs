//! Putting a backup in the place of the database.
//!
//! What a crash leaves at any moment: the old database as it was; or no database, but a `….restoring` beside where it was, which keeps
//! Doorward from starting on a new empty one; or the new database.

use sea_orm::sqlx::{
    self, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions, sqlite::SqliteJournalMode,
};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::files::{Partial, RESTORING, beside, folder_of, found, is_there, sides, sync, sync_folder_of};
use super::verify::verified;
use super::{BackupError, BackupReport, file_error};

/// Puts a backup in the place of the database. A database that is there, or only what the engine keeps beside one, is only replaced when
/// `replace` says so, is not in use, and is kept beside the new one, with what belongs to it; where, is returned. Everybody is signed
/// out: the backup remembers sessions that were ended since. The new one belongs to whom the old one did, else to the folder's owner.
pub async fn restore_backup(
    file: &Path,
    database: &Path,
    replace: bool,
) -> Result<(BackupReport, Option<PathBuf>), BackupError> {
    let database = &followed(database)?;
    let old = found(database);
    if let (Some(old), false) = (&old, replace) {
        return Err(BackupError::Exists(old.clone()));
    }
    let _claim = Claim::of(database)?;
    let partial = Partial::create(beside(database, RESTORING))?;
    copy_file(file, partial.path())?;
    // The copy and not the file, which could be another one by now.
    let report = verified(partial.path(), file).await?;
    sign_everybody_out(partial.path()).await?;
    hand_over(partial.path(), old.as_deref(), folder_of(database))?;
    sync(partial.path())?;
    sync_folder_of(database)?;
    let Some(_) = old else { return partial.place(database).map(|()| (report, None)) };
    let aside = Aside::put(database)?;
    match partial.place(database) {
        Ok(()) => Ok((report, Some(aside.kept))),
        Err(cause) => Err(aside.back(cause)),
    }
}

/// Where a link leads: there the engine keeps what lies beside the database.
fn followed(database: &Path) -> Result<PathBuf, BackupError> {
    if database.symlink_metadata().is_ok_and(|file| file.is_symlink()) {
        return database.canonicalize().map_err(|cause| BackupError::File { path: database.to_owned(), cause });
    }
    Ok(database.to_owned())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(|cause| file_error(from, cause))?;
    let target = OpenOptions::new().write(true).open(to).and_then(|mut target| io::copy(&mut source, &mut target));
    target.map(drop).map_err(|cause| file_error(to, cause))
}

/// In one file: a copy of a database in use, taken by hand, would have the engine make a write-ahead log beside it.
async fn sign_everybody_out(database: &Path) -> Result<(), BackupError> {
    let options =
        SqliteConnectOptions::new().filename(database).create_if_missing(false).journal_mode(SqliteJournalMode::Delete);
    let mut connection = options.disable_statement_logging().connect().await?;
    let ended = sqlx::query("DELETE FROM sessions").execute(&mut connection).await;
    connection.close().await?;
    ended?;
    Ok(())
}

/// Gives the new file to whoever uses the database, or says that they could not open it.
fn hand_over(new: &Path, old: Option<&Path>, folder: &Path) -> Result<(), BackupError> {
    let looked_at = |path: &Path| std::fs::metadata(path).map_err(|cause| file_error(path, cause));
    let (made, folder) = (looked_at(new)?, looked_at(folder)?);
    let replaced = old.map(looked_at).transpose()?.map(|old| (old.uid(), old.gid()));
    let (uid, gid) = owner((made.uid(), made.gid()), replaced, (folder.uid(), folder.gid()));
    let file = File::open(new).map_err(|cause| file_error(new, cause))?;
    match fchown(&file, Some(uid), Some(gid)) {
        // The file is for its owner only, so its group decides nothing.
        Err(_) if uid == made.uid() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(BackupError::Owner { path: old.unwrap_or(new).to_owned(), uid })
        }
        done => done.map_err(|cause| file_error(new, cause)),
    }
}

/// User and group that the new database is for. Only root can give files away, so everybody else has what they made in a folder that
/// is somebody else's.
fn owner(made: (u32, u32), replaced: Option<(u32, u32)>, folder: (u32, u32)) -> (u32, u32) {
    replaced.unwrap_or(if made.0 == 0 { folder } else { made })
}

/// The old database under another name, with all that belongs to it.
struct Aside {
    kept: PathBuf,
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Aside {
    /// Renames what is there, without losing what was set aside before.
    fn put(database: &Path) -> Result<Self, BackupError> {
        let free = (1..=999).map(|n| beside(database, &format!(".replaced-{n}"))).find(|path| found(path).is_none());
        let kept = free.ok_or_else(|| BackupError::Exists(beside(database, ".replaced-999")))?;
        let names =
            std::iter::once((database.to_owned(), kept.clone())).chain(sides(database).into_iter().zip(sides(&kept)));
        let mut aside = Self { kept, moved: Vec::new() };
        for (from, to) in names.filter(|(from, _)| is_there(from)) {
            if let Err(cause) = std::fs::rename(&from, &to) {
                return Err(aside.back(file_error(&from, cause)));
            }
            aside.moved.push((from, to));
        }
        Ok(aside)
    }

    /// Moves everything back, the last first, so that the main file never stands without what belongs to it. Gives the cause, or where the
    /// old database is if that failed.
    fn back(self, cause: BackupError) -> BackupError {
        // A link takes nobody's place.
        let back =
            |(from, to): &(PathBuf, PathBuf)| std::fs::hard_link(to, from).and_then(|()| std::fs::remove_file(to));
        if self.moved.iter().rev().all(|names| back(names).is_ok()) {
            return cause;
        }
        BackupError::Halfway { kept: self.kept, cause: Box::new(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn a_restored_database_belongs_to_whom_the_old_one_did_or_to_the_owner_of_its_folder() {
        let (root, service, ada) = ((0, 0), (999, 998), (1000, 1000));
        assert_eq!(owner(root, Some(service), root), service, "the service's database put back by root");
        assert_eq!(owner(root, None, service), service, "a fresh one in the service's folder");
        assert_eq!(owner(root, None, root), root);
        assert_eq!(owner(ada, Some(service), service), service, "which she is told that she cannot give away");
        assert_eq!(owner(ada, None, service), ada, "a folder that is somebody else's, such as /tmp");
    }
}
