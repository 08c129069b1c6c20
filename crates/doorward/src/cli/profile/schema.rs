//! `doorward profile schema`

use clap::Args;

use crate::cli::support::output::print;
use crate::cli::{Failure, Outcome};

/// Prints the format of profile files as a JSON Schema, for editors
#[derive(Debug, Args)]
pub struct Schema {}

impl Schema {
    pub(super) fn run() -> Outcome<()> {
        let schema = serde_json::to_string_pretty(&doorward_profile::schema()).map_err(Failure::failed)?;
        print(&format!("{schema}\n"))
    }
}
