//! What a client presents to say who it is, and what Doorward's own tokens look like.
//!
//! Only forms are known here; whether a token opens anything is the service's to say, and where it stands in a request that of
//! `crates/http`. The forms cannot be taken for each other: each begins in its own way. API keys: see [`crate::api_key`].

use memchr::memmem::Finder;
use std::sync::LazyLock;

use crate::api_key::{self, API_KEY_PREFIX, is_api_key};
use crate::{HostName, Secret, Via};

/// What session tokens begin with, so that scanners and people can tell what leaked.
pub const SESSION_TOKEN_PREFIX: &str = "dws_";

/// What entry tokens begin with: a session's way into the apps at one host, where the desk has a host of its own.
pub const ENTRY_TOKEN_PREFIX: &str = "dwe_";
/// What bearer tokens (RFC 7519) begin with: the start of a header whose `typ` is `doorward-session+jwt`, whatever signed it.
pub const BEARER_TOKEN_PREFIX: &str = "eyJ0eXAiOiJkb29yd2FyZC1zZXNzaW9uK2p3dCI";

/// 256 bits in base64url without padding.
const TOKEN_TEXT: usize = 43;

/// What a client presented to say who it is: something with the form of one of our own tokens.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The value of Doorward's session cookie.
    Cookie(Secret),
    /// The value of the same cookie at an app's host, where the desk has another: opens apps, and at this host only.
    Entry {
        /// The token.
        token: Secret,
        /// The host's name, as [`crate::HostName`] brings it to one form.
        host: HostName,
    },
    /// `Authorization: Bearer …`. Bearer tokens that are not ours are the tool's business.
    Bearer(Secret),
    /// An API key, or what was sent in its place: `Doorward-Key: …`, a bearer token or a password of its form.
    Key(Secret),
}

impl Credential {
    /// How it was presented.
    pub const fn via(&self) -> Via {
        match self {
            Self::Cookie(_) | Self::Entry { .. } => Via::Cookie,
            Self::Bearer(_) | Self::Key(_) => Via::Bearer,
        }
    }
}

/// Whether the text has the form of a session token.
pub fn is_session_token(text: &str) -> bool {
    has_form(text, SESSION_TOKEN_PREFIX)
}

/// Whether the text has the form of an entry token.
pub fn is_entry_token(text: &str) -> bool {
    has_form(text, ENTRY_TOKEN_PREFIX)
}

fn has_form(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == TOKEN_TEXT && rest.bytes().all(is_token_byte))
}

/// Whether the text has the form of any token of ours.
pub fn is_own_token(text: &str) -> bool {
    is_session_token(text) || is_entry_token(text) || is_api_key(text) || text.starts_with(BEARER_TOKEN_PREFIX)
}

/// Whether a token of ours stands anywhere in these bytes, however it is wrapped in other text.
pub fn holds_own_token(bytes: &[u8]) -> bool {
    if bytes.len() < SESSION_TOKEN_PREFIX.len() + TOKEN_TEXT {
        return false;
    }
    // What ours begin with ends in `_`, which most headers have none of.
    memchr::memchr_iter(b'_', bytes).any(|at| begins_token(bytes, at + 1)) || BEARER.find(bytes).is_some()
}

static BEARER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEARER_TOKEN_PREFIX));

/// Whether the prefix of a token or key ends there, and the rest of it follows.
fn begins_token(bytes: &[u8], end: usize) -> bool {
    let (before, rest) = bytes.split_at_checked(end).unwrap_or_default();
    let is_after = |prefix: &str| before.ends_with(prefix.as_bytes());
    let is_token = || rest.iter().take_while(|byte| is_token_byte(**byte)).count() >= TOKEN_TEXT;
    (is_after(SESSION_TOKEN_PREFIX) || is_after(ENTRY_TOKEN_PREFIX)) && is_token()
        || is_after(API_KEY_PREFIX) && api_key::goes_on(rest)
}

/// The alphabet of base64url (RFC 4648 section 5), by byte: every request asks it of each byte of its token, twice.
#[expect(clippy::indexing_slicing, reason = "it is evaluated by the compiler, which would say so")]
const TOKEN_BYTES: [bool; 256] = {
    let mut is_in = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        is_in[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        byte += 1;
    }
    is_in
};

fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES.get(usize::from(byte)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        format!("dws_{}", "aB-_9".repeat(9).get(..43).unwrap())
    }

    #[test]
    fn only_the_exact_form_is_a_session_token() {
        assert!(is_session_token(&token()));
        for text in
            ["", "dws_", "dws_short", &format!("{}a", token()), &token().replace('9', "."), &token().to_uppercase()]
        {
            assert!(!is_session_token(text), "{text}");
        }
    }

    #[test]
    fn the_alphabet_is_letters_digits_dash_and_underscore() {
        for byte in 0..=u8::MAX {
            let is_in = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            assert_eq!(is_token_byte(byte), is_in, "{byte}");
        }
    }

    #[test]
    fn an_entry_token_is_no_session_token_and_ours_all_the_same() {
        let entry = token().replace("dws_", "dwe_");
        assert!(is_entry_token(&entry) && is_own_token(&entry) && !is_session_token(&entry));
        assert!(!is_entry_token(&token()));
        assert!(holds_own_token(format!("a=b; x=\"{entry}\"").as_bytes()));
    }

    #[test]
    fn a_token_is_found_however_it_is_wrapped() {
        let (session, bearer) = (token(), format!("{BEARER_TOKEN_PREFIX}sImFsZyI6IkhTMjU2In0.e30.sig"));
        for own in [&session, &bearer] {
            for text in [
                own.clone(),
                format!("Token {own}"),
                format!("\"{own}\""),
                format!("a=b, x={own}; y"),
                format!("{own}{own}"),
            ] {
                assert!(holds_own_token(text.as_bytes()), "{text}");
            }
        }
        assert!(holds_own_token(&[b"\xff dws_ ", session.as_bytes(), b"\xff"].concat()));
        for text in [
            "",
            "dws_",
            "dws_AAAA dws_BBBB",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.sig-and-more-and-more",
            &session[1..],
        ] {
            assert!(!holds_own_token(text.as_bytes()), "{text}");
        }
    }
}
