//! A YAML file as a tree in which every key and value knows its line and column.
//!
//! Anchors, aliases, tags and several documents in one file are refused: a configuration should read the same to everybody.

use doorward_domain::Secret;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;
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
    let mut reader = Reader { file, events: Parser::new_from_str(text), problems, documents: 0, is_broken: false };
    reader.document()
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

struct Reader<'a, 'text> {
    file: &'a Arc<str>,
    events: Parser<'text, saphyr_parser::StrInput<'text>>,
    problems: &'a mut Problems,
    documents: usize,
    /// What comes after something that is not YAML says nothing.
    is_broken: bool,
}

impl<'text> Reader<'_, 'text> {
    fn origin(&self, span: Span) -> Origin {
        Origin::File { file: Arc::clone(self.file), line: span.start.line(), column: span.start.col() + 1 }
    }

    fn next(&mut self) -> Option<(Event<'text>, Span)> {
        if self.is_broken {
            return None;
        }
        match self.events.next()? {
            Ok(event) => Some(event),
            Err(error) => {
                let mark = error.marker();
                let at = Origin::File { file: Arc::clone(self.file), line: mark.line(), column: mark.col() + 1 };
                self.is_broken = true;
                self.problems.add(&at, format!("this is not YAML: {}", error.info()));
                None
            }
        }
    }

    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        while let Some((event, span)) = self.next() {
            match event {
                Event::DocumentStart(_) => {
                    self.documents += 1;
                    if self.documents > 1 {
                        let at = self.origin(span);
                        self.problems.add(&at, "a second document begins here; a configuration is one document");
                        return root;
                    }
                }
                Event::StreamStart | Event::Nothing | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                first => root = self.node(first, span, 0),
            }
        }
        root
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Option<Node> {
        let at = self.origin(span);
        if depth > DEPTH {
            self.problems.add(&at, "this is nested too deeply");
            return None;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_cleverness(&at, anchor, tag.is_some());
                Some(Node { at, data: Data::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain } })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_cleverness(&at, anchor, tag.is_some());
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Some(Node { at, data: Data::List(items) }),
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_cleverness(&at, anchor, tag.is_some());
                self.entries(depth).map(|entries| Node { at, data: Data::Map(entries) })
            }
            Event::Alias(_) => {
                self.problems.add(&at, "aliases (*name) are not supported here; write the value out");
                Some(Node::plain(at, "null"))
            }
            _ => None,
        }
    }

    fn entries(&mut self, depth: usize) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut first: HashMap<String, Origin> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Some(entries);
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            let Data::Scalar { text, .. } = key.data else {
                self.problems.add(&key.at, "a key must be a word");
                continue;
            };
            if let Some(first) = first.get(&text) {
                let what = format!("`{text}` is set twice; the first time is at {first}");
                self.problems.add(&key.at, what);
                continue;
            }
            first.insert(text.clone(), key.at.clone());
            entries.push(Entry { key: text, at: key.at, value });
        }
    }

    fn refuse_cleverness(&mut self, at: &Origin, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.problems.add(at, "anchors (&name) are not supported here; write the value out");
        }
        if tagged {
            self.problems.add(at, "tags (!name) are not supported here");
        }
    }
}
