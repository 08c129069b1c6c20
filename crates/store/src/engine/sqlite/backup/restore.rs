//! Putting a backup in the place of the database.
//!
//! What a crash leaves at any moment: the old database as it was; or no database, but a `….restoring` beside where it was, which keeps
//! Doorward from starting on a new empty one; or the new database.

use sea_orm::sqlx::{
    self, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions, sqlite::SqliteJournalMode,
};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::files::{Partial, RESTORING, beside, found, is_there, must_have_folder, sides, sync_folder_of};
use super::ownership::must_be_roots;
use super::verify::verified;
use super::{BackupError, BackupReport, Contents, file_error};

/// Puts a backup in the place of the database. A database that is there, or only what the engine keeps beside one, is only replaced when
/// `replace` says so, is not in use, and is kept beside the new one, with what belongs to it; where, is returned. What
/// [`Contents::forgetting`] forgets is not put back. The new one belongs to this account, so the old one must.
pub(crate) async fn restore(
    file: &Path,
    database: &Path,
    replace: bool,
    contents: &dyn Contents,
) -> Result<(BackupReport, Option<PathBuf>), BackupError> {
    must_be_roots(database)?;
    let database = &followed(database)?;
    must_have_folder(database)?;
    let old = found(database);
    if let (Some(old), false) = (&old, replace) {
        return Err(BackupError::Exists(old.clone()));
    }
    let _claim = Claim::of(database)?;
    let partial = Partial::create(beside(database, RESTORING))?;
    must_belong_to_the_same(old.as_deref(), partial.file())?;
    let file = &copy_into(&partial, file)?;
    // The copy and not the file, which could be another one by now.
    let report = verified(partial.path(), file, contents).await?;
    forget(partial.path(), contents.forgetting()).await?;
    partial.sync()?;
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

/// Copies a backup; `-` is the standard input, on which somebody hands over a file that this account cannot open. Gives its name.
fn copy_into(partial: &Partial, from: &Path) -> Result<PathBuf, BackupError> {
    let copied = |from: &mut dyn io::Read| {
        io::copy(from, &mut partial.file()).map(drop).map_err(|cause| file_error(partial.path(), cause))
    };
    if from == Path::new("-") {
        return copied(&mut io::stdin().lock()).map(|()| PathBuf::from("/dev/stdin"));
    }
    let mut source = File::open(from).map_err(|cause| file_error(from, cause))?;
    copied(&mut source).map(|()| from.to_owned())
}

/// In one file: a copy of a database in use, taken by hand, would have the engine make a write-ahead log beside it.
async fn forget(database: &Path, forgetting: &'static str) -> Result<(), BackupError> {
    let options =
        SqliteConnectOptions::new().filename(database).create_if_missing(false).journal_mode(SqliteJournalMode::Delete);
    let mut connection = options.disable_statement_logging().connect().await?;
    let ended = sqlx::query(forgetting).execute(&mut connection).await;
    connection.close().await?;
    ended?;
    Ok(())
}

/// Whoever used the old database must be able to open the new one. Nothing is given away: whoever may do that is root, and whom root
/// would give a file to could have put another one in its place.
fn must_belong_to_the_same(old: Option<&Path>, new: &File) -> Result<(), BackupError> {
    let Some(old) = old else { return Ok(()) };
    let looked_at =
        |found: io::Result<Metadata>| found.map(|found| found.uid()).map_err(|cause| file_error(old, cause));
    let (theirs, ours) = (looked_at(old.symlink_metadata())?, looked_at(new.metadata())?);
    if theirs == ours { Ok(()) } else { Err(BackupError::Owner { path: old.to_owned(), uid: theirs }) }
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
