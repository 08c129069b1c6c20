//! `doorward config show`

use clap::Args;

use crate::cli::support::output::Output;
use crate::cli::{Common, Outcome};
use crate::config::show;

/// Shows the effective settings and where each comes from
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(super) fn run(&self, common: &Common) -> Outcome<()> {
        let loaded = common.load_without_tools()?;
        self.output.list(&show(&loaded.values), &["key", "value", "source"])
    }
}
