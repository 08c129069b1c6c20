//! `doorward config schema`

use clap::Args;

use crate::cli::Outcome;
use crate::cli::support::output::print;
use crate::config::schema;

/// Prints the JSON Schema of the configuration file, for editors
#[derive(Debug, Args)]
pub struct Schema {}

impl Schema {
    pub(super) fn run() -> Outcome<()> {
        print(&(serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"))
    }
}
