//! `doorward config check`

use clap::Args;

use crate::cli::support::output::print;
use crate::cli::support::printable::tell;
use crate::cli::{Common, Failure, Outcome};
use crate::compose;

/// Says everything that is wrong with the configuration, with line and column
#[derive(Debug, Args)]
pub struct Check {}

impl Check {
    pub(super) fn run(common: &Common) -> Outcome<()> {
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
}
