//! `doorward profile test`: the examples of a profile, tried.

use clap::Args;
use doorward_profile::{Profile, Profiles};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::support::output::print;
use crate::cli::{Failure, Outcome};
use crate::config::profile_file_and_bases;

/// Tries the examples in a profile: whether each request is read as its example says
///
/// Tells each difference on a line of its own, with the place of the example, and exits with 1 when there is any, with 2 when the file
/// cannot be used. A file needs no configuration: what it builds on is built in, or in the same folder.
#[derive(Debug, Args)]
pub struct Test {
    /// A file, `etl.yaml`, or the name of a profile, `dagster`
    #[arg(value_name = "FILE|NAME")]
    profile: String,
}

impl Test {
    /// The configuration is read only for a name: one that a profile has broken must not be in the way of mending it.
    pub fn run(&self, configured: impl FnOnce() -> Outcome<Arc<Profiles>>) -> Outcome {
        // No name of a profile has these.
        let (profile, shown) = if self.profile.contains(['/', '.']) {
            (Arc::new(from_file(Path::new(&self.profile))?), self.profile.clone())
        } else {
            let profiles = configured()?;
            let profile = Arc::clone(profiles.named(&self.profile).map_err(Failure::not_found)?);
            let file = profiles.text(&self.profile).and_then(|(_, file)| file);
            (profile, file.unwrap_or(&self.profile).to_owned())
        };
        let trial = profile.try_examples();
        for difference in &trial.differences {
            print(&format!("{}\n", difference.in_file(&shown)))?;
        }
        let count = profile.examples();
        print(&format!("{} of {count} examples of the profile {} hold\n", trial.held, profile.name()))?;
        Ok(if trial.held == count { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whatever its name: a copy of a built-in profile may be tried too.
fn from_file(path: &Path) -> Outcome<Profile> {
    let (own, bases) = profile_file_and_bases(path).map_err(Failure::usage)?;
    let lines = |mistakes: Vec<String>| Failure::usage(mistakes.join("\n"));
    let bases = Profiles::with_files(bases)
        .map_err(|mistakes| lines(mistakes.iter().map(|own| own.mistake.in_file(&own.file)).collect()))?;
    Profile::from_yaml_with(&own.text, &bases)
        .map_err(|error| lines(error.mistakes.iter().map(|own_mistake| own_mistake.in_file(&own.file)).collect()))
}
