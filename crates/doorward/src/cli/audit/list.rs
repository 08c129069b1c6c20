//! `doorward audit list`

use clap::Args;
use doorward_domain::AuditEvent;
use doorward_service::audit_log::summary::Row;
use serde_json::{Value, json};
use std::process::ExitCode;

use super::which::{Which, each};
use super::{FOR_PROGRAMS, who};
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::moment;
use crate::cli::support::output::Output;
use crate::cli::support::printable::tell;

/// Lists events, newest first
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    /// At most so many
    #[arg(long, short = 'n', default_value_t = 100, value_parser = at_least_one)]
    limit: usize,
    #[command(flatten)]
    output: Output,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "it is a number from 1".to_owned())
}

/// For people; times in the zone of whoever reads.
const LISTED: &[&str] = &["nr", "when", "who", "from", "app", "what", "outcome"];

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        let mut events = Vec::new();
        each(local, self.which.query(local)?, self.limit, |page| {
            events.extend(page);
            Ok(())
        })
        .await?;
        if events.is_empty() {
            tell(format_args!("no events{}{}", self.which.meant(), self.which.meant_person(local).await));
        }
        let rows: Vec<Row> = events.into_iter().map(Row::from).collect();
        if self.output.is_table() {
            self.output.list(&rows.iter().map(line_for_people).collect::<Vec<_>>(), LISTED)?;
        } else {
            self.output.list(&rows, FOR_PROGRAMS)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line_for_people(row: &Row) -> Value {
    let AuditEvent { event, seq, .. } = &row.event;
    json!({
        "nr": seq,
        "when": moment::local(event.at),
        "who": who(event),
        "from": event.client_ip,
        "app": event.app,
        "what": row.summary,
        "outcome": event.outcome,
    })
}
