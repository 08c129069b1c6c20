//! Which refusals are counted together, and how many ways each actor has.
//!
//! A key holds only what the asker cannot make up: their own name or network, apps and rules of ours, and methods out of a short list;
//! and the names under which a network tries to sign in, which are few, as what it presents otherwise.
//! Even so each actor has a budget of keys; beyond it everything of theirs is one key, which is theirs alone.

use doorward_domain::{AppName, AuditAction, NewAuditEvent};
use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;

use super::open::Open;
use crate::throttle::network;

/// Keys that one person has at once.
pub(super) const OF_ONE: usize = 16;
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
}

/// Of what kinds the refusals under one key are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gathers {
    One,
    Causes,
    Actors,
}

impl Key {
    /// What a refusal by a rule is counted under, as long as its actor has room for another key.
    pub(super) fn of(event: &NewAuditEvent, rule: &str, open: &HashMap<Self, Open>) -> Self {
        let ip = event.client_ip.parse().ok().map(network);
        let who = match ip {
            Some(network) if is_of_a_stranger(event) => Who::Network(network),
            _ => Who::Actor(event.actor.clone()),
        };
        let cause = Cause { app: event.app.clone(), rule: rule.to_owned(), method: method(event) };
        let key = Self { who, cause: Some(cause) };
        if open.contains_key(&key) {
            return key;
        }
        let own = open.keys().filter(|other| other.who == key.who).count();
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
    pub(super) fn gathers(&self) -> Gathers {
        match (&self.who, &self.cause) {
            (Who::OtherStrangers, _) => Gathers::Actors,
            (_, None) => Gathers::Causes,
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

fn method(event: &NewAuditEvent) -> &'static str {
    let said = event.details.get("method").and_then(Value::as_str).unwrap_or_default();
    METHODS.into_iter().find(|known| *known == said).unwrap_or("other")
}
