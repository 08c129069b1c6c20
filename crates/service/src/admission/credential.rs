//! What a credential looks like. The two forms cannot be taken for each other: a session token has no dots, a JWT has two.

use doorward_domain::{Secret, TokenHash, Via};

use super::bearer::BearerKey;

/// What a client presented to say who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The value of Doorward's session cookie.
    Cookie(Secret),
    /// `Authorization: Bearer …`, when it is ours (a JWT made by [`crate::Login`], or a session token). Bearer tokens that are not
    /// ours are the tool's business.
    Bearer(Secret),
}

/// What session tokens begin with, so that scanners and people can tell what leaked.
pub(crate) const SESSION_TOKEN_PREFIX: &str = "dws_";

/// 256 bits in base64url without padding.
const TOKEN_TEXT: usize = 43;

/// A credential that has the form of one of ours.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'a> {
    /// The opaque session token.
    Token(&'a str),
    /// A JWT that names one.
    Jwt(&'a str),
}

impl Form<'_> {
    /// What the credential is remembered under.
    pub(super) fn key(self) -> TokenHash {
        match self {
            Self::Token(text) | Self::Jwt(text) => TokenHash::of(text.as_bytes()),
        }
    }
}

impl Credential {
    /// How it was shown.
    pub(super) fn via(&self) -> Via {
        match self {
            Self::Cookie(_) => Via::Cookie,
            Self::Bearer(_) => Via::Bearer,
        }
    }

    /// Its form; `None` when it cannot be ours. A JWT in the cookie opens nothing: what a program was given must not become what
    /// a browser sends on its own.
    pub(super) fn form<'a>(&'a self, bearer: &BearerKey) -> Option<Form<'a>> {
        match self {
            Self::Cookie(secret) => is_session_token(secret.expose()).then(|| Form::Token(secret.expose())),
            Self::Bearer(secret) if is_session_token(secret.expose()) => Some(Form::Token(secret.expose())),
            Self::Bearer(secret) => bearer.is_ours(secret.expose()).then(|| Form::Jwt(secret.expose())),
        }
    }
}

/// Whether the text has the form of a session token.
pub(crate) fn is_session_token(text: &str) -> bool {
    text.strip_prefix(SESSION_TOKEN_PREFIX)
        .is_some_and(|rest| rest.len() == TOKEN_TEXT && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
}
