//! A refusal that is being counted: how often, until when, and what was asked for.

use doorward_domain::audit::AuditConclusion;
use doorward_domain::details::shortened;
use doorward_domain::{AuditAction, AuditOutcome, DecisionId, EventId, NewAuditEvent, Timestamp};
use serde_json::{Map, Value};

use super::WINDOW;
use super::key::Gathers;

/// Different targets that a count names.
pub(super) const NAMED: usize = 8;
/// The longest of them, in bytes.
const LONGEST: usize = 160;

#[derive(Debug)]
pub(in super::super) struct Open {
    pub(super) id: EventId,
    pub(super) decision: Option<DecisionId>,
    since: Timestamp,
    last: Timestamp,
    times: u64,
    /// The first different ones.
    targets: Vec<String>,
    /// How many refusals were of other targets than these.
    others: u64,
    gathers: Gathers,
}

impl Open {
    pub(super) fn new(event: &NewAuditEvent, gathers: Gathers) -> Self {
        let (id, decision, at) = (event.id, event.decision_id, event.at);
        Self { id, decision, since: at, last: at, times: 1, targets: vec![target(event)], others: 0, gathers }
    }

    /// Whether its second is over, or the clock was set back.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.since) >= WINDOW || now < self.since
    }

    /// Another one.
    pub(super) fn again(&mut self, event: &NewAuditEvent) {
        self.times = self.times.saturating_add(1);
        self.last = event.at;
        let target = target(event);
        if self.targets.contains(&target) {
            return;
        }
        if self.targets.len() < NAMED {
            self.targets.push(target);
        } else {
            self.others = self.others.saturating_add(1);
        }
    }

    /// Its count, where there is one.
    pub(super) fn concluded(&self) -> Option<AuditConclusion> {
        if self.times < 2 {
            return None;
        }
        let mut details = Map::new();
        details.insert("times".to_owned(), self.times.into());
        details.insert("until".to_owned(), self.last.to_string().into());
        if self.targets.len() > 1 {
            details.insert("targets".to_owned(), self.targets.clone().into());
        }
        if self.others > 0 {
            details.insert("other_targets".to_owned(), self.others.into());
        }
        if let Some(several) = self.gathers.detail() {
            details.insert(several.to_owned(), true.into());
        }
        Some(AuditConclusion { id: self.id, at: self.last, outcome: AuditOutcome::Denied, details })
    }
}

/// What was asked for: the names of GraphQL operations and of what they act on, who somebody said to be who signs in, and method and path of everything else,
/// whose operation is only the rule's.
fn target(event: &NewAuditEvent) -> String {
    if event.action == AuditAction::SIGN_IN {
        return shortened(&event.actor, LONGEST);
    }
    let detail = |name: &str| event.details.get(name).and_then(Value::as_str).unwrap_or_default();
    let names = event.target.as_deref().filter(|names| !names.contains('/'));
    let what = match names {
        None => format!("{} {}", detail("method"), detail("path")),
        Some(names) => [names].into_iter().chain(resources(event)).collect::<Vec<_>>().join(" "),
    };
    shortened(&what, LONGEST)
}

/// What was named, as far as a target has room for it.
fn resources(event: &NewAuditEvent) -> impl Iterator<Item = &str> {
    let all = event.details.get("resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    all.iter().filter_map(Value::as_str).take(NAMED)
}
