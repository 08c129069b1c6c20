//! Every configuration key, from the schema of the sections' structs: variables, defaults, `config show`, the JSON Schema and the reference
//! all go by it.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::sync::LazyLock;

use super::sections::Sections;
use super::yaml::{Node, parse_value};
use super::{Origin, Problems};

/// A configuration key.
#[derive(Debug)]
pub struct Key {
    /// Its path with dots; `*` stands for a name, such as an app's, and `[]` for a place in a list.
    pub path: String,
    /// What it means, for the reference. Markdown.
    pub doc: String,
    /// What may be written there, in a few words.
    pub words: String,
    /// What holds when nothing is written.
    pub default: Node,
    /// The same, as one would write it in YAML.
    pub default_text: String,
    /// An example value, as one would write it in YAML.
    pub example: String,
    /// Whether a change of it takes effect when the configuration is read again (SIGHUP).
    pub live: bool,
    /// Whether it is agreed for later, and only nothing may be written.
    pub is_later: bool,
    /// Whether `null` says something else than leaving it out.
    pub may_be_null: bool,
    /// Whether what is written there is nobody's to see, or not all of it.
    pub secret: Option<Secrecy>,
    /// What parts several in a variable, where there may be several.
    pub separator: Option<char>,
}

/// What of a value is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// All of it.
    All,
    /// The password in an address.
    Password,
}

/// All keys of some sections.
#[derive(Debug, Default)]
pub struct Table {
    /// In the order in which they stand in the structs.
    pub keys: Vec<Key>,
    /// The path of each section and what it is about.
    pub sections: Vec<(String, String)>,
}

/// The table of our own configuration.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(Table::of::<Sections>);
    &TABLE
}

/// What schemars says of a struct, with marks of ours at the keys: `default` and `example` in YAML, `live`, and those of a `Setting`.
pub(super) fn marked_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

impl Table {
    /// Of a struct.
    pub fn of<T: JsonSchema>() -> Self {
        let mut table = Self::default();
        table.add("", &marked_schema::<T>());
        table
    }

    fn add(&mut self, path: &str, schema: &Value) {
        let doc = text(schema, "description").unwrap_or_default();
        if let Some(named) = schema.get("additionalProperties").filter(|named| named.is_object()) {
            self.add_section(join(path, "*"), doc, named);
        } else if schema.get("properties").is_some() {
            self.add_section(path.to_owned(), doc, schema);
        } else {
            self.keys.push(Key::of(path, schema));
            if let Some(item) = schema.get("items").filter(|item| item.get("properties").is_some()) {
                self.add_section(join(path, "[]"), text(item, "description").unwrap_or_default(), item);
            }
        }
    }

    /// `required` has the fields in their order, and all of them: none has a default of serde's.
    fn add_section(&mut self, path: String, doc: String, schema: &Value) {
        let names = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let at = self.sections.len();
        for name in names {
            self.add(
                &join(&path, name),
                schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&Value::Null),
            );
        }
        self.sections.insert(at, (path, doc));
    }

    /// The key of a concrete path.
    pub fn find(&self, path: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.names(path))
    }
}

impl Key {
    fn of(path: &str, schema: &Value) -> Self {
        let mark = |name: &str| text(schema, name);
        let default_text = mark("default").unwrap_or_else(|| "null".into());
        Self {
            path: path.to_owned(),
            doc: mark("description").unwrap_or_default(),
            words: mark("words").unwrap_or_else(|| words_of(schema)),
            default: parse_value(&Origin::Default, &default_text, &mut Problems::default())
                .unwrap_or_else(|| Node::plain(Origin::Default, "null")),
            default_text,
            example: mark("example").unwrap_or_else(|| "null".into()),
            live: schema.get("live").is_some(),
            is_later: schema.get("later").is_some(),
            may_be_null: schema.get("may_be_null") == Some(&Value::Bool(true)),
            secret: mark("secret").map(|what| if what == "password" { Secrecy::Password } else { Secrecy::All }),
            separator: mark("separator").and_then(|separator| separator.chars().next()),
        }
    }

    /// Whether something has to be written.
    pub fn is_required(&self) -> bool {
        !self.is_later && !self.may_be_null && self.default.is_null()
    }

    /// The environment variable that sets it; `<APP>` stands for the name of an app.
    pub fn variable(&self) -> String {
        variable_of(&self.path.replace('*', "<app>"))
    }

    /// Whether this is the key of a concrete path (`apps.wiki.upstream` is one of `apps.*.upstream`).
    pub fn names(&self, path: &str) -> bool {
        let mut own = self.path.split('.');
        let mut asked = path.split(['.', '[']);
        loop {
            match (own.next(), asked.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some("[]"), Some(place)) if place.ends_with(']') => {}
                (Some(own), Some(asked)) if own == asked => {}
                _ => return false,
            }
        }
    }

    /// The sections down to it, and its own name.
    pub(super) fn steps(&self) -> (Vec<&str>, &str) {
        let mut steps: Vec<&str> = self.path.split('.').collect();
        let name = steps.pop().unwrap_or_default();
        (steps, name)
    }
}

/// A path and one more name.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The environment variable of a path: `sessions.idle` is `DOORWARD_SESSIONS__IDLE`.
pub fn variable_of(path: &str) -> String {
    format!("DOORWARD_{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}

/// One of these words, in words.
pub(super) fn one_of<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

/// What may be written, where the type alone says it.
fn words_of(schema: &Value) -> String {
    match (schema.get("enum").and_then(Value::as_array), text(schema, "type").as_deref()) {
        (Some(words), _) => one_of(words.iter().filter_map(Value::as_str)),
        (None, Some("boolean")) => "`true` or `false`".to_owned(),
        (None, Some("array")) => "a list".to_owned(),
        _ => "text".to_owned(),
    }
}

/// Lines of a comment are one line of prose.
fn text(schema: &Value, name: &str) -> Option<String> {
    schema.get(name).and_then(Value::as_str).map(|text| text.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn has_every_field(path: &str, schema: &Value) {
        let fields = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        let counts = (fields.map_or(0, Map::len), required.map_or(0, Vec::len));
        assert_eq!(counts.0, counts.1, "`{path}` has a field that serde does not require");
        for (name, property) in fields.into_iter().flatten() {
            has_every_field(&join(path, name), property);
        }
        for below in ["additionalProperties", "items"] {
            schema.get(below).into_iter().for_each(|below| has_every_field(&join(path, "*"), below));
        }
    }

    /// A field with a default of serde's would be in no table, and so have no variable, documentation or default of ours.
    #[test]
    fn every_field_is_a_key_or_a_section() {
        has_every_field("", &marked_schema::<Sections>());
    }
}
