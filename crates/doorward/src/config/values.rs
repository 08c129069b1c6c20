//! The tree of everything that counts: what was written, or the default; and what was said of it.

use serde::Deserialize as _;
use std::collections::BTreeSet;

use super::deserializer::{Instead, Place};
use super::sections::Sections;
use super::table::join;
use super::yaml::{Data, Node};
use super::{Key, Origin, table};

/// All keys with their values, and who said them.
#[derive(Debug)]
pub struct Values {
    tree: Node,
    /// The paths where something else stands in for what was written.
    at_fault: BTreeSet<String>,
}

impl Values {
    pub(super) fn new(tree: Node, at_fault: BTreeSet<String>) -> Self {
        Self { tree, at_fault }
    }

    /// Each key's path, the key and what is there, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (String, &'static Key, &Node)> {
        let mut all = Vec::new();
        for key in &table().keys {
            let steps: Vec<&str> = key.path.split('.').collect();
            each(&self.tree, String::new(), &steps, &mut |path, node| all.push((path, key, node)));
        }
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all.into_iter()
    }

    /// What is at a path.
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.tree.find(path)
    }

    /// The place to complain about for a path.
    pub fn origin(&self, path: &str) -> Origin {
        self.node(path).map_or(Origin::Default, |node| node.at.clone())
    }

    /// The place where a name in a section is first said.
    pub fn origin_of_name(&self, section: &str, name: &str) -> Origin {
        let entries = self.node(section).map_or(&[][..], Node::entries);
        entries.iter().find(|entry| entry.key == name).map_or(Origin::Default, |entry| entry.at.clone())
    }

    /// Whether the path was written soundly (or not at all).
    pub fn is_sound(&self, path: &str) -> bool {
        !self.at_fault.contains(path)
    }

    /// Whether it would mean something else if at this path there were what is there in the other.
    pub fn differs(&self, other: &Self, path: &str) -> bool {
        let (Some(own), Some(others)) = (self.node(path), other.node(path)) else { return true };
        let read = |instead: &[Instead<'_>]| Sections::deserialize(Place::root(&self.tree, instead)).ok();
        own.data != others.data && read(&[]) != read(&[(own, Some(others))])
    }
}

/// Everything at a path of the table.
fn each<'n>(node: &'n Node, path: String, steps: &[&str], found: &mut dyn FnMut(String, &'n Node)) {
    match (steps, &node.data) {
        ([], _) => found(path, node),
        (["*", rest @ ..], Data::Map(entries)) => {
            for entry in entries {
                each(&entry.value, join(&path, &entry.key), rest, found);
            }
        }
        (["[]", rest @ ..], Data::List(items)) => {
            items.iter().enumerate().for_each(|(index, item)| each(item, format!("{path}[{index}]"), rest, found));
        }
        ([name, rest @ ..], _) => {
            if let Some(value) = node.find(name) {
                each(value, join(&path, name), rest, found);
            }
        }
    }
}
