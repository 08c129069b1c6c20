//! What people try: the rows.

use serde_json::{Value, json};

use super::launches;
use super::reading::Request;
use super::words::{BOTH, FINANCE, MARKETING, keys, mutation, page, plain, repository, row, within};

/// A title, and requests with what they are called.
pub type Section = (&'static str, Vec<(String, Request)>);

/// All of them.
pub fn sections() -> Vec<Section> {
    vec![
        ("The page, and lists of everything", the_page()),
        ("Looking at things", looking()),
        ("Looking at runs, backfills and logs", looking_at_runs()),
        ("Launching", launches::launching()),
        ("Launching in other words", launches::in_other_words()),
        ("Runs and backfills that are there", acting_on_runs()),
        ("Schedules and sensors", instigators()),
        ("Locations, partitions and assets", editing()),
        ("What is the instance's", instance()),
        ("HTTP", http()),
        ("WebSocket", sockets()),
    ]
}

fn the_page() -> Vec<(String, Request)> {
    vec![
        row("`GET /locations`", Request::http("GET /locations")),
        plain("{ version }"),
        row("permissions", page("PermissionsQuery", &json!({}))),
        row("code locations", page("CodeLocationStatusQuery", &json!({}))),
        row("all runs", page("RunsFeedRootQuery", &json!({"limit": 30, "filter": {}, "view": "ROOTS"}))),
        row("all assets", page("AssetRecordsQuery", &json!({"limit": 1000}))),
        row("pools and daemons", page("InstanceConcurrencyLimitsQuery", &json!({}))),
        plain("{ somethingNew }"),
        row("`GET /graphql?query={version}`", Request::http("GET /graphql?query=%7Bversion%7D")),
    ]
}

fn looking() -> Vec<(String, Request)> {
    let mut rows = Vec::new();
    for place in BOTH {
        let of = |more: Value| within(place, &more);
        rows.extend([
            row(format!("location of {place}"), page("LocationWorkspaceQuery", &json!({"name": place}))),
            row(
                format!("job nightly_ledger of {place}"),
                page("JobPermissionsQuery", &json!({"selector": of(json!({"pipelineName": "nightly_ledger"}))})),
            ),
            row(
                format!("job close_books of {place}"),
                page("JobPermissionsQuery", &json!({"selector": of(json!({"pipelineName": "close_books"}))})),
            ),
            row(
                format!("schedule of {place}"),
                page("ScheduleRootQuery", &json!({"scheduleSelector": of(json!({"scheduleName": "at_night"}))})),
            ),
            row(
                format!("sensor of {place}"),
                page("SensorRootQuery", &json!({"sensorSelector": of(json!({"sensorName": "invoices"}))})),
            ),
            row(
                format!("ticks of {place}"),
                page("TickHistoryQuery", &json!({"instigationSelector": of(json!({"name": "at_night"}))})),
            ),
        ]);
    }
    for key in ["ledger/entries", "ledger/eu/entries", "payroll/salaries", "ads/clicks"] {
        rows.push(row(format!("asset {key}"), page("AssetViewDefinitionQuery", &json!({"assetKey": keys(&[key])[0]}))));
    }
    let two = json!({"assetKeys": keys(&["ledger/entries", "ads/clicks"])});
    rows.push(row("assets ledger/entries and ads/clicks", page("AssetGraphLiveQuery", &two)));
    rows
}

/// Runs that Dagster knows, and one that it does not.
const RUNS: [&str; 6] = [
    "finance-nightly_ledger",
    "finance-close_books",
    "finance-+ledger.entries",
    "finance-+ledger.entries+payroll.salaries",
    "marketing-send_mail",
    "unknown",
];

fn looking_at_runs() -> Vec<(String, Request)> {
    let mut rows: Vec<_> =
        RUNS.iter().map(|run| row(format!("run {run}"), page("RunRootQuery", &json!({"runId": run})))).collect();
    for id in ["finance-nightly_ledger", "finance-+ledger.entries", "marketing-send_mail", "unknown"] {
        rows.push(row(format!("backfill {id}"), page("BackfillDetailsQuery", &json!({"backfillId": id}))));
    }
    rows.extend([
        plain(r#"{ runsOrError(filter: {runIds: ["finance-close_books"]}) { __typename } }"#),
        plain(r#"{ runsOrError(filter: {pipelineName: "nightly_ledger"}) { __typename } }"#),
        plain(r#"{ logsForRun(runId: "finance-close_books") { __typename } }"#),
        plain(r#"{ capturedLogs(logKey: ["finance-close_books", "compute_logs", "x"]) { stdout } }"#),
        plain(r#"{ capturedLogs(logKey: ["marketing-send_mail", "compute_logs", "x"]) { stdout } }"#),
    ]);
    rows
}

fn acting_on_runs() -> Vec<(String, Request)> {
    let mut rows = Vec::new();
    for run in RUNS {
        rows.push(row(format!("terminate {run}"), mutation("terminateRuns", "runIds", "[String!]!", &json!([run]))));
    }
    let both = json!(["finance-nightly_ledger", "marketing-send_mail"]);
    rows.push(row(
        "terminate finance-nightly_ledger and marketing-send_mail",
        mutation("terminateRuns", "runIds", "[String!]!", &both),
    ));
    for run in ["finance-close_books", "marketing-send_mail"] {
        rows.push(row(format!("delete {run}"), mutation("deleteRun", "runId", "String!", &json!(run))));
        let again = json!({"parentRunId": run, "strategy": "ALL_STEPS"});
        rows.push(row(
            format!("re-execute {run}"),
            mutation("launchRunReexecution", "reexecutionParams", "ReexecutionParams", &again),
        ));
    }
    for id in ["finance-nightly_ledger", "finance-+ledger.entries", "marketing-send_mail"] {
        rows.push(row(
            format!("cancel backfill {id}"),
            mutation("cancelPartitionBackfill", "backfillId", "String!", &json!(id)),
        ));
    }
    rows
}

fn instigators() -> Vec<(String, Request)> {
    let mut rows = Vec::new();
    for (place, sensor) in [(FINANCE, "invoices"), (MARKETING, "leads")] {
        let schedule = within(place, &json!({"scheduleName": "at_night"}));
        let sensor_there = within(place, &json!({"sensorName": sensor}));
        rows.extend([
            row(
                format!("start the schedule of {place}"),
                mutation("startSchedule", "scheduleSelector", "ScheduleSelector!", &schedule),
            ),
            row(
                format!("stop the schedule of {place}, by its id"),
                mutation("stopRunningSchedule", "id", "String", &json!(format!("at_night-of-{place}"))),
            ),
            row(
                format!("try the schedule of {place}"),
                mutation("scheduleDryRun", "selectorData", "ScheduleSelector!", &schedule),
            ),
            row(
                format!("start the sensor of {place}"),
                mutation("startSensor", "sensorSelector", "SensorSelector!", &sensor_there),
            ),
            row(
                format!("stop the sensor of {place}, by its id"),
                mutation("stopSensor", "id", "String", &json!(format!("{sensor}-of-{place}"))),
            ),
        ]);
    }
    rows.push(row("stop what has an unknown id", mutation("stopSensor", "id", "String", &json!("x"))));
    rows
}

fn editing() -> Vec<(String, Request)> {
    let mut rows = Vec::new();
    for place in BOTH {
        rows.extend([
            row(
                format!("reload {place}"),
                mutation("reloadRepositoryLocation", "repositoryLocationName", "String!", &json!(place)),
            ),
            row(
                format!("shut {place} down"),
                mutation("shutdownRepositoryLocation", "repositoryLocationName", "String!", &json!(place)),
            ),
            row(
                format!("add a partition in {place}"),
                Request::graphql(
                    r#"mutation($r: RepositorySelector!) { addDynamicPartition(repositorySelector: $r, partitionsDefName: "countries", partitionKey: "nz") { __typename } }"#,
                    &json!({"r": repository(place)}),
                ),
            ),
        ]);
    }
    let wipe = |assets: &[&str]| {
        let ranges: Value = keys(assets).as_array().unwrap().iter().map(|key| json!({ "assetKey": key })).collect();
        mutation("wipeAssets", "assetPartitionRanges", "[PartitionsByAssetSelector!]!", &ranges)
    };
    for assets in [
        &["ledger/entries"][..],
        &["ledger/eu/entries"],
        &["ledger/eu/old/entries"],
        &["payroll/salaries"],
        &["ads/clicks"],
        &["ledger/eu/entries", "payroll/salaries"],
        &["ledger/eu%2Fentries"],
    ] {
        rows.push(row(format!("wipe {}", assets.join(" and ")), wipe(assets)));
    }
    for key in ["ledger/entries", "payroll/salaries"] {
        let event = json!({"eventType": "ASSET_MATERIALIZATION", "assetKey": keys(&[key])[0]});
        rows.push(row(
            format!("report {key}"),
            mutation("reportRunlessAssetEvents", "eventParams", "ReportRunlessAssetEventsParams!", &event),
        ));
    }
    rows
}

fn instance() -> Vec<(String, Request)> {
    vec![
        plain("mutation { reloadWorkspace { __typename } }"),
        plain("mutation { setAutoMaterializePaused(paused: true) }"),
        plain(r#"mutation { setConcurrencyLimit(concurrencyKey: "warehouse", limit: 1) }"#),
        plain(r#"mutation { freeConcurrencySlotsForRun(runId: "marketing-send_mail") }"#),
        plain("mutation { setNuxSeen }"),
        plain("mutation { somethingNew }"),
    ]
}

fn http() -> Vec<(String, Request)> {
    let lines = [
        "GET /server_info",
        "GET /logs/finance-close_books/compute_logs/x/out",
        "GET /logs/marketing-send_mail/compute_logs/x/err",
        "GET /logs/marketing-send_mail/values/x/csv",
        "GET /download_debug/finance-nightly_ledger",
        "GET /download_debug/finance-close_books",
        "GET /download_debug/marketing-send_mail",
        "GET /notebook?path=x&repoLocName=marketing",
        "POST /report_asset_materialization/ledger/entries",
        "POST /report_asset_materialization/payroll/salaries",
        "POST /report_asset_materialization/ads/clicks",
        "POST /report_asset_materialization/?asset_key=ads",
        "DELETE /runs",
    ];
    lines.iter().map(|line| row(format!("`{line}`"), Request::http(line))).collect()
}

fn sockets() -> Vec<(String, Request)> {
    [
        r#"subscription { pipelineRunLogs(runId: "finance-close_books") { __typename } }"#,
        r#"subscription { pipelineRunLogs(runId: "marketing-send_mail") { __typename } }"#,
        r#"subscription { capturedLogs(logKey: ["finance-close_books", "compute_logs", "x"]) { stdout } }"#,
        "subscription { locationStateChangeEvents { __typename } }",
        r#"mutation { terminateRun(runId: "finance-nightly_ledger") { __typename } }"#,
        r#"mutation { terminateRun(runId: "marketing-send_mail") { __typename } }"#,
    ]
    .into_iter()
    .map(|document| row(format!("`{document}`"), Request::socket(document)))
    .collect()
}
