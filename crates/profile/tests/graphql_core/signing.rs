//! Whose name a launched run carries in the end, after graphql-core has put arguments together by Dagster's own schema.

use bytes::Bytes;
use doorward_profile::{CanonicalPath, Profile, RequestHead};
use http::{HeaderMap, HeaderValue, Method, header};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};
use serde_json::{Map, Value, json};
use std::{cell::Cell, sync::LazyLock};

use crate::oracle;

static DAGSTER: LazyLock<Profile> = LazyLock::new(|| Profile::builtin("dagster").unwrap());

/// How a value is handed over.
#[derive(Debug, Clone, Copy)]
enum Way {
    Literal,
    Variable,
    Default,
}

fn way() -> impl Strategy<Value = Way> {
    select(vec![Way::Literal, Way::Literal, Way::Variable, Way::Default])
}

/// A document under construction.
#[derive(Debug, Default)]
struct Draft {
    definitions: Vec<String>,
    variables: Map<String, Value>,
}

impl Draft {
    fn hand_over(&mut self, way: Way, type_name: &str, literal: String, json: Value) -> String {
        let name = format!("v{}", self.definitions.len());
        match way {
            Way::Literal => return literal,
            Way::Variable => {
                self.definitions.push(format!("${name}:{type_name}"));
                self.variables.insert(name.clone(), json);
            }
            Way::Default => {
                self.definitions.push(format!("${name}:{}={}", type_name.trim_end_matches('!'), as_literal(&json)));
            }
        }
        format!("${name}")
    }
}

fn as_literal(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(as_literal).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            format!(
                "{{{}}}",
                members
                    .iter()
                    .map(|(name, value)| format!("{name}:{}", as_literal(value)))
                    .collect::<Vec<_>>()
                    .join(",")
            )
        }
        Value::String(word) if word == "ALL_STEPS" => word.clone(),
        other => other.to_string(),
    }
}

/// A tag: which key, and how key and tag are handed over.
type Tag = (&'static str, Way, Way);

fn tag() -> impl Strategy<Value = Tag> {
    (select(vec!["user", "user", "team", "User"]), way(), way())
}

#[derive(Debug, Clone)]
struct Launch {
    mutation: usize,
    tags: Option<Vec<Tag>>,
    single: bool,
    ways: [Way; 3],
    list: bool,
}

fn launch() -> impl Strategy<Value = Launch> {
    let tags = prop::option::weighted(0.8, vec(tag(), 0..4));
    (0..5_usize, tags, any::<bool>(), [way(), way(), way()], any::<bool>())
        .prop_map(|(mutation, tags, single, ways, list)| Launch { mutation, tags, single, ways, list })
}

/// JSON and literal of the tags, the latter with whatever is handed over in it.
fn tags(draft: &mut Draft, launch: &Launch) -> (Value, String) {
    let Some(tags) = &launch.tags else { return (Value::Null, "null".to_owned()) };
    let mut jsons = Vec::new();
    let mut literals = Vec::new();
    let in_document = matches!(launch.ways, [Way::Literal, Way::Literal, Way::Literal]);
    for (key, key_way, tag_way) in tags {
        let json = json!({"key": key, "value": "client"});
        if in_document {
            let key = draft.hand_over(*key_way, "String!", json!(key).to_string(), json!(key));
            literals.push(draft.hand_over(
                *tag_way,
                "ExecutionTag!",
                format!("{{value:\"client\" key:{key}}}"),
                json.clone(),
            ));
        } else {
            literals.push(as_literal(&json));
        }
        jsons.push(json);
    }
    match (launch.single, jsons.as_slice(), literals.as_slice()) {
        (true, [json], [literal]) => (json.clone(), literal.clone()),
        _ => (json!(jsons), format!("[{}]", literals.join(","))),
    }
}

fn document(launch: &Launch) -> (String, Value) {
    let mut draft = Draft::default();
    let (json, literal) = tags(&mut draft, launch);
    let literal = draft.hand_over(launch.ways[0], "[ExecutionTag!]", literal, json.clone());
    let selector = r#"selector:{repositoryName:"r" repositoryLocationName:"l" jobName:"j"}"#;
    let selector_json = json!({"repositoryName": "r", "repositoryLocationName": "l", "jobName": "j"});
    let handed = |variable: &str| variable.starts_with('$');
    // Inner variables can only stand inside literals.
    let outer =
        if handed(&literal) || literal.contains('$') { [Way::Literal; 2] } else { [launch.ways[1], launch.ways[2]] };
    let (field, argument) = match launch.mutation {
        0 | 1 => {
            let meta_json = json!({"tags": json});
            let meta = draft.hand_over(outer[0], "ExecutionMetadata", format!("{{tags:{literal}}}"), meta_json.clone());
            let params_json = json!({"selector": selector_json, "executionMetadata": meta_json});
            let params_literal = format!("{{{selector} executionMetadata:{meta}}}");
            let way = if handed(&meta) { Way::Literal } else { outer[1] };
            if launch.mutation == 0 {
                (
                    "launchRun",
                    format!(
                        "executionParams:{}",
                        draft.hand_over(way, "ExecutionParams!", params_literal, params_json)
                    ),
                )
            } else if launch.list {
                let list = format!("[{params_literal}]");
                let params = draft.hand_over(way, "[ExecutionParams!]!", list, json!([params_json]));
                ("launchMultipleRuns", format!("executionParamsList:{params}"))
            } else {
                ("launchMultipleRuns", format!("executionParamsList:{params_literal}"))
            }
        }
        2 | 3 => {
            let params_json = json!({"parentRunId": "p", "strategy": "ALL_STEPS", "extraTags": json});
            let params_literal = format!("{{parentRunId:\"p\" strategy:ALL_STEPS extraTags:{literal}}}");
            let params = draft.hand_over(outer[0], "ReexecutionParams", params_literal, params_json);
            (
                if launch.mutation == 2 { "launchRunReexecution" } else { "reexecutePartitionBackfill" },
                format!("reexecutionParams:{params}"),
            )
        }
        _ => {
            let params = draft.hand_over(
                outer[0],
                "LaunchBackfillParams!",
                format!("{{tags:{literal}}}"),
                json!({"tags": json}),
            );
            ("launchPartitionBackfill", format!("backfillParams:{params}"))
        }
    };
    let definitions =
        if draft.definitions.is_empty() { String::new() } else { format!("({})", draft.definitions.join(" ")) };
    (format!("mutation{definitions}{{{field}({argument}){{__typename}}}}"), Value::Object(draft.variables))
}

fn sent(document: &str, variables: &Value) -> Value {
    let path = CanonicalPath::parse("/graphql").unwrap();
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let head = RequestHead { method: &Method::POST, path: &path, query: None, headers: &headers };
    let body = Bytes::from(json!({"query": document, "variables": variables}).to_string());
    let understood =
        DAGSTER.read_body(&head, body).unwrap_or_else(|misread| panic!("{document} {variables}: {misread:?}"));
    let envelope =
        understood.envelope(Some("ada")).unwrap_or_else(|misread| panic!("{document} {variables}: {misread:?}"));
    serde_json::from_slice(&envelope.body).unwrap()
}

#[test]
fn every_launched_run_carries_the_signed_in_name_and_no_other() {
    let (accepted, all) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&launch(), |launch| {
        let (document, variables) = document(&launch);
        all.set(all.get() + 1);
        let bare = oracle::ask(&json!({"ask": "tags", "query": document, "variables": variables}));
        let mut question = sent(&document, &variables);
        question["ask"] = json!("tags");
        let signed = oracle::ask(&question);
        if bare.get("error").is_none() {
            accepted.set(accepted.get() + 1);
            prop_assert!(signed.get("error").is_none(), "{document} {variables} became {question}: {signed}");
        }
        for run in signed["launched"].as_array().into_iter().flatten() {
            let users: Vec<&Value> = run.as_array().unwrap().iter().filter(|tag| tag[0] == "user").collect();
            prop_assert!(
                users.len() == 1 && *users[0] == json!(["user", "ada"]),
                "{} {} became {}",
                document,
                variables,
                question
            );
        }
        prop_assert!(signed.get("error").is_some() || !signed["launched"].as_array().unwrap().is_empty(), "{}", signed);
        let kept = |answer: &Value| answer["launched"].to_string().matches("\"client\"").count();
        let users = bare["launched"].to_string().matches("[\"user\"").count();
        prop_assert!(
            bare.get("error").is_some() || kept(&bare) - users == kept(&signed),
            "other tags are lost: {} {}",
            bare,
            signed
        );
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(
        accepted.get() * 2 > all.get(),
        "only {} of {} launches were valid: they prove nothing",
        accepted.get(),
        all.get()
    );
}
