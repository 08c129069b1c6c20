//! Who is asking, and what ties them to us.

use std::{borrow::Cow, sync::Arc};

use crate::{
    ApiKey, AppName, Email, GroupName, KeyId, Rights, Role, Session, SessionId, SessionLimits, Subject, Timestamp,
    UserId, Username,
};

/// How a caller showed who they are; decides whether cross-site and CSRF checks apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The session cookie: sent by a browser on its own, so the origin must be checked.
    Cookie,
    /// A bearer token: sent on purpose.
    Bearer,
}

/// What ties a principal to us: how long it lives, and what revokes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bond {
    /// A session, of a browser or a program.
    Session(Session),
    /// An API key.
    Key(ApiKey),
}

/// Names a bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BondId {
    /// A session.
    Session(SessionId),
    /// An API key.
    Key(KeyId),
}

impl Bond {
    /// Names it.
    pub fn id(&self) -> BondId {
        match self {
            Self::Session(session) => BondId::Session(session.id),
            Self::Key(key) => BondId::Key(key.id),
        }
    }

    /// Whose it is: with this person it ends, and sleeps.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::Session(session) => Some(session.user_id),
            Self::Key(key) => key.owner,
        }
    }

    /// When it was last used, as far as was written down.
    pub fn last_seen_at(&self) -> Option<Timestamp> {
        match self {
            Self::Session(session) => Some(session.last_seen_at),
            Self::Key(key) => key.last_used.map(|(at, _)| at),
        }
    }

    /// When it ends by itself, for somebody who knows of a later use than is written here; `None` is never.
    pub fn ends_when_last_seen(&self, last_seen_at: Timestamp, limits: &SessionLimits) -> Option<Timestamp> {
        match self {
            Self::Session(session) => Some(session.ends_when_last_seen(last_seen_at, limits)),
            Self::Key(key) => key.expires_at,
        }
    }
}

/// Somebody who is known, with what they may do: all that a decision needs, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whom grants name.
    pub subject: Subject,
    /// The name in sentences to themselves; for others, [`Self::name_in_records`].
    pub name: Username,
    /// The address, if one is known.
    pub email: Option<Email>,
    /// What people call them; empty when unknown.
    pub full_name: Arc<str>,
    /// The groups they are in, directly or through others; what these were given is among the rights.
    pub groups: Arc<[GroupName]>,
    /// What ties them to us.
    pub bond: Bond,
    /// What they may do.
    pub rights: Rights,
}

impl Principal {
    /// The strongest role held on the whole of `app`; `default` is what the app gives to everybody signed in.
    pub fn role_on(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Role> {
        self.rights.role_on(app, default, now)
    }

    /// The role held on everything.
    pub fn role_on_everything(&self, now: Timestamp) -> Option<Role> {
        self.rights.on_everything(now)
    }

    /// As the audit log and the tools hear of them: a key as `key:ci`, which no person can be called, because whoever makes a key
    /// chooses its name.
    pub fn name_in_records(&self) -> Cow<'_, str> {
        match self.bond {
            Bond::Session(_) => self.name.as_str().into(),
            Bond::Key(_) => format!("key:{}", self.name).into(),
        }
    }

    /// On whose account it is counted what they take of what there is little of: somebody's own keys are theirs, however many they make.
    pub fn account(&self) -> Subject {
        self.bond.person().map_or(self.subject, Subject::User)
    }

    /// The session they came with, if it is one.
    pub fn session(&self) -> Option<&Session> {
        match &self.bond {
            Bond::Session(session) => Some(session),
            Bond::Key(_) => None,
        }
    }

    /// Names the session they came with.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session().map(|session| session.id)
    }

    /// The person, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self.subject {
            Subject::User(id) => Some(id),
            Subject::Group(_) | Subject::Key(_) => None,
        }
    }

    /// Whether who uses the bond has proved who they are lately.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        self.session().is_some_and(|session| session.is_proved(now))
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
