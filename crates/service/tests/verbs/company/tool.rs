//! The company's Dagster, as far as it tells what requests do not: of which location and job runs, backfills and schedules are,
//! and where assets are.

use doorward_domain::Resource;
use doorward_profile::{Profile, Told};
use serde_json::{Value, json};
use std::sync::Arc;

/// A run by its id: `finance-nightly_ledger` is of that job there; with `+`, of these assets of the location's own asset job.
pub fn run(id: &str) -> Value {
    let Some((location, of)) = id.split_once('-').filter(|(location, _)| is_location(location)) else {
        return json!({"__typename": "RunNotFoundError"});
    };
    let assets = of.strip_prefix('+').map(|assets| assets.split('+').map(asset).collect::<Vec<_>>());
    json!({
        "runId": id,
        "jobName": if assets.is_some() { "__ASSET_JOB" } else { of },
        "repositoryOrigin": origin(location),
        "assetSelection": assets,
        "assetCheckSelection": null,
    })
}

/// A backfill by its id: of a job's partitions, or of assets, as of runs.
pub fn backfill(id: &str) -> Value {
    let Some((location, of)) = id.split_once('-').filter(|(location, _)| is_location(location)) else {
        return json!({"__typename": "BackfillNotFoundError"});
    };
    match of.strip_prefix('+') {
        Some(assets) => {
            json!({"id": id, "partitionSet": null, "assetSelection": assets.split('+').map(asset).collect::<Vec<_>>()})
        }
        None => json!({
            "id": id,
            "partitionSet": {"name": format!("{of}_partition_set"), "pipelineName": of, "repositoryOrigin": origin(location)},
            "assetSelection": null,
        }),
    }
}

fn is_location(name: &str) -> bool {
    ["finance", "marketing"].contains(&name)
}

fn origin(location: &str) -> Value {
    json!({"repositoryLocationName": location, "repositoryName": "__repository__"})
}

fn asset(key: &str) -> Value {
    json!({"path": key.split('.').collect::<Vec<_>>()})
}

/// An asset by its key: what its first part says where it is.
fn asset_node(key: &Value) -> Value {
    let (location, group) = match key["path"][0].as_str() {
        Some("ledger") => ("finance", "books"),
        Some("payroll") => ("finance", "wages"),
        Some("ads") => ("marketing", "campaigns"),
        _ => return json!({"__typename": "AssetNotFoundError"}),
    };
    let repository = json!({"name": "__repository__", "location": {"name": location}});
    json!({"assetKey": key, "groupName": group, "isAutoCreatedStub": false, "repository": repository})
}

/// Both locations with their schedules and sensors; the id of one is its name and place.
fn workspace() -> Value {
    let state = |location: &str, name: &str| {
        json!({
            "id": format!("{name}-of-{location}"),
            "selectorId": format!("selector-of-{name}-of-{location}"),
            "name": name,
            "repositoryName": "__repository__",
            "repositoryLocationName": location,
        })
    };
    let entry = |(location, sensor): (&str, &str)| {
        let schedules = ["at_night", "at_noon"].map(|name| json!({"scheduleState": state(location, name)}));
        json!({"locationOrLoadError": {"repositories": [{
            "schedules": schedules,
            "sensors": [{"sensorState": state(location, sensor)}],
        }]}})
    };
    let entries = [("finance", "invoices"), ("marketing", "leads")].map(entry);
    json!({ "locationEntries": entries })
}

/// What it tells of each of these, asked and understood as the door does.
pub fn told(profile: &Profile, asks: &[Resource]) -> Vec<Option<Arc<Told>>> {
    let question: Value = serde_json::from_slice(&profile.question(asks).expect("a question").body).expect("JSON");
    let document = question["query"].as_str().expect("a document");
    let mut data = json!({});
    for (place, _) in asks.iter().enumerate() {
        let id = &question["variables"][format!("i{place}")];
        let found = match id.as_str() {
            _ if id.is_object() => asset_node(id),
            Some(id) if document.contains(&format!("q{place}: runOrError(")) => run(id),
            Some(id) => backfill(id),
            None => workspace(),
        };
        data[format!("q{place}")] = found;
    }
    profile.answers(asks, json!({ "data": data }).to_string().as_bytes()).expect("an answer")
}
