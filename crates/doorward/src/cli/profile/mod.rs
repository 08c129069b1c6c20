//! `doorward profile …`

mod check;
mod list;
mod schema;
mod show;
mod test;

use clap::Subcommand;
use doorward_profile::{Profile, Profiles};
use std::process::ExitCode;

use super::{Common, Failure, Outcome};
use check::Check;
use list::List;
use schema::Schema;
use show::Show;
use test::Test;

/// Looks at profiles: what Doorward knows about each kind of tool
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    List(List),
    Show(Show),
    Check(Check),
    Test(Test),
    Schema(Schema),
}

impl ProfileCommand {
    pub fn run(self, common: &Common) -> Outcome {
        let profiles = || Ok(common.load_without_tools()?.config.profiles);
        match self {
            Self::List(list) => list.run(&*profiles()?)?,
            Self::Show(show) => show.run(&*profiles()?)?,
            Self::Check(check) => return check.run(&*profiles()?),
            Self::Test(test) => return test.run(profiles),
            Self::Schema(_) => Schema::run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn known<'p>(profiles: &'p Profiles, name: &str) -> Outcome<&'p Profile> {
    profiles.named(name).map(AsRef::as_ref).map_err(Failure::not_found)
}
