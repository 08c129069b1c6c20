//! Who was given which role on what.

use serde::{Deserialize, Serialize};

use crate::{AppName, GrantId, Role, Timestamp, UserId};

/// Whom a grant is for. Groups and API keys join here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One person.
    User(UserId),
}

/// On what the role is held. Resource patterns join here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every app, and Doorward itself.
    Everything,
    /// One app.
    App(AppName),
}

impl Scope {
    /// Whether a request to `app` falls under it.
    pub fn covers(&self, app: &AppName) -> bool {
        match self {
            Self::Everything => true,
            Self::App(own) => own == app,
        }
    }
}

/// Subject, role and scope; one grant for each subject and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Names it.
    pub id: GrantId,
    /// Who.
    pub subject: Subject,
    /// What they may do.
    pub role: Role,
    /// On what.
    pub scope: Scope,
    /// When it lapses; `None` is never.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Grant {
    /// Whether it counts at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|end| now < end)
    }
}
