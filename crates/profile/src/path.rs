//! One canonical form for a path, or a refusal.

use crate::Misread;

/// An absolute path in canonical form: what rules match and what is forwarded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CanonicalPath(Box<str>);

impl CanonicalPath {
    /// Brings a raw request path (no query) to its canonical form, or refuses it.
    pub fn parse(raw: &str) -> Result<Self, Misread> {
        Ok(Self(raw.into()))
    }

    /// The path, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below `prefix` (`/dg/graphql` below `/dg` is `/graphql`), or `None` when it is not below it.
    pub fn below(&self, prefix: &str) -> Option<Self> {
        let rest = self.0.strip_prefix(prefix)?;
        if rest.is_empty() { Some(Self("/".into())) } else { rest.starts_with('/').then(|| Self(rest.into())) }
    }
}
