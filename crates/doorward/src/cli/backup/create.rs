//! `doorward backup create`

use clap::Args;
use doorward_store::create_backup;
use std::path::PathBuf;
use tokio::runtime::Runtime;

use super::{as_owner, database, say};
use crate::cli::{Common, Failure, Outcome};
use crate::compose;

/// Makes a backup, also while Doorward runs; it is on disk and verified when this returns
#[derive(Debug, Args)]
pub struct Create {
    /// The file to make; never one that is there already
    file: PathBuf,
}

impl Create {
    pub(super) fn run(&self, common: &Common, runtime: &Runtime) -> Outcome<()> {
        let (loaded, address, source) = database(common)?;
        compose::must_exist(&address, &compose::own_command(&loaded)).map_err(Failure::not_found)?;
        let report = runtime.block_on(create_backup(&source, &self.file));
        say(&self.file, &report.map_err(|error| as_owner(error, &address))?);
        Ok(())
    }
}
