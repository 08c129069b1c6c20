//! Credentials as authentication looks them up: by form, and by what they are remembered under.

use doorward_domain::api_key::is_api_key;
use doorward_domain::credential::{is_entry_token, is_session_token};
use doorward_domain::{Credential, HostName, TokenHash};

use super::bearer::BearerKey;

/// A credential that has the form of one of ours.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'a> {
    /// The opaque session token.
    Token(&'a str),
    /// A session's way into the apps at a host.
    Entry(&'a str, &'a HostName),
    /// A JWT that names one.
    Jwt(&'a str),
    /// An API key.
    Key(&'a str),
}

impl Form<'_> {
    /// What the credential is remembered under.
    pub(super) fn key(self) -> TokenHash {
        match self {
            Self::Token(text) | Self::Jwt(text) | Self::Key(text) => TokenHash::of(text.as_bytes()),
            Self::Entry(text, host) => TokenHash::of_entry(text.as_bytes(), host),
        }
    }
}

/// A credential with the digest it is remembered under, made once for as long as the credential is used.
#[derive(Debug, Clone)]
pub struct Digested {
    credential: Credential,
    /// `None` when it cannot be ours.
    pub(super) digest: Option<TokenHash>,
}

impl Digested {
    pub(super) fn new(credential: Credential, bearer: &BearerKey) -> Self {
        let digest = form_of(&credential, bearer).map(Form::key);
        Self { credential, digest }
    }

    /// What was presented.
    pub const fn credential(&self) -> &Credential {
        &self.credential
    }
}

/// Its form; `None` when it cannot be ours. A JWT in the cookie opens nothing: what a program was given must not become what a
/// browser sends on its own.
pub(super) fn form_of<'a>(credential: &'a Credential, bearer: &BearerKey) -> Option<Form<'a>> {
    match credential {
        Credential::Cookie(secret) => is_session_token(secret.expose()).then(|| Form::Token(secret.expose())),
        Credential::Entry { token, host } => is_entry_token(token.expose()).then(|| Form::Entry(token.expose(), host)),
        Credential::Key(secret) => is_api_key(secret.expose()).then(|| Form::Key(secret.expose())),
        Credential::Bearer(secret) if is_session_token(secret.expose()) => Some(Form::Token(secret.expose())),
        Credential::Bearer(secret) => bearer.is_ours(secret.expose()).then(|| Form::Jwt(secret.expose())),
    }
}
