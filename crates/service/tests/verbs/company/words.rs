//! Requests in Dagster's words.

use serde_json::{Value, json};

use super::reading::Request;

pub const FINANCE: &str = "finance";
pub const MARKETING: &str = "marketing";
pub const BOTH: [&str; 2] = [FINANCE, MARKETING];

/// What Dagster's own pages send.
const PAGES: &str = include_str!("../../../../profile/tests/data/dagster_ui_operations.json");

/// As queries name a repository.
pub fn repository(location: &str) -> Value {
    json!({"repositoryLocationName": location, "repositoryName": "__repository__"})
}

/// A repository, with more in the same object.
pub fn within(location: &str, more: &Value) -> Value {
    let mut all = repository(location);
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// As queries name assets.
pub fn keys(all: &[&str]) -> Value {
    all.iter().map(|key| json!({"path": key.split('/').collect::<Vec<_>>()})).collect()
}

/// A request of a page's, for these variables.
pub fn page(name: &str, variables: &Value) -> Request {
    let all: Value = serde_json::from_str(PAGES).unwrap();
    let own = all.as_array().unwrap().iter().find(|own| own["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let body: Value = match &own["body"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        body => body.clone(),
    };
    Request::http(&format!("POST /graphql?op={name}"))
        .with_body(&json!({"operationName": name, "variables": variables, "query": body["query"]}))
}

/// A mutation with one argument.
pub fn mutation(field: &str, argument: &str, type_of: &str, value: &Value) -> Request {
    let document = format!("mutation M($a: {type_of}) {{ {field}({argument}: $a) {{ __typename }} }}");
    Request::graphql(&document, &json!({ "a": value }))
}

/// A request, with what it is called.
pub fn row(name: impl Into<String>, request: Request) -> (String, Request) {
    (name.into(), request)
}

/// A document that is what it is called.
pub fn plain(document: &str) -> (String, Request) {
    row(format!("`{}`", document.replace('|', "\\|")), Request::graphql(document, &json!({})))
}
