//! The vocabulary every profile maps to.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::Role;

/// What a request does to an app, from harmless to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Look, without changing anything.
    View,
    /// Start, stop and delete units of work.
    Run,
    /// Change what runs unattended.
    Edit,
    /// What is instance-wide or cannot be undone; also reading the audit log.
    Manage,
    /// Users, settings and whatever no profile lists.
    Admin,
}

impl Action {
    /// Every action, weakest first.
    pub const ALL: [Self; 5] = [Self::View, Self::Run, Self::Edit, Self::Manage, Self::Admin];

    /// The word used in configuration, audit and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Run => "run",
            Self::Edit => "edit",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// The weakest role that includes this action.
    pub const fn required_role(self) -> Role {
        match self {
            Self::View => Role::Viewer,
            Self::Run => Role::Operator,
            Self::Edit => Role::Developer,
            Self::Manage => Role::Manager,
            Self::Admin => Role::Admin,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is none of the five actions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown action `{0}`; actions are view, run, edit, manage, admin")]
pub struct UnknownAction(String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|a| a.as_str() == word).ok_or_else(|| UnknownAction(word.to_owned()))
    }
}
