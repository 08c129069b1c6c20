//! The five roles. Each adds one action to the one before it.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::Action;

/// What somebody is to Doorward or to one app; ordered, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Role {
    /// May `view`.
    Viewer,
    /// May also `run`. `launcher` is an accepted name.
    Operator,
    /// May also `edit`. `editor` is an accepted name.
    Developer,
    /// May also `manage`.
    Manager,
    /// May do everything.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Operator, Self::Developer, Self::Manager, Self::Admin];

    /// Whether this role includes the action.
    pub const fn allows(self, action: Action) -> bool {
        self as u8 >= action.required_role() as u8
    }

    /// The strongest action it includes: the one that no weaker role does.
    pub const fn own_action(self) -> Action {
        match self {
            Self::Viewer => Action::View,
            Self::Operator => Action::Run,
            Self::Developer => Action::Edit,
            Self::Manager => Action::Manage,
            Self::Admin => Action::Admin,
        }
    }

    /// The role's own name (never an alias).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Developer => "developer",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Role> for &'static str {
    fn from(role: Role) -> Self {
        role.as_str()
    }
}

/// The word is none of the five roles or their aliases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`; roles are viewer, operator (launcher), developer (editor), manager, admin")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.to_ascii_lowercase().as_str() {
            "viewer" => Ok(Self::Viewer),
            "operator" | "launcher" => Ok(Self::Operator),
            "developer" | "editor" => Ok(Self::Developer),
            "manager" => Ok(Self::Manager),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownRole(word.to_owned())),
        }
    }
}

impl TryFrom<String> for Role {
    type Error = UnknownRole;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_adds_exactly_one_action() {
        for (held, role) in Role::ALL.into_iter().enumerate() {
            let allowed = Action::ALL.into_iter().filter(|a| role.allows(*a)).count();
            assert_eq!(allowed, held + 1, "{role}");
            assert_eq!(role.own_action().required_role(), role);
        }
    }

    #[test]
    fn launcher_and_editor_are_accepted_names() {
        assert_eq!("launcher".parse(), Ok(Role::Operator));
        assert_eq!("Editor".parse(), Ok(Role::Developer));
        assert!("root".parse::<Role>().is_err());
    }
}
