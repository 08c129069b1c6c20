//! A YAML text as a tree in which every value knows its line and column.
//!
//! Anchors, aliases, tags, keys that are no words or stand twice, and several documents in one text are refused: a profile should read the
//! same to everybody, and so should a configuration, for which [`read`] says all that is wrong with it. What a profile's tree means to serde is
//! in [`mod@deserializer`]; a configuration's is another, where words come from variables and options as well. Nothing here knows what a
//! profile is.

mod deserializer;
mod fault;
mod reader;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use std::borrow::Cow;

pub use fault::Fault;
pub use reader::read;

/// How deep a profile may nest.
const DEPTH: usize = 64;

/// Where something begins: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A value with its place.
#[derive(Debug)]
pub struct Node<'t> {
    /// Where it begins.
    pub at: Spot,
    /// What it is.
    pub data: Data<'t>,
}

/// What a value is.
#[derive(Debug)]
pub enum Data<'t> {
    /// A word, number, `null`, …
    Scalar {
        /// Without quotes.
        text: Cow<'t, str>,
        /// It was written without quotes, and so may be `null`, a number or a truth value.
        plain: bool,
    },
    /// `[…]` or `- …`
    List(Vec<Node<'t>>),
    /// `key: value`
    Map(Vec<Entry<'t>>),
}

/// One `key: value`.
#[derive(Debug)]
pub struct Entry<'t> {
    /// The key.
    pub key: Cow<'t, str>,
    /// Where the key is.
    pub at: Spot,
    /// The value.
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    /// Reads a text. One with nothing in it is a map without entries.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Fault> {
        let (root, faults) = read(text, DEPTH);
        match faults.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(root.unwrap_or(Node { at: Spot { line: 1, column: 1 }, data: Data::Map(Vec::new()) })),
        }
    }

    /// As what is asked for, or what is wrong with it first.
    pub(crate) fn read<'n, T: Deserialize<'n>>(&'n self) -> Result<T, Fault> {
        T::deserialize(self).map_err(|fault| fault.at(self.at))
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&Self> {
        let Data::Map(entries) = &self.data else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// What is in it, if it is a list.
    pub(crate) fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }
}

/// For tests of what a section means.
#[cfg(test)]
pub(crate) fn from_str<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    Node::parse(text)?.read()
}
