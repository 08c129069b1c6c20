//! Whoever holds one thing of a real Dagster with two locations gets on its pages the location and the repository that it is in, with in
//! them only what they hold; and nothing that they could not do before.

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::filtered::{Key, Two, beyond, recorded};
use crate::harness::Person;
use crate::harness::door::PASSWORD;
use crate::harness::person::text;

/// What somebody holds, and what of the same location is not in it.
const HELD: [(&str, &str, &[&str]); 6] = [
    ("job", "job:job_alpha", &["asset_alpha", "group_alpha", "schedule_alpha", "sensor_alpha", "made_alpha"]),
    ("jobs", "job:job_*", &["asset_alpha", "group_alpha", "schedule_alpha", "sensor_alpha", "made_alpha"]),
    ("asset", "asset:asset_alpha", &["job_alpha", "schedule_alpha", "sensor_alpha", "made_alpha", "after_alpha"]),
    ("group", "asset_group:group_alpha", &["job_alpha", "schedule_alpha", "sensor_alpha", "made_alpha"]),
    ("schedule", "schedule:schedule_alpha", &["job_alpha", "asset_alpha", "sensor_alpha", "made_alpha", "group_alpha"]),
    ("sensor", "sensor:sensor_alpha", &["job_alpha", "asset_alpha", "schedule_alpha", "made_alpha", "group_alpha"]),
];

/// All that there is in a location, as Dagster's pages have it.
const INSIDE: &str = "query($n:String!){workspaceLocationEntryOrError(name:$n){__typename ...on WorkspaceLocationEntry{name displayMetadata{key value} permissions{permission value} locationOrLoadError{__typename ...on RepositoryLocation{name repositories{name location{name} pipelines{name} schedules{name} sensors{name} assetNodes{assetKey{path} groupName jobNames hasMaterializePermission} assetGroups{groupName}}}}}}}";

/// What a key and a person answer with.
enum Who {
    Key(Key),
    Person(Person),
}

impl Who {
    async fn asks(&self, path: &str, body: String) -> String {
        match self {
            Self::Key(key) => key.asks(path, body).await,
            Self::Person(person) => {
                let request = person.ask(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
                text(request.body(body).send().await.unwrap()).await
            }
        }
    }

    async fn graphql(&self, document: &str, variables: Value) -> Value {
        let answer = self.asks("/graphql", json!({"query": document, "variables": variables}).to_string()).await;
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

/// A person and a key who hold this.
async fn who_hold(two: &Two, name: &str, resource: &str) -> [Who; 2] {
    let key = two.key_as(name, "operator", &["--resource", resource]);
    two.root.api_done(Method::POST, "users", &json!({"username": name, "password": PASSWORD})).await;
    two.door.cli(&["grant", "add", name, "--role", "operator", "--app", "dagster", "--resource", resource]).done();
    [Who::Key(key), Who::Person(two.door.sign_in(name).await)]
}

/// The names of the locations that somebody is shown.
async fn locations(who: &Who) -> Vec<String> {
    let document = "{locationStatusesOrError{...on WorkspaceLocationStatusEntries{entries{id name loadStatus}}}}";
    let answer = who.graphql(document, json!({})).await;
    let entries = answer["data"]["locationStatusesOrError"]["entries"].as_array().unwrap_or_else(|| panic!("{answer}"));
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_location_of_the_one_thing_that_somebody_holds_shows_with_that_in_it() {
    let two = Two::start().await;
    let run = two.run("alpha", "job").await;
    for (name, resource, others) in HELD {
        for who in who_hold(&two, name, resource).await {
            if name == "jobs" {
                assert_eq!(locations(&who).await, ["alpha", "bravo"], "{name}");
                continue;
            }
            assert_eq!(locations(&who).await, ["alpha"], "{name}");
            inside(&who, name, others).await;
            nothing_more(&who).await;
            if matches!(who, Who::Person(_)) {
                continue;
            }
            for location in ["alpha", "bravo"] {
                for (operation, path, body) in recorded(location, &run) {
                    let answer = who.asks(&path, body.clone()).await;
                    let told =
                        if answer.contains("This is the API key") { beyond(&answer, &body) } else { answer.clone() };
                    assert!(!told.contains("bravo"), "{name}: {operation} of {location}: {answer}");
                    let other = others.iter().find(|other| told.contains(**other));
                    assert_eq!(other, None, "{name}: {operation} of {location}: {answer}");
                }
            }
        }
    }
    runs_are_counted(&two, &run).await;
}

/// What stands in the location.
async fn inside(who: &Who, name: &str, others: &[&str]) {
    let answer = who.graphql(INSIDE, json!({"n": "alpha"})).await;
    let entry = &answer["data"]["workspaceLocationEntryOrError"];
    let repository = &entry["locationOrLoadError"]["repositories"][0];
    assert_eq!((&entry["name"], &repository["name"]), (&json!("alpha"), &json!("__repository__")), "{name}: {answer}");
    assert_eq!(repository["location"]["name"], "alpha", "{name}: {answer}");
    assert_eq!(entry["displayMetadata"], json!([]), "{name}: {answer}");
    let may = entry["permissions"].as_array().unwrap().iter().any(|entry| entry["value"] == true);
    assert!(!may, "{name} may nothing to the location: {answer}");
    let names = |list: &str| {
        repository[list]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .iter()
            .map(|item| item["name"].clone())
            .collect::<Vec<_>>()
    };
    match name {
        "job" => assert_eq!(names("pipelines"), ["job_alpha"]),
        "schedule" => assert_eq!(names("schedules"), ["schedule_alpha"]),
        "sensor" => assert_eq!(names("sensors"), ["sensor_alpha"]),
        _ => {
            assert_eq!(names("pipelines"), ["__ASSET_JOB"]);
            let assets = repository["assetNodes"].as_array().unwrap();
            let own = assets.iter().find(|asset| asset["assetKey"]["path"] == json!(["asset_alpha"]));
            let own = own.unwrap_or_else(|| panic!("{answer}"));
            assert_eq!(own["jobNames"], json!(["__ASSET_JOB"]), "{name}");
            assert_eq!(own["hasMaterializePermission"], true, "{name}");
        }
    }
    let said = answer.to_string();
    assert!(!others.iter().any(|other| said.contains(other)), "{name}: {said}");
    let other = who.graphql(INSIDE, json!({"n": "bravo"})).await;
    assert_eq!(other["data"]["workspaceLocationEntryOrError"], Value::Null, "{name}: {other}");
}

/// What is done to the location, or to what else is in it, is refused as ever.
async fn nothing_more(who: &Who) {
    const SELECTOR: &str = "repositoryLocationName:\"alpha\",repositoryName:\"__repository__\"";
    for mutation in [
        "reloadRepositoryLocation(repositoryLocationName:\"alpha\")".to_owned(),
        "shutdownRepositoryLocation(repositoryLocationName:\"alpha\")".to_owned(),
        "reloadWorkspace".to_owned(),
        format!("launchRun(executionParams:{{selector:{{{SELECTOR},jobName:\"parts_alpha\"}}}})"),
        format!("launchRun(executionParams:{{selector:{{{SELECTOR},jobName:\"__ASSET_JOB\"}}}})"),
        format!("startSchedule(scheduleSelector:{{{SELECTOR},scheduleName:\"schedule_alpha\"}})"),
        "wipeAssets(assetPartitionRanges:[{assetKey:{path:[\"asset_alpha\"]}}])".to_owned(),
    ] {
        let document = format!("mutation{{{mutation}{{__typename ...on PythonError{{message}}}}}}");
        let answer = who.graphql(&document, json!({})).await.to_string();
        let is_refused = answer.contains("You are signed in as") || answer.contains("This is the API key");
        assert!(is_refused, "{mutation}: {answer}");
    }
}

/// As many runs as are listed.
async fn runs_are_counted(two: &Two, run: &str) {
    const COUNT: &str = "{runsFeedCountOrError(view:RUNS){...on RunsFeedCount{count}} runsFeedOrError(view:RUNS,limit:50){...on RunsFeedConnection{results{id ...on Run{repositoryOrigin{repositoryLocationName repositoryName repositoryLocationMetadata{key}}}}}}}";
    two.run("bravo", "job").await;
    let holder = Who::Key(two.key_as("counted", "operator", &["--resource", "job:job_alpha"]));
    let answer = holder.graphql(COUNT, json!({})).await;
    let origin = json!({"repositoryLocationName": "alpha", "repositoryName": "__repository__", "repositoryLocationMetadata": []});
    let results = &answer["data"]["runsFeedOrError"]["results"];
    assert_eq!(*results, json!([{"id": run, "repositoryOrigin": origin}]), "{answer}");
    assert_eq!(answer["data"]["runsFeedCountOrError"]["count"], 1, "{answer}");
}

/// What the button on an asset's page asks and does, for somebody who holds nothing but the asset; and that a denial beats it all, at once.
#[tokio::test(flavor = "multi_thread")]
async fn an_asset_can_be_launched_from_its_page_until_its_location_is_denied() {
    const RESOURCES: &str = "query($s:PipelineSelector!){resourcesOrError(pipelineSelector:$s){__typename ...on ResourceConnection{resources{name}}}}";
    const LAUNCH: &str = "mutation($p:ExecutionParams!){launchPipelineExecution(executionParams:$p){__typename ...on LaunchRunSuccess{run{id pipelineName}} ...on PythonError{message}}}";
    let two = Two::start().await;
    let [key, person] = who_hold(&two, "asset", "asset:asset_alpha").await;
    for who in [&key, &person] {
        let mut selector = json!({"repositoryLocationName": "alpha", "repositoryName": "__repository__", "pipelineName": "__ASSET_JOB"});
        let answer = who.graphql(RESOURCES, json!({"s": selector})).await;
        assert_eq!(
            answer["data"]["resourcesOrError"],
            json!({"__typename": "ResourceConnection", "resources": []}),
            "{answer}"
        );
        selector["assetSelection"] = json!([{"path": ["asset_alpha"]}]);
        selector["assetCheckSelection"] = json!([]);
        let params =
            json!({"mode": "default", "executionMetadata": {"tags": []}, "runConfigData": "{}", "selector": selector});
        let answer = who.graphql(LAUNCH, json!({"p": params})).await;
        assert_eq!(answer["data"]["launchPipelineExecution"]["run"]["pipelineName"], "__ASSET_JOB", "{answer}");
        let mut others = params.clone();
        others["selector"]["assetSelection"] = json!([{"path": ["asset_alpha"]}, {"path": ["after_alpha"]}]);
        let answer = who.graphql(LAUNCH, json!({"p": others})).await;
        assert_eq!(answer["data"]["launchPipelineExecution"]["__typename"], "PythonError", "{answer}");
        for (location, job) in [("bravo", "__ASSET_JOB"), ("alpha", "made_alpha"), ("nowhere", "__ASSET_JOB")] {
            let other =
                json!({"repositoryLocationName": location, "repositoryName": "__repository__", "pipelineName": job});
            let answer = who.graphql(RESOURCES, json!({"s": other})).await;
            assert_eq!(answer["data"], Value::Null, "{job} of {location}: {answer}");
        }
        assert_eq!(locations(who).await, ["alpha"]);
    }
    for (flag, resource) in [("--key", "location:alpha"), ("--user", "asset_group:group_alpha")] {
        let who = if flag == "--key" { vec!["--key", "asset"] } else { vec!["asset"] };
        let deny = [&["grant", "add"], &who[..], &["--deny", "--app", "dagster", "--resource", resource]].concat();
        two.door.cli(&deny).done();
    }
    for who in [&key, &person] {
        let is_gone =
            crate::harness::eventually(std::time::Duration::from_secs(10), async || locations(who).await.is_empty());
        assert!(is_gone.await, "a denial beats it");
    }
}
