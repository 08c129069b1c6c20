//! How a command of the project fails: one sentence for the person at the terminal.

use std::{fmt, io};

/// What went wrong, in words that say what to do next where that is known.
#[derive(Debug)]
pub struct Failure(String);

/// Done, or a [`Failure`].
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Fails with this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("not the JSON that was expected: {error}"))
    }
}

/// Adds what was being done to an error.
pub trait While<T> {
    /// `reading x: no such file`.
    fn during(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn during(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{doing}: {error}")))
    }
}
