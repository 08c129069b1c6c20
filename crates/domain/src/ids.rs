//! Identifiers: `UUIDv7` (RFC 9562 section 5.7), each noun with its own type so that they cannot be mixed up.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::Timestamp;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id (a UUID)")]
pub struct InvalidId(String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id from the moment and ten random bytes.
            pub fn generate(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Wraps a stored id.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id for storage.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| InvalidId(text.to_owned()))
            }
        }
    };
}

id! {
    /// Names a user for good; usernames may change.
    UserId
}
id! {
    /// Names a session; not the secret that opens it.
    SessionId
}
id! {
    /// Names a grant.
    GrantId
}
id! {
    /// Names a request for access.
    AccessRequestId
}
id! {
    /// Names a group.
    GroupId
}
id! {
    /// Names an API key; not the secret in it.
    KeyId
}
id! {
    /// Names one decision; shown to the refused caller and written to the audit log.
    DecisionId
}
id! {
    /// Names an audit event; its outcome carries the same id.
    EventId
}
