//! `hand_over` of a profile: which headers that say who is asking its tool gets.
//!
//! Whatever is handed over, nothing that a client sends under these names reaches a tool; that is the door's rule and not a profile's.

use serde::Deserialize;
use std::str::FromStr;

/// A header that says something about who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityHeader {
    /// `Remote-User`: the username.
    RemoteUser,
    /// `Remote-Name`: the full name.
    RemoteName,
    /// `Remote-Email`: the address.
    RemoteEmail,
    /// `Remote-Groups`: groups, comma separated.
    RemoteGroups,
    /// `X-Forwarded-User`: the username.
    ForwardedUser,
    /// `X-Forwarded-Email`: the address.
    ForwardedEmail,
    /// `X-Forwarded-Groups`: groups, comma separated.
    ForwardedGroups,
    /// `Doorward-Role`: the role held on the app.
    Role,
}

impl IdentityHeader {
    /// All of them, in the order in which they are sent.
    pub const ALL: [Self; 8] = [
        Self::RemoteUser,
        Self::RemoteName,
        Self::RemoteEmail,
        Self::RemoteGroups,
        Self::ForwardedUser,
        Self::ForwardedEmail,
        Self::ForwardedGroups,
        Self::Role,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemoteUser => "Remote-User",
            Self::RemoteName => "Remote-Name",
            Self::RemoteEmail => "Remote-Email",
            Self::RemoteGroups => "Remote-Groups",
            Self::ForwardedUser => "X-Forwarded-User",
            Self::ForwardedEmail => "X-Forwarded-Email",
            Self::ForwardedGroups => "X-Forwarded-Groups",
            Self::Role => "Doorward-Role",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for IdentityHeader {
    type Err = UnknownHandOver;

    fn from_str(text: &str) -> Result<Self, UnknownHandOver> {
        let known = Self::ALL.into_iter().find(|header| header.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| UnknownHandOver { word: text.to_owned() })
    }
}

/// Which of them a tool gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "HandOverText")]
pub struct HandOver(u8);

impl HandOver {
    /// Every one.
    pub const ALL: Self = Self(u8::MAX);
    /// Not one.
    pub const NONE: Self = Self(0);

    /// Whether the tool gets this one.
    pub fn includes(self, header: IdentityHeader) -> bool {
        self.0 & header.bit() != 0
    }

    /// Reads `all`, `none`, or the name of a header.
    pub fn parse(word: &str) -> Result<Self, UnknownHandOver> {
        match word {
            "all" => Ok(Self::ALL),
            "none" => Ok(Self::NONE),
            name => name.parse().map(|header: IdentityHeader| Self(header.bit())),
        }
    }
}

impl FromIterator<IdentityHeader> for HandOver {
    fn from_iter<I: IntoIterator<Item = IdentityHeader>>(headers: I) -> Self {
        Self(headers.into_iter().fold(0, |all, header| all | header.bit()))
    }
}

/// What is neither `all` nor `none` nor the name of such a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no header that says who is asking; those are {}", IdentityHeader::ALL.map(IdentityHeader::name).join(", "))]
pub struct UnknownHandOver {
    word: String,
}

/// As it is written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum HandOverText {
    Word(String),
    Names(Vec<String>),
}

impl TryFrom<HandOverText> for HandOver {
    type Error = UnknownHandOver;

    fn try_from(text: HandOverText) -> Result<Self, UnknownHandOver> {
        match text {
            HandOverText::Word(word) => Self::parse(&word),
            HandOverText::Names(names) => names.iter().map(|name| name.parse()).collect::<Result<_, _>>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<HandOver, String> {
        serde_json::from_str(json).map_err(|error: serde_json::Error| error.to_string())
    }

    fn names(given: HandOver) -> Vec<&'static str> {
        IdentityHeader::ALL.into_iter().filter(|header| given.includes(*header)).map(IdentityHeader::name).collect()
    }

    #[test]
    fn all_none_or_a_list_in_any_case() {
        assert_eq!(names(read("\"all\"").unwrap()).len(), IdentityHeader::ALL.len());
        assert_eq!(names(read("\"none\"").unwrap()), Vec::<&str>::new());
        assert_eq!(names(read("[]").unwrap()), Vec::<&str>::new());
        assert_eq!(names(read("[\"remote-USER\", \"Doorward-Role\"]").unwrap()), ["Remote-User", "Doorward-Role"]);
        assert_eq!(names(read("\"Remote-Email\"").unwrap()), ["Remote-Email"]);
    }

    #[test]
    fn only_headers_that_say_who_is_asking_can_be_named() {
        for text in ["\"cookie\"", "[\"Remote-User\", \"Authorization\"]", "[\"all\"]", "\"ALL\"", "\"\"", "true"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("\"cookie\"").unwrap_err().contains("`cookie` is no header that says who is asking"));
    }
}
