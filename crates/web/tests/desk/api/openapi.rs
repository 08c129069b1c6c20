//! `openapi.json`.

use serde_json::Value;
use std::collections::BTreeSet;

use crate::support::{API, TestDesk};

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_open_and_refers_to_nothing_that_is_not_in_it() {
    let desk = TestDesk::new().await;
    let description = desk.get(&format!("{API}/openapi.json")).await.body();
    assert_eq!(description, doorward_web::openapi());
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    references(&description, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        assert!(description.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let description = doorward_web::openapi();
    let operations =
        description["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let names: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
}

#[test]
fn every_body_has_a_schema_of_its_own() {
    let description = doorward_web::openapi();
    let mut paths_of: std::collections::BTreeMap<&str, BTreeSet<&str>> = std::collections::BTreeMap::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            if let Some(schema) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
                paths_of.entry(schema).or_default().insert(path);
            }
        }
    }
    assert!(paths_of.len() > 5, "{paths_of:?}");
    for (schema, paths) in paths_of {
        assert_eq!(paths.len(), 1, "one of these descriptions took the place of the other: {schema} {paths:?}");
        assert!(!schema.ends_with("/Input"), "{schema} says what it is for");
    }
}
