//! What is shown of a location to whoever holds single things in it.

use doorward_domain::{Target, Targets};
use serde_json::{Value, json};

use super::{NOTHING, filtered, world::answer};
use crate::Contents;
use crate::graphql::tests::{DAGSTER, ask};

/// What there is in a location: as its tool says it, with a job and a schedule of one name in all.
fn location(at: &str) -> Value {
    json!({"locationOrLoadError": {"name": at, "repositories": [{
        "name": "main",
        "pipelines": [{"name": format!("job_{at}")}, {"name": "same"}],
        "schedules": [{"name": "same"}],
        "sensors": [],
        "partitionSets": [],
        "allTopLevelResourceDetails": [],
    }]}})
}

fn asset(at: &str, name: &str, is_stub: &Value) -> Value {
    json!({"assetKey": {"path": ["raw", name]}, "groupName": "g", "isAutoCreatedStub": is_stub,
        "repository": {"name": "main", "location": {"name": at}}})
}

fn contents() -> Contents {
    // A location that does not load has nothing in it.
    let broken = json!({"locationOrLoadError": {"__typename": "PythonError"}});
    let assets = json!([
        asset("a", "asset_a", &json!(false)),
        asset("b", "asset_b", &json!(false)),
        asset("a", "stub", &json!(true)),
        asset("a", "perhaps", &json!(null)),
    ]);
    let told = json!({"data": {"c0": {"locationEntries": [location("a"), location("b"), broken]}, "c1": assets}});
    DAGSTER.contents(told.to_string().as_bytes()).unwrap()
}

/// What somebody gets who may view what has one of these names, and is denied what has one of those.
fn seen(held: &[&str], denied: &[&str], document: &str) -> String {
    let (document, filter) = filtered(&ask(document));
    let has = |thing: &Target, names: &[&str]| thing.names().iter().any(|name| names.contains(&name.as_str()));
    let shows = |things: &Targets| match things {
        Targets::These(things) => things.iter().all(|thing| has(thing, held) && !has(thing, denied)),
        _ => false,
    };
    let (answer, contents) = (answer(&document).to_string().into_bytes(), contents());
    let containers = contents.shown_to(&shows);
    String::from_utf8(filter.filter_with(answer, &shows, (&contents, &containers))).unwrap()
}

const ENTRIES: &str = "{workspaceOrError{...on Workspace{locationEntries{name}}}}";
const REPOSITORIES: &str =
    "{repositoriesOrError{...on RepositoryConnection{nodes{name location{name} pipelines{name} assetNodes{id}}}}}";

#[test]
fn a_location_shows_to_whoever_holds_one_thing_in_it_and_no_other_does() {
    let a = r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#;
    let both = r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"},{"name":"b"}]}}}"#;
    let none = r#"{"data":{"workspaceOrError":{"locationEntries":[]}}}"#;
    for (held, shown) in [
        ("job:job_a", a),
        ("asset:raw/asset_a", a),
        ("repository:main@a", a),
        ("schedule:same", both),
        ("job:same", both),
        ("asset_group:g", both),
        // Nothing of that kind is called so: not even what a location is called.
        ("job:a", none),
        ("sensor:same", none),
        ("asset:raw/stub", none),
        ("asset:raw/perhaps", none),
        // It is no thing in it, and what it is in is not told.
        ("job:__ASSET_JOB", none),
    ] {
        assert_eq!(seen(&[held], &[], ENTRIES), shown, "{held}");
    }
}

#[test]
fn a_denial_of_the_location_or_of_the_thing_beats_it() {
    let none = r#"{"data":{"workspaceOrError":{"locationEntries":[]}}}"#;
    for denied in ["location:a", "repository:main@a", "job:job_a"] {
        assert_eq!(seen(&["job:job_a"], &[denied], ENTRIES), none, "{denied}");
    }
    let a = r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#;
    assert_eq!(seen(&["job:same"], &["location:b"], ENTRIES), a);
}

#[test]
fn a_denial_of_the_job_that_assets_are_launched_by_hides_it_from_whoever_holds_one() {
    let resources = "{r:resourcesOrError(pipelineSelector:{repositoryLocationName:\"a\",repositoryName:\"main\",pipelineName:\"__ASSET_JOB\"}){__typename}}";
    let held = ["asset:raw/asset_a"];
    assert_eq!(seen(&held, &[], resources), r#"{"data":{"r":{"__typename":"ResourceConnection"}}}"#);
    assert_eq!(seen(&held, &["job:__ASSET_JOB"], resources), NOTHING);
    // Of the asset that says nothing, nor of the location.
    let a = r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#;
    assert_eq!(seen(&held, &["job:__ASSET_JOB"], ENTRIES), a);
}

#[test]
fn in_it_is_only_what_is_held() {
    insta::assert_snapshot!(seen(&["job:job_a"], &[], REPOSITORIES), @r#"{"data":{"repositoriesOrError":{"nodes":[{"assetNodes":[],"location":{"name":"a"},"name":"main","pipelines":[{"name":"job_a"}]}]}}}"#);
    insta::assert_snapshot!(seen(&["asset:raw/asset_a"], &[], REPOSITORIES), @r#"{"data":{"repositoriesOrError":{"nodes":[{"assetNodes":[{"id":"node_a"}],"location":{"name":"a"},"name":"main","pipelines":[]}]}}}"#);
}

#[test]
fn it_tells_nothing_else_of_itself_under_whatever_key() {
    let document = "{workspaceOrError{...on Workspace{locationEntries{name:id n:name ...F locationOrLoadError{__typename ...on PythonError{name:message stack}}}}}} fragment F on WorkspaceLocationEntry{id:displayMetadata{key value} v:versionKey x:defsStateInfo{keyStateInfo{name}}}";
    let said = seen(&["job:job_a"], &[], document);
    assert!(said.contains(r#""n":"a""#) && !said.contains("fell over"), "{said}");
    assert!(said.contains(r#""id":[]"#) && said.contains(r#""x":null"#), "{said}");
    assert!(seen(&["location:a"], &[], document).contains("fell over"));
}

#[test]
fn what_is_asked_of_it_by_name_is_gone_through() {
    let asks = |location: &str, job: &str| {
        let document = format!(
            "{{r:resourcesOrError(pipelineSelector:{{repositoryLocationName:\"{location}\",repositoryName:\"main\",pipelineName:\"{job}\"}}){{__typename ...on ResourceConnection{{resources{{name}}}} ...on PythonError{{message}}}}}}"
        );
        seen(&["asset:raw/asset_a"], &[], &document)
    };
    insta::assert_snapshot!(asks("a", "__ASSET_JOB"), @r#"{"data":{"r":{"__typename":"ResourceConnection","resources":[]}}}"#);
    for (location, job) in
        [("b", "__ASSET_JOB"), ("a", "job_a"), ("a", "asset_a"), ("nowhere", "__ASSET_JOB"), ("a", "raw/asset_a")]
    {
        assert_eq!(asks(location, job), NOTHING, "{job} of {location}");
    }
}

#[test]
fn without_the_tools_word_nothing_is_in_anything() {
    let (document, filter) = filtered(&ask(ENTRIES));
    let shows = |things: &Targets| matches!(things, Targets::These(things) if things.iter().all(|thing| thing.names().iter().any(|name| name.as_str() == "job:job_a")));
    let answer = answer(&document).to_string().into_bytes();
    assert_eq!(
        String::from_utf8(filter.filter(answer, &shows)).unwrap(),
        r#"{"data":{"workspaceOrError":{"locationEntries":[]}}}"#
    );
    for text in ["", "[]", "null", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":{"c0":1},"data":{}}"#] {
        assert!(DAGSTER.contents(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(DAGSTER.contents(br#"{"data":{"c0":[[7]],"c1":{"x":[]}}}"#).unwrap(), Contents::default());
}

#[test]
fn it_is_asked_only_where_it_may_matter() {
    let needs = |document: &str, held: &[&str]| filtered(&ask(document)).1.needs_contents(held.iter().copied());
    assert!(needs(ENTRIES, &["job"]) && needs(ENTRIES, &["location", "asset"]) && needs(ENTRIES, &["repository"]));
    assert!(!needs(ENTRIES, &["location"]) && !needs(ENTRIES, &[]));
    assert!(!needs("{version}", &["job"]));
    let question = DAGSTER.contents_question().unwrap();
    let body: Value = serde_json::from_slice(&question.body).unwrap();
    assert!(body["query"].as_str().unwrap().starts_with("query Doorward{ c0: workspaceOrError{"), "{body}");
}
