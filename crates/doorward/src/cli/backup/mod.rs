//! `doorward backup …`

mod create;
mod restore;
mod verify;

use clap::Subcommand;
use doorward_store::{BackupError, BackupReport};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::support::output::counted;
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;
use crate::config::{DatabaseUrl, Loaded};
use create::Create;
use restore::Restore;
use verify::Verify;

/// Copies the whole database into one file, verifies such a file, and puts it back
#[derive(Debug, Subcommand)]
pub enum Backup {
    Create(Create),
    Verify(Verify),
    Restore(Restore),
}

impl Backup {
    pub fn run(&self, common: &Common) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match self {
            Self::Create(create) => create.run(common, &runtime)?,
            Self::Verify(verify) => verify.run(&runtime)?,
            Self::Restore(restore) => restore.run(common, &runtime)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The configuration and its database, as an address and as a file.
fn database(common: &Common) -> Outcome<(Loaded, DatabaseUrl, PathBuf)> {
    let loaded = common.load_without_tools()?;
    let address = compose::database_address(&loaded.config);
    let file = compose::file_of(&address);
    let file = file
        .ok_or_else(|| Failure::usage(format!("{address} is not a file, so there is nothing to back up or restore")))?;
    Ok((loaded, address, file))
}

fn say(file: &Path, report: &BackupReport) {
    let BackupReport { audit_entries, size, has_sum } = report;
    let entries = counted(*audit_entries, "entry");
    let sum = if *has_sum { "its SHA-256 is the one beside it" } else { "no SHA-256 lay beside it to compare with" };
    tell(format_args!("{}: {size} bytes, whole; {sum}; the audit chain is intact: {entries}", file.display()));
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
        | BackupError::Unsound { .. }
        | BackupError::Foreign(_)
        | BackupError::File { .. }
        | BackupError::Halfway { .. }
        | BackupError::Database(_) => Failure::failed(error),
    }
}

/// With the same command as the one whose file it is.
fn as_owner(error: BackupError, address: &DatabaseUrl) -> Failure {
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
