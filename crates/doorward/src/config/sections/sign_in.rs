//! Ways to sign in. This version knows passwords, which need no settings.

use crate::config::{Key, Kind};

macro_rules! later {
    ($path:literal, $doc:literal) => {
        Key { path: $path, kind: Kind::Later, default: "null", doc: $doc, example: "null", live: false }
    };
}

/// The keys of `sign_in`.
pub const KEYS: &[Key] = &[
    later!("sign_in.password", "Passwords are always on and have no settings in this version; `{}` is accepted."),
    later!("sign_in.magic_link", "Links sent by mail; a later version."),
    later!("sign_in.oidc", "OpenID Connect; a later version."),
    later!("sign_in.ldap", "LDAP; a later version."),
    later!("sign_in.passkey", "Passkeys; a later version."),
    later!("sign_in.proxy", "Trusting a header of a proxy; a later version."),
];
