//! `doorward backup restore`

use clap::Args;
use doorward_domain::{AuditAction, AuditOutcome, EventId, NewAuditEvent};
use doorward_store::{BackupError, restore_backup};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::runtime::Runtime;

use super::{as_owner, database, say, told};
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;
use crate::cli::{Common, Failure, Outcome};
use crate::compose;
use crate::config::DatabaseUrl;

/// Puts a backup in the place of the database; Doorward must not be running on it. Everybody is signed out
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup; `-` reads it from the standard input
    file: PathBuf,
    /// Also when there is a database already; it is kept beside the new one
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub(super) fn run(&self, common: &Common, runtime: &Runtime) -> Outcome<()> {
        let (_, address, target) = database(common)?;
        nobody_serves(&address)?;
        let restored = runtime.block_on(restore_backup(&self.file, &target, self.replace));
        let (report, kept) = restored.map_err(|error| with_way_out(error, &target, &address))?;
        say(&target, &report);
        if let Some(kept) = kept {
            tell(format_args!("what was there is kept as {}, with all that belonged to it beside it", kept.display()));
        }
        tell(format_args!(
            "everybody is signed out; people, roles and API keys are those of the backup: whoever was disabled, and whatever was taken away or revoked since, is so no more"
        ));
        record(common, &self.file).map_err(|Failure { code, message }| {
            let message =
                format!("the backup is in its place, but its log does not say that it was put back: {message}");
            Failure { code, message }
        })?;
        tell(format_args!("the database {address} is ready"));
        Ok(())
    }
}

/// The restored log must say itself that it was put back.
fn record(common: &Common, file: &Path) -> Outcome {
    Local::with(common, async |local| {
        let now = local.services.clock.now();
        let mut random = [0; 10];
        local.services.entropy.fill(&mut random);
        let event = NewAuditEvent {
            id: EventId::generate(now, random),
            at: now,
            actor: local.actor.name().into_owned(),
            client_ip: String::new(),
            app: None,
            action: AuditAction::BACKUP_RESTORE,
            target: Some(file.display().to_string()),
            outcome: AuditOutcome::Success,
            decision_id: None,
            details: serde_json::Map::new(),
            authority: None,
        };
        local.services.audit.record(event).await.map_err(Failure::failed)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// A Doorward that has lost its database still serves from what it has open.
fn nobody_serves(address: &DatabaseUrl) -> Outcome<()> {
    let address = compose::absolute_address(address);
    let door = compose::running_doors().into_iter().find(|door| door.database == address);
    door.map_or(Ok(()), |door| {
        Err(Failure::refused(format!(
            "the Doorward at {} (process {}) uses this database: stop it first",
            door.address, door.pid
        )))
    })
}

fn with_way_out(error: BackupError, target: &Path, address: &DatabaseUrl) -> Failure {
    let BackupError::Exists(path) = &error else { return as_owner(error, address) };
    if path.as_os_str().as_encoded_bytes().ends_with(b".restoring") {
        return Failure::refused(format!(
            "{error}; a restore that was cut off leaves it: if none is running, remove it and try again"
        ));
    }
    // The database, or what is left of it.
    if path.parent() == target.parent() {
        return Failure::refused(format!("{error}; --replace puts the backup in its place and keeps it"));
    }
    told(error)
}
