//! Groups of people, and of groups.

use serde::{Deserialize, Serialize};

use crate::{GroupId, Timestamp, UserId, Username};

/// The name of a group: the form of a username, so that it can stand in a header list and in a command. Groups and people may be called alike.
pub type GroupName = Username;

/// Where a group comes from, and so who may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupSource {
    /// Made here.
    Local,
    /// Of a directory, by LDAP.
    Ldap,
    /// Of an identity provider, by OIDC.
    Oidc,
}

impl GroupSource {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Ldap => "ldap",
            Self::Oidc => "oidc",
        }
    }

    /// What this word is.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Local, Self::Ldap, Self::Oidc].into_iter().find(|source| source.as_str() == word)
    }
}

/// Some people, under a name that grants can be given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Stable for life.
    pub id: GroupId,
    /// Unique among groups.
    pub name: GroupName,
    /// Free text, at most 500 characters; may be empty.
    pub description: String,
    /// Where it comes from.
    pub source: GroupSource,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A person.
    User(UserId),
    /// Everybody in another group.
    Group(GroupId),
}
