//! The tree of a configuration, in which every key and value knows where it was said: in a file, in a variable or as an option.
//!
//! A file is read as profiles are ([`doorward_profile::yaml`]). The tree is another, because not all of it comes from a file, some of it is
//! secret, and layers are laid over one another in it; so what it means to serde is another thing too (`deserializer`).

use doorward_domain::Secret;
use doorward_profile::yaml;
use std::sync::Arc;

use super::{Origin, Problems};

/// How deep a file may nest; ours needs five levels.
const DEPTH: usize = 16;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub at: Origin,
    /// What it is.
    pub data: Data,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A word, number, `null`, …
    Scalar {
        /// Its text, without quotes.
        text: String,
        /// Whether it was written without quotes, and so may be `null`, a number or a truth value.
        plain: bool,
    },
    /// A word that is nobody's to see.
    Secret(Secret),
    /// `[…]` or `- …`
    List(Vec<Node>),
    /// `key: value`
    Map(Vec<Entry>),
}

/// One `key: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub at: Origin,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Whether it says "nothing": absent, `null` or `~`.
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true } if matches!(text.as_str(), "" | "null" | "~" | "Null" | "NULL"))
    }

    /// The words of a value that came without structure, from a variable or an option.
    pub fn plain(at: Origin, text: &str) -> Self {
        Self { at, data: Data::Scalar { text: text.to_owned(), plain: true } }
    }

    /// Its entries, if it is a section.
    pub fn entries(&self) -> &[Entry] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// What is at a path below it.
    pub fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, name| {
            node.entries().iter().find(|entry| entry.key == name).map(|entry| &entry.value)
        })
    }

    /// Makes a word a secret, unless it says "nothing".
    pub fn hide(&mut self) {
        if self.is_null() {
            return;
        }
        if let Data::Scalar { text, .. } = &mut self.data {
            self.data = Data::Secret(Secret::new(std::mem::take(text)));
        }
    }

    /// As JSON, for what is handed on as it is.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            _ if self.is_null() => serde_json::Value::Null,
            Data::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => (text == "true").into(),
            Data::Scalar { text, plain: true } => {
                text.parse::<i64>().map_or_else(|_| serde_json::Value::String(text.clone()), Into::into)
            }
            Data::Scalar { text, .. } => serde_json::Value::String(text.clone()),
            Data::Secret(_) => serde_json::Value::String("[secret]".into()),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect())
            }
        }
    }
}

/// Reads a file's text. `None` when there is nothing in it, or nothing that can be read (then `problems` says why).
pub fn parse(file: &Arc<str>, text: &str, problems: &mut Problems) -> Option<Node> {
    let (root, faults) = yaml::read(text, DEPTH);
    for fault in faults {
        let at = fault.at.unwrap_or(yaml::Spot { line: 1, column: 1 });
        problems.add(&in_file(file, at), fault.text);
    }
    root.map(|root| located(file, root))
}

fn in_file(file: &Arc<str>, yaml::Spot { line, column }: yaml::Spot) -> Origin {
    Origin::File { file: Arc::clone(file), line, column }
}

fn located(file: &Arc<str>, node: yaml::Node<'_>) -> Node {
    let data = match node.data {
        yaml::Data::Scalar { text, plain } => Data::Scalar { text: text.into_owned(), plain },
        yaml::Data::List(items) => Data::List(items.into_iter().map(|item| located(file, item)).collect()),
        yaml::Data::Map(entries) => Data::Map(
            entries
                .into_iter()
                .map(|e| Entry { key: e.key.into_owned(), at: in_file(file, e.at), value: located(file, e.value) })
                .collect(),
        ),
    };
    Node { at: in_file(file, node.at), data }
}

/// Reads the value of a variable that is written as YAML (`[a, b]`).
pub fn parse_value(at: &Origin, text: &str, problems: &mut Problems) -> Option<Node> {
    let mut found = Problems::default();
    let node = parse(&Arc::from(at.to_string()), text, &mut found);
    for problem in found.iter() {
        problems.add(at, problem.what.clone());
    }
    found.is_empty().then_some(node).flatten().map(|node| moved_to(at, node))
}

fn moved_to(at: &Origin, node: Node) -> Node {
    let data = match node.data {
        Data::List(items) => Data::List(items.into_iter().map(|item| moved_to(at, item)).collect()),
        Data::Map(entries) => Data::Map(
            entries.into_iter().map(|e| Entry { key: e.key, at: at.clone(), value: moved_to(at, e.value) }).collect(),
        ),
        word @ (Data::Scalar { .. } | Data::Secret(_)) => word,
    };
    Node { at: at.clone(), data }
}
