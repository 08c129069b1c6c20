//! The shapes a schema is made of, each with what an editor shows: a title and a sentence.

use serde_json::{Map, Value, json};

/// A text.
pub(super) fn text(title: &str, doc: &str) -> Value {
    json!({"title": title, "description": doc, "type": "string"})
}

/// A list of texts.
pub(super) fn texts(title: &str, doc: &str) -> Value {
    list(title, doc, &json!({"type": "string"}))
}

/// `true` or `false`.
pub(super) fn truth(title: &str, doc: &str) -> Value {
    json!({"title": title, "description": doc, "type": "boolean"})
}

/// How many.
pub(super) fn count(title: &str, doc: &str, default: usize) -> Value {
    json!({"title": title, "description": doc, "type": "integer", "minimum": 0, "default": default})
}

/// A list.
pub(super) fn list(title: &str, doc: &str, items: &Value) -> Value {
    json!({"title": title, "description": doc, "type": "array", "items": items})
}

/// Names of the writer's own, with values of one shape.
pub(super) fn map(title: &str, doc: &str, values: &Value) -> Value {
    json!({"title": title, "description": doc, "type": "object", "additionalProperties": values})
}

/// One of the definitions.
pub(super) fn defined(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A section with these keys and no others.
pub(super) fn section<const N: usize>(
    title: &str,
    doc: &str,
    required: &[&str],
    properties: [(&str, Value); N],
) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    json!({
        "title": title,
        "description": doc,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
