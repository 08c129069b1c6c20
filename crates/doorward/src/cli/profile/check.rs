//! `doorward profile check`

use clap::Args;
use doorward_profile::Profiles;
use doorward_profile::check::{CheckReport, INTROSPECTION, compare};
use std::process::ExitCode;
use url::Url;

use super::known;
use crate::cli::support::output::{Output, print};
use crate::cli::{Failure, Outcome};
use crate::fetch;

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

impl Check {
    pub(super) fn run(&self, profiles: &Profiles) -> Outcome {
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
