//! Who is asking, and what ties them to us.

use std::sync::Arc;

use crate::{AppName, Email, Rights, Role, Session, SessionId, Subject, Timestamp, UserId, Username};

/// How a caller showed who they are; decides whether cross-site and CSRF checks apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The session cookie: sent by a browser on its own, so the origin must be checked.
    Cookie,
    /// A bearer token: sent on purpose.
    Bearer,
}

/// What ties a principal to us: how long it lives, and what revokes it. API keys join here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bond {
    /// A session, of a browser or a program.
    Session(Session),
}

/// Somebody who is known, with what they may do: all that a decision needs, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whom grants name.
    pub subject: Subject,
    /// The name in headers, sentences and the audit log.
    pub name: Username,
    /// The address, if one is known.
    pub email: Option<Email>,
    /// What people call them; empty when unknown.
    pub full_name: Arc<str>,
    /// What ties them to us.
    pub bond: Bond,
    /// What they may do.
    pub rights: Arc<Rights>,
}

impl Principal {
    /// The strongest role held on the whole of `app`; `default` is what the app gives to everybody signed in.
    pub fn role_on(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Role> {
        self.rights.on(app).role(default, now)
    }

    /// The role held on everything.
    pub fn role_on_everything(&self, now: Timestamp) -> Option<Role> {
        self.rights.on_everything(now)
    }

    /// The session they came with.
    pub fn session(&self) -> &Session {
        let Bond::Session(session) = &self.bond;
        session
    }

    /// Names the session they came with.
    pub fn session_id(&self) -> SessionId {
        self.session().id
    }

    /// The person.
    pub fn user_id(&self) -> UserId {
        let Subject::User(id) = self.subject;
        id
    }

    /// Whether who uses the bond has proved who they are lately.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        self.session().is_proved(now)
    }
}

/// Who is asking.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody signed in.
    Nobody,
    /// Somebody.
    Known(Arc<Principal>),
}

impl Caller {
    /// Who, if anybody is known.
    pub fn principal(&self) -> Option<&Arc<Principal>> {
        match self {
            Self::Nobody => None,
            Self::Known(who) => Some(who),
        }
    }
}
