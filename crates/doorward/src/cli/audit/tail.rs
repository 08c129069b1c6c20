//! `doorward audit tail`

use clap::Args;
use doorward_domain::AuditEvent;
use doorward_service::audit_log::summary::summary;
use doorward_service::ports::Paging;
use std::process::ExitCode;
use std::time::Duration;

use super::export::EXPORTED;
use super::which::{Which, each};
use super::{line, who};
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::moment;
use crate::cli::support::output::{Form, Output, print};
use crate::cli::support::printable::safe;

/// How often a followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Shows the last events, oldest first
#[derive(Debug, Args)]
pub struct Tail {
    #[command(flatten)]
    which: Which,
    /// So many
    #[arg(long, short = 'n', default_value_t = 20)]
    lines: usize,
    /// Go on, with each event as it happens, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// The same as --output json
    #[arg(long)]
    json: bool,
    /// The form of what is printed; json is a line of JSON an event
    #[arg(long, value_enum, default_value_t, value_name = "FORM", conflicts_with = "json")]
    output: Form,
}

impl Tail {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        let mut query = self.which.query(local)?;
        let mut events = Vec::new();
        // Up to there, and then from there: what is written meanwhile is shown once.
        let mut seen = local.services.audit.end_of_chain(&local.actor).await?.seq;
        each(local, query.clone(), self.lines, |page| {
            events.extend(page.into_iter().filter(|event| !self.follow || event.seq <= seen));
            Ok(())
        })
        .await?;
        events.reverse();
        if self.output == Form::Csv {
            print(&Output::of(Form::Csv).text::<AuditEvent>(&[], EXPORTED))?;
        }
        events.iter().try_for_each(|event| self.print(event))?;
        query.paging = Paging { sort: Some("at".into()), ..Paging::default() };
        if !self.follow {
            return Ok(ExitCode::SUCCESS);
        }
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            // Events are listed by when they happened: what is written late may stand before what was seen.
            let end = local.services.audit.end_of_chain(&local.actor).await?.seq;
            query.after_seq = Some(seen);
            each(local, query.clone(), usize::MAX, |page| {
                page.iter().filter(|event| event.seq <= end).try_for_each(|event| self.print(event))
            })
            .await?;
            seen = seen.max(end);
        }
    }

    fn print(&self, event: &AuditEvent) -> Outcome<()> {
        match self.output {
            Form::Table if !self.json => {}
            Form::Table | Form::Json => return print(&(line(event) + "\n")),
            Form::Csv => {
                let text = Output::of(Form::Csv).text(std::slice::from_ref(event), EXPORTED);
                return print(text.split_once('\n').map_or("", |(_, row)| row));
            }
        }
        let summary = summary(&event.event);
        let AuditEvent { event, seq, .. } = event;
        let app = event.app.as_ref().map(|app| format!(" in {app}")).unwrap_or_default();
        let from = if event.client_ip.is_empty() { String::new() } else { format!(" from {}", event.client_ip) };
        let actor = who(event);
        let target = event.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
        let named = format!("[{}{target}]", event.action.as_str());
        let text = format!("{seq} {} {} {actor}{from}: {summary}{app} {named}", moment::local(event.at), event.outcome);
        print(&(safe(&text) + "\n"))
    }
}
