//! On whose behalf a verb acts. Every administrative verb takes one and checks it again, whatever the caller checked before.

use doorward_domain::{Action, AppName, Authority, KeyId, Needs, Principal, Role, Subject, Timestamp, UserId, Via};
use std::{borrow::Cow, sync::Arc};

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

    /// What must still hold when something is written on their behalf.
    pub(crate) fn authority(&self, needs: Option<Needs>) -> Option<Authority> {
        match self {
            Self::User { who, .. } => Some(Authority { bond: who.bond.id(), needs }),
            Self::Local(_) | Self::System => None,
        }
    }

    /// Fails unless the actor may do this on everything.
    pub fn require(&self, action: Action, now: Timestamp) -> Result<(), NotAllowed> {
        match self {
            Self::User { who, .. } if who.role_on_everything(now).is_some_and(|role| role.allows(action)) => Ok(()),
            Self::User { .. } => Err(NotAllowed::Role { required: action }),
            Self::Local(_) | Self::System => Ok(()),
        }
    }

    /// Fails unless the actor may do this on this app, or on everything.
    pub fn require_on(&self, app: &AppName, action: Action, now: Timestamp) -> Result<(), NotAllowed> {
        match self {
            Self::User { who, .. } if who.role_on(app, None, now).is_some_and(|role| role.allows(action)) => Ok(()),
            _ => self.require(action, now),
        }
    }

    /// Whether the actor may give others this role on this app, or on things of it.
    pub fn may_give(&self, role: Role, app: &AppName, now: Timestamp) -> bool {
        match self {
            Self::User { who, .. } => who.rights.may_give(role, app, now),
            Self::Local(_) | Self::System => true,
        }
    }

    /// As [`Self::require`], to change something: with a cookie, which a browser sends with whatever a script in a tool's page asks
    /// for, only soon after the password was given.
    pub fn require_to_change(&self, action: Action, now: Timestamp) -> Result<(), NotAllowed> {
        self.require(action, now)?;
        self.require_lately_proved(now)
    }

    /// Fails with a cookie, unless the password was given lately.
    pub fn require_lately_proved(&self, now: Timestamp) -> Result<(), NotAllowed> {
        match self {
            Self::User { who, via: Via::Cookie, .. } if !who.is_proved(now) => Err(NotAllowed::StepUp),
            _ => Ok(()),
        }
    }
}
