//! Nouns and decisions.
//!
//! What Doorward is about, with no idea of how it is stored, served or configured: who may be asking ([`Caller`]), what they
//! want ([`Intent`]), what they were given ([`Grant`]), and the one function that answers ([`decide`]).
//!
//! Architecture invariant: pure. No async, no IO, no clock, no randomness, no HTTP. Time and entropy come in as arguments.
//! Verbs that need the outside live in `doorward-service`; reading requests lives in `doorward-profile`.

pub mod access;
pub mod action;
pub mod api_key;
pub mod app;
pub mod audit;
pub mod authority;
pub mod credential;
pub mod decision;
pub mod details;
pub mod device;
pub mod factor;
pub mod grant;
mod grant_index;
pub mod group;
mod held;
pub mod host;
pub mod ids;
pub mod intent;
pub mod nearest;
mod network;
pub mod pattern;
mod pattern_map;
pub mod principal;
pub mod remedy;
pub mod resource;
pub mod rights;
pub mod role;
pub mod secret;
pub mod session;
pub mod shortened;
pub mod span;
pub mod target;
pub mod text;
pub mod timestamp;
pub mod user;

pub use access::{AccessAnswer, AccessOutcome, AccessRequest, AccessState, GivenAccess, Standing};
pub use action::Action;
pub use api_key::ApiKey;
pub use app::AppName;
pub use audit::{AuditAction, AuditEvent, AuditOutcome, AuditReason, NewAuditEvent};
pub use authority::{Authority, Needs};
pub use credential::Credential;
pub use decision::{Decision, Permit, Question, Refusal, Unresolved, Why, decide};
pub use details::Details;
pub use device::device;
pub use factor::{Factor, Factors, SessionKind};
pub use grant::{Effect, Grant, Scope, Subject};
pub use group::{Group, GroupName, GroupSource, Member};
pub use host::HostName;
pub use ids::{AccessRequestId, DecisionId, EventId, GrantId, GroupId, KeyId, SessionId, UserId};
pub use intent::{Intent, Operation, RuleName};
pub use nearest::nearest;
pub use network::{InvalidNetwork, parse_network};
pub use pattern::Pattern;
pub use principal::{Bond, BondId, Caller, Principal, Via};
pub use remedy::{Lacking, Remedy};
pub use resource::Resource;
pub use rights::{GroupRights, OnThings, Rights, Verdict, Wanted};
pub use role::Role;
pub use secret::{Secret, TokenHash};
pub use session::{Session, SessionLimits};
pub use target::{Target, Targets};
pub use timestamp::Timestamp;
pub use user::{Email, User, Username};
