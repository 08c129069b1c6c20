//! A YAML text as a tree in which every value knows its line and column.
//!
//! Anchors, aliases, tags, keys that are no words or stand twice, and several documents in one text are refused: a profile should read the
//! same to everybody. What a tree means to serde is in [`mod@deserializer`]; nothing here knows what a profile is.

mod deserializer;
mod fault;
#[cfg(test)]
mod tests;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashSet;

pub(crate) use fault::Fault;

/// How deep a text may nest.
const DEPTH: usize = 64;

/// Where something begins: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    pub(crate) at: Spot,
    data: Data<'t>,
}

#[derive(Debug)]
enum Data<'t> {
    Scalar {
        /// Without quotes.
        text: Cow<'t, str>,
        /// It was written without quotes, and so may be `null`, a number or a truth value.
        plain: bool,
    },
    List(Vec<Node<'t>>),
    Map(Vec<Entry<'t>>),
}

#[derive(Debug)]
struct Entry<'t> {
    key: Cow<'t, str>,
    at: Spot,
    value: Node<'t>,
}

impl<'t> Node<'t> {
    /// Reads a text. One with nothing in it is a map without entries.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Fault> {
        Reader { events: Parser::new_from_str(text) }.document()
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

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
}

impl<'t> Reader<'t> {
    /// Nothing comes after the end.
    fn next(&mut self) -> Result<(Event<'t>, Spot), Fault> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, begin(span))),
            Some(Err(error)) => {
                let at = Spot { line: error.marker().line(), column: error.marker().col() + 1 };
                Err(Fault::new(format!("this is not YAML: {}", error.info())).at(at))
            }
            None => Ok((Event::StreamEnd, Spot { line: 1, column: 1 })),
        }
    }

    fn document(&mut self) -> Result<Node<'t>, Fault> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => break,
                (Event::StreamStart | Event::Nothing | Event::DocumentStart(_) | Event::DocumentEnd, _) => {}
                (_, at) if root.is_some() => return Err(Fault::new("a second document begins here").at(at)),
                (first, at) => root = Some(self.node(first, at, 0)?),
            }
        }
        Ok(root.unwrap_or(Node { at: Spot { line: 1, column: 1 }, data: Data::Map(Vec::new()) }))
    }

    fn node(&mut self, event: Event<'t>, at: Spot, depth: usize) -> Result<Node<'t>, Fault> {
        if depth > DEPTH {
            return Err(Fault::new("this is nested too deeply").at(at));
        }
        let (anchor, is_tagged, data) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, tag.is_some(), Data::Scalar { text, plain: style == ScalarStyle::Plain })
            }
            Event::SequenceStart(anchor, tag) => (anchor, tag.is_some(), self.list(depth)?),
            Event::MappingStart(anchor, tag) => (anchor, tag.is_some(), self.map(depth)?),
            Event::Alias(_) => return Err(Fault::new("aliases (*name) are not read; write the value out").at(at)),
            _ => return Err(Fault::new("this is not YAML").at(at)),
        };
        if anchor != 0 {
            return Err(Fault::new("anchors (&name) are not read; write the value out").at(at));
        }
        if is_tagged {
            return Err(Fault::new("tags (!name) are not read").at(at));
        }
        Ok(Node { at, data })
    }

    fn list(&mut self, depth: usize) -> Result<Data<'t>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Data::List(items)),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Data<'t>, Fault> {
        let mut entries: Vec<Entry<'t>> = Vec::new();
        let mut keys = HashSet::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Data::Map(entries));
            }
            let Node { data: Data::Scalar { text: key, .. }, at } = self.node(event, at, depth + 1)? else {
                return Err(Fault::new("a key must be a word").at(at));
            };
            if !keys.insert(key.clone()) {
                return Err(Fault::new(format!("`{key}` is said twice")).at(at));
            }
            let (event, value_at) = self.next()?;
            entries.push(Entry { key, at, value: self.node(event, value_at, depth + 1)? });
        }
    }
}

/// For tests of what a section means.
#[cfg(test)]
pub(crate) fn from_str<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    Node::parse(text)?.read()
}

fn begin(span: Span) -> Spot {
    Spot { line: span.start.line(), column: span.start.col() + 1 }
}
