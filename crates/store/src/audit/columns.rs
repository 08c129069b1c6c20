//! The columns beside an entry's text, made from the text alone: for searching, and for [`super::check`] to make again.
//!
//! What is derived here must stay the same for entries already stored; changing it needs a migration that makes them anew.

use doorward_domain::{DecisionId, audit::AuditEntry};
use sea_orm::{ActiveValue::Set, prelude::Uuid};
use serde_json::{Map, Value};
use std::borrow::Cow;

use crate::entity::{audit_entry, audit_operation};
use crate::search_text::{fingerprint, searchable};

/// Everything that is stored of an entry but its place, text and hash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    event_id: Uuid,
    is_conclusion: bool,
    at: i64,
    outcome: String,
    actor_hash: Vec<u8>,
    action: String,
    app: Option<String>,
    decision_id: Option<Uuid>,
    words: String,
}

impl Columns {
    pub(super) fn of(entry: &AuditEntry) -> Self {
        match entry {
            AuditEntry::Event(event) => Self {
                event_id: event.id.as_uuid(),
                is_conclusion: false,
                at: event.at.as_millis(),
                outcome: event.outcome.as_str().to_owned(),
                actor_hash: fingerprint(&event.actor),
                action: event.action.as_str().to_owned(),
                app: event.app.as_ref().map(|app| app.as_str().to_owned()),
                decision_id: event.decision_id.map(DecisionId::as_uuid),
                words: words(&[&event.actor, event.target.as_deref().unwrap_or_default()], &event.details),
            },
            AuditEntry::Conclusion(conclusion) => Self {
                event_id: conclusion.id.as_uuid(),
                is_conclusion: true,
                at: conclusion.at.as_millis(),
                outcome: conclusion.outcome.as_str().to_owned(),
                actor_hash: fingerprint(""),
                action: String::new(),
                app: None,
                decision_id: None,
                words: words(&[], &conclusion.details),
            },
        }
    }

    /// As they are stored.
    pub(super) fn stored(row: &audit_entry::Model) -> Self {
        Self {
            event_id: row.event_id,
            is_conclusion: row.is_conclusion,
            at: row.at,
            outcome: row.outcome.clone(),
            actor_hash: row.actor_hash.clone(),
            action: row.action.clone(),
            app: row.app.clone(),
            decision_id: row.decision_id,
            words: row.words.clone(),
        }
    }

    pub(super) fn into_row(self, chain: &str, seq: i64, text: String, hash: [u8; 32]) -> audit_entry::ActiveModel {
        audit_entry::ActiveModel {
            chain: Set(chain.to_owned()),
            seq: Set(seq),
            entry: Set(text),
            hash: Set(hash.to_vec()),
            event_id: Set(self.event_id),
            is_conclusion: Set(self.is_conclusion),
            at: Set(self.at),
            outcome: Set(self.outcome),
            actor_hash: Set(self.actor_hash),
            action: Set(self.action),
            app: Set(self.app),
            decision_id: Set(self.decision_id),
            words: Set(self.words),
        }
    }
}

/// The operations an entry names: `details.operations`, a list of names, or of objects with a `name`, and a `family` of which it is one;
/// and `details.operation_names`, all names where that list had to leave some out. As they are stored, in order, each once.
pub(super) fn operations(entry: &AuditEntry) -> Vec<Vec<u8>> {
    let details = match entry {
        AuditEntry::Event(event) => &event.details,
        AuditEntry::Conclusion(conclusion) => &conclusion.details,
    };
    let lists = ["operations", "operation_names"].into_iter().filter_map(|key| details.get(key)?.as_array());
    let mut names: Vec<Vec<u8>> = lists.flatten().flat_map(names_of).flatten().map(fingerprint).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn names_of(operation: &Value) -> [Option<&str>; 2] {
    match operation {
        Value::String(name) => [Some(name), None],
        Value::Object(operation) => ["name", "family"].map(|key| operation.get(key).and_then(Value::as_str)),
        _ => [None, None],
    }
}

pub(super) fn operation_row(chain: &str, seq: i64, operation_hash: Vec<u8>) -> audit_operation::ActiveModel {
    audit_operation::ActiveModel { operation_hash: Set(operation_hash), chain: Set(chain.to_owned()), seq: Set(seq) }
}

/// The names, and every text and number in the details, a line each.
fn words(names: &[&str], details: &Map<String, Value>) -> String {
    let mut words: Vec<Cow<'_, str>> =
        names.iter().filter(|name| !name.is_empty()).map(|name| (*name).into()).collect();
    details.values().for_each(|value| gather(value, &mut words));
    searchable(&words.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

/// Depth is bounded by the JSON parser's and builders' own limits.
fn gather<'v>(value: &'v Value, words: &mut Vec<Cow<'v, str>>) {
    match value {
        Value::String(text) => words.push(text.into()),
        Value::Number(number) => words.push(number.to_string().into()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, words)),
        Value::Object(values) => values.values().for_each(|value| gather(value, words)),
        Value::Null | Value::Bool(_) => {}
    }
}
