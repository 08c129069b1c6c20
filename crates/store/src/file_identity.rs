//! Whether the database is still the file that was opened, and its log beside it too.
//!
//! The engine goes on with a file that somebody deleted, cut short or put another in the place of: everything would be acknowledged, and gone at
//! the next start. So no change is begun once the path leads elsewhere, or to less than there was.

use parking_lot::Mutex;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file, by what the file system calls it.
#[derive(Debug)]
pub(crate) struct FileIdentity {
    path: PathBuf,
    device_and_inode: (u64, u64),
    /// The greatest length that was seen, in bytes: nothing of ours makes the file shorter.
    longest: AtomicU64,
    beside: Mutex<Option<Beside>>,
}

/// What is beside the file while it is open: the log, in which changes are until they are copied into the file, and the index of that.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Which they were, for which of the connections that write, one after another: with the last connection they go, and come anew.
#[derive(Debug, PartialEq, Eq)]
struct Beside {
    connection: u64,
    files: [(u64, u64); BESIDE.len()],
}

/// The path leads elsewhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// Nowhere.
    #[error("the database file {} is gone: nothing is kept any more until Doorward is started again", .0.display())]
    Gone(PathBuf),
    /// To another file.
    #[error("another file is in the place of the database file {}: nothing is kept any more until Doorward is started again", .0.display())]
    Replaced(PathBuf),
    /// To what is left of it.
    #[error("the database file {} was cut short: nothing is kept any more; stop Doorward and restore a backup", .0.display())]
    Cut(PathBuf),
    /// What is in the log would not be found at the next start.
    #[error("{} is gone: nothing is kept any more until Doorward is started again", .0.display())]
    BesideGone(PathBuf),
    /// Another process goes by another log.
    #[error("another file is in the place of {}: nothing is kept any more until Doorward is started again", .0.display())]
    BesideReplaced(PathBuf),
}

impl FileIdentity {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let (device_and_inode, length) = look(path)?;
        Ok(Self { path: path.to_owned(), device_and_inode, longest: AtomicU64::new(length), beside: Mutex::default() })
    }

    /// Whether the path still leads to it, and to all of it.
    pub(crate) fn check(&self) -> Result<(), Lost> {
        match look(&self.path) {
            Ok((found, _)) if found != self.device_and_inode => Err(Lost::Replaced(self.path.clone())),
            Ok((_, length)) if self.longest.fetch_max(length, Ordering::Relaxed) > length => {
                Err(Lost::Cut(self.path.clone()))
            }
            Ok(_) => Ok(()),
            Err(_) => Err(Lost::Gone(self.path.clone())),
        }
    }

    /// Whether the files beside it are those that this connection has open. Asked while it writes: both are there then.
    pub(crate) fn check_beside(&self, connection: u64) -> Result<(), Lost> {
        let mut files = [(0, 0); BESIDE.len()];
        for (ending, file) in BESIDE.iter().zip(&mut files) {
            let path = self.beside(ending);
            *file = look(&path).map_err(|_| Lost::BesideGone(path))?.0;
        }
        let now = Beside { connection, files };
        let mut known = self.beside.lock();
        match &*known {
            Some(before) if before.connection == connection && *before != now => {
                Err(Lost::BesideReplaced(self.beside("-wal")))
            }
            _ => {
                *known = Some(now);
                Ok(())
            }
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

fn look(path: &Path) -> io::Result<((u64, u64), u64)> {
    let found = std::fs::metadata(path)?;
    Ok(((found.dev(), found.ino()), found.len()))
}
