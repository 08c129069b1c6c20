//! People.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

use crate::{Role, Timestamp, UserId, text::steers};

/// The text cannot be a username.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a username has 1 to 128 letters (a to z), digits or any of . _ - + @, and starts with a letter or digit")]
pub struct InvalidUsername;

/// How a user signs in and is named in audit: 1 to 128 letters, digits or `. _ - + @`. Kept in lower case, so that `Ada` and
/// `ada` are one person. ASCII only, so that no two look alike, and no comma, so that header lists stay lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(Arc<str>);

impl Username {
    /// Whether it means something else in the audit log (`system`, `nobody`) or in addresses (`me`): no person may be called so.
    pub fn is_reserved(&self) -> bool {
        matches!(self.as_str(), "system" | "nobody" | "me")
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Username {
    type Err = InvalidUsername;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        let legal = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+@".contains(&b));
        if starts_well && legal && text.len() <= 128 {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(InvalidUsername)
        }
    }
}

impl TryFrom<String> for Username {
    type Error = InvalidUsername;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0.as_ref().to_owned()
    }
}

/// The text cannot be an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like ada@example.com, has at most 254 characters and no spaces or control characters")]
pub struct InvalidEmail;

/// An e-mail address, checked for shape only (RFC 5321 length, one `@`, printable).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(Arc<str>);

impl Email {
    /// The address as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address have in common: no two users have the same.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let shaped = text
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && host.len() > 1 && !host.contains('@'));
        let printable = text.chars().all(|c| !steers(c) && !c.is_whitespace() && c != ',');
        if shaped && printable && text.len() <= 254 { Ok(Self(text.into())) } else { Err(InvalidEmail) }
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0.as_ref().to_owned()
    }
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Stable for life.
    pub id: UserId,
    /// Unique, lower case.
    pub username: Username,
    /// Unique when present (compared without case).
    pub email: Option<Email>,
    /// Free text, at most 200 characters; empty when unknown.
    pub full_name: String,
    /// The role on everything: the user's grant with scope `everything`, if there is one.
    pub role: Option<Role>,
    /// A disabled user cannot sign in and has no live sessions.
    pub is_disabled: bool,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When anything above last changed.
    pub updated_at: Timestamp,
    /// The last good sign-in.
    pub last_sign_in_at: Option<Timestamp>,
}
