//! Laying what was said over each other: file, then environment, then options. Later layers win, key by key.

use doorward_domain::nearest;

use super::kubernetes::Services;
use super::table::{join, variable_of};
use super::walk::{Walk, value_of};
use super::yaml::{Data, Entry, Node, parse_value};
use super::{Key, Origin, Problems, Table};

/// Reads the file that holds a value, for secrets.
pub type ReadFile<'f> = &'f dyn Fn(&str) -> Result<String, String>;

/// What was said so far.
#[derive(Debug)]
pub struct Layers<'t> {
    pub(super) table: &'t Table,
    pub(super) root: Node,
}

impl<'t> Layers<'t> {
    /// Nothing yet.
    pub fn new(table: &'t Table) -> Self {
        Self { table, root: Node::plain(Origin::Default, "null") }
    }

    /// Lays a file's tree down.
    pub fn add_file(&mut self, root: Node) {
        self.root = root;
    }

    /// Lays the environment over it. `read_file` reads the value that a `…_FILE` variable points to.
    pub fn add_environment<'v>(
        &mut self,
        variables: &'v [(String, String)],
        read_file: ReadFile<'_>,
        problems: &mut Problems,
    ) {
        let of_ours = |(name, value): &'v (String, String)| Some((name.strip_prefix("DOORWARD_")?, value.as_str()));
        let services = Services::of(&variables.iter().filter_map(of_ours).collect::<Vec<_>>());
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("DOORWARD_") else { continue };
            if value.is_empty() || is_not_configuration(rest) {
                continue;
            }
            let at = Origin::Variable(name.clone());
            if let Some((path, key)) = self.path_of(rest) {
                self.add_variable(&path, key, &at, value, problems);
            } else if let Some((path, key)) = rest.strip_suffix("_FILE").and_then(|rest| self.path_of(rest)) {
                let plain = variable_of(&path);
                if variables.iter().any(|(other, value)| *other == plain && !value.is_empty()) {
                    problems.add(&at, format!("{plain} is set too; use one of them"));
                } else if let Some(text) = read(value, read_file, &at, problems) {
                    self.add_variable(&path, key, &at, &text, problems);
                }
            } else if !services.have(rest, value) {
                problems.add(&at, self.unknown_variable(name));
            }
        }
    }

    fn add_variable(&mut self, path: &str, key: &Key, at: &Origin, value: &str, problems: &mut Problems) {
        let list = |separator| {
            let words = value.split(separator).map(str::trim).filter(|word| !word.is_empty());
            let items = words.map(|word| Node::plain(at.clone(), word)).collect();
            Node { at: at.clone(), data: Data::List(items) }
        };
        let node = match key.separator {
            Some(_) if value.trim_start().starts_with('[') => parse_value(at, value, problems),
            Some(' ') => Some(list(' ')),
            Some(separator) if value.contains(separator) => Some(list(separator)),
            Some(_) => Some(Node::plain(at.clone(), value.trim())),
            None => Some(Node::plain(at.clone(), value)),
        };
        if let Some(node) = node {
            self.set(path, &node, problems);
        }
    }

    /// The path that a variable's name (without `DOORWARD_`) stands for. A name in the file, such as an app's, is found again although
    /// variables know neither lower case nor `-`.
    fn path_of(&self, rest: &str) -> Option<(String, &'t Key)> {
        let mut path = String::new();
        let mut section = Some(&self.root);
        for segment in rest.to_lowercase().split("__") {
            let entries = section.map_or(&[][..], Node::entries);
            let known = entries.iter().find(|entry| entry.key.replace('-', "_") == segment);
            path = join(&path, known.map_or(segment, |known| &known.key));
            section = known.map(|known| &known.value);
        }
        let is_plain = !path.contains(['*', '[']);
        self.table.find(&path).filter(|_| is_plain).map(|key| (path, key))
    }

    /// Lays one value over everything, as of an option of the command line.
    pub fn set(&mut self, path: &str, node: &Node, problems: &mut Problems) {
        let mut steps: Vec<&str> = path.split('.').collect();
        let name = steps.pop().unwrap_or_default();
        let at = node.at.clone();
        let mut put = |_: &str, entries: &mut Vec<Entry>, _: &mut Problems| {
            if let Some(value) = value_of(entries, name, &at) {
                value.clone_from(node);
            }
        };
        Walk { at: &at, problems, visit: &mut put }.sections(&mut self.root, "", &steps);
    }

    fn unknown_variable(&self, name: &str) -> String {
        // What they all begin with is no likeness.
        let rest = |name: &str| name.strip_prefix("DOORWARD_").unwrap_or(name).to_owned();
        let known: Vec<String> = self.table.keys.iter().map(|key| rest(&key.variable())).collect();
        let meant = nearest(&rest(name), known.iter().map(String::as_str));
        let hint = meant.map(|meant| format!("; did you mean DOORWARD_{meant}?"));
        format!(
            "no setting has this name{}",
            hint.unwrap_or_else(|| "; `doorward config schema` lists them all".into())
        )
    }
}

/// What a file holds that is named in the place of a value, without line breaks at its end.
pub(super) fn read(path: &str, read_file: ReadFile<'_>, at: &Origin, problems: &mut Problems) -> Option<String> {
    let read = read_file(path).map_err(|why| problems.add(at, format!("the file it names cannot be read: {why}")));
    read.ok().map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Variables that begin with our name and are no settings, because the program reads them itself.
fn is_not_configuration(rest: &str) -> bool {
    // `KEY` is where our documents keep an API key for a program.
    const OURS: [&str; 6] = ["KEY", "CONFIG", "ADMIN_USER", "ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE", "DAGSTER"];
    OURS.contains(&rest) || rest.starts_with("TEST_")
}
