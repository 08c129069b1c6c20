//! `doorward audit …`

mod show;
mod verify;

use clap::{Args, Subcommand, ValueEnum};
use doorward_domain::{AuditAction, AuditEvent, AuditOutcome, NewAuditEvent, nearest};
use doorward_service::audit_log::ReadAuditError;
use doorward_service::audit_log::summary::{Row, summary};
use doorward_service::ports::{AuditQuery, Paging};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

use super::support::local::{Local, app_name};
use super::support::moment;
use super::support::output::{Form, Output, print};
use super::support::printable::{escaped_json, safe, tell};
use super::{Common, Failure, Outcome};
use show::Show;
use verify::Verify;

/// How often a followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Reads the audit log
#[derive(Debug, Subcommand)]
pub enum Audit {
    List(List),
    Tail(Tail),
    Show(Show),
    Verify(Verify),
    Export(Export),
}

/// Which events.
#[derive(Debug, Clone, Default, Args)]
struct Which {
    /// Only what this person did
    #[arg(long)]
    actor: Option<String>,
    /// Only this action (`sign_in`, `request`, …), or operation with all that come to the same (launchRun, …)
    #[arg(long)]
    action: Option<String>,
    /// Only in this app
    #[arg(long)]
    app: Option<String>,
    /// Only with this outcome: pending, success, failure, denied
    #[arg(long)]
    outcome: Option<AuditOutcome>,
    /// Not before: 2026-11-20T12:00:00Z, 2026-11-20, or 7d ago
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before: 2026-11-20T12:00:00Z, 2026-11-20, or 7d ago
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Lists events, newest first
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    /// At most so many
    #[arg(long, short = 'n', default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    output: Output,
}

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

/// Prints all events, oldest first, for keeping elsewhere
#[derive(Debug, Args)]
pub struct Export {
    /// The form
    #[arg(long, alias = "output", value_enum, default_value_t)]
    format: ExportForm,
    #[command(flatten)]
    which: Which,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ExportForm {
    /// A line of JSON an event
    #[default]
    #[value(alias = "json")]
    Jsonl,
    /// Comma separated values; cells that a spreadsheet would take for a formula are escaped
    Csv,
}

/// For people; times in the zone of whoever reads.
const LISTED: &[&str] = &["nr", "when", "who", "from", "app", "what", "outcome"];
/// For programs; times in UTC.
const FOR_PROGRAMS: &[&str] = &["at", "actor", "client_ip", "app", "action", "target", "outcome", "id"];
const EXPORTED: &[&str] = &[
    "seq",
    "id",
    "at",
    "actor",
    "client_ip",
    "app",
    "action",
    "target",
    "outcome",
    "decision_id",
    "details",
    "chain_hash",
];

impl From<ReadAuditError> for Failure {
    fn from(error: ReadAuditError) -> Self {
        match error {
            ReadAuditError::NotAllowed(error) => Self::refused(error),
            ReadAuditError::UnknownApp(error) => Self::not_found(error),
            ReadAuditError::Store(error) => error.into(),
        }
    }
}

impl Audit {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| match self {
            Self::List(list) => list.run(local).await,
            Self::Tail(tail) => tail.run(local).await,
            Self::Show(show) => show.run(local).await,
            Self::Verify(verify) => verify.run(local).await,
            Self::Export(export) => export.run(local).await,
        })
    }
}

impl Which {
    fn query(&self, local: &Local) -> Outcome<AuditQuery> {
        let now = local.services.clock.now();
        let time =
            |text: &Option<String>| text.as_deref().map(|t| moment::past(t, now)).transpose().map_err(Failure::usage);
        Ok(AuditQuery {
            actor: self.actor.clone(),
            action: self.action.clone(),
            app: self.app.as_deref().map(app_name).transpose()?,
            outcome: self.outcome,
            from: time(&self.from)?,
            to: time(&self.to)?,
            ..AuditQuery::default()
        })
    }
}

impl Which {
    /// What an action that is none may have meant. Operations of tools are not known here.
    fn meant(&self) -> String {
        let known = || AuditAction::ALL.iter().map(AuditAction::as_str);
        let Some(action) = self.action.as_deref().filter(|action| !known().any(|word| word == *action)) else {
            return String::new();
        };
        nearest(action, known()).map(|word| format!("; did you mean --action {word}?")).unwrap_or_default()
    }
}

impl Which {
    /// Who may have been meant, when nobody is called so. Who is no more did things all the same.
    async fn meant_person(&self, local: &Local) -> String {
        let Some(actor) = self.actor.as_deref() else { return String::new() };
        let Ok(people) = local.usernames().await else { return String::new() };
        if people.iter().any(|name| name == actor) {
            return String::new();
        }
        let meant = nearest(actor, people.iter().map(String::as_str));
        meant.map(|name| format!("; did you mean --actor {name}?")).unwrap_or_default()
    }
}

/// Hands over events page by page until there are no more or enough; an export of millions does not have to fit in memory.
async fn each(
    local: &Local,
    mut query: AuditQuery,
    most: usize,
    mut take: impl FnMut(Vec<AuditEvent>) -> Outcome<()>,
) -> Outcome<()> {
    let mut left = most;
    while left > 0 {
        query.paging.limit = u32::try_from(left.min(500)).unwrap_or(500);
        let page = local.services.audit.list(&local.actor, &query).await?;
        left = left.saturating_sub(page.items.len());
        take(page.items)?;
        query.paging.cursor = page.next_cursor;
        if query.paging.cursor.is_none() {
            break;
        }
    }
    Ok(())
}

impl List {
    async fn run(self, local: &Local) -> Outcome {
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

impl Tail {
    async fn run(self, local: &Local) -> Outcome {
        let mut query = self.which.query(local)?;
        let mut events = Vec::new();
        each(local, query.clone(), self.lines, |page| {
            events.extend(page);
            Ok(())
        })
        .await?;
        let newest = local.services.audit.list(&local.actor, &AuditQuery::default()).await?;
        let mut seen = newest.items.first().map_or(0, |event| event.seq);
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
            query.after_seq = Some(seen);
            each(local, query.clone(), usize::MAX, |page| {
                seen = page.iter().map(|event| event.seq).max().unwrap_or(seen).max(seen);
                page.iter().try_for_each(|event| self.print(event))
            })
            .await?;
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

/// Who did it, for people: no user may be called so.
fn who(event: &NewAuditEvent) -> &str {
    if event.actor.is_empty() { "nobody" } else { &event.actor }
}

fn line(event: &AuditEvent) -> String {
    escaped_json(&serde_json::to_string(event).unwrap_or_default())
}

impl Export {
    async fn run(self, local: &Local) -> Outcome {
        let mut query = self.which.query(local)?;
        query.paging.sort = Some("at".into());
        let csv = Output::of(Form::Csv);
        let mut first = true;
        each(local, query, usize::MAX, |page| match self.format {
            ExportForm::Jsonl => print(&page.iter().map(|event| line(event) + "\n").collect::<String>()),
            ExportForm::Csv => {
                let text = csv.text(&page, EXPORTED);
                let rows = if first { text.as_str() } else { text.split_once('\n').map_or("", |(_, rows)| rows) };
                first = false;
                print(rows)
            }
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    }
}
