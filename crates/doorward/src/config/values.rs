//! Every key with its effective value: what was written, parsed, or the default.

use doorward_domain::Role;
use doorward_profile::{HandOver, Kept};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

use super::value_type::MenuSetting;
use super::{Key, Layers, Node, Origin, Problems, Value, keys};

/// A value and who said it.
#[derive(Debug, Clone)]
pub struct Located {
    /// Its key.
    pub key: &'static Key,
    /// Parsed.
    pub value: Value,
    /// As written.
    pub node: Node,
    /// By whom.
    pub at: Origin,
    /// Whether what was written could be read; the default stands in for it when not.
    pub sound: bool,
}

/// All keys, by concrete path.
#[derive(Debug, Default)]
pub struct Values {
    found: BTreeMap<String, Located>,
    /// The apps, by name.
    pub apps: BTreeMap<String, Origin>,
}

impl Values {
    /// Parses everything that was set and fills in the defaults.
    pub fn settle(layers: Layers, problems: &mut Problems) -> Self {
        let mut settled = Self { found: BTreeMap::new(), apps: layers.apps };
        for key in keys() {
            if key.path.starts_with("apps.") {
                for app in settled.apps.keys() {
                    settled.found.insert(key.path.replace('*', app), default_of(key));
                }
            } else {
                settled.found.insert(key.path.to_owned(), default_of(key));
            }
        }
        for (path, (key, node)) in layers.set {
            let at = node.at.clone();
            let located = match key.kind.read(&node) {
                // Writing null is the same as leaving it out: the default holds.
                Ok(Value::Null) => Located { at, ..default_of(key) },
                Ok(value) => Located { key, value, at, sound: true, node },
                Err(wrongs) => {
                    for (at, what) in wrongs {
                        problems.add(&at.at, format!("`{path}`: {what}"));
                    }
                    Located { at, sound: false, ..default_of(key) }
                }
            };
            settled.found.insert(path, located);
        }
        settled
    }

    /// Each key, in the order of its path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Located)> {
        self.found.iter().map(|(path, located)| (path.as_str(), located))
    }

    /// The place to complain about for a path.
    pub fn origin(&self, path: &str) -> Origin {
        self.found.get(path).map_or(Origin::Default, |located| located.at.clone())
    }

    /// Whether the path was written soundly (or not at all).
    pub fn is_sound(&self, path: &str) -> bool {
        self.found.get(path).is_none_or(|located| located.sound)
    }

    /// The raw value.
    pub fn value(&self, path: &str) -> Value {
        self.found.get(path).map_or(Value::Null, |located| located.value.clone())
    }

    /// Words, if any.
    pub fn text(&self, path: &str) -> Option<String> {
        if let Value::Text(text) = self.value(path) { Some(text) } else { None }
    }

    /// A truth value; false when there is none.
    pub fn truth(&self, path: &str) -> bool {
        matches!(self.value(path), Value::Truth(true))
    }

    /// A number; zero when there is none.
    pub fn number(&self, path: &str) -> u64 {
        if let Value::Number(number) = self.value(path) { number } else { 0 }
    }

    /// A number as a size in memory.
    pub fn size(&self, path: &str) -> usize {
        usize::try_from(self.number(path)).unwrap_or(usize::MAX)
    }

    /// A time span; zero when there is none.
    pub fn duration(&self, path: &str) -> Duration {
        if let Value::Duration(span) = self.value(path) { span } else { Duration::ZERO }
    }

    /// An address to listen on.
    pub fn listen(&self, path: &str) -> Option<SocketAddr> {
        if let Value::Listen(address) = self.value(path) { Some(address) } else { None }
    }

    /// A URL.
    pub fn url(&self, path: &str) -> Option<Url> {
        if let Value::Url(url) = self.value(path) { Some(url) } else { None }
    }

    /// A file.
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        if let Value::File(file) = self.value(path) { Some(file) } else { None }
    }

    /// Networks.
    pub fn networks(&self, path: &str) -> Vec<IpNet> {
        if let Value::Networks(networks) = self.value(path) { networks } else { Vec::new() }
    }

    /// A role.
    pub fn role(&self, path: &str) -> Option<Role> {
        if let Value::Role(role) = self.value(path) { Some(role) } else { None }
    }

    /// Whether and where our menu is; as the profile says, when nothing is said.
    pub fn menu(&self, path: &str) -> MenuSetting {
        if let Value::Menu(menu) = self.value(path) { menu } else { MenuSetting::default() }
    }

    /// Spellings of paths that a tool tells apart; as the profile says, when nothing is said.
    pub fn kept(&self, path: &str) -> Option<Vec<Kept>> {
        if let Value::Kept(kept) = self.value(path) { Some(kept) } else { None }
    }

    /// Headers that say who is asking; as the profile says, when nothing is said.
    pub fn hand_over(&self, path: &str) -> Option<HandOver> {
        if let Value::HandOver(headers) = self.value(path) { Some(headers) } else { None }
    }

    /// Several words.
    pub fn words(&self, path: &str) -> Option<Vec<String>> {
        if let Value::Words(words) = self.value(path) { Some(words) } else { None }
    }
}

/// The default as the table words it. That every one of them can be read is a test.
fn default_of(key: &'static Key) -> Located {
    let mut ignored = Problems::default();
    let node = super::yaml::parse_value(&Origin::Default, key.default, &mut ignored)
        .unwrap_or_else(|| Node::plain(Origin::Default, "null"));
    let value = key.kind.read(&node).unwrap_or(Value::Null);
    Located { key, value, at: Origin::Default, sound: true, node }
}
