//! Going through the tree along a path of the table, and making the sections that nobody wrote.

use super::table::join;
use super::yaml::{Data, Entry, Node};
use super::{Origin, Problems};

/// The most entries of a section of names, such as apps.
const MOST: usize = 1000;

/// What is done with the entries of a section at this path.
pub(super) type Visit<'w> = dyn FnMut(&str, &mut Vec<Entry>, &mut Problems) + 'w;

/// Goes to every section at a path.
pub(super) struct Walk<'w> {
    /// Where what nobody wrote would be.
    pub(super) at: &'w Origin,
    pub(super) problems: &'w mut Problems,
    pub(super) visit: &'w mut Visit<'w>,
}

impl Walk<'_> {
    /// The steps are names, `*` for each, and `[]` for each item of a list.
    pub(super) fn sections(&mut self, node: &mut Node, path: &str, steps: &[&str]) {
        match (steps, &mut node.data) {
            // What is no list, and which items are no sections, is told when it is read.
            (["[]", rest @ ..], Data::List(items)) => {
                let items = items.iter_mut().enumerate().filter(|(_, item)| matches!(item.data, Data::Map(_)));
                items.for_each(|(index, item)| self.sections(item, &format!("{path}[{index}]"), rest));
            }
            (["[]", ..], _) => {}
            (_, Data::Map(entries)) => self.entries(entries, path, steps),
            _ => {
                let mut entries = Vec::new();
                if !node.is_null() {
                    let name = if path.is_empty() { "the configuration".to_owned() } else { format!("`{path}`") };
                    self.problems.add(&node.at, format!("{name} must be a section of `key: value` lines"));
                }
                self.entries(&mut entries, path, steps);
                node.data = Data::Map(entries);
            }
        }
    }

    fn entries(&mut self, entries: &mut Vec<Entry>, path: &str, steps: &[&str]) {
        match steps {
            [] => (self.visit)(path, entries, self.problems),
            ["*", rest @ ..] => {
                if let Some(entry) = entries.get(MOST) {
                    self.problems.add(&entry.at, format!("there are more than {MOST} {path}"));
                    entries.truncate(MOST);
                }
                for entry in entries {
                    self.sections(&mut entry.value, &join(path, &entry.key), rest);
                }
            }
            [name, rest @ ..] => {
                if let Some(value) = value_of(entries, name, self.at) {
                    self.sections(value, &join(path, name), rest);
                }
            }
        }
    }
}

/// The value of that name; nothing, written at this place, when there was none.
pub(super) fn value_of<'e>(entries: &'e mut Vec<Entry>, name: &str, at: &Origin) -> Option<&'e mut Node> {
    if entries.iter().all(|entry| entry.key != name) {
        entries.push(Entry { key: name.to_owned(), at: at.clone(), value: Node::plain(at.clone(), "null") });
    }
    entries.iter_mut().find(|entry| entry.key == name).map(|entry| &mut entry.value)
}
