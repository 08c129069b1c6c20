//! Every request the table shows.

use serde_json::json;

use super::door::Request;

/// A heading and its rows: how a row is called, and the request.
pub type Section = (&'static str, Vec<(String, Request)>);

/// One row of the tool's list of operations (`data/dagster_operations.json`, Dagster 1.13.27).
#[derive(Debug, serde::Deserialize)]
pub struct Listed {
    pub field: String,
    pub kind: String,
    pub role: String,
    #[serde(default)]
    pub args: std::collections::BTreeMap<String, String>,
}

/// The list.
pub fn listed() -> Vec<Listed> {
    serde_json::from_str(include_str!("../data/dagster_operations.json")).expect("the list of operations")
}

/// The examples for one route of the list.
pub fn examples(route: &str) -> &'static [&'static str] {
    match route {
        "GET /graphql (Accept has text/html)" => &["GET /graphql (as a page)"],
        "GET /graphql?query=" => &["GET /graphql?query={version}", "GET /graphql?query=mutation{setNuxSeen}"],
        "POST /graphql" | "WS /graphql" => &[],
        "GET /server_info, /dagit_info" => &["GET /server_info", "HEAD /server_info", "GET /dagit_info"],
        "GET /logs/{run}/{kind}/{key}/out, …/err" => &[
            "GET /logs/run/compute_logs/step/out",
            "GET /logs/run/compute_logs/step/err",
            "HEAD /logs/repo/sensor/tick/err",
        ],
        "GET /logs/{path}" => &[
            "GET /logs/exports/customers/csv",
            "GET /logs/exports/customers%2Fout",
            "GET /logs/run/out",
            "GET /logs/a/b/c/out/",
        ],
        "GET /notebook, /dagit/notebook ?path=&repoLocName=" => &[
            "GET /notebook?path=a.ipynb&repoLocName=defs",
            "HEAD /notebook?path=a.ipynb",
            "GET /dagit/notebook?path=a.ipynb",
            "GET /notebook/",
        ],
        "GET /download_debug/{run_id}" => &["GET /download_debug/6f1c9b4e", "HEAD /download_debug/6f1c9b4e"],
        "POST /report_asset_materialization/{key}" => {
            &["POST /report_asset_materialization/raw/orders", "POST /report_asset_materialization/?asset_key=raw"]
        }
        "POST /report_asset_check/{key}" => &["POST /report_asset_check/raw%2Forders", "POST /report_asset_check/"],
        "POST /report_asset_observation/{key}" => {
            &["POST /report_asset_observation/raw", "POST /report_asset_observation/"]
        }
        "GET / and /{anything else}" => {
            &["GET /", "GET /runs", "GET /runs/", "HEAD /overview/activity", "GET /assets/a%20b", "GET /GraphQL"]
        }
        "GET /_next/*, /vendor/*, favicon*, manifest.json, robots.txt, 404.html, csp-header.txt, Dagster_world.mp4" => {
            &[
                "GET /_next/static/chunks/main.js",
                "GET /vendor/x.js",
                "GET /favicon.png",
                "GET /manifest.json",
                "GET /robots.txt",
                "GET /404.html",
                "GET /csp-header.txt",
                "GET /Dagster_world.mp4",
            ]
        }
        other => panic!("no examples for the route {other:?}: add some"),
    }
}

/// All sections.
pub fn sections() -> Vec<Section> {
    let listed = listed();
    let of_kind = |kind: &'static str| listed.iter().filter(move |own| own.kind == kind);
    let mutations = of_kind("mutation").map(|own| (own.field.clone(), mutation(&own.field))).collect();
    let subscriptions = of_kind("subscription");
    let subscriptions =
        subscriptions.map(|own| (own.field.clone(), Request::socket(&format!("subscription {{ {} }}", own.field))));
    let routes = of_kind("route").flat_map(|own| examples(&own.field)).map(|line| ((*line).to_owned(), route(line)));
    vec![
        ("Mutations", mutations),
        ("Mutations by their arguments and company", by_argument()),
        ("Queries", queries()),
        ("Subscriptions, over a WebSocket", subscriptions.collect()),
        ("Other messages on a WebSocket", other_messages()),
        ("HTTP", routes.collect()),
        ("HTTP that Dagster has no use for", other_http()),
    ]
}

fn mutation(field: &str) -> Request {
    Request::graphql(&format!("mutation {{ {field} }}"), &json!({}))
}

fn route(line: &str) -> Request {
    match line.strip_suffix(" (as a page)") {
        Some(line) => Request::http(line).with("accept", "text/html,application/xhtml+xml"),
        None => Request::http(line),
    }
}

fn by_argument() -> Vec<(String, Request)> {
    let delete = |rest: &str| format!("mutation {rest}");
    let rows = [
        (delete("{ deleteDynamicPartitions(wipeMaterializations: false) }"), json!({})),
        (delete("{ deleteDynamicPartitions(wipeMaterializations: true) }"), json!({})),
        (delete("($w: Boolean) { deleteDynamicPartitions(wipeMaterializations: $w) }"), json!({"w": false})),
        (delete("($w: Boolean) { deleteDynamicPartitions(wipeMaterializations: $w) }"), json!({"w": true})),
        (delete("($w: Boolean = true) { deleteDynamicPartitions(wipeMaterializations: $w) }"), json!({})),
        (delete("{ safe: deleteDynamicPartitions(wipeMaterializations: true) }"), json!({})),
        (delete("{ setNuxSeen wipeAssets }"), json!({})),
        (delete("{ logTelemetry: shutdownRepositoryLocation }"), json!({})),
        (delete("{ ...F } fragment F on Mutation { launchRun }"), json!({})),
        (delete("{ wipeAssets @skip(if: true) setNuxSeen }"), json!({})),
        (delete("{ somethingNew }"), json!({})),
    ];
    let named = |(document, variables): (String, serde_json::Value)| {
        let name = if variables == json!({}) { document.clone() } else { format!("{document} {variables}") };
        (name, Request::graphql(&document, &variables))
    };
    rows.into_iter().map(named).collect()
}

fn queries() -> Vec<(String, Request)> {
    let documents =
        ["{ version }", "{ somethingNew }", "query { __schema { types { name } } }", "query { launchRun: version }"];
    let documents = documents
        .into_iter()
        .map(str::to_owned)
        .chain(nested().into_iter().chain(too_much()).map(|(_, document)| document));
    documents.map(|document| (document.clone(), Request::graphql(&document, &json!({})))).collect()
}

/// Fields that count wherever they stand: how the page calls them, and a query for each.
pub fn nested() -> Vec<(&'static str, String)> {
    let schedule = |of: &str| format!("{{ scheduleOrError {{ ... on Schedule {{ {of} }} }} }}");
    let partition =
        |of: &str| format!("{{ pipelineOrError {{ ... on Job {{ partition(partitionName: \"a\") {{ {of} }} }} }} }}");
    let job = |of: &str| format!("{{ pipelineOrError {{ ... on Job {{ {of} }} }} }}");
    let set = |of: &str| format!("{{ partitionSetOrError {{ ... on PartitionSet {{ {of} }} }} }}");
    vec![
        ("evaluationResult", schedule("futureTick(tickTimestamp: 1) { evaluationResult { skipReason } }")),
        ("runConfigOrError", partition("runConfigOrError { __typename }")),
        ("tagsOrError", partition("tagsOrError { __typename }")),
        ("executionPlanOrError", "{ executionPlanOrError { __typename } }".to_owned()),
        ("partitionKeysOrError", job("partitionKeysOrError { __typename }")),
        ("partitionsOrError", set("partitionsOrError { __typename }")),
        ("partitionStatusesOrError", set("partitionStatusesOrError { __typename }")),
        ("partitionRuns", set("partitionRuns { __typename }")),
        ("futureTicks(limit: 5)", schedule("futureTicks(limit: 5) { results { timestamp } }")),
        ("potentialTickTimestamps(upperLimit: 5)", schedule("potentialTickTimestamps(upperLimit: 5)")),
    ]
}

/// The same where they are too much: they ask for too much, too often, or along a list.
pub fn too_much() -> Vec<(&'static str, String)> {
    let schedule = |of: &str| format!("{{ scheduleOrError {{ ... on Schedule {{ {of} }} }} }}");
    let thrice = |root: &str, on: &str, field: &str| {
        format!("{{ {root} {{ ... on {on} {{ {field} a: {field} b: {field} }} }} }}")
    };
    let set = |field: &str| thrice("partitionSetOrError", "PartitionSet", &format!("{field} {{ __typename }}"));
    vec![
        ("partitionKeysOrError (three times)", thrice("pipelineOrError", "Job", "partitionKeysOrError { __typename }")),
        ("partitionsOrError (three times)", set("partitionsOrError")),
        ("partitionStatusesOrError (three times)", set("partitionStatusesOrError")),
        ("partitionRuns (three times)", set("partitionRuns")),
        (
            "partitionKeysOrError (of many jobs)",
            "{ repositoryOrError { ... on Repository { jobs { partitionKeysOrError { __typename } } } } }".to_owned(),
        ),
        ("futureTicks(limit: 5000)", schedule("futureTicks(limit: 5000) { results { timestamp } }")),
        ("futureTicks (three times)", thrice("scheduleOrError", "Schedule", "futureTicks { __typename }")),
        ("potentialTickTimestamps(upperLimit: 5000)", schedule("potentialTickTimestamps(upperLimit: 5000)")),
        ("potentialTickTimestamps (three times)", thrice("scheduleOrError", "Schedule", "potentialTickTimestamps")),
    ]
}

fn other_messages() -> Vec<(String, Request)> {
    ["{ capturedLogs { cursor } }", "mutation { setNuxSeen }", "subscription { somethingNew }"]
        .into_iter()
        .map(|document| (document.to_owned(), Request::socket(document)))
        .collect()
}

fn other_http() -> Vec<(String, Request)> {
    [
        "POST /",
        "POST /server_info",
        "PUT /runs",
        "PATCH /runs",
        "DELETE /logs/a",
        "OPTIONS /runs",
        "PROPFIND /runs",
        "POST /report_asset_materialization",
        "POST /report_something_new/raw",
        "POST /graphql/",
        "GET /graphql/",
        "GET /graphql;x",
        "GET /%2567raphql",
        "PUT /graphql",
        "TRACE /runs",
    ]
    .into_iter()
    .map(|line| (line.to_owned(), Request::http(line)))
    .collect()
}
