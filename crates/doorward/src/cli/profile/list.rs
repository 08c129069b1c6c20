//! `doorward profile list`

use clap::Args;
use doorward_profile::Profiles;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::output::Output;

/// Lists the profiles
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

/// A profile as listed.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    rules: usize,
    file: Option<String>,
    about: String,
}

impl List {
    pub(super) fn run(&self, profiles: &Profiles) -> Outcome<()> {
        let rows: Vec<Row> = profiles.names().filter_map(|name| row(profiles, name)).collect();
        self.output.list(&rows, &["name", "rules", "file", "about"])
    }
}

fn row(profiles: &Profiles, name: &str) -> Option<Row> {
    let profile = profiles.find(name)?;
    let file = profiles.text(name).and_then(|(_, file)| file).map(str::to_owned);
    let about = profile.about().unwrap_or_default().to_owned();
    Some(Row { name: name.to_owned(), rules: profile.rules().count(), file, about })
}
