//! What is wrong with a text, and where.

use serde::de;
use std::fmt;

use super::Spot;

/// What is wrong.
#[derive(Debug)]
pub struct Fault {
    /// `None` until somebody knows.
    pub at: Option<Spot>,
    /// In a sentence without its end.
    pub text: String,
}

impl Fault {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { at: None, text: text.into() }
    }

    /// There, unless it is known better.
    pub(super) fn at(mut self, at: Spot) -> Self {
        self.at.get_or_insert(at);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown key `{field}`; known here: {}", expected.join(", ")))
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown word `{word}`; known here: {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is missing"))
    }
}
