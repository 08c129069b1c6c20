//! What is wrong with a node, with its path, in words of ours: the error of our deserializer.

use doorward_domain::nearest;
use serde::de::{self, Expected, Unexpected};
use std::collections::BTreeSet;
use std::fmt;

use super::deserializer::Instead;
use super::table::join;
use super::yaml::{Data, Node};
use super::{Origin, Table};

/// What is wrong with a node.
#[derive(Debug)]
pub(super) struct Fault<'t> {
    what: What,
    /// The path from the node that was asked to the one at fault.
    path: String,
    place: Option<(&'t Origin, &'t Node)>,
    /// Whether there is nothing that could be read in its place.
    is_left_out: bool,
}

#[derive(Debug)]
pub(super) enum What {
    Value(String),
    UnknownKey { known: &'static [&'static str] },
    Lacks(&'static str),
    NoSection,
}

impl<'t> Fault<'t> {
    pub(super) fn new(what: What) -> Self {
        Self { what, path: String::new(), place: None, is_left_out: false }
    }

    /// Says where, unless somebody further down has.
    pub(super) fn at(mut self, origin: &'t Origin, node: &'t Node) -> Self {
        self.place.get_or_insert((origin, node));
        self
    }

    pub(super) fn left_out(self) -> Self {
        Self { is_left_out: true, ..self }
    }

    /// What nobody wrote is to be written in the section.
    pub(super) fn under(mut self, key: &str, section: &'t Origin) -> Self {
        if let Some((origin @ Origin::Default, _)) = &mut self.place {
            *origin = section;
        }
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{key}{dot}{}", self.path);
        self
    }

    /// Of a word in a list the path is the list's.
    pub(super) fn in_item(mut self, index: usize) -> Self {
        let is_item = self.path.is_empty();
        let is_word = matches!(self.place, Some((_, Node { data: Data::Scalar { .. } | Data::Secret(_), .. })));
        if !(is_item && is_word && matches!(self.what, What::Value(_))) {
            let dot = if is_item || self.path.starts_with('[') { "" } else { "." };
            self.path = format!("[{index}]{dot}{}", self.path);
        }
        self.is_left_out |= is_item;
        self
    }

    /// The path of what is at fault.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where it is.
    pub(super) fn origin(&self) -> &'t Origin {
        self.place.map_or(&Origin::Default, |(origin, _)| origin)
    }

    /// Whether it only follows from what was at fault before: what was wrong is lacking too, and a list is short of its wrong items.
    pub(super) fn follows(&self, at_fault: &BTreeSet<String>) -> bool {
        match (&self.what, self.place) {
            (What::Lacks(key), _) => at_fault.contains(&join(&self.path, key)),
            (What::Value(_), Some((_, Node { data: Data::List(_), .. }))) => {
                let items = format!("{}[", self.path);
                at_fault.iter().any(|path| *path == self.path || path.starts_with(&items))
            }
            _ => false,
        }
    }

    /// What to read next time; `None` when it is the root that is at fault.
    pub(super) fn instead(&self, table: &'t Table) -> Option<Instead<'t>> {
        let (_, node) = self.place.filter(|_| !self.path.is_empty())?;
        let key = table.find(&self.path).filter(|key| !self.is_left_out && !key.is_required());
        Some((node, key.map(|key| &key.default).filter(|default| !std::ptr::eq(*default, node))))
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.what {
            What::Value(what) if path.is_empty() => f.write_str(what),
            What::Value(what) => write!(f, "`{path}`: {what}"),
            What::NoSection => write!(f, "`{path}` must be a section of `key: value` lines"),
            What::Lacks(key) => write!(f, "`{path}` needs `{key}`"),
            What::UnknownKey { known } => {
                let name = path.rsplit_once('.').map_or(path.as_str(), |(_, name)| name);
                match nearest(name, known.iter().copied()) {
                    Some(meant) => write!(f, "unknown key `{path}`; did you mean `{meant}`?"),
                    None => write!(f, "unknown key `{path}`; known here: {}", known.join(", ")),
                }
            }
        }
    }
}

impl std::error::Error for Fault<'_> {}

impl de::Error for Fault<'_> {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self::new(What::Value(what.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let words = expected.to_string().replace("a sequence", "a list");
        Self::custom(match found {
            Unexpected::Seq => format!("one value is expected here, not a list: {words}"),
            Unexpected::Map if words.starts_with("a list") => format!("{words} is expected here, not a section"),
            Unexpected::Map => format!("one value is expected here, not a section: {words}"),
            _ => format!("{words} is expected here"),
        })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let meant = nearest(word, known.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
        Self::custom(format!("`{word}` is not one of {}{}", known.join(", "), meant.unwrap_or_default()))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey { known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::Lacks(key))
    }
}
