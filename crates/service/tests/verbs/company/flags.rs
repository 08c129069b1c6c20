//! What Dagster's answers tell people they may do: each permission flag, on each thing, beside what becomes of the request that it stands for.
//!
//! Written as a table like the other one, and held against it: a flag says yes exactly where the request is allowed.

use doorward_domain::Caller;
use doorward_profile::{CanonicalPath, Profile, RequestHead};
use doorward_service::gate::Bounds;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::fmt::Write as _;

use super::people::{Column, Company};
use super::reading::Request;
use super::verdicts::verdict;
use super::words::{BOTH, FINANCE, MARKETING, keys, mutation, repository, within};
use super::{answering, checked_in, tool};

/// A thing that shows a flag.
struct Shown {
    name: String,
    /// How it is asked for: a root field with its arguments, and the type of what it gives.
    root: String,
    own: Value,
    flag: &'static str,
    request: Request,
}

impl Shown {
    fn new(name: &str, root: &str, own: &Value, flag: &'static str, request: Request) -> Self {
        Self { name: name.to_owned(), root: root.to_owned(), own: own.clone(), flag, request }
    }

    fn document(&self) -> String {
        let (root, on, flag) = (&self.root, self.own["__typename"].as_str().unwrap(), self.flag);
        format!("{{x:{root}{{...on {on}{{{flag}}}}}}}")
    }

    /// Whether somebody is told that they may.
    fn says(&self, company: &Company, column: &Column) -> bool {
        let root = self.root.split('(').next().unwrap();
        let answer = told(company, column, &self.document(), &json!({root: self.own}));
        answer["data"]["x"][self.flag].as_bool().unwrap_or_else(|| panic!("{answer}"))
    }
}

/// What somebody gets for a document of a tool that lets everybody do everything.
fn told(company: &Company, column: &Column, document: &str, data: &Value) -> Value {
    let Caller::Known(who) = &column.caller else { panic!("nobody is told anything") };
    let (document, flags) = flagged(&company.app.profile, document);
    let answer = answering::answer(&document, data).to_string();
    serde_json::from_slice(&flags.judged(answer.as_bytes(), &Bounds::of(who, &company.app, column.now))).unwrap()
}

fn flagged(profile: &Profile, document: &str) -> (String, doorward_profile::AnswerFlags) {
    let path = CanonicalPath::parse("/graphql").unwrap();
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
    let head = RequestHead { method: &Method::POST, path: &path, query: None, headers: &headers };
    let body = json!({ "query": document }).to_string();
    let (asked, flags) = profile.read_body(&head, body.into()).unwrap().flagged().expect("flags");
    let body: Value = serde_json::from_slice(&asked.envelope(None).unwrap().body).unwrap();
    (body["query"].as_str().unwrap().to_owned(), flags)
}

fn runs() -> Vec<Shown> {
    let ids = [
        "finance-nightly_ledger",
        "finance-close_books",
        "finance-+ledger.entries",
        "finance-+ledger.entries+payroll.salaries",
        "marketing-send_mail",
    ];
    let of = |id: &str| {
        let mut own = tool::run(id);
        own["__typename"] = "Run".into();
        let again = json!({"parentRunId": id, "strategy": "ALL_STEPS"});
        let (name, root) = (format!("run {id}"), format!("runOrError(runId:\"{id}\")"));
        [
            ("hasTerminatePermission", mutation("terminateRuns", "runIds", "[String!]!", &json!([id]))),
            ("hasDeletePermission", mutation("deleteRun", "runId", "String!", &json!(id))),
            (
                "hasReExecutePermission",
                mutation("launchRunReexecution", "reexecutionParams", "ReexecutionParams", &again),
            ),
        ]
        .map(|(flag, request)| Shown::new(&name, &root, &own, flag, request))
    };
    ids.into_iter().flat_map(of).collect()
}

fn backfills() -> Vec<Shown> {
    let of = |id: &str| {
        let mut own = tool::backfill(id);
        own["__typename"] = "PartitionBackfill".into();
        let (name, root) = (format!("backfill {id}"), format!("partitionBackfillOrError(backfillId:\"{id}\")"));
        [("hasCancelPermission", "cancelPartitionBackfill"), ("hasResumePermission", "resumePartitionBackfill")].map(
            |(flag, field)| Shown::new(&name, &root, &own, flag, mutation(field, "backfillId", "String!", &json!(id))),
        )
    };
    ["finance-nightly_ledger", "finance-+ledger.entries", "marketing-send_mail"].into_iter().flat_map(of).collect()
}

fn jobs() -> Vec<Shown> {
    let of = |(place, job): (&str, &str)| {
        let in_place = json!({"name": "__repository__", "location": {"name": place}});
        let own = json!({"__typename": "Pipeline", "name": job, "repository": in_place});
        let root = format!(
            "pipelineOrError(params:{{pipelineName:\"{job}\",repositoryName:\"__repository__\",repositoryLocationName:\"{place}\"}})"
        );
        let params = json!({"selector": within(place, &json!({"jobName": job}))});
        let again = json!({"parentRunId": format!("{place}-{job}"), "strategy": "ALL_STEPS"});
        [
            ("hasLaunchExecutionPermission", mutation("launchRun", "executionParams", "ExecutionParams!", &params)),
            (
                "hasLaunchReexecutionPermission",
                mutation("launchRunReexecution", "reexecutionParams", "ReexecutionParams", &again),
            ),
        ]
        .map(|(flag, request)| Shown::new(&format!("job {job} of {place}"), &root, &own, flag, request))
    };
    let all =
        [(FINANCE, "nightly_ledger"), (FINANCE, "close_books"), (MARKETING, "nightly_ads"), (MARKETING, "send_mail")];
    let mut rows: Vec<Shown> = all.into_iter().flat_map(of).collect();
    for place in BOTH {
        let set = "nightly_ledger_partition_set";
        let own = json!({"__typename": "PartitionSet", "name": set, "pipelineName": "nightly_ledger",
            "repositoryOrigin": repository(place)});
        let params = json!({"selector": {"partitionSetName": set, "repositorySelector": repository(place)}, "partitionNames": ["x"]});
        let root = format!(
            "partitionSetOrError(partitionSetName:\"{set}\",repositorySelector:{{repositoryName:\"__repository__\",repositoryLocationName:\"{place}\"}})"
        );
        let name = format!("partition set of {place}");
        let launch = mutation("launchPartitionBackfill", "backfillParams", "LaunchBackfillParams!", &params);
        rows.push(Shown::new(&name, &root, &own, "hasLaunchBackfillPermission", launch));
        let id = json!(format!("{place}-nightly_ledger"));
        let cancel = mutation("cancelPartitionBackfill", "backfillId", "String!", &id);
        rows.push(Shown::new(&name, &root, &own, "hasCancelBackfillPermission", cancel));
    }
    rows
}

fn assets() -> Vec<Shown> {
    let of = |(place, key): (&str, &str)| {
        let in_place = json!({"name": "__repository__", "location": {"name": place}});
        let asset = &keys(&[key])[0];
        let own = json!({"__typename": "AssetNode", "assetKey": asset, "groupName": "books", "repository": in_place});
        let root = format!("assetNodeOrError(assetKey:{{path:{}}})", asset["path"]);
        let selector = within(place, &json!({"jobName": "__ASSET_JOB", "assetSelection": keys(&[key])}));
        let range = json!([{ "assetKey": asset }]);
        let event = json!({"eventType": "ASSET_MATERIALIZATION", "assetKey": asset});
        [
            (
                "hasMaterializePermission",
                mutation("launchRun", "executionParams", "ExecutionParams!", &json!({ "selector": selector })),
            ),
            (
                "hasWipePermission",
                mutation("wipeAssets", "assetPartitionRanges", "[PartitionsByAssetSelector!]!", &range),
            ),
            (
                "hasReportRunlessAssetEventPermission",
                mutation("reportRunlessAssetEvents", "eventParams", "ReportRunlessAssetEventsParams!", &event),
            ),
        ]
        .map(|(flag, request)| Shown::new(&format!("asset {key}"), &root, &own, flag, request))
    };
    let all = [
        (FINANCE, "ledger/entries"),
        (FINANCE, "ledger/eu/entries"),
        (FINANCE, "payroll/salaries"),
        (MARKETING, "ads/clicks"),
    ];
    all.into_iter().flat_map(of).collect()
}

fn instigators() -> Vec<Shown> {
    let of = |(place, name, is_sensor): (&str, &str, bool)| {
        let kind = if is_sensor { "SENSOR" } else { "SCHEDULE" };
        let own = json!({"__typename": "InstigationState", "instigationType": kind, "name": name,
            "repositoryName": "__repository__", "repositoryLocationName": place});
        let root = format!(
            "instigationStateOrError(instigationSelector:{{name:\"{name}\",repositoryName:\"__repository__\",repositoryLocationName:\"{place}\"}})"
        );
        let id = json!(format!("{name}-of-{place}"));
        let [start, stop] = if is_sensor {
            let selector = within(place, &json!({"sensorName": name}));
            [
                mutation("startSensor", "sensorSelector", "SensorSelector!", &selector),
                mutation("stopSensor", "id", "String", &id),
            ]
        } else {
            let selector = within(place, &json!({"scheduleName": name}));
            [
                mutation("startSchedule", "scheduleSelector", "ScheduleSelector!", &selector),
                mutation("stopRunningSchedule", "id", "String", &id),
            ]
        };
        [("hasStartPermission", start), ("hasStopPermission", stop)]
            .map(|(flag, request)| Shown::new(&format!("{name} of {place}"), &root, &own, flag, request))
    };
    let all = [
        (FINANCE, "at_night", false),
        (FINANCE, "invoices", true),
        (MARKETING, "at_night", false),
        (MARKETING, "leads", true),
    ];
    let mut rows: Vec<Shown> = all.into_iter().flat_map(of).collect();
    for (place, name) in [(FINANCE, "invoices"), (MARKETING, "leads")] {
        let state = json!({"repositoryName": "__repository__", "repositoryLocationName": place});
        let own = json!({"__typename": "Sensor", "name": name, "sensorState": state});
        let selector = within(place, &json!({"sensorName": name}));
        let root = format!(
            "sensorOrError(sensorSelector:{{sensorName:\"{name}\",repositoryName:\"__repository__\",repositoryLocationName:\"{place}\"}})"
        );
        let document =
            "mutation M($a: SensorSelector!) { setSensorCursor(sensorSelector: $a, cursor: \"x\") { __typename } }";
        let request = Request::graphql(document, &json!({ "a": selector }));
        rows.push(Shown::new(&format!("{name} of {place}"), &root, &own, "hasCursorUpdatePermissions", request));
    }
    rows
}

fn all_shown() -> Vec<Shown> {
    [runs(), backfills(), jobs(), assets(), instigators()].into_iter().flatten().collect()
}

/// A location's permissions, and everything's, as somebody is told of them.
fn listed(company: &Company, column: &Column) -> Value {
    let names = company.app.profile.graphql().unwrap().rules().permissions.actions.keys();
    let entry =
        |name: &String| json!({"__typename": "Permission", "permission": name, "value": true, "disabledReason": null});
    let entries: Vec<Value> = names.map(entry).collect();
    let of = |place: &str| json!({"__typename": "WorkspaceLocationStatusEntry", "name": place, "permissions": entries});
    let locations = json!({"__typename": "WorkspaceLocationStatusEntries", "entries": BOTH.map(of)});
    let document = "{permissions{...P} locationStatusesOrError{...on WorkspaceLocationStatusEntries{entries{permissions{...P}}}}} fragment P on Permission{permission value disabledReason}";
    told(company, column, document, &json!({"permissions": entries, "locationStatusesOrError": locations}))
}

fn known(company: &Company) -> Vec<&Column> {
    company.columns.iter().filter(|column| matches!(column.caller, Caller::Known(_))).collect()
}

fn table(company: &Company) -> String {
    let columns = known(company);
    let names = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(" | ");
    let rule = "---|".repeat(columns.len());
    let mut out = include_str!("about_flags.md").to_owned();
    write!(out, "\n## On things\n\n| thing | flag | {names} |\n|---|---|{rule}\n").unwrap();
    for shown in all_shown() {
        let cells: Vec<_> = columns.iter().map(|column| if shown.says(company, column) { "yes" } else { "" }).collect();
        writeln!(out, "| {} | `{}` | {} |", shown.name, shown.flag, cells.join(" | ")).unwrap();
    }
    let lists: Vec<Value> = columns.iter().map(|column| listed(company, column)["data"].clone()).collect();
    for (title, at) in [
        ("On everything", "/permissions".to_owned()),
        ("On finance", "/locationStatusesOrError/entries/0/permissions".to_owned()),
        ("On marketing", "/locationStatusesOrError/entries/1/permissions".to_owned()),
    ] {
        write!(out, "\n## {title}\n\n| permission | {names} |\n|---|{rule}\n").unwrap();
        let lists: Vec<&Vec<Value>> = lists.iter().map(|data| data.pointer(&at).unwrap().as_array().unwrap()).collect();
        for (place, entry) in lists[0].iter().enumerate() {
            let cells: Vec<_> =
                lists.iter().map(|list| if list[place]["value"] == true { "yes" } else { "" }).collect();
            writeln!(out, "| `{}` | {} |", entry["permission"].as_str().unwrap(), cells.join(" | ")).unwrap();
        }
    }
    out
}

#[tokio::test]
async fn a_flag_says_yes_exactly_where_what_it_stands_for_is_allowed() {
    let company = Company::new().await;
    for shown in all_shown() {
        let intents = shown.request.read(&company.app.profile).unwrap();
        for column in known(&company) {
            let verdict = verdict(&company, &intents, column);
            let is_allowed = verdict.trim_start_matches('°').starts_with("allowed");
            assert_eq!(
                shown.says(&company, column),
                is_allowed,
                "{} of {} for {}: {verdict}",
                shown.flag,
                shown.name,
                column.name
            );
        }
    }
}

#[tokio::test]
async fn what_is_told_of_permissions_is_what_is_checked_in() {
    let company = Company::new().await;
    checked_in::compare("flags.md", &table(&company));
}

/// What a list says of a location is true of everything there that the permission stands for.
#[tokio::test]
async fn what_a_location_is_said_to_allow_is_allowed_on_whatever_is_in_it() {
    let company = Company::new().await;
    let launch = |place: &str| {
        let params = json!({"selector": within(place, &json!({"jobName": "anything"}))});
        mutation("launchRun", "executionParams", "ExecutionParams!", &params)
    };
    for column in known(&company) {
        let lists = listed(&company, column);
        for (place, entry) in [(FINANCE, 0), (MARKETING, 1)] {
            let all = &lists["data"]["locationStatusesOrError"]["entries"][entry]["permissions"];
            let says = |name: &str| {
                let own = all.as_array().unwrap().iter().find(|own| own["permission"] == name).unwrap();
                own["value"].as_bool().unwrap()
            };
            let may = |request: Request| {
                let intents = request.read(&company.app.profile).unwrap();
                verdict(&company, &intents, column).trim_start_matches('°').starts_with("allowed")
            };
            let reload = mutation("reloadRepositoryLocation", "repositoryLocationName", "String!", &json!(place));
            assert_eq!(says("reload_repository_location"), may(reload), "{place} for {}", column.name);
            assert_eq!(says("launch_pipeline_execution"), may(launch(place)), "{place} for {}", column.name);
            assert_eq!(
                says("reload_workspace"),
                may(Request::graphql("mutation{reloadWorkspace{__typename}}", &json!({})))
            );
        }
    }
}

#[tokio::test]
async fn a_lowered_permission_says_why() {
    let company = Company::new().await;
    let mut said = String::new();
    for (name, place, permission) in [
        ("mia", "/permissions", "launch_pipeline_execution"),
        ("mia", "/locationStatusesOrError/entries/0/permissions", "reload_repository_location"),
        ("olga", "/permissions", "reload_workspace"),
        ("olga", "/locationStatusesOrError/entries/0/permissions", "reload_repository_location"),
        ("carl", "/locationStatusesOrError/entries/0/permissions", "launch_pipeline_execution"),
        ("key:ci", "/locationStatusesOrError/entries/0/permissions", "start_schedule"),
    ] {
        let column = company.columns.iter().find(|column| column.name == name).unwrap();
        let lists = listed(&company, column);
        let all = lists["data"].pointer(place).unwrap().as_array().unwrap();
        let own = all.iter().find(|own| own["permission"] == permission).unwrap();
        writeln!(said, "{}", own["disabledReason"].as_str().unwrap()).unwrap();
    }
    insta::assert_snapshot!(said, @r"
    This needs the role operator on all of this app; you are signed in as mia (developer on parts of this app).
    This needs the role developer on location:finance; you are signed in as mia (developer on parts of this app).
    This is denied to you here; you are signed in as olga (developer).
    This is denied to you here; you are signed in as olga (developer).
    Some of what this may act on may be out of bounds for you; you are signed in as carl (developer on parts of this app).
    This needs the role developer on location:finance; this is the API key ci (operator on parts of this app).
    ");
}
