//! Whether the database is still the file that was opened.
//!
//! The engine goes on with a file that somebody deleted or put another in the place of: everything would be acknowledged, and gone at the next
//! start. So no change is begun once the path leads elsewhere.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file, by what the file system calls it.
#[derive(Debug)]
pub(crate) struct FileIdentity {
    path: PathBuf,
    device_and_inode: (u64, u64),
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
}

impl FileIdentity {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), device_and_inode: device_and_inode(path)? })
    }

    /// Whether the path still leads to it.
    pub(crate) fn check(&self) -> Result<(), Lost> {
        match device_and_inode(&self.path) {
            Ok(found) if found == self.device_and_inode => Ok(()),
            Ok(_) => Err(Lost::Replaced(self.path.clone())),
            Err(_) => Err(Lost::Gone(self.path.clone())),
        }
    }
}

fn device_and_inode(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}
