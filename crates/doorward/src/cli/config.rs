//! `doorward config …`

use clap::{Args, Subcommand};
use std::process::ExitCode;

use super::support::output::{Output, print};
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;
use crate::config::{schema, show};

/// Looks at the configuration
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Says everything that is wrong with the configuration, with line and column
    Check,
    Show(Show),
    /// Prints the JSON Schema of the configuration file, for editors
    Schema,
}

/// Shows the effective settings and where each comes from
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    output: Output,
}

impl ConfigCommand {
    pub fn run(self, common: &Common) -> Outcome {
        match self {
            Self::Check => check(common)?,
            Self::Show(command) => {
                let loaded = common.load_without_tools()?;
                command.output.list(&show(&loaded.values), &["key", "value", "source"])?;
            }
            Self::Schema => print(&(serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn check(common: &Common) -> Outcome<()> {
    let loaded = common.load()?;
    compose::apps_of(&loaded.config).map_err(Failure::usage)?;
    let file = loaded.file.map_or_else(|| "defaults and environment".to_owned(), |file| file.display().to_string());
    for (app, doubt) in loaded.config.apps.iter().filter_map(|app| Some((app, app.doubt()?))) {
        tell(format_args!("warning: app `{}`: {doubt}", app.name));
    }
    let apps: Vec<String> = loaded.config.apps.iter().map(|app| app.name.to_string()).collect();
    let apps = if apps.is_empty() { "no apps".to_owned() } else { format!("apps: {}", apps.join(", ")) };
    print(&format!("{file}: sound; {apps}\n"))
}
