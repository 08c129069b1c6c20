//! What `doorward doctor` asks of the database.

use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::connection::Connections;
use crate::{Store, migration, probe};

impl Store {
    /// Looks the database over; each finding is a sentence, good or bad.
    pub async fn diagnose(&self) -> Vec<(&'static str, Result<String, String>)> {
        vec![
            ("database version", version(&self.connections).await.map_err(|error| told(&error))),
            ("database file permissions", self.file.as_deref().map_or_else(|| Ok("in memory".to_owned()), permissions)),
            ("database integrity", integrity(&self.connections).await),
            ("database writable", writable(&self.connections).await),
        ]
    }
}

async fn version(connections: &Connections) -> Result<String, DbErr> {
    let steps = migration::applied(&connections.reader).await?;
    let query = Statement::from_string(connections.reader.get_database_backend(), "SELECT sqlite_version() AS version");
    let row = connections.reader.query_one_raw(query).await?;
    let engine: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
    Ok(format!("SQLite {engine}, {} of {} steps applied", steps.len(), migration::known()))
}

/// Nobody but the owner should read hashes, addresses and what happened.
fn permissions(file: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        Ok(format!("{} is for its owner only ({mode:o})", file.display()))
    } else {
        Err(format!(
            "{} can be opened by other users of this machine ({mode:o}); run: chmod 600 {}",
            file.display(),
            file.display()
        ))
    }
}

async fn integrity(connections: &Connections) -> Result<String, String> {
    let query = Statement::from_string(connections.reader.get_database_backend(), "PRAGMA quick_check(1)");
    let row = connections.reader.query_one_raw(query).await.map_err(|error| told(&error))?;
    match row.map(|row| row.try_get_by_index::<String>(0)).transpose().map_err(|error| told(&error))? {
        Some(verdict) if verdict == "ok" => Ok("no damage found".to_owned()),
        Some(verdict) => Err(format!("damaged: {verdict}; restore a backup")),
        None => Err("the check gave no answer".to_owned()),
    }
}

/// Writes for real: what is rolled back never meets a full disk.
async fn writable(connections: &Connections) -> Result<String, String> {
    probe::write(connections).await.map_err(|error| {
        if error.is_full_disk() {
            "the disk is full: make room (`df -h`; old backups, the audit file), nothing has to be restarted".to_owned()
        } else {
            told(&error)
        }
    })?;
    Ok("it takes writes".to_owned())
}

/// An error with its causes, on one line.
fn told(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
