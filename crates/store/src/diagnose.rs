//! What `doorward doctor` asks of the database.

use sea_orm::DbErr;

use crate::connection::Connections;
use crate::engine::{Finding, dialect, told};
use crate::{Store, migration, probe};

impl Store {
    /// Looks the database over; each finding is a sentence, good or bad.
    pub async fn diagnose(&self) -> Vec<Finding> {
        let mut found = vec![("database version", version(&self.connections).await.map_err(|error| told(&error)))];
        let findings = async { Ok(self.connections.engine.findings().await) };
        // What it would have found is said of the version already.
        found.extend(self.connections.answered(findings).await.unwrap_or_default());
        found.push(("database writable", writable(&self.connections).await));
        found
    }
}

async fn version(connections: &Connections) -> Result<String, DbErr> {
    let reader = connections.reader.pool();
    let steps = connections.answered(migration::applied(reader)).await?;
    let engine = connections.answered(dialect(reader.get_database_backend()).version(reader)).await?;
    Ok(format!("{engine}, {} of {} steps applied", steps.len(), migration::known()))
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
