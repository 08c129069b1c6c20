//! Files that come to be whole or not at all, and what lies beside a database.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{BackupError, file_error};

/// What a database that is being put back is called until it is whole.
pub(super) const RESTORING: &str = ".restoring";

/// What the engine keeps beside a database: the write-ahead log, its index, and the rollback journal.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The names that the engine uses beside this file, whether there is anything or not.
pub(super) fn sides(path: &Path) -> [PathBuf; 3] {
    SIDES.map(|ending| beside(path, ending))
}

/// Whether the name is one that the engine uses beside some database.
pub(super) fn is_side(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    SIDES.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// What is there under the name of a database or of what belongs to it.
pub(super) fn found(path: &Path) -> Option<PathBuf> {
    std::iter::once(path.to_owned()).chain(sides(path)).find(|path| is_there(path))
}

/// What shows that a database which is missing was there, or was about to be: an engine that makes a new one would throw it away.
pub fn remains(database: &Path) -> Option<PathBuf> {
    // The index says nothing by itself.
    let [log, _, journal] = sides(database);
    // The engine takes an empty file for a new database, and a log beside it for rubbish. It never writes the log of a new one first.
    let emptied = Some(log.clone()).filter(|log| log.metadata().is_ok_and(|file| file.len() > 0));
    let orphaned = [beside(database, RESTORING), log, journal].into_iter().find(|path| is_there(path));
    // Asked last, since another process may be making it right now.
    match database.metadata() {
        Ok(file) if file.len() == 0 => emptied,
        _ => orphaned.filter(|_| !is_there(database)),
    }
}

/// What beside a file belongs to it and is not in it.
pub(super) fn unfinished(path: &Path) -> Option<PathBuf> {
    let [log, _, journal] = sides(path);
    [log, journal].into_iter().find(|path| path.metadata().is_ok_and(|file| file.len() > 0))
}

/// Also for a link that leads nowhere, and for what may not be looked at.
pub(super) fn is_there(path: &Path) -> bool {
    !path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Neither the file nor what would belong to it may be there.
pub(super) fn must_be_free(path: &Path) -> Result<(), BackupError> {
    found(path).map_or(Ok(()), |there| Err(BackupError::Exists(there)))
}

/// The folder of a file that is going to be made has to be there.
pub(super) fn must_have_folder(path: &Path) -> Result<(), BackupError> {
    let folder = folder_of(path);
    if folder.try_exists().is_ok_and(|exists| !exists) { Err(BackupError::NoFolder(folder.to_owned())) } else { Ok(()) }
}

/// A file of ours under a passing name, open. Unless it is placed, it goes with this value, and nothing that was there before.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Makes an empty file for its owner only; nothing may be there under its name or beside it.
    pub(super) fn create(path: PathBuf) -> Result<Self, BackupError> {
        must_be_free(&path)?;
        // Never through a link: what is there already, is refused.
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|cause| file_error(&path, cause))?;
        Ok(Self { path, file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, whatever has its name by now.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// What it holds is on disk.
    pub(super) fn sync(&self) -> Result<(), BackupError> {
        self.must_be_called(&self.path)?;
        self.file.sync_all().map_err(|cause| file_error(&self.path, cause))
    }

    /// Whether the name is still, or by now, the one of the file that was made.
    fn must_be_called(&self, name: &Path) -> Result<(), BackupError> {
        let made = self.file.metadata().map_err(|cause| file_error(name, cause))?;
        let found = name.symlink_metadata().map_err(|cause| file_error(name, cause))?;
        if (made.dev(), made.ino()) == (found.dev(), found.ino()) {
            return Ok(());
        }
        Err(BackupError::Swapped(name.to_owned()))
    }

    /// Gives the finished file its name, which must be free, and so must be the names beside it: unlike a rename, a link never takes the
    /// place of what came there meanwhile.
    pub(super) fn place(self, to: &Path) -> Result<(), BackupError> {
        if let Some(left) = sides(&self.path).into_iter().find(|path| is_there(path)) {
            return Err(BackupError::Exists(left));
        }
        must_be_free(to)?;
        self.must_be_called(&self.path)?;
        std::fs::hard_link(&self.path, to).map_err(|cause| file_error(to, cause))?;
        self.must_be_called(to)?;
        drop(self);
        sync_folder_of(to)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for path in sides(&self.path).iter().chain([&self.path]) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|cause| file_error(path, cause))
}

/// A name is on disk only when its folder is.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), BackupError> {
    sync(folder_of(path))
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
