//! `doorward config …`

mod check;
mod schema;
mod show;

use clap::Subcommand;
use std::process::ExitCode;

use super::{Common, Outcome};
use check::Check;
use schema::Schema;
use show::Show;

/// Looks at the configuration
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    Check(Check),
    Show(Show),
    Schema(Schema),
}

impl ConfigCommand {
    pub fn run(self, common: &Common) -> Outcome {
        match self {
            Self::Check(_) => Check::run(common)?,
            Self::Show(show) => show.run(common)?,
            Self::Schema(_) => Schema::run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
