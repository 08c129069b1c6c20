//! Laying what was said over each other: file, then environment, then options. Later layers win, key by key.

use doorward_domain::nearest;
use std::collections::BTreeMap;

use super::key::variable_of;
use super::kubernetes::Services;
use super::yaml::{Data, Node, parse_value};
use super::{Key, Kind, Origin, Problems, keys};

/// The most apps of one configuration.
const MOST_APPS: usize = 1000;

/// Every key that somebody set, by its concrete path, with the layer that won.
#[derive(Debug, Default)]
pub struct Layers {
    /// Path → key and what was written.
    pub set: BTreeMap<String, (&'static Key, Node)>,
    /// The apps that are named anywhere, and where first.
    pub apps: BTreeMap<String, Origin>,
}

impl Layers {
    /// Lays a file's tree down.
    pub fn add_file(&mut self, root: &Node, problems: &mut Problems) {
        self.add_section(root, "", problems);
    }

    fn add_section(&mut self, section: &Node, path: &str, problems: &mut Problems) {
        if section.is_null() {
            return;
        }
        let Data::Map(entries) = &section.data else {
            let name = if path.is_empty() { "the configuration".to_owned() } else { format!("`{path}`") };
            problems.add(&section.at, format!("{name} must be a section of `key: value` lines"));
            return;
        };
        for entry in entries {
            if problems.is_full() {
                // More would take long to find and nobody to read.
                return;
            }
            let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
            if path.strip_prefix("apps.").is_some_and(|rest| !rest.contains('.')) {
                self.name_app(&entry.key, &entry.at, problems);
            }
            match find(&path) {
                Found::Key(key) => drop(self.set.insert(path, (key, entry.value.clone()))),
                Found::Section => self.add_section(&entry.value, &path, problems),
                Found::Nothing => problems.add(&entry.at, unknown_key(&path)),
            }
        }
    }

    fn name_app(&mut self, name: &str, at: &Origin, problems: &mut Problems) {
        if let Err(error) = name.parse::<doorward_domain::AppName>() {
            problems.add(at, error.to_string());
        }
        if self.apps.len() == MOST_APPS && !self.apps.contains_key(name) {
            problems.add(at, format!("there are more than {MOST_APPS} apps"));
        } else {
            self.apps.entry(name.to_owned()).or_insert_with(|| at.clone());
        }
    }

    /// Lays the environment over it. `read_file` reads the value that a `…_FILE` variable points to.
    pub fn add_environment<'v>(
        &mut self,
        variables: &'v [(String, String)],
        read_file: &dyn Fn(&str) -> Result<String, String>,
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
                self.add_variable(path, key, &at, value, problems);
            } else if let Some((path, key)) = rest.strip_suffix("_FILE").and_then(|rest| self.path_of(rest)) {
                let plain = variable_of(&path);
                if variables.iter().any(|(other, value)| *other == plain && !value.is_empty()) {
                    problems.add(&at, format!("{plain} is set too; use one of them"));
                    continue;
                }
                match read_file(value) {
                    Ok(text) => self.add_variable(path, key, &at, text.trim_end_matches(['\n', '\r']), problems),
                    Err(why) => problems.add(&at, format!("the file it names cannot be read: {why}")),
                }
            } else if !services.have(rest, value) {
                problems.add(&at, unknown_variable(name));
            }
        }
    }

    fn add_variable(&mut self, path: String, key: &'static Key, at: &Origin, value: &str, problems: &mut Problems) {
        if let Some(app) = path.strip_prefix("apps.").and_then(|rest| rest.split('.').next()) {
            self.name_app(app, at, problems);
        }
        let structured = match key.kind {
            Kind::HandOver => !matches!(value.trim(), "all" | "none" | "null"),
            Kind::Networks | Kind::KeepsApart | Kind::Command | Kind::Rules => true,
            _ => false,
        };
        let node = match (structured, value.trim_start().starts_with('[')) {
            (true, true) => parse_value(at, value, problems),
            (true, false) => {
                let words = if matches!(key.kind, Kind::Networks | Kind::KeepsApart | Kind::HandOver) {
                    split(value, ',')
                } else {
                    split(value, ' ')
                };
                let items = words.iter().map(|word| Node::plain(at.clone(), word)).collect();
                Some(Node { at: at.clone(), data: Data::List(items) })
            }
            (false, _) => Some(Node::plain(at.clone(), value)),
        };
        if let Some(node) = node {
            self.set.insert(path, (key, node));
        }
    }

    /// The path that a variable's name (without `DOORWARD_`) stands for. An app of the file is found again although variables
    /// know neither lower case nor `-`.
    fn path_of(&self, rest: &str) -> Option<(String, &'static Key)> {
        let lower = rest.to_lowercase();
        let mut segments: Vec<String> = lower.split("__").map(str::to_owned).collect();
        if let [section, app, ..] = segments.as_mut_slice()
            && section == "apps"
            && let Some(known) = self.apps.keys().find(|known| known.replace('-', "_") == *app)
        {
            app.clone_from(known);
        }
        let path = segments.join(".");
        match find(&path) {
            Found::Key(key) => Some((path, key)),
            Found::Section | Found::Nothing => None,
        }
    }

    /// Lays an option of the command line over everything.
    pub fn add_option(&mut self, path: &str, option: &'static str, node: impl FnOnce(Origin) -> Node) {
        let at = Origin::Option(option);
        if let Some(app) = path.strip_prefix("apps.").and_then(|rest| rest.split('.').next()) {
            self.apps.entry(app.to_owned()).or_insert_with(|| at.clone());
        }
        if let Found::Key(key) = find(path) {
            self.set.insert(path.to_owned(), (key, node(at)));
        }
    }
}

enum Found {
    Key(&'static Key),
    Section,
    Nothing,
}

fn find(path: &str) -> Found {
    if let Some(key) = keys().find(|key| key.names(path)) {
        return Found::Key(key);
    }
    let depth = path.split('.').count();
    let is_section = keys().any(|key| {
        let segments: Vec<&str> = key.path.split('.').collect();
        segments.len() > depth && path.split('.').zip(&segments).all(|(asked, own)| *own == "*" || *own == asked)
    });
    if is_section { Found::Section } else { Found::Nothing }
}

fn unknown_key(path: &str) -> String {
    let (parent, name) = path.rsplit_once('.').map_or(("", path), |(parent, name)| (parent, name));
    let depth = path.split('.').count();
    let mut siblings: Vec<&str> = keys()
        .filter(|key| {
            parent.is_empty()
                || key.path.split('.').zip(parent.split('.')).all(|(own, asked)| own == "*" || own == asked)
        })
        .filter_map(|key| key.path.split('.').nth(depth - 1))
        .filter(|sibling| *sibling != "*")
        .collect();
    siblings.dedup();
    let hint = nearest(name, siblings.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
    format!("unknown key `{path}`{}", hint.unwrap_or_else(|| format!("; known here: {}", siblings.join(", "))))
}

fn unknown_variable(name: &str) -> String {
    // What they all begin with is no likeness.
    let rest = |name: &str| name.strip_prefix("DOORWARD_").unwrap_or(name).to_owned();
    let known: Vec<String> = keys().map(|key| rest(&key.variable())).collect();
    let meant = nearest(&rest(name), known.iter().map(String::as_str));
    let hint = meant.map(|meant| format!("; did you mean DOORWARD_{meant}?"));
    format!("no setting has this name{}", hint.unwrap_or_else(|| "; `doorward config schema` lists them all".into()))
}

/// Variables that begin with our name and are no settings, because the program reads them itself.
fn is_not_configuration(rest: &str) -> bool {
    // `KEY` is where our documents keep an API key for a program.
    const OURS: [&str; 6] = ["KEY", "CONFIG", "ADMIN_USER", "ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE", "DAGSTER"];
    OURS.contains(&rest) || rest.starts_with("TEST_")
}

fn split(text: &str, at: char) -> Vec<String> {
    text.split(at).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
