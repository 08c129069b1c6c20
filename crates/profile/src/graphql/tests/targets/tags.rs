//! Tags that name things, however they are written.

use serde_json::{Value, json};

use super::{NIGHTLY, acts, acts_on, intent};

const JOB: &str = "location:etl+repository:r@etl+job:nightly?";

/// A launch with these tags.
fn launch(tags: &str) -> String {
    format!(
        "mutation M{{launchRun(executionParams:{{selector:{{{NIGHTLY}}} executionMetadata:{{tags:{tags}}}}}){{__typename}}}}"
    )
}

fn tagged(tags: &str) -> String {
    acts(&launch(tags))
}

/// The same with variables.
fn given(definitions: &str, tags: &str, variables: &Value) -> String {
    acts_on(&launch(tags).replace("mutation M", &format!("mutation M({definitions})")), variables)
}

#[test]
fn a_run_that_is_counted_to_another_one_acts_on_it() {
    for (key, named) in [
        ("dagster/root_run_id", "run:7?"),
        ("dagster/parent_run_id", "run:7?"),
        ("dagster/auto_retry_run_id", "run:7?"),
        ("dagster/backfill", "backfill:7?"),
        ("dagster/parent_backfill_id", "backfill:7?"),
        ("dagster/root_backfill_id", "backfill:7?"),
    ] {
        let mut things = [JOB, named];
        things.sort_unstable();
        let document = format!(r#"[{{key:"{key}" value:"7"}}]"#);
        assert_eq!(tagged(&document), format!("run launchRun: {}", things.join(" ")), "{key}");
        assert!(intent(&launch(&document), &json!({})).resources.iter().any(|own| named.starts_with(own.as_str())));
    }
}

#[test]
fn every_launch_is_read_for_its_tags() {
    let tag = r#"{key:"dagster/backfill" value:"7"}"#;
    insta::assert_snapshot!(acts(&format!("mutation{{launchMultipleRuns(executionParamsList:[{{selector:{{{NIGHTLY}}} executionMetadata:{{tags:[{tag}]}}}}]){{__typename}}}}")), @"run launchMultipleRuns: backfill:7? location:etl+repository:r@etl+job:nightly?");
    insta::assert_snapshot!(acts(&format!("mutation{{launchRunReexecution(reexecutionParams:{{parentRunId:\"1\" strategy:ALL_STEPS extraTags:[{tag}]}}){{__typename}}}}")), @"run launchRunReexecution: backfill:7? run:1?");
    insta::assert_snapshot!(acts(&format!("mutation{{launchPipelineReexecution(executionParams:{{executionMetadata:{{tags:{tag}}}}}){{__typename}}}}")), @"run launchPipelineReexecution: backfill:7?");
    insta::assert_snapshot!(acts(&format!("mutation{{launchPartitionBackfill(backfillParams:{{assetSelection:[{{path:[\"a\"]}}] tags:[{tag}]}}){{__typename}}}}")), @"run launchPartitionBackfill: asset:a? backfill:7?");
    insta::assert_snapshot!(acts(&format!("mutation{{reexecutePartitionBackfill(reexecutionParams:{{parentRunId:\"1\" extraTags:[{tag}]}}){{__typename}}}}")), @"run reexecutePartitionBackfill: backfill:1? backfill:7?");
    // What a list is looked through for by its tags is the list.
    insta::assert_snapshot!(acts(&format!("{{runsOrError(filter:{{tags:[{tag}]}}){{__typename}}}}")), @"view runsOrError: whole");
}

#[test]
fn however_it_is_written_it_is_the_same_tag() {
    let expected = format!("run launchRun: {JOB} run:7?");
    for tags in [
        r#"[{key:"dagster/root_run_id" value:"7"}]"#,
        r#"{key:"dagster/root_run_id" value:"7"}"#,
        r#"[{value:"7" key:"dagster/root_run_id"}]"#,
        r#"[{key:"\u0064agster\/root_run_id" value:"7"}]"#,
        r#"[{key:"""dagster/root_run_id""" value:"""7"""}]"#,
        "[{key:\"\"\"\n    dagster/root_run_id\n  \"\"\" value:\"7\"}]",
        r#"[{key:"team" value:"etl"} {key:"dagster/root_run_id" value:"7"}]"#,
        r#"[{key:"dagster/root_run_id" value:"7"} {key:"dagster/root_run_id" value:"7"}]"#,
        r#"[{key:"dagster/root_run_id" value:"7"} {key:"user" value:"ada"} {key:"dagster/partition/day" value:"1"}]"#,
    ] {
        assert_eq!(tagged(tags), expected, "{tags}");
    }
    let tag = json!({"key": "dagster/root_run_id", "value": "7"});
    for (definitions, tags, variables) in [
        ("$t:[ExecutionTag!]", "$t", json!({"t": [tag]})),
        ("$t:[ExecutionTag!]", "$t", json!({"t": tag})),
        ("$t:ExecutionTag!", "[$t]", json!({"t": tag})),
        ("$t:ExecutionTag!", "[{key:\"a\" value:\"b\"} $t]", json!({"t": tag})),
        ("$k:String!", "[{key:$k value:\"7\"}]", json!({"k": "dagster/root_run_id"})),
        ("$k:String=\"dagster/root_run_id\" $v:String=\"7\"", "[{key:$k value:$v}]", json!({})),
        ("$t:[ExecutionTag!]=[{key:\"dagster/root_run_id\" value:\"7\"}]", "$t", json!({})),
        ("$t:[ExecutionTag!]={key:\"dagster/root_run_id\" value:\"7\"}", "$t", json!({})),
        ("$t:[ExecutionTag!]=[]", "$t", json!({"t": [tag]})),
    ] {
        assert_eq!(given(definitions, tags, &variables), expected, "{definitions} {tags} {variables}");
    }
    let whole = format!(
        "mutation($p:ExecutionParams!){{a:launchRun(executionParams:$p){{__typename}} b:launchRun(executionParams:{{selector:{{{NIGHTLY}}}}}){{__typename}}}}"
    );
    let selector = json!({"repositoryLocationName": "etl", "repositoryName": "r", "jobName": "nightly"});
    let params = json!({"selector": selector, "executionMetadata": {"tags": [tag]}});
    assert_eq!(acts_on(&whole, &json!({"p": params})), expected);
}

#[test]
fn peoples_own_tags_name_nothing() {
    let expected = format!("run launchRun: {JOB}");
    for tags in [
        "null",
        "[]",
        r#"[{key:"team" value:"etl"}]"#,
        r#"[{key:"user" value:"ada"}]"#,
        r#"[{key:"Team/Name" value:"dagster/backfill"}]"#,
        r#"[{key:"dagster" value:"7"}]"#,
        r#"[{key:"my/dagster/backfill" value:"7"}]"#,
        r#"[{key:"dagster/partition" value:"2026-01-01"} {key:"dagster/partition_set" value:"x_partition_set"}]"#,
        r#"[{key:"dagster/priority" value:"3"} {key:"dagster/max_retries" value:"2"}]"#,
        r#"[{key:"" value:"7"}]"#,
        r#"[{key:"team"}]"#,
    ] {
        assert_eq!(tagged(tags), expected, "{tags}");
    }
    let long = json!({"t": [{"key": "team", "value": "x".repeat(5000)}]});
    assert_eq!(given("$t:[ExecutionTag!]", "$t", &long), expected);
}

#[test]
fn what_steers_other_things_or_is_nearly_such_a_tag_is_unknown() {
    for tags in [
        r#"[{key:"dagster/schedule_name" value:"s"}]"#,
        r#"[{key:"dagster/sensor_name" value:"s"}]"#,
        r#"[{key:"dagster/run_key" value:"k"}]"#,
        r#"[{key:"dagster/tick" value:"1"}]"#,
        r#"[{key:"dagster/asset_evaluation_id" value:"1"}]"#,
        r#"[{key:"dagster/will_retry" value:"true"}]"#,
        r#"[{key:"dagster/retry_number" value:"1"}]"#,
        r#"[{key:"dagster/image" value:"x"}]"#,
        r#"[{key:"dagster/whatever_comes" value:"x"}]"#,
        r#"[{key:".dagster/grpc_info" value:"{}"}]"#,
        r#"[{key:".dagster/scheduled_execution_time" value:"1"}]"#,
        r#"[{key:"dagster-k8s/config" value:"{}"}]"#,
        r#"[{key:"dagster-celery/queue" value:"q"}]"#,
        r#"[{key:"docker/container_id" value:"1"}]"#,
        r#"[{key:"ecs/task_overrides" value:"{}"}]"#,
        // Nearly it, to some database.
        r#"[{key:"Dagster/Root_Run_Id" value:"7"}]"#,
        r#"[{key:"DAGSTER/partition" value:"7"}]"#,
        r#"[{key:"dagster/root_run_id " value:"7"}]"#,
        r#"[{key:" dagster/root_run_id" value:"7"}]"#,
        r#"[{key:"dagster/root_run_id\t" value:"7"}]"#,
        r#"[{key:"dagster/root_run_id\u0000" value:"7"}]"#,
        r#"[{key:"d\u00e1gster/root_run_id" value:"7"}]"#,
        r#"[{key:"dagster\uff0froot_run_id" value:"7"}]"#,
        // No names, no tags.
        r#"[{key:"dagster/backfill" value:""}]"#,
        r#"[{key:"dagster/backfill" value:null}]"#,
        r#"[{key:"dagster/backfill" value:7}]"#,
        r#"[{key:"dagster/backfill" value:["7"]}]"#,
        r#"[{key:"dagster/backfill"}]"#,
        r#"[{key:"dagster/backfill" value:$v}]"#,
        r#"[{key:["dagster/backfill"] value:"7"}]"#,
        r#"[{key:$k value:"7"}]"#,
        "[{value:\"7\"}]",
        "[[{key:\"team\" value:\"7\"}]]",
        "[\"dagster/backfill\"]",
        "\"\"",
        "$t",
    ] {
        assert_eq!(tagged(tags), "run launchRun: unknown", "{tags}");
    }
    for (definitions, tags, variables) in [
        ("$t:[ExecutionTag!]", "$t", json!({"t": [{"key": null, "value": "7"}]})),
        ("$t:[ExecutionTag!]", "$t", json!({"t": [["x"]]})),
        ("$t:[ExecutionTag!]", "$t", json!({"t": "dagster/backfill"})),
        ("$k:String", "[{key:$k value:\"7\"}]", json!({})),
        ("$k:String", "[{key:$k value:\"7\"}]", json!({"k": ["dagster/backfill"]})),
        ("$k:String", "[{key:$k value:\"7\"}]", json!({"k": "x".repeat(2000)})),
    ] {
        assert_eq!(given(definitions, tags, &variables), "run launchRun: unknown", "{definitions} {tags} {variables}");
    }
}

#[test]
fn a_launch_is_signed_whatever_its_tags_were_written_with() {
    for (definitions, tags, variables) in [
        ("$k:String!", "[{key:$k value:\"bob\"}]", json!({"k": "user"})),
        ("$k:String!", "[{key:\"dagster/root_run_id\" value:$k}]", json!({"k": "7"})),
        (
            "$t:ExecutionTag!",
            "[$t {key:\"user\" value:\"bob\"}]",
            json!({"t": {"key": "dagster/backfill", "value": "7"}}),
        ),
    ] {
        let document = launch(tags).replace("mutation M", &format!("mutation M({definitions})"));
        let understood = super::ask_with(&document, &variables).understood();
        let body = understood.envelope(Some("ada")).unwrap().body;
        let body = std::str::from_utf8(&body).unwrap();
        assert!(body.contains(r#"\"user\""#) && body.contains(r#"\"ada\""#) && !body.contains("bob"), "{body}");
    }
}
