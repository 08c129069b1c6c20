//! A tool that answers any document about two locations, `a` and `b`: what it is asked for of each object, whatever the arguments.

use serde_json::{Map, Value, json};

use crate::graphql::document::{Document, Selection, parse::parse};
use crate::graphql::rules::Limits;

/// What it answers.
pub(in crate::graphql::tests) fn answer(document: &str) -> Value {
    let document = parse(document, &Limits { depth: 100, tokens: usize::MAX, ..Limits::default() }).unwrap();
    let mut data = Map::new();
    select(&document, &document.operations[0].selections, &both_roots(), &mut data);
    json!({"data": data, "extensions": {"took": 1}})
}

fn select(document: &Document, selections: &[Selection], object: &Value, found: &mut Map<String, Value>) {
    let own = object["__typename"].as_str().unwrap();
    let is_one = |of: &str| own == of || of.ends_with("OrError") || matches!(of, "RunsFeedEntry" | "Error");
    for selection in selections {
        match selection {
            Selection::Field(place) => {
                let field = document.field(*place).unwrap();
                let value = object.get(&*field.name).unwrap_or(&Value::Null);
                let before = found.remove(&*field.key).unwrap_or_default();
                found.insert(field.key.to_string(), complete(document, &field.selections, value, before));
            }
            Selection::Inline(inner) if inner.on.as_deref().is_none_or(is_one) => {
                select(document, &inner.selections, object, found);
            }
            Selection::Spread(place) if is_one(&document.fragment(*place).unwrap().on) => {
                select(document, &document.fragment(*place).unwrap().selections, object, found);
            }
            _ => {}
        }
    }
}

/// What is asked for of a value, with what was asked for of it before.
fn complete(document: &Document, selections: &[Selection], value: &Value, before: Value) -> Value {
    match (value, before) {
        (Value::Array(items), Value::Array(before)) => {
            items.iter().zip(before).map(|(item, before)| complete(document, selections, item, before)).collect()
        }
        (Value::Array(items), _) => {
            items.iter().map(|item| complete(document, selections, item, Value::Null)).collect()
        }
        (Value::Object(_), before) if !selections.is_empty() => {
            let mut found = before.as_object().cloned().unwrap_or_default();
            select(document, selections, value, &mut found);
            Value::Object(found)
        }
        (value, _) => value.clone(),
    }
}

fn both_roots() -> Value {
    let (mut root, pages) = (root(), pages());
    root.as_object_mut().unwrap().extend(pages.as_object().unwrap().clone());
    root
}

/// What single pages ask for.
fn pages() -> Value {
    json!({
        "assetCheckExecutions": [{"__typename": "AssetCheckExecution", "id": "1", "runId": "run_b", "run": run("b")}],
        "truePartitionsForAutomationConditionEvaluationNode": ["monday"],
        "repositoryOrError": repository("a"),
        "resourcesOrError": {"__typename": "ResourceConnection", "resources": [resource("db"), resource("vault")]},
        "instigationStateOrError": instigation("a"),
        "autoMaterializeTicks": [tick()],
        "latestDefsStateInfo": {"__typename": "DefsStateInfo", "keyStateInfo": [{"__typename": "DefsStateInfoEntry", "name": "of_b"}]},
        "runTagKeysOrError": {"__typename": "RunTagKeys", "keys": ["of_b"]},
    })
}

fn root() -> Value {
    let both = |of: &dyn Fn(&str) -> Value| json!([of("a"), of("b")]);
    json!({
        "__typename": "Query",
        "version": "1.13.27",
        "canBulkTerminate": true,
        "permissions": permissions(),
        "locationStatusesOrError": {"__typename": "WorkspaceLocationStatusEntries", "entries": both(&|at| json!({
            "__typename": "WorkspaceLocationStatusEntry", "name": at, "id": at, "permissions": permissions()}))},
        "workspaceOrError": {"__typename": "Workspace", "locationEntries": both(&entry)},
        "workspaceLocationEntryOrError": entry("b"),
        "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": both(&repository)},
        "runsOrError": {"__typename": "Runs", "results": [run("a"), run("b"), astray()]},
        "runsFeedOrError": {"__typename": "RunsFeedConnection", "cursor": "run_b", "hasMore": false, "results": [run("b"), run("a")]},
        "runsFeedCountOrError": {"__typename": "RunsFeedCount", "count": 2},
        "runOrError": run("b"),
        "pipelineRunOrError": {"__typename": "RunNotFoundError", "message": "Run 7 is not there", "runId": "7"},
        "partitionBackfillOrError": {"__typename": "PythonError", "message": "b said so", "stack": ["in b"]},
        "pipelineOrError": pipeline("b"),
        "isPipelineConfigValid": {"__typename": "InvalidSubsetError", "message": "job_b has no such op", "pipeline": pipeline("b")},
        "sensorOrError": {"__typename": "SomethingNew", "name": "sensor_b"},
        "assetNodes": both(&node),
        "assetsOrError": {"__typename": "AssetConnection", "cursor": "asset_b", "nodes": [asset("a"), asset("b"), asset("gone")]},
        "assetNodeOrError": node("a"),
        "runGroupOrError": {"__typename": "RunGroup", "rootRunId": "run_a", "runs": [run("a"), run("b")]},
        "instance": {
            "__typename": "Instance", "info": "b: {}", "id": "x",
            "concurrencyLimits": [{"__typename": "ConcurrencyKeyInfo", "concurrencyKey": "p", "slotCount": 2,
                "claimedSlots": [{"__typename": "ClaimedConcurrencySlot", "runId": "run_b", "stepKey": "say"}]}],
            "daemonHealth": {"__typename": "DaemonHealth", "allDaemonStatuses": [{"__typename": "DaemonStatus",
                "daemonType": "SENSOR", "lastHeartbeatErrors": [{"__typename": "PythonError", "message": "b fell over"}]}]},
        },
    })
}

/// Dagster lets everybody do everything.
fn permissions() -> Value {
    let entry =
        |name: &str| json!({"__typename": "Permission", "permission": name, "value": true, "disabledReason": null});
    ["launch_pipeline_execution", "reload_repository_location", "wipe_assets", "reload_workspace", "brand_new"]
        .map(entry)
        .into()
}

fn entry(at: &str) -> Value {
    json!({"__typename": "WorkspaceLocationEntry", "name": at, "loadStatus": "LOADED", "id": at, "permissions": permissions(),
        "locationOrLoadError": {"__typename": "PythonError", "message": format!("{at} fell over"), "stack": [at]}})
}

fn repository(at: &str) -> Value {
    json!({"__typename": "Repository", "name": "main", "location": {"__typename": "RepositoryLocation", "name": at},
        "pipelines": [pipeline(at)], "assetNodes": [node(at)], "usedSolids": [used(&["a"]), used(&["a", "other"])],
        "allTopLevelResourceDetails": [{"__typename": "ResourceDetails", "name": "db", "schedulesUsing": ["nightly"]}]})
}

fn pipeline(at: &str) -> Value {
    json!({"__typename": "Pipeline", "name": format!("job_{at}"), "description": "does it",
        "partitionKeysOrError": {"__typename": "PartitionKeys", "partitionKeys": ["monday"]},
        "modes": [{"__typename": "Mode", "resources": [resource("db"), resource("vault")]}],
        "hasLaunchExecutionPermission": true, "hasLaunchReexecutionPermission": true,
        "repository": {"__typename": "Repository", "name": "main", "location": {"__typename": "RepositoryLocation", "name": at}}})
}

fn resource(name: &str) -> Value {
    json!({"__typename": "Resource", "name": name})
}

/// An op that jobs use.
fn used(jobs: &[&str]) -> Value {
    let site = |job: &&str| {
        let mut of = pipeline("a");
        of["name"] = format!("job_{job}").into();
        json!({"__typename": "NodeInvocationSite", "pipeline": of})
    };
    json!({"__typename": "UsedSolid", "definition": {"__typename": "SolidDefinition", "name": format!("op_of_{}", jobs.len())},
        "invocations": jobs.iter().map(site).collect::<Vec<_>>()})
}

fn instigation(at: &str) -> Value {
    json!({"__typename": "InstigationState", "name": "watch", "instigationType": "SENSOR", "repositoryName": "main",
        "repositoryLocationName": at, "id": "origin_a::1", "tick": tick(), "ticks": [tick()]})
}

fn tick() -> Value {
    json!({"__typename": "InstigationTick", "id": "origin_a:1", "tickId": "origin_a", "runIds": ["run_a"], "originRunIds": ["run_b"], "runKeys": ["run_b"],
        "requestedRunsForJobs": [{"__typename": "RequestedRunsForJob", "jobName": "job_a"}, {"__typename": "RequestedRunsForJob", "jobName": "job_other"}]})
}

fn run(at: &str) -> Value {
    let origin = json!({"__typename": "RepositoryOrigin", "repositoryName": "main", "repositoryLocationName": at});
    json!({"__typename": "Run", "id": format!("run_{at}"), "runId": format!("run_{at}"), "jobName": format!("job_{at}"),
        "status": "SUCCESS", "repositoryOrigin": origin, "hasTerminatePermission": true, "hasDeletePermission": true,
        "hasReExecutePermission": true})
}

/// A run of which nobody knows where it is from.
fn astray() -> Value {
    json!({"__typename": "Run", "id": "run_astray", "runId": "run_astray", "jobName": "job_astray", "status": "SUCCESS",
        "hasTerminatePermission": true, "hasDeletePermission": true, "hasReExecutePermission": true})
}

fn key(at: &str) -> Value {
    json!({"__typename": "AssetKey", "path": ["raw", format!("asset_{at}")]})
}

fn asset(at: &str) -> Value {
    json!({"__typename": "Asset", "id": format!("asset_{at}"), "key": key(at)})
}

fn bare_node(at: &str) -> Value {
    json!({"__typename": "AssetNode", "id": format!("node_{at}"), "assetKey": key(at), "groupName": "g", "isExecutable": true,
        "hasMaterializePermission": true, "hasWipePermission": true, "hasReportRunlessAssetEventPermission": true,
        "repository": {"__typename": "Repository", "name": "main", "location": {"__typename": "RepositoryLocation", "name": at}}})
}

fn node(at: &str) -> Value {
    let mut node = bare_node(at);
    node["dependencyKeys"] = json!([key("b"), key("a")]);
    node["dependencies"] = ["a", "b"].map(|at| json!({"__typename": "AssetDependency", "asset": bare_node(at)})).into();
    node["jobNames"] = json!(["job_a"]);
    node["staleCauses"] = ["a", "b"]
        .map(|on| {
            json!({"__typename": "StaleCause", "key": key(at), "dependency": key(on), "partitionKey": "monday",
            "reason": format!("has a new dependency on raw/asset_{on}")})
        })
        .into();
    node["assetMaterializationUsedData"] = ["a", "b"]
        .map(|of| json!({"__typename": "MaterializationUpstreamDataVersion", "assetKey": key(of), "timestamp": of}))
        .into();
    node["assetMaterializations"] =
        json!([{"__typename": "MaterializationEvent", "runId": "run_b", "runOrError": run("b")}]);
    node
}
