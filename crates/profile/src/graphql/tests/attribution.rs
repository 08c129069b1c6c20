//! Whoever launches a run signs it, with their own name and no other.

use serde_json::{Value, json};

use super::{ask_with, body_of};

/// Document and variables as sent for ada, in two lines.
fn signed(document: &str, variables: &Value) -> String {
    let body = body_of(&ask_with(document, variables).understood(), Some("ada"));
    format!("{}\n{}", body["query"].as_str().unwrap(), body["variables"])
}

/// The code of the refusal to sign.
fn unsigned(document: &str, variables: &Value) -> &'static str {
    ask_with(document, variables).understood().envelope(Some("ada")).unwrap_err().code
}

fn launch(params: &str) -> String {
    format!("mutation{{launchRun(executionParams:{params}){{__typename}}}}")
}

#[test]
fn literals_are_signed_and_client_names_removed() {
    let none = json!({});
    insta::assert_snapshot!(signed(&launch("{mode:\"x\"}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}]},mode:"x"}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch("{}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}]},}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch("{executionMetadata:null}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch("{executionMetadata:{}}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}],}}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch("{executionMetadata:{tags:null}}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch("{executionMetadata:{tags:[]}}"), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[,{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
    insta::assert_snapshot!(
        signed(&launch(r#"{executionMetadata:{tags:[{key:"user",value:"root"},{key:"team" value:"etl"} {value:"bob" key:"user"}] parentRunId:"p"}}"#), &none), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[,{key:"team" value:"etl"} ,{key:"user",value:"ada"}] parentRunId:"p"}}){__typename}}
{}
"##
    );
}

#[test]
fn a_single_tag_in_place_of_a_list_is_signed() {
    insta::assert_snapshot!(signed(&launch(r#"{executionMetadata:{tags:{key:"team" value:"etl"}}}"#), &json!({})), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"team" value:"etl"},{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(&launch(r#"{executionMetadata:{tags:{key:"user" value:"root"}}}"#), &json!({})), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
}

#[test]
fn every_spelling_of_the_key_is_recognised() {
    for key in [
        r#""user""#,
        r#""us\u0065r""#,
        r#""\u{75}ser""#,
        r#""""user""""#,
        "\"\"\"\n  user\n\"\"\"",
        "\"\"\"\n  user\n  \"\"\"",
    ] {
        let document = launch(&format!("{{executionMetadata:{{tags:[{{key:{key} value:\"root\"}}]}}}}"));
        assert!(!signed(&document, &json!({})).contains("root"), "{key}");
    }
    for variables in [
        r#"{"p":{"executionMetadata":{"tags":[{"key":"us\u0065r","value":"root"}]}}}"#,
        r#"{"p":{"execution\u004detadata":{"t\u0061gs":{"k\u0065y":"user","value":"root"}}}}"#,
    ] {
        let body = format!(
            r#"{{"query":"mutation($p:ExecutionParams!){{launchRun(executionParams:$p){{__typename}}}}","variables":{variables}}}"#
        );
        let sent = super::post("application/json", body).understood();
        let body = body_of(&sent, Some("ada"));
        assert_eq!(body["variables"]["p"]["executionMetadata"]["tags"], json!([{"key": "user", "value": "ada"}]));
    }
}

#[test]
fn other_keys_that_look_alike_stay() {
    let tags =
        json!([{"key": "User", "value": "x"}, {"key": "user ", "value": "x"}, {"key": "dagster/user", "value": "x"}]);
    let variables = json!({"p": {"executionMetadata": {"tags": tags}}});
    let body = body_of(
        &ask_with("mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}", &variables).understood(),
        Some("ada"),
    );
    assert_eq!(body["variables"]["p"]["executionMetadata"]["tags"].as_array().unwrap().len(), 4);
}

#[test]
fn variables_are_signed_at_every_depth() {
    let params = "mutation L($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}";
    let root = json!([{"key": "user", "value": "root"}, {"key": "team", "value": "etl"}]);
    insta::assert_snapshot!(signed(params, &json!({"p": {"mode": "x"}})), @r##"
mutation L($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]},"mode":"x"}}
"##);
    insta::assert_snapshot!(signed(params, &json!({"p": {}})), @r##"
mutation L($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}}
"##);
    insta::assert_snapshot!(signed(params, &json!({"p": {"executionMetadata": null}})), @r##"
mutation L($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}}
"##);
    insta::assert_snapshot!(signed(params, &json!({"p": {"executionMetadata": {"tags": root}}})), @r##"
mutation L($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"team","value":"etl"},{"key":"user","value":"ada"}]}}}
"##);
    let meta = "mutation($m:ExecutionMetadata){launchRun(executionParams:{executionMetadata:$m}){__typename}}";
    insta::assert_snapshot!(signed(meta, &json!({"m": {"tags": root}})), @r##"
mutation($m:ExecutionMetadata){launchRun(executionParams:{executionMetadata:$m}){__typename}}
{"m":{"tags":[{"key":"team","value":"etl"},{"key":"user","value":"ada"}]}}
"##);
    insta::assert_snapshot!(signed(meta, &json!({"m": null})), @r##"
mutation($m:ExecutionMetadata){launchRun(executionParams:{executionMetadata:$m}){__typename}}
{"m":{"tags":[{"key":"user","value":"ada"}]}}
"##);
    insta::assert_snapshot!(signed(meta, &json!({})), @r##"
mutation($m:ExecutionMetadata){launchRun(executionParams:{executionMetadata:$m}){__typename}}
{"m":{"tags":[{"key":"user","value":"ada"}]}}
"##);
    let tags = "mutation($t:[ExecutionTag!]){launchRun(executionParams:{executionMetadata:{tags:$t}}){__typename}}";
    insta::assert_snapshot!(signed(tags, &json!({"t": root})), @r##"
mutation($t:[ExecutionTag!]){launchRun(executionParams:{executionMetadata:{tags:$t}}){__typename}}
{"t":[{"key":"team","value":"etl"},{"key":"user","value":"ada"}]}
"##);
    insta::assert_snapshot!(signed(tags, &json!({"t": root[0]})), @r##"
mutation($t:[ExecutionTag!]){launchRun(executionParams:{executionMetadata:{tags:$t}}){__typename}}
{"t":[{"key":"user","value":"ada"}]}
"##);
    insta::assert_snapshot!(signed(tags, &json!({})), @r##"
mutation($t:[ExecutionTag!]){launchRun(executionParams:{executionMetadata:{tags:$t}}){__typename}}
{"t":[{"key":"user","value":"ada"}]}
"##);
}

#[test]
fn a_tag_or_key_that_is_a_variable_does_not_get_through() {
    let tag = "mutation($t:ExecutionTag! $u:ExecutionTag!){launchRun(executionParams:{executionMetadata:{tags:[$t,$u]}}){__typename}}";
    let variables = json!({"t": {"key": "user", "value": "root"}, "u": {"key": "team", "value": "etl"}});
    insta::assert_snapshot!(signed(tag, &variables), @r##"
mutation( $u:ExecutionTag!){launchRun(executionParams:{executionMetadata:{tags:[,$u,{key:"user",value:"ada"}]}}){__typename}}
{"t":{"key":"user","value":"root"},"u":{"key":"team","value":"etl"}}
"##);
    let key = "mutation($k:String!,$v:String!){launchRun(executionParams:{executionMetadata:{tags:[{key:$k,value:$v}]}}){__typename}}";
    insta::assert_snapshot!(signed(key, &json!({"k": "user", "v": "root"})), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[,{key:"user",value:"ada"}]}}){__typename}}
{"k":"user","v":"root"}
"##);
    insta::assert_snapshot!(signed(key, &json!({"k": "team", "v": "etl"})), @r##"
mutation($k:String!,$v:String!){launchRun(executionParams:{executionMetadata:{tags:[{key:$k,value:$v},{key:"user",value:"ada"}]}}){__typename}}
{"k":"team","v":"etl"}
"##);
    let default = "mutation($k:String=\"user\"){launchRun(executionParams:{executionMetadata:{tags:[{key:$k,value:\"root\"}]}}){__typename}}";
    insta::assert_snapshot!(signed(default, &json!({})), @r##"
mutation{launchRun(executionParams:{executionMetadata:{tags:[,{key:"user",value:"ada"}]}}){__typename}}
{}
"##);
}

#[test]
fn defaults_are_signed_where_they_are_used() {
    let document = "mutation($p:ExecutionParams={executionMetadata:{tags:[{key:\"user\" value:\"root\"}]}}){launchRun(executionParams:$p){__typename}}";
    insta::assert_snapshot!(signed(document, &json!({})), @r##"
mutation($p:ExecutionParams={executionMetadata:{tags:[,{key:"user",value:"ada"}]}}){launchRun(executionParams:$p){__typename}}
{}
"##);
    insta::assert_snapshot!(signed(document, &json!({"p": {"mode": "x"}})), @r##"
mutation($p:ExecutionParams={executionMetadata:{tags:[{key:"user" value:"root"}]}}){launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]},"mode":"x"}}
"##);
}

#[test]
fn every_mutation_that_launches_is_signed_in_its_own_place() {
    let params = json!({"p": {"parentRunId": "r", "strategy": "ALL_STEPS", "useParentRunTags": true}});
    insta::assert_snapshot!(signed("mutation($p:ReexecutionParams){launchRunReexecution(reexecutionParams:$p){__typename}}", &params), @r##"
mutation($p:ReexecutionParams){launchRunReexecution(reexecutionParams:$p){__typename}}
{"p":{"extraTags":[{"key":"user","value":"ada"}],"parentRunId":"r","strategy":"ALL_STEPS","useParentRunTags":true}}
"##);
    insta::assert_snapshot!(signed("mutation($p:ExecutionParams){launchPipelineReexecution(executionParams:$p){__typename}}", &json!({"p": {}})), @r##"
mutation($p:ExecutionParams){launchPipelineReexecution(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}}
"##);
    insta::assert_snapshot!(signed("mutation($p:ExecutionParams $r:ReexecutionParams){launchRunReexecution(executionParams:$p reexecutionParams:$r){__typename}}", &json!({"p": null, "r": {}})), @r##"
mutation($p:ExecutionParams $r:ReexecutionParams){launchRunReexecution(executionParams:$p reexecutionParams:$r){__typename}}
{"p":null,"r":{"extraTags":[{"key":"user","value":"ada"}]}}
"##);
    insta::assert_snapshot!(signed("mutation($p:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$p){__typename}}", &json!({"p": {"tags": {"key": "user", "value": "root"}}})), @r##"
mutation($p:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$p){__typename}}
{"p":{"tags":[{"key":"user","value":"ada"}]}}
"##);
    insta::assert_snapshot!(signed("mutation{reexecutePartitionBackfill(reexecutionParams:{parentRunId:\"b\" strategy:ALL_STEPS}){__typename}}", &json!({})), @r##"
mutation{reexecutePartitionBackfill(reexecutionParams:{extraTags:[{key:"user",value:"ada"}],parentRunId:"b" strategy:ALL_STEPS}){__typename}}
{}
"##);
    let many = "mutation($l:[ExecutionParams!]!){launchMultipleRuns(executionParamsList:$l){__typename}}";
    insta::assert_snapshot!(signed(many, &json!({"l": [{}, {"executionMetadata": {"tags": [{"key": "user", "value": "root"}]}}]})), @r##"
mutation($l:[ExecutionParams!]!){launchMultipleRuns(executionParamsList:$l){__typename}}
{"l":[{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}},{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}]}
"##);
    insta::assert_snapshot!(signed(many, &json!({"l": {"mode": "x"}})), @r##"
mutation($l:[ExecutionParams!]!){launchMultipleRuns(executionParamsList:$l){__typename}}
{"l":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]},"mode":"x"}}
"##);
    let mixed = "mutation($p:ExecutionParams!){launchMultipleRuns(executionParamsList:[$p,{mode:\"x\"}]){__typename}}";
    insta::assert_snapshot!(signed(mixed, &json!({"p": {}})), @r##"
mutation($p:ExecutionParams!){launchMultipleRuns(executionParamsList:[$p,{executionMetadata:{tags:[{key:"user",value:"ada"}]},mode:"x"}]){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}}
"##);
    insta::assert_snapshot!(signed("mutation{launchMultipleRuns(executionParamsList:{mode:\"x\"}){__typename}}", &json!({})), @r##"
mutation{launchMultipleRuns(executionParamsList:{executionMetadata:{tags:[{key:"user",value:"ada"}]},mode:"x"}){__typename}}
{}
"##);
}

#[test]
fn two_launches_may_share_their_params() {
    let document = "mutation($p:ExecutionParams!){a:launchRun(executionParams:$p){__typename} ...F} fragment F on Mutation{b:launchRun(executionParams:$p){__typename}}";
    insta::assert_snapshot!(signed(document, &json!({"p": {}})), @r##"
mutation($p:ExecutionParams!){a:launchRun(executionParams:$p){__typename} ...F} fragment F on Mutation{b:launchRun(executionParams:$p){__typename}}
{"p":{"executionMetadata":{"tags":[{"key":"user","value":"ada"}]}}}
"##);
}

#[test]
fn a_variable_that_means_something_else_elsewhere_is_not_edited() {
    for document in [
        "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename} other(x:$p){__typename}}",
        "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename a(x:$p)}}",
        "mutation($p:ExecutionParams!){launchRun(executionParams:$p)@include(if:$p){__typename}}",
        "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename} ...F} fragment F on Mutation{other(x:$p){__typename}}",
        "mutation($p:ExecutionParams!){launchRunReexecution(executionParams:$p reexecutionParams:$p){__typename}}",
        "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename} launchPartitionBackfill(backfillParams:$p){__typename}}",
    ] {
        assert_eq!(unsigned(document, &json!({"p": {}})), "attribution_ambiguous", "{document}");
    }
}

#[test]
fn what_cannot_be_signed_with_certainty_is_refused() {
    for params in [
        "1",
        "\"x\"",
        "[]",
        "[{}]",
        "ENUM",
        "{executionMetadata:1}",
        "{executionMetadata:[{}]}",
        "{executionMetadata:{tags:\"user\"}}",
        "{executionMetadata:{tags:[[{key:\"user\" value:\"root\"}]]}}",
        "{executionMetadata:{tags:[{value:\"root\"}]}}",
        "{executionMetadata:{tags:[{key:user value:\"root\"}]}}",
        "{executionMetadata:{tags:[{key:[\"user\"] value:\"root\"}]}}",
        "{executionMetadata:{tags:[null]}}",
        "{executionMetadata:{tags:[{key:$undefined value:\"x\"}]}}",
        "$undefined",
        "{executionMetadata:$undefined}",
        "{executionMetadata:{tags:[$undefined]}}",
    ] {
        assert_eq!(unsigned(&launch(params), &json!({})), "attribution_ambiguous", "{params}");
    }
    let document = "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}";
    for params in [
        json!("x"),
        json!([{}]),
        json!(1),
        json!({"executionMetadata": [{}]}),
        json!({"executionMetadata": "x"}),
        json!({"executionMetadata": {"tags": "user"}}),
        json!({"executionMetadata": {"tags": [[{"key": "user"}]]}}),
        json!({"executionMetadata": {"tags": [{"value": "root"}]}}),
        json!({"executionMetadata": {"tags": [{"key": ["user"]}]}}),
        json!({"executionMetadata": {"tags": [null]}}),
    ] {
        assert_eq!(unsigned(document, &json!({"p": params})), "attribution_ambiguous", "{params}");
    }
}

#[test]
fn without_attribution_nothing_is_changed() {
    let document = launch(r#"{executionMetadata:{tags:[{key:"user",value:"root"}]}}"#);
    let body = body_of(&ask_with(&document, &json!({})).understood(), None);
    assert_eq!(body["query"], document);
}

#[test]
fn what_launches_nothing_is_not_changed() {
    let document = r#"mutation{resumePartitionBackfill(backfillId:"b"){__typename}}"#;
    assert_eq!(body_of(&ask_with(document, &json!({})).understood(), Some("ada"))["query"], document);
}

#[test]
fn a_name_with_quotes_in_it_stays_a_name() {
    let name = "ada\" }, {key:\"x\\\n\u{1F600}\u{2028}";
    let sent = ask_with(&launch("{}"), &json!({})).understood();
    let body = body_of(&sent, Some(name));
    let again = super::ask(body["query"].as_str().unwrap()).understood();
    assert_eq!(again.intent().operations.len(), 1);
    let variables = json!({"p": {}});
    let sent =
        ask_with("mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}", &variables).understood();
    assert_eq!(body_of(&sent, Some(name))["variables"]["p"]["executionMetadata"]["tags"][0]["value"], name);
}

#[test]
fn the_operation_that_does_not_run_is_left_as_it_is() {
    let document =
        "query A($p:X){version(p:$p)} mutation B($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}";
    let body = json!({"query": document, "operationName": "B", "variables": {"p": {}}}).to_string();
    let body = body_of(&super::post("application/json", body).understood(), Some("ada"));
    assert_eq!(body["query"], document);
    assert_eq!(body["variables"]["p"]["executionMetadata"]["tags"][0]["value"], "ada");
}
