//! An upstream tool that Doorward protects, by its name, and which paths it may have.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The path that is Doorward's own at every host, with all that is below it: no app may have it.
pub const DESK: &str = "/_doorward";

/// Whether `path` is `prefix` or continues it with a whole segment.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is Doorward's own.
pub fn is_desk(path: &str) -> bool {
    is_below(path, DESK)
}

/// The name of an app: 1 to 63 of `a-z`, `0-9`, `-`, `_`, starting with a letter or digit. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppName(Arc<str>);

impl AppName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot name an app.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name an app: use 1 to 63 of a-z, 0-9, - and _, starting with a letter or digit")]
pub struct InvalidAppName(String);

impl FromStr for AppName {
    type Err = InvalidAppName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let legal = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if starts_well && legal && text.len() <= 63 {
            Ok(Self(text.into()))
        } else {
            Err(InvalidAppName(text.to_owned()))
        }
    }
}

impl TryFrom<String> for AppName {
    type Error = InvalidAppName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AppName> for String {
    fn from(name: AppName) -> Self {
        name.0.as_ref().to_owned()
    }
}
