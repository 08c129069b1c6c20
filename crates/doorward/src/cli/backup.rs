//! `doorward backup …`

use clap::Subcommand;
use doorward_domain::{AuditAction, AuditOutcome, EventId, NewAuditEvent};
use doorward_store::{BackupError, BackupReport, create_backup, restore_backup, verify_backup};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::support::local::Local;
use super::support::output::counted;
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;

/// Copies the whole database into one file, verifies such a file, and puts it back
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Makes a backup, also while Doorward runs; it is on disk and verified when this returns
    Create {
        /// The file to make; never one that is there already
        file: PathBuf,
    },
    /// Reads all of a backup: the file is whole, and so is the audit chain in it
    Verify {
        /// The backup
        file: PathBuf,
    },
    /// Puts a backup in the place of the database; Doorward must not be running on it. Everybody is signed out
    Restore {
        /// The backup; `-` reads it from the standard input
        file: PathBuf,
        /// Also when there is a database already; it is kept beside the new one
        #[arg(long)]
        replace: bool,
    },
}

impl Backup {
    pub fn run(&self, common: &Common) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match self {
            Self::Create { file } => {
                let address = database(common)?;
                compose::must_exist(&address.0).map_err(Failure::not_found)?;
                let report = runtime.block_on(create_backup(&address.1, file));
                let report = report.map_err(|error| as_owner(error, &address.0))?;
                say(file, &report);
            }
            Self::Verify { file } => say(file, &runtime.block_on(verify_backup(file)).map_err(told)?),
            Self::Restore { file, replace } => {
                let (address, target) = database(common)?;
                nobody_serves(&address)?;
                let restored = runtime.block_on(restore_backup(file, &target, *replace));
                let (report, kept) = restored.map_err(|error| with_way_out(error, &target, &address))?;
                say(&target, &report);
                if let Some(kept) = kept {
                    tell(format_args!(
                        "what was there is kept as {}, with all that belonged to it beside it",
                        kept.display()
                    ));
                }
                tell(format_args!("everybody is signed out"));
                record(common, file).map_err(|Failure { code, message }| {
                    let message =
                        format!("the backup is in its place, but its log does not say that it was put back: {message}");
                    Failure { code, message }
                })?;
                tell(format_args!("the database {address} is ready"));
            }
        }
        Ok(ExitCode::SUCCESS)
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

/// The configured database, as an address and as a file.
fn database(common: &Common) -> Outcome<(String, PathBuf)> {
    let address = compose::database_address(&common.load_without_tools()?.config);
    let file = compose::file_of(&address);
    let file = file
        .ok_or_else(|| Failure::usage(format!("{address} is not a file, so there is nothing to back up or restore")))?;
    Ok((address, file))
}

fn say(file: &Path, report: &BackupReport) {
    let BackupReport { audit_entries, size, has_sum } = report;
    let entries = counted(*audit_entries, "entry");
    let sum = if *has_sum { "its SHA-256 is the one beside it" } else { "no SHA-256 lay beside it to compare with" };
    tell(format_args!("{}: {size} bytes, whole; {sum}; the audit chain is intact: {entries}", file.display()));
}

/// A Doorward that has lost its database still serves from what it has open.
fn nobody_serves(address: &str) -> Outcome<()> {
    let address = compose::absolute_address(address);
    let door = compose::running_doors().into_iter().find(|door| door.database == address);
    door.map_or(Ok(()), |door| {
        Err(Failure::refused(format!(
            "the Doorward at {} (process {}) uses this database: stop it first",
            door.address, door.pid
        )))
    })
}

fn told(error: BackupError) -> Failure {
    match &error {
        BackupError::Missing(_) | BackupError::NoFolder(_) => Failure::not_found(error),
        BackupError::Exists(_)
        | BackupError::InUse(_)
        | BackupError::Name { .. }
        | BackupError::Owner { .. }
        | BackupError::Shared(_)
        | BackupError::Swapped(_) => Failure::refused(error),
        BackupError::Unusable { .. }
        | BackupError::Foreign(_)
        | BackupError::File { .. }
        | BackupError::Halfway { .. }
        | BackupError::Database(_) => Failure::failed(error),
    }
}

fn with_way_out(error: BackupError, target: &Path, address: &str) -> Failure {
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

/// With the same command as the one whose file it is.
fn as_owner(error: BackupError, address: &str) -> Failure {
    let BackupError::Owner { uid, .. } = error else { return told(error) };
    let user = nix::unistd::User::from_uid(uid.into()).ok().flatten();
    let mut line = vec!["sudo".to_owned(), "-u".to_owned(), user.map_or_else(|| format!("#{uid}"), |user| user.name)];
    let mut own = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    line.extend(own.next());
    let own: Vec<String> = own.collect();
    if !own.iter().any(|word| word == "--database" || word.starts_with("--database=")) {
        // The environment and the folders of this account are not those of the other.
        line.extend(["--database".to_owned(), compose::absolute_address(address)]);
    }
    line.extend(own);
    let line: Vec<_> = line.iter().map(|word| compose::quoted(word)).collect();
    Failure::refused(format!("{error}:\n    {}", line.join(" ")))
}
