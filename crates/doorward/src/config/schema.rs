//! The configuration file as a JSON Schema (draft 2020-12), for editors.

use serde_json::{Map, Value, json};

use super::{Key, Kind, keys};

/// The schema.
pub fn schema() -> Value {
    let mut root = section("Doorward's configuration. Every key can also be set by an environment variable.");
    for key in keys() {
        let segments: Vec<&str> = key.path.split('.').collect();
        place(&mut root, &segments, key);
    }
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("title".into(), "doorward.yaml".into());
    }
    root
}

fn section(doc: &str) -> Value {
    json!({"type": ["object", "null"], "description": doc, "additionalProperties": false, "properties": {}})
}

fn place(parent: &mut Value, segments: &[&str], key: &Key) {
    let Some(parent) = parent.as_object_mut() else { return };
    match segments {
        [] => {}
        [last] => {
            if let Some(properties) = properties(parent) {
                properties.insert((*last).to_owned(), leaf(key));
            }
        }
        ["*", rest @ ..] => {
            let named = parent.entry("additionalProperties").or_insert(Value::Null);
            if !named.is_object() {
                *named = section("An app. Its name has 1 to 63 of a-z, 0-9, - and _.");
            }
            place(named, rest, key);
        }
        [first, rest @ ..] => {
            if let Some(properties) = properties(parent) {
                place(properties.entry(*first).or_insert_with(|| section("")), rest, key);
            }
        }
    }
}

fn properties(of: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    of.get_mut("properties").and_then(Value::as_object_mut)
}

fn leaf(key: &Key) -> Value {
    let mut value = shape(key.kind);
    if let Some(value) = value.as_object_mut() {
        value.insert("description".into(), format!("{} Variable: {}.", key.doc, key.variable()).into());
        if !matches!(key.kind, Kind::Later) {
            value.insert("default".into(), as_json(key.default));
            value.insert("examples".into(), json!([as_json(key.example)]));
        }
    }
    value
}

fn shape(kind: Kind) -> Value {
    match kind {
        Kind::Choice(words) => json!({"enum": words.iter().map(|w| json!(w)).chain([Value::Null]).collect::<Vec<_>>()}),
        Kind::Truth => json!({"type": ["boolean", "null"]}),
        Kind::Number(least, most) => json!({"type": ["integer", "null"], "minimum": least, "maximum": most}),
        Kind::Size => json!({"type": ["integer", "string", "null"], "pattern": "^[0-9]+ ?([kKMG]?B|[KMG]iB)?$"}),
        Kind::Duration(_) => json!({"type": ["string", "null"], "pattern": "^[0-9]+(ms|s|m|h|d)$"}),
        Kind::Listen => json!({"type": ["string", "integer", "null"]}),
        Kind::Networks => json!({"type": ["array", "string", "null"], "items": {"type": "string"}}),
        Kind::Role => {
            json!({"enum": ["viewer", "operator", "launcher", "developer", "editor", "manager", "admin", null]})
        }
        Kind::Profile => {
            let known = doorward_profile::Profile::builtin_names();
            json!({"type": ["string", "null"], "pattern": "^[a-z0-9_-]+$", "examples": known})
        }
        Kind::Menu => json!({"enum": [true, false, "top-left", "top-right", "bottom-left", "bottom-right", null]}),
        Kind::KeepsApart => {
            let known = doorward_profile::Kept::NAMES;
            json!({"type": ["array", "string", "null"], "items": {"enum": known}})
        }
        Kind::HandOver => {
            let known = doorward_profile::IdentityHeader::ALL.map(doorward_profile::IdentityHeader::name);
            let list = json!({"type": "array", "items": {"enum": known}});
            json!({"anyOf": [{"enum": ["all", "none", null]}, {"enum": known}, list]})
        }
        Kind::Command => json!({"type": ["array", "null"], "items": {"type": ["string", "number"]}, "minItems": 1}),
        Kind::Rules => json!({"type": ["array", "null"], "items": {"type": "object"}}),
        Kind::Later => json!({"type": ["null", "object"], "maxProperties": 0}),
        Kind::Text | Kind::PublicUrl | Kind::Upstream | Kind::Database | Kind::File | Kind::Host | Kind::PathPrefix => {
            json!({"type": ["string", "null"]})
        }
    }
}

fn as_json(yaml: &str) -> Value {
    let mut ignored = super::Problems::default();
    super::yaml::parse_value(&super::Origin::Default, yaml, &mut ignored).map_or(Value::Null, |node| node.to_json())
}
