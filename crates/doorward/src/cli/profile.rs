//! `doorward profile …`

mod examples;

use clap::{Args, Subcommand};
use doorward_profile::check::{CheckReport, INTROSPECTION, compare};
use doorward_profile::{Profile, Profiles};
use serde::Serialize;
use std::process::ExitCode;
use url::Url;

use super::support::output::{Output, print};
use super::{Common, Failure, Outcome};
use crate::fetch;

/// Looks at profiles: what Doorward knows about each kind of tool
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    List(List),
    /// Prints a profile
    Show {
        /// Its name
        name: String,
    },
    Check(Check),
    Test(examples::Test),
    Schema(Schema),
}

/// Lists the profiles
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

/// Checks a profile, and with --against names the operations of a running tool that no rule covers
///
/// Exits with 1 when something is not covered. What no rule covers needs the role admin, so a newer version of a tool cannot
/// open a hole; this tells what to look at.
#[derive(Debug, Args)]
pub struct Check {
    /// The profile's name
    name: String,
    /// The running tool itself, not Doorward's address: `http://127.0.0.1:3001`
    #[arg(long, value_name = "URL")]
    against: Option<Url>,
    #[command(flatten)]
    output: Output,
}

/// Prints the format of profile files as a JSON Schema, for editors
#[derive(Debug, Args)]
pub struct Schema {}

/// A profile as listed.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    rules: usize,
    file: Option<String>,
    about: String,
}

impl ProfileCommand {
    pub fn run(self, common: &Common) -> Outcome {
        let profiles = || Ok(common.load_without_tools()?.config.profiles);
        match self {
            Self::List(list) => {
                let profiles = profiles()?;
                let rows: Vec<Row> = profiles.names().filter_map(|name| row(&profiles, name)).collect();
                list.output.list(&rows, &["name", "rules", "file", "about"])?;
            }
            Self::Show { name } => {
                let profiles = profiles()?;
                known(&profiles, &name)?;
                print(profiles.text(&name).map_or("", |(text, _)| text))?;
            }
            Self::Check(check) => return check.run(&*profiles()?),
            Self::Test(test) => return test.run(profiles),
            Self::Schema(_) => print_schema()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_schema() -> Outcome<()> {
    let schema = serde_json::to_string_pretty(&doorward_profile::schema()).map_err(Failure::failed)?;
    print(&format!("{schema}\n"))
}

fn row(profiles: &Profiles, name: &str) -> Option<Row> {
    let profile = profiles.find(name)?;
    let file = profiles.text(name).and_then(|(_, file)| file).map(str::to_owned);
    let about = profile.about().unwrap_or_default().to_owned();
    Some(Row { name: name.to_owned(), rules: profile.rules().count(), file, about })
}

fn known<'p>(profiles: &'p Profiles, name: &str) -> Outcome<&'p Profile> {
    profiles.named(name).map(AsRef::as_ref).map_err(Failure::not_found)
}

impl Check {
    fn run(&self, profiles: &Profiles) -> Outcome {
        let profile = known(profiles, &self.name)?;
        let Some(tool) = &self.against else {
            print(&format!("the profile {} is sound: {} rules\n", self.name, profile.rules().count()))?;
            return Ok(ExitCode::SUCCESS);
        };
        let question = serde_json::json!({"query": INTROSPECTION}).to_string();
        let at = format!("{}/graphql", tool.as_str().trim_end_matches('/'));
        let at = at.parse::<Url>().map_err(Failure::usage)?;
        let answer = fetch::post_json(&at, &question).map_err(|error| Failure::failed(format!("{at}: {error}")))?;
        if answer.status != 200 {
            return Err(Failure::failed(format!("{at} answered {} to the introspection query", answer.status)));
        }
        let report = compare(profile, &answer.body).map_err(Failure::failed)?;
        self.tell(&report)
    }

    fn tell(&self, report: &CheckReport) -> Outcome {
        if !self.output.is_table() {
            self.output.show(report, &["unnamed", "in_vain", "changed"])?;
        } else if report.is_clean() {
            print(&format!("the profile {} names everything this tool has, and nothing in vain\n", self.name))?;
        } else {
            for operation in &report.unnamed {
                print(&format!("not named, so it needs admin: {} {}\n", operation.kind, operation.name))?;
            }
            for name in &report.in_vain {
                print(&format!("named in vain, this tool does not have it: {name}\n"))?;
            }
            for change in &report.changed {
                print(&format!("changed: {change}\n"))?;
            }
        }
        Ok(if report.unnamed.is_empty() && report.changed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
