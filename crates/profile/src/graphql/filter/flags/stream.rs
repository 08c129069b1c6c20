//! An answer that cannot be held, as it streams by.

use std::fmt;

use super::strip::Strip;
use crate::graphql::Rewriting;

/// Takes out what only we asked for, and lowers flags to what somebody may do whatever they are of.
pub struct FlagStream<'r> {
    strip: Strip,
    rewriting: Rewriting<'r>,
}

impl<'r> FlagStream<'r> {
    pub(super) fn new(prefix: &str, rewriting: Rewriting<'r>) -> Self {
        Self { strip: Strip::new(prefix), rewriting }
    }

    /// What of these bytes is for the client now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let left = self.strip.push(bytes);
        self.rewriting.push(&left)
    }

    /// The answer is over: what was held back.
    pub fn end(&mut self) -> Vec<u8> {
        let left = self.strip.end();
        let mut rest = self.rewriting.push(&left);
        rest.append(&mut self.rewriting.end());
        rest
    }
}

impl fmt::Debug for FlagStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rewriting.fmt(f)
    }
}
