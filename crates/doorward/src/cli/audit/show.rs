//! `doorward audit show`: one event, a fact a line.

use clap::Args;
use doorward_domain::AuditEvent;
use doorward_service::audit_log::{Shown, in_words};
use serde_json::Value;
use std::process::ExitCode;

use super::{FOR_PROGRAMS, who};
use crate::cli::support::local::Local;
use crate::cli::support::moment;
use crate::cli::support::output::{Output, print};
use crate::cli::support::printable::safe;
use crate::cli::{Failure, Outcome};

/// Shows one event in full: all its fields, the decision, and how it ended
#[derive(Debug, Args)]
pub struct Show {
    /// The number in the first column of the list, the event's id, or a decision's id
    id: String,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        let Some(shown) = local.services.audit.show(&local.actor, &self.id).await? else {
            let word = safe(&self.id);
            return Err(Failure::not_found(format!(
                "there is no event with the number, id or decision `{word}`; `audit list` shows them"
            )));
        };
        if self.output.is_table() {
            print(&in_full(&shown))?;
        } else {
            self.output.show(&shown, FOR_PROGRAMS)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One fact a line.
fn in_full(shown: &Shown) -> String {
    let AuditEvent { event, seq, chain_hash } = &shown.event;
    let mut facts = vec![
        ("nr", seq.to_string()),
        ("id", event.id.to_string()),
        ("what", shown.summary.clone()),
        ("when", format!("{} ({})", moment::local(event.at), event.at)),
        ("who", who(event).to_owned()),
        ("from", event.client_ip.clone()),
        ("app", event.app.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("action", event.action.as_str().to_owned()),
        ("target", event.target.clone().unwrap_or_default()),
        ("outcome", event.outcome.to_string()),
        ("decision", event.decision_id.map(|id| id.to_string()).unwrap_or_default()),
    ];
    facts.retain(|(_, text)| !text.is_empty());
    let mut lines: Vec<(String, String)> = facts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    for (name, value) in &event.details {
        let items = value.as_array().filter(|items| !items.is_empty());
        let texts = items.map_or_else(|| vec![plain(value)], |items| items.iter().map(plain).collect());
        // The name stands before the first of several only.
        lines.extend(
            texts.into_iter().enumerate().map(|(at, text)| (if at == 0 { name.clone() } else { String::new() }, text)),
        );
        lines.extend(in_words(event, name).map(|sentence| (String::new(), sentence.to_owned())));
    }
    for entry in &shown.entries {
        let text = format!("{} {} {} {}", entry.entry, entry.outcome, moment::local(entry.at), entry.chain_hash);
        lines.push((format!("entry {}", entry.seq), text));
    }
    if shown.entries.is_empty() {
        lines.push(("chain hash".to_owned(), chain_hash.clone()));
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines
        .iter()
        .map(|(name, text)| format!("{}  {}\n", safe(&format!("{name:width$}")), safe(text)))
        .collect::<Vec<_>>()
        .concat()
}

/// A detail as people read it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", plain(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
