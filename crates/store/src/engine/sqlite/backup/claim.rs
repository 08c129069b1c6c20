//! Having a database for oneself, in the way in which the engine itself has it, whatever state its files are in.
//!
//! Whoever has a database open in write-ahead mode holds read locks on these bytes of the main file and of the log's index, for as long
//! as it is open (<https://sqlite.org/walformat.html>, "WAL-Index Locks"). Holding them for writing shows that nobody does, and keeps
//! others out until this value is gone. The main file need not be readable as a database, nor be there at all.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::files::sides;
use super::{BackupError, file_error};

/// From the engine's pending byte on: that one, the reserved one, and the shared ones.
const OF_FILE: (libc::off_t, libc::off_t) = (0x4000_0000, 512);
/// Eight locks of the index and the one that says that it is used.
const OF_INDEX: (libc::off_t, libc::off_t) = (120, 9);

/// The locks of a database that nobody else uses.
#[derive(Debug)]
pub(super) struct Claim {
    _held: Vec<File>,
}

impl Claim {
    /// Fails at once when any process has the database open.
    pub(super) fn of(database: &Path) -> Result<Self, BackupError> {
        let [_, index, _] = sides(database);
        let mut held = Vec::new();
        for (path, range) in [(database.to_owned(), OF_FILE), (index, OF_INDEX)] {
            held.extend(lock(&path, range, database)?);
        }
        Ok(Self { _held: held })
    }
}

/// `None` when there is no such file.
fn lock(
    path: &PathBuf,
    (start, length): (libc::off_t, libc::off_t),
    database: &Path,
) -> Result<Option<File>, BackupError> {
    let file = match OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(not_ours(path, &cause).unwrap_or_else(|| file_error(path, cause))),
    };
    #[expect(clippy::cast_possible_truncation, reason = "both are small numbers of the operating system's")]
    let (l_type, l_whence) = (libc::F_WRLCK as libc::c_short, libc::SEEK_SET as libc::c_short);
    let range = libc::flock { l_type, l_whence, l_start: start, l_len: length, l_pid: 0 };
    // A lock of the open file, not of the process: so it is refused, too, when this process has the database open itself.
    #[cfg(target_os = "linux")]
    let wanted = FcntlArg::F_OFD_SETLK(&range);
    #[cfg(not(target_os = "linux"))]
    let wanted = FcntlArg::F_SETLK(&range);
    match fcntl(&file, wanted) {
        Ok(_) => Ok(Some(file)),
        Err(Errno::EAGAIN | Errno::EACCES) => Err(BackupError::InUse(database.to_owned())),
        Err(error) => Err(file_error(path, error.into())),
    }
}

/// Whose the file is, if that is why it cannot be opened.
fn not_ours(path: &Path, cause: &std::io::Error) -> Option<BackupError> {
    let uid = std::fs::metadata(path).ok().filter(|_| cause.kind() == std::io::ErrorKind::PermissionDenied)?.uid();
    Some(BackupError::Owner { path: path.to_owned(), uid })
}
