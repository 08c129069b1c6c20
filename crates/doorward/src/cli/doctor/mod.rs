//! `doorward doctor`: what is looked at and how it is told; each file here looks at one thing.

mod address;
mod apps;
mod audit_file;
mod database;
mod running;
mod space;

use clap::Args;
use doorward_service::ports::{Clock as _, SystemClock};
use serde::Serialize;
use std::process::ExitCode;

use super::support::output::Output;
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;
use crate::config::{Loaded, Overrides, Problems};

/// Looks at everything Doorward needs and says what is wrong and what to do
///
/// One line for each thing that was looked at or is wrong; the last line counts what is wrong. Exits with 1 when something is.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    output: Output,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Finding {
    verdict: &'static str,
    what: String,
    detail: String,
}

/// Everything found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, verdict: &'static str, what: impl Into<String>, told: impl Into<String>) {
        let told = told.into().lines().map(str::trim).collect::<Vec<_>>().join(" ");
        self.0.push(Finding { verdict, what: what.into(), detail: told });
    }

    /// Each problem on a line of its own.
    fn add_problems(&mut self, problems: &Problems) {
        for problem in problems.iter() {
            self.add("wrong", "configuration", problem.to_string());
        }
    }

    fn add_result(&mut self, what: impl Into<String>, result: Result<String, String>) {
        match result {
            Ok(finding) => self.add("good", what, finding),
            Err(finding) => self.add("wrong", what, finding),
        }
    }
}

impl Doctor {
    pub fn run(&self, common: &Common) -> Outcome {
        let mut findings = Findings::default();
        match common.read(Overrides::new()).or_else(|problems| common.read_for_a_wrapped_tool().ok_or(problems)) {
            Err(problems) => findings.add_problems(&problems),
            Ok(loaded) => {
                let file = loaded.file.as_ref();
                let file =
                    file.map_or_else(|| "no file, defaults and environment".to_owned(), |f| f.display().to_string());
                findings.add("good", "configuration", file);
                look_at(&loaded, &mut findings)?;
            }
        }
        self.output.list(&findings.0, &["verdict", "what", "detail"])?;
        let wrong = findings.0.iter().filter(|finding| finding.verdict == "wrong").count();
        match wrong {
            0 => {
                tell(format_args!("nothing is wrong"));
                Ok(ExitCode::SUCCESS)
            }
            1 => Err(Failure::failed("one thing is wrong")),
            many => Err(Failure::failed(format!("{many} things are wrong"))),
        }
    }
}

fn look_at(loaded: &Loaded, findings: &mut Findings) -> Outcome<()> {
    let config = &loaded.config;
    if let Err(problems) = compose::apps_of(config) {
        findings.add_problems(&problems);
    }
    running::look_at_others(config, findings);
    database::look_at_database(loaded, findings)?;
    audit_file::look_at_audit_file(config, findings);
    findings.add_result("clock", clock());
    running::look_at_descriptors(config, findings);
    let served = running::served(config);
    running::look_at_listen(config, &served, findings);
    address::look_at_address(config, &served, findings);
    address::look_at_proxies(config, findings);
    for app in &config.apps {
        apps::look_at_app(app, findings);
    }
    if config.apps.is_empty() {
        findings.add("note", "apps", "none are configured; `doorward dagster` brings its own");
    }
    Ok(())
}

/// Sessions and tokens are judged by the clock; one that stands in the past lets nobody in, or everybody for too long.
fn clock() -> Result<String, String> {
    let now = SystemClock.now();
    match "2026-01-01T00:00:00Z".parse() {
        Ok(built) if now < built => {
            Err(format!("the clock says {now}, which is before this program was made; set the time"))
        }
        _ => Ok(now.to_string()),
    }
}
