//! The last of the layers: every section there is gets all of its keys, with defaults where nothing was said. Secrets come out of their
//! files, and are hidden.

use std::collections::BTreeSet;

use super::layers::{Layers, ReadFile, read};
use super::table::join;
use super::walk::{Walk, value_of};
use super::yaml::{Data, Entry, Node};
use super::{Key, Origin, Problems};

/// The whole tree, and the paths of what could not be taken from its file.
#[derive(Debug)]
pub struct Settled {
    pub tree: Node,
    pub at_fault: BTreeSet<String>,
}

impl Layers<'_> {
    /// Settles everything. `read_file` reads the file that a key `…_file` names in the place of a secret.
    pub fn settle(mut self, read_file: ReadFile<'_>, problems: &mut Problems) -> Settled {
        let mut at_fault = BTreeSet::new();
        for key in &self.table.keys {
            let (steps, name) = key.steps();
            let mut settle = |path: &str, entries: &mut Vec<Entry>, problems: &mut Problems| {
                if key.secret.is_some() && !take_from_file(path, name, entries, read_file, problems) {
                    at_fault.insert(join(path, name));
                }
                fill_in(key, name, entries);
            };
            Walk { at: &Origin::Default, problems, visit: &mut settle }.sections(&mut self.root, "", &steps);
        }
        Settled { tree: self.root, at_fault }
    }
}

/// Nothing stands for the default, unless it is written where it says something else. Where there is no default the key is left out, so
/// that its lack is told.
fn fill_in(key: &Key, name: &str, entries: &mut Vec<Entry>) {
    if key.is_required() {
        entries.retain(|entry| entry.key != name || !entry.value.is_null());
    } else if let Some(value) = value_of(entries, name, &Origin::Default)
        && value.is_null()
        && (!key.may_be_null || value.at == Origin::Default)
    {
        value.data = key.default.data.clone();
    }
    if key.secret.is_some() {
        entries.iter_mut().filter(|entry| entry.key == name).for_each(|entry| entry.value.hide());
    }
}

/// A secret may be in a file of its own: `password_file` names the one that holds the `password`. Whether nothing is wrong with it.
fn take_from_file(
    path: &str,
    name: &str,
    entries: &mut Vec<Entry>,
    read_file: ReadFile<'_>,
    problems: &mut Problems,
) -> bool {
    let file_key = format!("{name}_file");
    let Some(index) = entries.iter().position(|entry| entry.key == file_key) else { return true };
    let file = entries.remove(index);
    let path = join(path, &file_key);
    let at = &file.value.at;
    let said = entries.iter().find(|entry| entry.key == name && !entry.value.is_null()).map(|entry| &entry.value.at);
    match said {
        Some(Origin::File { .. }) => {
            problems.add(&file.at, format!("`{path}`: `{name}` is set too; use one of them"));
            return false;
        }
        // A variable or an option says otherwise.
        Some(_) => return true,
        None if file.value.is_null() => return true,
        None => {}
    }
    let Data::Scalar { text: file_name, .. } = &file.value.data else {
        problems.add(at, format!("`{path}`: one value is expected here: a file"));
        return false;
    };
    let Some(text) = read(file_name, read_file, at, problems) else { return false };
    if let Some(value) = value_of(entries, name, at) {
        let plain = text.is_empty();
        *value = Node { at: at.clone(), data: Data::Scalar { text, plain } };
    }
    true
}
