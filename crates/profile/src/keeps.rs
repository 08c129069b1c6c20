//! `keeps_apart` of a profile: spellings of paths that its tool is known to tell apart, so that it reads a path in fewer ways than others.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Two spellings that some servers take for the same, and this tool does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// `%2F` and `/`: an escaped slash is part of a name and never separates.
    EscapedSlash,
    /// `//` and `/`: an empty segment stays one, also at the beginning.
    DoubleSlash,
    /// `Admin` and `admin`: letters count as they are written.
    Case,
}

impl Kept {
    /// All of them, as they are written.
    pub const NAMES: [&str; 3] = ["escaped_slash", "double_slash", "case"];
}

/// Not one of [`Kept::NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of escaped_slash, double_slash and case")]
pub struct UnknownKept(String);

impl FromStr for Kept {
    type Err = UnknownKept;

    fn from_str(text: &str) -> Result<Self, UnknownKept> {
        match text {
            "escaped_slash" => Ok(Self::EscapedSlash),
            "double_slash" => Ok(Self::DoubleSlash),
            "case" => Ok(Self::Case),
            other => Err(UnknownKept(other.to_owned())),
        }
    }
}

/// All that a tool keeps apart; nothing is the careful guess.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keeps {
    /// See [`Kept::EscapedSlash`].
    pub escaped_slash: bool,
    /// See [`Kept::DoubleSlash`].
    pub double_slash: bool,
    /// See [`Kept::Case`].
    pub case: bool,
}

impl FromIterator<Kept> for Keeps {
    fn from_iter<I: IntoIterator<Item = Kept>>(kept: I) -> Self {
        kept.into_iter().fold(Self::default(), |keeps, kept| match kept {
            Kept::EscapedSlash => Self { escaped_slash: true, ..keeps },
            Kept::DoubleSlash => Self { double_slash: true, ..keeps },
            Kept::Case => Self { case: true, ..keeps },
        })
    }
}
