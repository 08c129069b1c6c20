//! `doorward backup verify`

use clap::Args;
use doorward_store::verify_backup;
use std::path::PathBuf;
use tokio::runtime::Runtime;

use super::{say, told};
use crate::cli::Outcome;

/// Reads all of a backup: the file is whole, and so is the audit chain in it
#[derive(Debug, Args)]
pub struct Verify {
    /// The backup
    file: PathBuf,
}

impl Verify {
    pub(super) fn run(&self, runtime: &Runtime) -> Outcome<()> {
        say(&self.file, &runtime.block_on(verify_backup(&self.file)).map_err(told)?);
        Ok(())
    }
}
