//! One event in full: as readers see it, and the entries it is made of.

use doorward_domain::{AuditEvent, DecisionId, EventId, NewAuditEvent, Timestamp, audit::AuditEntry};
use serde::Serialize;
use std::sync::Arc;

use super::{AuditLog, ReadAuditError, summary::summary};
use crate::ports::{AuditQuery, ChainEntry};
use crate::{Actor, App, Right};

/// An event in full.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The event, with its latest outcome and all details.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// Its line for people.
    pub summary: String,
    /// What the chain holds of it: the event, and how it ended.
    pub entries: Vec<ShownEntry>,
}

/// One entry of an event.
#[derive(Debug, Clone, Serialize)]
pub struct ShownEntry {
    /// Its number.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What it says of the outcome.
    pub outcome: doorward_domain::AuditOutcome,
    /// Its place in the chain.
    pub chain_hash: String,
    /// Event, or conclusion.
    pub entry: &'static str,
}

impl AuditLog {
    /// One event, by the number of an entry of it, its id, or the id of the decision behind it; needs `manage`, on its app or on everything.
    /// Without that on everything, nobody hears whether there is one.
    pub async fn show(&self, actor: &Actor, wanted: &str) -> Result<Option<Shown>, ReadAuditError> {
        let now = self.context.now();
        // To search the log takes time: it is not for whoever could not read of anything.
        let manages = |app: &Arc<App>| actor.may_on(Right::ReadAudit, &app.name, now).is_ok();
        if !self.apps.all().iter().any(manages) {
            actor.may(Right::ReadAudit, now)?;
        }
        let mut found = None;
        for query in queries(wanted) {
            found = self.store.list(&query).await?.items.into_iter().next();
            if found.is_some() {
                break;
            }
        }
        let Some(event) = found.filter(|found| may_read(actor, &found.event, now)) else {
            actor.may(Right::ReadAudit, now)?;
            return Ok(None);
        };
        let entries = self.store.entries_of(event.event.id).await?.iter().filter_map(shown).collect();
        Ok(Some(Shown { summary: summary(&event.event), entries, event }))
    }
}

/// Whether somebody reads of this: with `manage` on its app, or on everything.
pub(super) fn may_read(actor: &Actor, event: &NewAuditEvent, now: Timestamp) -> bool {
    match &event.app {
        Some(app) => actor.may_on(Right::ReadAudit, app, now).is_ok(),
        None => actor.may(Right::ReadAudit, now).is_ok(),
    }
}

/// What somebody may mean.
fn queries(wanted: &str) -> Vec<AuditQuery> {
    let mut queries = Vec::new();
    if let Ok(seq) = wanted.parse() {
        queries.push(AuditQuery { seq: Some(seq), ..AuditQuery::default() });
    }
    if let Ok(id) = wanted.parse::<EventId>() {
        queries.push(AuditQuery { id: Some(id), ..AuditQuery::default() });
    }
    if let Ok(id) = wanted.parse::<DecisionId>() {
        queries.push(AuditQuery { decision_id: Some(id), ..AuditQuery::default() });
    }
    queries
}

fn shown(entry: &ChainEntry) -> Option<ShownEntry> {
    let (at, outcome, kind) = match serde_json::from_str(&entry.text).ok()? {
        AuditEntry::Event(event) => (event.at, event.outcome, "event"),
        AuditEntry::Conclusion(conclusion) => (conclusion.at, conclusion.outcome, "conclusion"),
    };
    let chain_hash = hex::encode(entry.hash);
    Some(ShownEntry { seq: entry.seq, at, outcome, chain_hash, entry: kind })
}
