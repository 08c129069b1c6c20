//! From a text to its tree.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use std::borrow::Cow;
use std::collections::HashMap;

use super::{Data, Entry, Fault, Node, Spot};

/// Reads a text that nests no deeper than this: what can be read of it, and all that is wrong with it, in the order in which it
/// is met. A text with nothing in it has no tree.
pub fn read(text: &str, depth: usize) -> (Option<Node<'_>>, Vec<Fault>) {
    let mut reader =
        Reader { text, events: Parser::new_from_str(text), deepest: depth, faults: Vec::new(), is_broken: false };
    let root = reader.document();
    (root, reader.faults)
}

struct Reader<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    deepest: usize,
    faults: Vec<Fault>,
    /// What comes after something that is not YAML says nothing.
    is_broken: bool,
}

impl<'t> Reader<'t> {
    fn refuse(&mut self, at: Spot, what: impl Into<String>) {
        self.faults.push(Fault::new(what).at(at));
    }

    fn next(&mut self) -> Option<(Event<'t>, Spot)> {
        if self.is_broken {
            return None;
        }
        match self.events.next()? {
            Ok((event, span)) => Some((event, begin(span))),
            Err(error) => {
                let at = Spot { line: error.marker().line(), column: error.marker().col() + 1 };
                self.is_broken = true;
                let has_tab = self.text.lines().nth(at.line.saturating_sub(1)).is_some_and(|line| line.contains('\t'));
                let hint = if has_tab { "; there is a tab in this line, write spaces" } else { "" };
                self.refuse(at, format!("this is not YAML: {}{hint}", error.info().trim_end_matches('.')));
                None
            }
        }
    }

    fn document(&mut self) -> Option<Node<'t>> {
        let (mut root, mut documents) = (None, 0);
        while let Some((event, at)) = self.next() {
            match event {
                Event::DocumentStart(_) if documents > 0 => {
                    self.refuse(at, "a second document begins here");
                    break;
                }
                Event::DocumentStart(_) => documents += 1,
                Event::StreamStart | Event::Nothing | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                first => root = self.node(first, at, 0),
            }
        }
        root
    }

    /// `None` where nothing after it can be told apart.
    fn node(&mut self, event: Event<'t>, at: Spot, depth: usize) -> Option<Node<'t>> {
        if depth > self.deepest {
            self.refuse(at, "this is nested too deeply");
            self.is_broken = true;
            return None;
        }
        let data = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_cleverness(at, anchor, tag.is_some());
                Data::Scalar { text, plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_cleverness(at, anchor, tag.is_some());
                Data::List(self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_cleverness(at, anchor, tag.is_some());
                Data::Map(self.map(depth)?)
            }
            Event::Alias(_) => {
                self.refuse(at, "aliases (*name) are not read; write the value out");
                Data::Scalar { text: Cow::Borrowed("null"), plain: true }
            }
            _ => {
                self.refuse(at, "this is not YAML");
                return None;
            }
        };
        Some(Node { at, data })
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Node<'t>>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Some(items),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Option<Vec<Entry<'t>>> {
        let mut entries: Vec<Entry<'t>> = Vec::new();
        let mut first: HashMap<Cow<'t, str>, Spot> = HashMap::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Some(entries);
            }
            let key = self.node(event, at, depth + 1)?;
            let (event, value_at) = self.next()?;
            let value = self.node(event, value_at, depth + 1)?;
            let Data::Scalar { text: key, .. } = key.data else {
                self.refuse(at, "a key must be a word");
                continue;
            };
            if let Some(before) = first.get(&key) {
                self.refuse(at, format!("`{key}` is said twice, first in line {}", before.line));
                continue;
            }
            first.insert(key.clone(), at);
            entries.push(Entry { key, at, value });
        }
    }

    fn refuse_cleverness(&mut self, at: Spot, anchor: usize, is_tagged: bool) {
        if anchor != 0 {
            self.refuse(at, "anchors (&name) are not read; write the value out");
        }
        if is_tagged {
            self.refuse(at, "tags (!name) are not read");
        }
    }
}

fn begin(span: Span) -> Spot {
    Spot { line: span.start.line(), column: span.start.col() + 1 }
}
