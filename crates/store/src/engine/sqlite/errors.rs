//! `SQLite`'s errors in words.

use sea_orm::{DbErr, sqlx};
use std::{io, path::Path};

use crate::engine::{OpenError, cause};

pub(super) const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// `SQLite`'s primary result code, without the extension in the upper bits.
pub(super) fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// Whether another connection holds a lock, or has written since this one began to read (`SQLITE_BUSY`, `SQLITE_BUSY_SNAPSHOT`, …). A
/// transaction that this ends is rolled back, COMMIT or not.
pub(super) fn is_busy(error: &DbErr) -> bool {
    cause(error).and_then(code) == Some(BUSY)
}

/// Says what is wrong with the file where the engine only gave a code.
pub(super) fn in_words(error: OpenError, path: Option<&Path>) -> OpenError {
    let OpenError::Database(told) = &error else { return error };
    let code = cause(told).and_then(code);
    let Some(path) = path.map(Path::to_owned) else { return error };
    match code {
        Some(BUSY | LOCKED) => OpenError::Locked(path),
        Some(CORRUPT | NOT_A_DATABASE) => OpenError::Corrupt(path),
        Some(READ_ONLY) => OpenError::File { path, cause: io::ErrorKind::ReadOnlyFilesystem.into() },
        Some(CANNOT_OPEN) => OpenError::File { path, cause: io::ErrorKind::PermissionDenied.into() },
        _ => error,
    }
}
