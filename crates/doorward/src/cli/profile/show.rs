//! `doorward profile show`

use clap::Args;
use doorward_profile::Profiles;

use super::known;
use crate::cli::Outcome;
use crate::cli::support::output::print;

/// Prints a profile
#[derive(Debug, Args)]
pub struct Show {
    /// Its name
    name: String,
}

impl Show {
    pub(super) fn run(&self, profiles: &Profiles) -> Outcome<()> {
        known(profiles, &self.name)?;
        print(profiles.text(&self.name).map_or("", |(text, _)| text))
    }
}
