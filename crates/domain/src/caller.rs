//! Who is asking.

use std::sync::Arc;

use crate::{AppName, Grant, Role, Scope, Session, Timestamp, User};

/// How a caller showed who they are; decides whether cross-site and CSRF checks apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The session cookie: sent by a browser on its own, so the origin must be checked.
    Cookie,
    /// A bearer token: sent on purpose.
    Bearer,
}

/// A user with the session they came with and all they were given: everything a decision needs, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: Arc<User>,
    /// The session they came with.
    pub session: Session,
    /// Everything granted to them, directly or not.
    pub grants: Arc<[Grant]>,
}

impl SignedIn {
    /// The role held on everything, if any.
    pub fn role_on_everything(&self, now: Timestamp) -> Option<Role> {
        self.grants.iter().filter(|g| g.scope == Scope::Everything && g.holds(now)).map(|g| g.role).max()
    }

    /// The strongest role held on `app`; `default` is what the app gives to everybody signed in.
    pub fn role_on(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Role> {
        self.grants.iter().filter(|g| g.scope.covers(app) && g.holds(now)).map(|g| g.role).max().max(default)
    }
}

/// Who is asking. API keys join here.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody signed in.
    Nobody,
    /// A person.
    User(Arc<SignedIn>, Via),
}

impl Caller {
    /// The signed-in user, if any.
    pub fn signed_in(&self) -> Option<&Arc<SignedIn>> {
        match self {
            Self::Nobody => None,
            Self::User(who, _) => Some(who),
        }
    }
}
