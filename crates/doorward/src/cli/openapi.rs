//! `doorward openapi`

use clap::Args;
use std::process::ExitCode;

use super::Outcome;
use super::support::output;

/// Prints the description of the HTTP API (OpenAPI 3.1)
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    pub fn run() -> Outcome {
        let text = serde_json::to_string_pretty(&doorward_web::openapi()).unwrap_or_default();
        output::print(&(text + "\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}
