//! The thing acted on inside an app, as the tool names it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `kind:name`, such as `location:etl`, `job:nightly` or `asset:raw/orders`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(Box<str>);

impl Resource {
    /// Joins kind and name.
    pub fn new(kind: &str, name: &str) -> Self {
        Self(format!("{kind}:{name}").into())
    }

    /// The whole, as `kind:name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name alone.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, name)| name)
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or("", |(kind, _)| kind)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
