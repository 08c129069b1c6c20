//! A tool that answers any document with what it is asked for of some objects, whatever the arguments.

use doorward_profile::graphql::document::{Document, Selection, parse::parse};
use doorward_profile::graphql::rules::Limits;
use serde_json::{Map, Value, json};

/// What it answers, of the results of root fields by their names.
pub fn answer(document: &str, data: &Value) -> Value {
    let document = parse(document, &Limits::default()).unwrap();
    let mut answer = Map::new();
    select(&document, &document.operations[0].selections, data, &mut answer);
    json!({ "data": answer })
}

fn select(document: &Document, selections: &[Selection], object: &Value, found: &mut Map<String, Value>) {
    let own = object["__typename"].as_str().unwrap_or_default();
    for selection in selections {
        match selection {
            Selection::Field(place) => {
                let field = document.field(*place).unwrap();
                let is_flag = field.name.starts_with("has") && field.selections.is_empty();
                let value =
                    object.get(&*field.name).cloned().unwrap_or(if is_flag { json!(true) } else { Value::Null });
                found.insert(field.key.to_string(), complete(document, &field.selections, &value));
            }
            Selection::Inline(inner) if inner.on.as_deref().is_none_or(|on| own == on) => {
                select(document, &inner.selections, object, found);
            }
            Selection::Spread(place) if own == &*document.fragment(*place).unwrap().on => {
                select(document, &document.fragment(*place).unwrap().selections, object, found);
            }
            _ => {}
        }
    }
}

fn complete(document: &Document, selections: &[Selection], value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| complete(document, selections, item)).collect(),
        Value::Object(_) if !selections.is_empty() => {
            let mut found = Map::new();
            select(document, selections, value, &mut found);
            Value::Object(found)
        }
        value => value.clone(),
    }
}
