//! `sign_in`: this version knows passwords, which need no settings.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::value_type::Later;

/// Ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInSection {
    /// Passwords are always on and have no settings in this version; `{}` is accepted.
    password: Later,
    /// Links sent by mail; a later version.
    magic_link: Later,
    /// OpenID Connect; a later version.
    oidc: Later,
    /// LDAP; a later version.
    ldap: Later,
    /// Passkeys; a later version.
    passkey: Later,
    /// Trusting a header of a proxy; a later version.
    proxy: Later,
}
