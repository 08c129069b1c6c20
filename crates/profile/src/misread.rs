//! What could not be understood, and so is not forwarded.

/// A request that is ambiguous, malformed or past a limit. Answered with 400 and `Doorward-Decision: refuse`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Misread {
    /// Stable word for `reason=` and problem `code`: `ambiguous_path`, `graphql_syntax`, `duplicate_key`, …
    pub code: &'static str,
    /// A sentence for the caller. Never repeats a secret; quotes of the request are shortened.
    pub detail: String,
}

impl Misread {
    /// A misread with its code and sentence.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}
