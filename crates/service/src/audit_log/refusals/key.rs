//! Which refusals are counted together, and how many ways each actor has.
//!
//! A key holds what the asker cannot make up: their own name or network, apps and rules of ours, and methods out of a short list;
//! and the names under which a network tries to sign in, which are few, as what it presents otherwise. What a request acts on, and why that
//! was refused, tell refusals by one rule apart, and whoever asks can make that up: only a few are told apart, the rest is one key.
//! Each actor has a budget of keys; beyond it everything of theirs is one key, which is theirs alone.

use doorward_domain::{AppName, AuditAction, NewAuditEvent, details::LEFT_OUT};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use super::open::Open;
use crate::throttle::network;

/// Keys that one person has at once.
pub(super) const OF_ONE: usize = 16;
/// Of these, by one rule in one app: on other things, or for other reasons.
pub(super) const OF_ONE_RULE: usize = 4;
/// As [`OF_ONE`], of a network where nobody is signed in.
pub(super) const OF_ONE_NETWORK: usize = 4;
/// Keys that all such networks have together: they cost nothing to whoever has many addresses.
pub(super) const OF_STRANGERS: usize = 32;

/// The methods that are told apart (RFC 9110 section 9.3 and RFC 5789); what else is sent as a method is `other`.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// Which refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in super::super) struct Key {
    who: Who,
    /// `None` is what is beyond the budget.
    cause: Option<Cause>,
}

/// Whose refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Actor(String),
    Network(IpAddr),
    /// Nobody, and from more networks than are told apart.
    OtherStrangers,
}

/// What refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Cause {
    app: Option<AppName>,
    rule: String,
    method: &'static str,
    /// On what, and why; `None` is whatever is beyond what one rule has.
    what: Option<u64>,
}

impl Cause {
    /// Whether it is the same but for what was acted on.
    fn is_like(&self, other: &Self) -> bool {
        (&self.app, &self.rule, self.method) == (&other.app, &other.rule, other.method)
    }
}

/// Of what kinds the refusals under one key are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gathers {
    One,
    Things,
    Causes,
    Actors,
}

impl Gathers {
    /// What the details say of it: the event stands for whatever comes after it in that second too.
    pub(crate) fn detail(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Things => Some("several_things"),
            Self::Causes => Some("several_rules"),
            Self::Actors => Some("several_actors"),
        }
    }

    /// Whether an event stands for refusals of other things than its own.
    pub(crate) fn is_told_by(details: &Map<String, Value>) -> bool {
        [Self::Things, Self::Causes, Self::Actors]
            .iter()
            .filter_map(|all| all.detail())
            .any(|all| details.contains_key(all))
    }
}

impl Key {
    /// What a refusal by a rule is counted under, as long as its actor has room for another key.
    pub(super) fn of(event: &NewAuditEvent, rule: &str, open: &HashMap<Self, Open>, hasher: &RandomState) -> Self {
        let ip = event.client_ip.parse().ok().map(network);
        let who = match ip {
            Some(network) if is_of_a_stranger(event) => Who::Network(network),
            _ => Who::Actor(event.actor.clone()),
        };
        let what = Some(hasher.hash_one(what(event)));
        let mut cause = Cause { app: event.app.clone(), rule: rule.to_owned(), method: method(event), what };
        let key = Self { who, cause: Some(cause.clone()) };
        if open.contains_key(&key) {
            return key;
        }
        let (mut own, mut alike) = (0, 0);
        for other in open.keys().filter(|other| other.who == key.who) {
            own += 1;
            alike += usize::from(other.cause.as_ref().is_some_and(|other| other.is_like(&cause)));
        }
        let key = if alike >= OF_ONE_RULE {
            cause.what = None;
            Self { cause: Some(cause), ..key }
        } else {
            key
        };
        if open.contains_key(&key) {
            return key;
        }
        match key.who {
            Who::Network(_) => {
                let stranger = |other: &&Self| matches!(other.who, Who::Network(_)) && other.cause.is_some();
                let is_full = open.keys().filter(stranger).count() >= OF_STRANGERS;
                match own {
                    0 if is_full => Self { who: Who::OtherStrangers, cause: None },
                    1.. if is_full || own >= OF_ONE_NETWORK => Self { cause: None, ..key },
                    _ => key,
                }
            }
            _ if own >= OF_ONE => Self { cause: None, ..key },
            _ => key,
        }
    }

    /// Of what the refusals under this key are several.
    pub(in super::super) fn gathers(&self) -> Gathers {
        match (&self.who, &self.cause) {
            (Who::OtherStrangers, _) => Gathers::Actors,
            (_, None) => Gathers::Causes,
            (_, Some(Cause { what: None, .. })) => Gathers::Things,
            _ => Gathers::One,
        }
    }

    /// Whether what is counted under this key are sign-ins under several names.
    pub(in super::super) fn gathers_names(&self, event: &NewAuditEvent) -> bool {
        event.action == AuditAction::SIGN_IN && self.cause.is_none()
    }
}

/// Whether nobody is known to have asked. Who signs in only says who they are.
fn is_of_a_stranger(event: &NewAuditEvent) -> bool {
    event.actor.is_empty() || event.action == AuditAction::SIGN_IN
}

/// What was acted on and why it was refused, as the event tells it: as long as that takes in its details at most.
fn what(event: &NewAuditEvent) -> String {
    let told = |name: &str| event.details.get(name).map(Value::to_string).unwrap_or_default();
    let left_out = event.details.get(LEFT_OUT).and_then(|all| all.get("resources")).map(Value::to_string);
    let names =
        event.target.as_deref().filter(|_| event.action == AuditAction::REQUEST && !told("resources").is_empty());
    [
        told("why"),
        told("denied_by"),
        told("resources"),
        left_out.unwrap_or_default(),
        names.unwrap_or_default().to_owned(),
    ]
    .join("\n")
}

fn method(event: &NewAuditEvent) -> &'static str {
    let said = event.details.get("method").and_then(Value::as_str).unwrap_or_default();
    METHODS.into_iter().find(|known| *known == said).unwrap_or("other")
}
