//! The sum of a backup, in a file beside it (`….sha256`, as `sha256sum --check` reads it): what shows a bit that has flipped since. The
//! engine's own check sees the shape of its pages and the audit chain its entries, but neither sees what stands in a cell.

use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::files::{Partial, beside};
use super::{BackupError, file_error};

/// Read at once, in bytes.
const PIECE: usize = 64 * 1024;
/// Longer than any file of a sum.
const LONGEST: u64 = 8 * 1024;

/// Where the sum of this backup is, if it has one.
pub(super) fn name(backup: &Path) -> PathBuf {
    beside(backup, ".sha256")
}

/// Writes the sum of a file that is going to be called `backup`, and takes it away again unless it is kept.
pub(super) fn write(file: &Path, backup: &Path) -> Result<Written, BackupError> {
    let path = name(backup);
    let called = backup.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{}  {called}\n", of(file)?);
    let partial = Partial::create(beside(&path, ".partial"))?;
    partial.file().write_all(line.as_bytes()).map_err(|cause| file_error(&path, cause))?;
    partial.sync()?;
    partial.place(&path)?;
    Ok(Written { path, is_kept: false })
}

/// Whether the backup called `named`, read from `file`, has a sum and is what that was made of.
pub(super) fn check(file: &Path, named: &Path) -> Result<bool, BackupError> {
    let path = name(named);
    let mut text = String::new();
    match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened
            .and_then(|sum| sum.take(LONGEST).read_to_string(&mut text))
            .map_err(|cause| file_error(&path, cause))?,
    };
    let wanted = text.split_whitespace().next().unwrap_or_default();
    if wanted.eq_ignore_ascii_case(&of(file)?) {
        return Ok(true);
    }
    let why = format!("it is not what {} was made of: one of the two was changed or damaged", path.display());
    Err(BackupError::Unusable { path: named.to_owned(), why })
}

fn of(path: &Path) -> Result<String, BackupError> {
    let mut file = File::open(path).map_err(|cause| file_error(path, cause))?;
    let mut sum = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).map_err(|cause| file_error(path, cause))?;
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
        sum.update(read);
    }
    Ok(hex::encode(sum.finalize()))
}

/// A sum whose backup is not there yet.
pub(super) struct Written {
    path: PathBuf,
    is_kept: bool,
}

impl Written {
    /// Its backup is there.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
