//! The configuration file as a JSON Schema (draft 2020-12), for editors: what schemars says of the structs, in the words of our table.

use serde_json::{Map, Value, json};

use super::sections::Sections;
use super::table::{join, marked_schema};
use super::{Key, table};

/// The schema.
pub fn schema() -> Value {
    let mut root = marked_schema::<Sections>();
    publish("", &mut root);
    if let Value::Object(root) = &mut root {
        root.insert("title".into(), "doorward.yaml".into());
    }
    root
}

/// Everything may be left out, and `null` is the same.
fn publish(path: &str, schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    if let Some(key) = table().keys.iter().find(|key| key.path == path) {
        publish_key(key, schema);
    }
    let mut files = Map::new();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            let path = join(path, name);
            publish(&path, property);
            if table().keys.iter().any(|key| key.path == path && key.secret.is_some()) {
                let doc = format!("A file that holds `{name}`.");
                files.insert(format!("{name}_file"), json!({"type": ["string", "null"], "description": doc}));
            }
        }
        properties.append(&mut files);
    }
    for (below, name) in [("additionalProperties", "*"), ("items", "[]")] {
        if let Some(below) = schema.get_mut(below).filter(|below| below.get("properties").is_some()) {
            publish(&join(path, name), below);
        }
    }
    schema.remove("required");
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
        schema.remove("type");
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
        Some(kind @ Value::String(_)) => *kind = json!([kind, "null"]),
        _ => {}
    }
}

fn publish_key(key: &Key, schema: &mut Map<String, Value>) {
    for mark in ["default", "example", "live", "later", "words", "may_be_null", "secret", "separator"] {
        schema.remove(mark);
    }
    schema.insert("description".into(), format!("{} Variable: {}.", key.doc, key.variable()).into());
    if !key.is_later {
        schema.insert("default".into(), key.default.to_json());
        schema.insert("examples".into(), json!([as_json(&key.example)]));
    }
}

fn as_json(yaml: &str) -> Value {
    let mut ignored = super::Problems::default();
    super::yaml::parse_value(&super::Origin::Default, yaml, &mut ignored).map_or(Value::Null, |node| node.to_json())
}
