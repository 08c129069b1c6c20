//! Who was given, or denied, what on what.

use serde::{Deserialize, Serialize};

use crate::{AppName, GrantId, GroupId, KeyId, Pattern, Role, Timestamp, UserId};

/// Whom a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One person.
    User(UserId),
    /// All members of a group, and of the groups in it.
    Group(GroupId),
    /// One API key.
    Key(KeyId),
}

/// What the grant does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Gives a role.
    Allow(Role),
    /// Takes everything, whatever gives it.
    Deny,
}

impl Effect {
    /// The role it gives.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Allow(role) => Some(role),
            Self::Deny => None,
        }
    }
}

/// On what it does so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every app, and Doorward itself.
    Everything,
    /// One app.
    App(AppName),
    /// The things of one app that the pattern reaches.
    Resources(AppName, Pattern),
}

impl Scope {
    /// The app it is limited to.
    pub fn app(&self) -> Option<&AppName> {
        match self {
            Self::Everything => None,
            Self::App(app) | Self::Resources(app, _) => Some(app),
        }
    }

    /// The things it is limited to.
    pub fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Resources(_, pattern) => Some(pattern),
            Self::Everything | Self::App(_) => None,
        }
    }

    /// Whether all of `app` falls under it.
    pub fn covers(&self, app: &AppName) -> bool {
        match self {
            Self::Everything => true,
            Self::App(own) => own == app,
            Self::Resources(..) => false,
        }
    }
}

/// Subject, effect and scope; one grant for each subject and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Names it.
    pub id: GrantId,
    /// Who.
    pub subject: Subject,
    /// What it gives or takes.
    pub effect: Effect,
    /// On what.
    pub scope: Scope,
    /// When it lapses; `None` is never.
    pub until: Option<Timestamp>,
    /// Why it was made, in its maker's words; empty when none were given.
    pub reason: Box<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name of the time; empty when Doorward did.
    pub created_by: Box<str>,
}

impl Grant {
    /// Whether it counts at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|end| now < end)
    }
}
