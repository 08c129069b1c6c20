//! One thing of every kind that Dagster has, and what one does to it.

use serde_json::{Value, json};

use super::reading::Request;
use super::words::{FINANCE, MARKETING, keys, mutation, page, repository, within};

/// A request about the thing that somebody has, and the same about another one.
pub struct Pair {
    pub name: &'static str,
    pub own: Request,
    pub other: Request,
}

/// By what they name.
fn pair(name: &'static str, [own, other]: [&str; 2], request: impl Fn(&str) -> Request) -> Pair {
    Pair { name, own: request(own), other: request(other) }
}

/// A document about a thing of finance's.
fn there(document: &str, own: &Value) -> Request {
    Request::graphql(document, &json!({"a": within(FINANCE, own)}))
}

/// A mutation whose one argument is a text.
fn text(field: &str, argument: &str, value: &str) -> Request {
    mutation(field, argument, "String!", &json!(value))
}

const PLACES: [&str; 2] = [FINANCE, MARKETING];
const RUNS: [&str; 2] = ["finance-close_books", "marketing-send_mail"];
/// Runs of assets of the books', and of others.
const MADE: [&str; 2] = ["finance-+ledger.entries", "finance-+payroll.salaries"];
const ASSETS: [&str; 2] = ["ledger/entries", "payroll/salaries"];

fn terminate(run: &str) -> Request {
    mutation("terminateRuns", "runIds", "[String!]!", &json!([run]))
}

fn cancel(backfill: &str) -> Request {
    text("cancelPartitionBackfill", "backfillId", backfill)
}

fn wipe(asset: &str) -> Request {
    let ranges = json!([{"assetKey": keys(&[asset])[0]}]);
    mutation("wipeAssets", "assetPartitionRanges", "[PartitionsByAssetSelector!]!", &ranges)
}

fn look_at(asset: &str) -> Request {
    page("AssetViewDefinitionQuery", &json!({"assetKey": keys(&[asset])[0]}))
}

/// The things that somebody has, each with requests about one of its kind.
pub fn things() -> Vec<(&'static str, Vec<Pair>)> {
    [places(), code(), instigators(), assets(), partitions(), what_ran()].into_iter().flatten().collect()
}

fn places() -> Vec<(&'static str, Vec<Pair>)> {
    let launch = |place: &str| {
        let params = json!({"selector": within(place, &json!({"jobName": "close_books"}))});
        mutation("launchRun", "executionParams", "ExecutionParams!", &params)
    };
    let look = |place: &str| {
        let document = "query($a:RepositorySelector!){repositoryOrError(repositorySelector:$a){__typename}}";
        Request::graphql(document, &json!({"a": repository(place)}))
    };
    vec![
        (
            "location:finance",
            vec![
                pair("look at it", PLACES, |place| page("LocationWorkspaceQuery", &json!({"name": place}))),
                pair("reload it", PLACES, |place| text("reloadRepositoryLocation", "repositoryLocationName", place)),
                pair("launch a job of it", PLACES, launch),
                pair("terminate a run of it", RUNS, terminate),
            ],
        ),
        (
            "repository:__repository__@finance",
            vec![
                pair("look at it", PLACES, look),
                pair("launch a job of it", PLACES, launch),
                pair("terminate a run of it", RUNS, terminate),
                pair("wipe an asset of it", ["ledger/entries", "ads/clicks"], wipe),
            ],
        ),
    ]
}

fn code() -> Vec<(&'static str, Vec<Pair>)> {
    let job =
        |job: &str| page("JobPermissionsQuery", &json!({"selector": within(FINANCE, &json!({"pipelineName": job}))}));
    let launch = |job: &str| {
        let params = json!({"selector": within(FINANCE, &json!({"jobName": job}))});
        mutation("launchRun", "executionParams", "ExecutionParams!", &params)
    };
    let graph = |name: &str| {
        there("query($a:GraphSelector){graphOrError(selector:$a){__typename}}", &json!({"graphName": name}))
    };
    let resource = |name: &str| {
        let document = "query($a:ResourceSelector!){topLevelResourceDetailsOrError(resourceSelector:$a){__typename}}";
        there(document, &json!({"resourceName": name}))
    };
    let component = |id: &str| {
        let document =
            "mutation($c:String!){deleteAppManagedComponent(locationName:\"finance\",componentId:$c){__typename}}";
        Request::graphql(document, &json!({"c": id}))
    };
    vec![
        (
            "job:close_books",
            vec![
                pair("look at it", ["close_books", "open_books"], job),
                pair("launch it", ["close_books", "open_books"], launch),
                pair("terminate a run of it", RUNS, terminate),
            ],
        ),
        ("graph:sums", vec![pair("look at it", ["sums", "totals"], graph)]),
        ("resource:warehouse", vec![pair("look at it", ["warehouse", "mailer"], resource)]),
        ("component:loader", vec![pair("delete it", ["loader", "writer"], component)]),
    ]
}

fn instigators() -> Vec<(&'static str, Vec<Pair>)> {
    let schedules = ["at_night", "at_noon"];
    let schedule = |field: &'static str, argument: &'static str| {
        move |name: &str| {
            let selector = within(FINANCE, &json!({"scheduleName": name}));
            mutation(field, argument, "ScheduleSelector!", &selector)
        }
    };
    let look = |name: &str| {
        let document = "query($a:ScheduleSelector!){scheduleOrError(scheduleSelector:$a){__typename}}";
        there(document, &json!({"scheduleName": name}))
    };
    let sensor = |name: &str| {
        let document = "mutation($a:SensorSelector!){setSensorCursor(sensorSelector:$a,cursor:\"x\"){__typename}}";
        there(document, &json!({"sensorName": name}))
    };
    let look_at_sensor = |name: &str| {
        there("query($a:SensorSelector!){sensorOrError(sensorSelector:$a){__typename}}", &json!({"sensorName": name}))
    };
    let ticks =
        |name: &str| page("TickHistoryQuery", &json!({"instigationSelector": within(FINANCE, &json!({"name": name}))}));
    let stop = |field: &'static str| move |id: &str| mutation(field, "id", "String", &json!(id));
    vec![
        (
            "schedule:at_night",
            vec![
                pair("look at it", schedules, look),
                pair("start it", schedules, schedule("startSchedule", "scheduleSelector")),
                pair("try it", schedules, schedule("scheduleDryRun", "selectorData")),
                pair("stop it, by its id", ["at_night-of-finance", "at_noon-of-finance"], stop("stopRunningSchedule")),
                pair("ticks, by its id", ["at_night-of-finance", "at_noon-of-finance"], state),
            ],
        ),
        (
            "sensor:invoices",
            vec![
                pair("look at it", ["invoices", "leads"], look_at_sensor),
                pair("set its cursor", ["invoices", "leads"], sensor),
                pair("stop it, by its id", ["invoices-of-finance", "leads-of-marketing"], stop("stopSensor")),
            ],
        ),
        ("instigator:at_night", vec![pair("look at its ticks", schedules, ticks)]),
    ]
}

fn state(id: &str) -> Request {
    Request::graphql("query($i:String){instigationStateOrError(id:$i){__typename}}", &json!({"i": id}))
}

fn assets() -> Vec<(&'static str, Vec<Pair>)> {
    let materialize = |asset: &str| {
        let selector = within(FINANCE, &json!({"jobName": "__ASSET_JOB", "assetSelection": keys(&[asset])}));
        mutation("launchRun", "executionParams", "ExecutionParams!", &json!({ "selector": selector }))
    };
    let members =
        |name: &str| there("query($a:AssetGroupSelector){assetNodes(group:$a){id}}", &json!({"groupName": name}));
    vec![
        (
            "asset_group:books",
            vec![
                pair("look at it", ["books", "wages"], members),
                pair("look at an asset of it", ASSETS, look_at),
                pair("materialize an asset of it", ASSETS, materialize),
                pair("wipe an asset of it", ASSETS, wipe),
                pair("report an asset of it", ASSETS, report),
                pair("terminate a run of it", MADE, terminate),
            ],
        ),
        (
            "asset:ledger/entries",
            vec![
                pair("look at it", ASSETS, look_at),
                pair("materialize it", ASSETS, materialize),
                pair("wipe it", ASSETS, wipe),
                pair("report it", ASSETS, report),
                pair("terminate a run of it", MADE, terminate),
            ],
        ),
    ]
}

fn report(asset: &str) -> Request {
    Request::http(&format!("POST /report_asset_materialization/{asset}"))
}

fn partitions() -> Vec<(&'static str, Vec<Pair>)> {
    let add = |name: &str| {
        let document = "mutation($r:RepositorySelector!,$n:String!){addDynamicPartition(repositorySelector:$r,partitionsDefName:$n,partitionKey:\"nz\"){__typename}}";
        Request::graphql(document, &json!({"r": repository(FINANCE), "n": name}))
    };
    let sets = ["close_books_partition_set", "open_books_partition_set"];
    let look = |name: &str| {
        let document = "query($r:RepositorySelector!,$n:String){partitionSetOrError(repositorySelector:$r,partitionSetName:$n){__typename}}";
        Request::graphql(document, &json!({"r": repository(FINANCE), "n": name}))
    };
    let launch = |name: &str| {
        let selector = json!({"partitionSetName": name, "repositorySelector": repository(FINANCE)});
        let params = json!({"selector": selector, "partitionNames": ["x"]});
        mutation("launchPartitionBackfill", "backfillParams", "LaunchBackfillParams!", &params)
    };
    vec![
        ("partitions:countries", vec![pair("add one", ["countries", "regions"], add)]),
        (
            "partition_set:close_books_partition_set",
            vec![
                pair("look at it", sets, look),
                pair("launch a backfill of it", sets, launch),
                pair("cancel a backfill of it", RUNS, cancel),
            ],
        ),
    ]
}

fn what_ran() -> Vec<(&'static str, Vec<Pair>)> {
    let log = |run: &str| {
        let key = json!({"k": [run, "compute_logs", "x"]});
        Request::graphql("query($k:[String!]!){capturedLogs(logKey:$k){stdout}}", &key)
    };
    let limit = |pool: &str| {
        let document = "mutation($k:String!){setConcurrencyLimit(concurrencyKey:$k,limit:1)}";
        Request::graphql(document, &json!({ "k": pool }))
    };
    vec![
        (
            "run:finance-close_books",
            vec![
                pair("look at it", RUNS, |id| page("RunRootQuery", &json!({"runId": id}))),
                pair("terminate it", RUNS, terminate),
                pair("delete it", RUNS, |id| text("deleteRun", "runId", id)),
                pair("look at its logs", RUNS, log),
            ],
        ),
        (
            "backfill:finance-close_books",
            vec![
                pair("look at it", RUNS, |id| page("BackfillDetailsQuery", &json!({"backfillId": id}))),
                pair("cancel it", RUNS, cancel),
            ],
        ),
        ("log:finance-close_books/**", vec![pair("look at it", RUNS, log)]),
        (
            "pool:warehouse",
            vec![
                pair("set its limit", ["warehouse", "printer"], limit),
                pair("delete its limit", ["warehouse", "printer"], |pool| {
                    let document = "mutation($k:String!){deleteConcurrencyLimit(concurrencyKey:$k)}";
                    Request::graphql(document, &json!({ "k": pool }))
                }),
            ],
        ),
    ]
}
