//! Whether the database is still the file that was opened, and its log beside it too, with all that is in it.
//!
//! The engine goes on with a file that somebody deleted, cut short or put another in the place of: everything would be acknowledged, and gone at
//! the next start. So no change is begun once the path leads elsewhere, or to less than there was. Nor is what is left of a log copied into the
//! database, which it would destroy.

mod extent;
mod log_index;

use parking_lot::Mutex;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use extent::Extent;
use log_index::LogIndex;

/// A file, by what the file system calls it.
#[derive(Debug)]
pub(super) struct FileIdentity {
    path: PathBuf,
    device_and_inode: (u64, u64),
    extent: Extent,
    beside: Mutex<Option<Beside>>,
    /// The log does not hold any more what it did, which nothing heals.
    is_log_damaged: AtomicBool,
}

/// What is beside the file while it is open: the log, in which changes are until they are copied into the file, and the index of that.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Which they were, for which of the connections that write, one after another: with the last connection they go, and come anew.
#[derive(Debug)]
struct Beside {
    connection: u64,
    files: [(u64, u64); BESIDE.len()],
    index: LogIndex,
}

/// The path leads elsewhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
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
    /// What was acknowledged is in there no more.
    #[error(
        "{} was cut short or written over: nothing is kept any more; stop Doorward, and start it with what the database file itself holds, \
         or restore a backup",
        .0.display()
    )]
    LogDamaged(PathBuf),
}

impl FileIdentity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            device_and_inode: identity(&file.metadata()?),
            extent: Extent::of(file)?,
            beside: Mutex::default(),
            is_log_damaged: AtomicBool::new(false),
        })
    }

    /// Whether the path still leads to it, and to all of it.
    pub(super) fn check(&self) -> Result<(), Lost> {
        if self.is_log_damaged() {
            return Err(Lost::LogDamaged(self.beside("-wal")));
        }
        match look(&self.path) {
            Ok(found) if found != self.device_and_inode => Err(Lost::Replaced(self.path.clone())),
            Ok(_) if !self.extent.is_all_there(|| self.committed()) => Err(Lost::Cut(self.path.clone())),
            Ok(_) => Ok(()),
            Err(_) => Err(Lost::Gone(self.path.clone())),
        }
    }

    /// Whether the log was found cut short or written over at any time: it must not get into the database.
    pub(super) fn is_log_damaged(&self) -> bool {
        self.is_log_damaged.load(Ordering::Acquire)
    }

    /// Whether the files beside it are those that this connection has open, and hold what they should. Asked while it writes: both are there
    /// then.
    pub(super) fn check_beside(&self, connection: u64) -> Result<(), Lost> {
        let files = self.look_beside()?;
        let mut known = self.beside.lock();
        let index = match known.take() {
            Some(before) if before.connection == connection && before.files != files => {
                *known = Some(before);
                return Err(Lost::BesideReplaced(self.beside("-wal")));
            }
            Some(before) if before.files == files => before.index,
            _ => {
                let path = self.beside("-shm");
                LogIndex::open(&path).map_err(|_| Lost::BesideGone(path))?
            }
        };
        let now = known.insert(Beside { connection, files, index });
        let log = self.beside("-wal");
        if now.index.is_borne_out_by(&log) {
            return Ok(());
        }
        self.is_log_damaged.store(true, Ordering::Release);
        Err(Lost::LogDamaged(log))
    }

    /// The same between what it writes: there is nothing to say of files that it was not seen with.
    pub(super) fn watch_beside(&self, connection: u64) -> Result<(), Lost> {
        let files = self.look_beside().ok();
        let is_known = |known: &Beside| known.connection == connection || Some(known.files) == files;
        if self.beside.lock().as_ref().is_some_and(is_known) { self.check_beside(connection) } else { Ok(()) }
    }

    /// How long the database is by its last commit, in bytes: what the engine goes by.
    fn committed(&self) -> Option<u64> {
        self.beside.lock().as_ref()?.index.committed()
    }

    fn look_beside(&self) -> Result<[(u64, u64); BESIDE.len()], Lost> {
        let mut files = [(0, 0); BESIDE.len()];
        for (ending, file) in BESIDE.iter().zip(&mut files) {
            let path = self.beside(ending);
            *file = look(&path).map_err(|_| Lost::BesideGone(path))?;
        }
        Ok(files)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

fn look(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|found| identity(&found))
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// From these bytes on.
fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
