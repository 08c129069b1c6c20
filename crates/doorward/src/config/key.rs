//! One entry of the table that describes every configuration key: reading, `config show`, the JSON Schema and the reference are all made from it.

use super::Kind;

/// A configuration key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its path with dots; `*` stands for the name of an app.
    pub path: &'static str,
    /// What may be written there.
    pub kind: Kind,
    /// What holds when nothing is written, as one would write it in YAML.
    pub default: &'static str,
    /// What it means, for the reference. Markdown.
    pub doc: &'static str,
    /// An example value, as one would write it in YAML.
    pub example: &'static str,
    /// Whether a change of it takes effect when the configuration is read again (SIGHUP).
    pub live: bool,
}

impl Key {
    /// The environment variable that sets it; `<APP>` stands for the name of an app.
    pub fn variable(&self) -> String {
        variable_of(&self.path.replace('*', "<app>"))
    }

    /// Whether this is the key of a concrete path (`apps.wiki.upstream` is one of `apps.*.upstream`).
    pub fn names(&self, path: &str) -> bool {
        let mut own = self.path.split('.');
        let mut asked = path.split('.');
        loop {
            match (own.next(), asked.next()) {
                (None, None) => return true,
                (Some(own), Some(asked)) if own == "*" || own == asked => {}
                _ => return false,
            }
        }
    }
}

/// The environment variable of a path: `sessions.idle` is `DOORWARD_SESSIONS__IDLE`.
pub fn variable_of(path: &str) -> String {
    format!("DOORWARD_{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}
