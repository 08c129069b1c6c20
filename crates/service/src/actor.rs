//! On whose behalf a verb acts. Every administrative verb takes one and checks it again, whatever the caller checked before; what it asks
//! for is a [`Right`].

use doorward_domain::{Action, AppName, Authority, KeyId, Needs, Principal, Role, Subject, Timestamp, UserId, Via};
use std::{borrow::Cow, sync::Arc};

use crate::right::{Right, Takes};

/// The actor may not do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The role does not include it.
    #[error("this needs the role {}", required.required_role())]
    Role {
        /// The action that would have been needed on everything.
        required: Action,
    },
    /// The role does, but it is long since anybody proved who uses this session: the password has to be given again.
    #[error("this needs your password again: you gave it more than 15 minutes ago")]
    StepUp,
}

/// On whose behalf: a person who is signed in or a key, the operator at the machine's own command line, or Doorward itself.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person who is signed in, or a key, asking from a client address.
    User {
        /// Who.
        who: Arc<Principal>,
        /// How they showed it.
        via: Via,
        /// From where.
        client_ip: String,
    },
    /// Whoever holds the database file: the command line. The text is `cli:<os user>`.
    Local(String),
    /// Doorward itself: bootstrap, cleaning up.
    System,
}

impl Actor {
    /// The name for the audit log: of a key `key:ci`.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::User { who, .. } => who.name_in_records(),
            Self::Local(name) => name.into(),
            Self::System => "system".into(),
        }
    }

    /// The API key that asks, if one does.
    pub fn key(&self) -> Option<KeyId> {
        match self {
            Self::User { who, .. } => match who.subject {
                Subject::Key(id) => Some(id),
                Subject::User(_) | Subject::Group(_) => None,
            },
            Self::Local(_) | Self::System => None,
        }
    }

    /// The client address for the audit log; empty when there is none.
    pub fn client_ip(&self) -> &str {
        match self {
            Self::User { client_ip, .. } => client_ip,
            Self::Local(_) | Self::System => "",
        }
    }

    /// The person who asks, or whose key does.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::User { who, .. } => who.bond.person(),
            Self::Local(_) | Self::System => None,
        }
    }

    /// Whether this right is used on what is the actor's own, with what belongs to `owner`; what belongs to nobody is not.
    pub(crate) fn is_own(&self, right: Right, owner: Option<UserId>) -> bool {
        let is_theirs = matches!(self, Self::User { who, .. } if owner.is_some() && who.user_id() == owner);
        is_theirs && matches!(right.takes(), Takes::Own(_))
    }

    /// What must still hold when something is written on their behalf.
    pub(crate) fn authority(&self, needs: Option<Needs>) -> Option<Authority> {
        match self {
            Self::User { who, .. } => Some(Authority { bond: who.bond.id(), needs }),
            Self::Local(_) | Self::System => None,
        }
    }

    /// Whether the actor has this right on everything and with what is others', whenever they gave their password.
    pub fn holds(&self, right: Right, now: Timestamp) -> bool {
        self.lacks(right, now).is_none()
    }

    /// Fails unless the actor may do this on everything and with what is others'.
    pub fn may(&self, right: Right, now: Timestamp) -> Result<(), NotAllowed> {
        self.may_of(right, None, now)
    }

    /// Fails unless the actor may do this with what belongs to `owner`.
    pub fn may_of(&self, right: Right, owner: Option<UserId>, now: Timestamp) -> Result<(), NotAllowed> {
        let is_own = self.is_own(right, owner);
        match self.lacks(right, now) {
            Some(required) if !is_own => Err(NotAllowed::Role { required }),
            _ => self.must_be_proved(right, is_own, now),
        }
    }

    /// Fails unless the actor may do this on this app, or on everything.
    pub fn may_on(&self, right: Right, app: &AppName, now: Timestamp) -> Result<(), NotAllowed> {
        match self {
            Self::User { who, .. } if right.is_held_on(app, who, now) => self.must_be_proved(right, false, now),
            _ => self.may(right, now),
        }
    }

    /// Whether the actor may give others this role on this app, or on things of it.
    pub fn may_give(&self, role: Role, app: &AppName, now: Timestamp) -> bool {
        match self {
            Self::User { who, .. } => who.rights.may_give(role, app, now),
            Self::Local(_) | Self::System => true,
        }
    }

    /// Whether the actor has to give their password again before they do this; `is_own`: with what is theirs.
    pub fn must_prove(&self, right: Right, is_own: bool, now: Timestamp) -> bool {
        matches!(self, Self::User { who, via: Via::Cookie, .. } if right.asks_password(is_own) && !who.is_proved(now))
    }

    fn must_be_proved(&self, right: Right, is_own: bool, now: Timestamp) -> Result<(), NotAllowed> {
        if self.must_prove(right, is_own, now) { Err(NotAllowed::StepUp) } else { Ok(()) }
    }

    fn lacks(&self, right: Right, now: Timestamp) -> Option<Action> {
        match self {
            Self::User { who, .. } => right.lacked_by(who, now),
            Self::Local(_) | Self::System => None,
        }
    }
}
