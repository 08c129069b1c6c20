//! Answers for people who may not view everything.

mod containers;
mod cost;
mod pages;
pub(super) mod world;

use doorward_domain::{Action, Resource, Target, Targets};
use serde_json::{Value, json};

use super::{Sent, ask, ask_with, ui::operations};
use crate::AnswerFilter;
use world::answer;

/// What there is where nothing may be viewed.
const NOTHING: &str = r#"{"data":null,"errors":[{"message":"There is nothing here that you may view.","extensions":{"code":"FORBIDDEN"}}]}"#;

/// What somebody sees who may not view the location `b`: things of which it can be told that they are in another.
fn all_but_b(things: &Targets) -> bool {
    let is_there = |name: &Resource| name.as_str() == "location:b";
    let is_seen = |thing: &Target| !thing.may_be_called("location") && !thing.names().iter().any(is_there);
    match things {
        Targets::These(things) => {
            things.iter().all(|thing| thing.names().iter().any(|name| name.kind() == "pool") || is_seen(thing))
        }
        _ => false,
    }
}

/// What is sent for them, and what filters its answer.
fn filtered(sent: &Sent) -> (String, AnswerFilter) {
    let (asked, filter) = sent.understood().filtered().unwrap().unwrap();
    let body: Value = serde_json::from_slice(&asked.envelope(None).unwrap().body).unwrap();
    (body["query"].as_str().unwrap().to_owned(), filter)
}

/// What they get for a document, of a tool that answers about both locations.
fn seen(document: &str) -> String {
    let (document, filter) = filtered(&ask(document));
    read(&filter, &answer(&document).to_string())
}

fn read(filter: &AnswerFilter, answer: &str) -> String {
    String::from_utf8(filter.filter(answer.as_bytes().to_vec(), &all_but_b)).unwrap()
}

/// Why a document cannot be sent for them.
fn unfiltered(sent: &Sent) -> String {
    sent.understood().filtered().unwrap().map(drop).unwrap_err().to_string()
}

#[test]
fn what_may_not_be_viewed_is_gone_from_lists() {
    insta::assert_snapshot!(seen("{workspaceOrError{...on Workspace{locationEntries{name}}}}"), @r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#);
    insta::assert_snapshot!(seen("{runsOrError{...on Runs{results{id jobName}}}}"), @r#"{"data":{"runsOrError":{"results":[{"id":"run_a","jobName":"job_a"}]}}}"#);
    insta::assert_snapshot!(seen("{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{results{__typename id ...on Run{jobName}}}}}"), @r#"{"data":{"runsFeedOrError":{"results":[{"__typename":"Run","id":"run_a","jobName":"job_a"}]}}}"#);
    insta::assert_snapshot!(seen("{repositoriesOrError{...on RepositoryConnection{nodes{name pipelines{name}}}}}"), @r#"{"data":{"repositoriesOrError":{"nodes":[{"name":"main","pipelines":[{"name":"job_a"}]}]}}}"#);
}

#[test]
fn what_is_named_by_its_own_name_alone_is_looked_up() {
    insta::assert_snapshot!(seen("{assetsOrError{...on AssetConnection{nodes{id key{path}}}}}"), @r#"{"data":{"assetsOrError":{"nodes":[{"id":"asset_a","key":{"path":["raw","asset_a"]}}]}}}"#);
    insta::assert_snapshot!(seen("{assetNodeOrError(assetKey:{path:[\"raw\",\"asset_a\"]}){...on AssetNode{dependencyKeys{path}}}}"), @r#"{"data":{"assetNodeOrError":{"dependencyKeys":[{"path":["raw","asset_a"]}]}}}"#);
}

#[test]
fn what_cannot_do_without_it_goes_with_it() {
    insta::assert_snapshot!(seen("{assetNodeOrError(assetKey:{path:[\"x\"]}){...on AssetNode{dependencies{asset{id}}}}}"), @r#"{"data":{"assetNodeOrError":{"dependencies":[{"asset":{"id":"node_a"}}]}}}"#);
    insta::assert_snapshot!(seen("{workspaceLocationEntryOrError(name:\"b\"){__typename}}"), @r#"{"data":{"workspaceLocationEntryOrError":null}}"#);
    insta::assert_snapshot!(seen("{runGroupOrError(runId:\"run_a\"){...on RunGroup{runs{id}}}}"), @r#"{"data":{"runGroupOrError":{"runs":[{"id":"run_a"}]}}}"#);
}

#[test]
fn what_may_not_be_viewed_is_not_found_like_what_there_is_not() {
    insta::assert_snapshot!(seen("{runOrError(runId:\"1\"){__typename id:__typename ...on Run{status} ...on RunNotFoundError{message runId}}}"), @r#"{"data":{"runOrError":{"__typename":"RunNotFoundError","id":"RunNotFoundError","message":"There is no such run.","runId":""}}}"#);
    insta::assert_snapshot!(seen("{pipelineRunOrError(runId:\"7\"){__typename id:__typename ...on Run{status} ...on RunNotFoundError{message runId}}}"), @r#"{"data":{"pipelineRunOrError":{"__typename":"RunNotFoundError","id":"RunNotFoundError","message":"There is no such run.","runId":""}}}"#);
    insta::assert_snapshot!(seen("{pipelineOrError(params:{pipelineName:\"x\",repositoryName:\"y\",repositoryLocationName:\"b\"}){__typename ...on Pipeline{name} ...on Error{message}}}"), @r#"{"data":{"pipelineOrError":{"__typename":"PipelineNotFoundError","message":"There is no such job."}}}"#);
    insta::assert_snapshot!(seen("{assetNodeOrError(assetKey:{path:[\"x\"]}){...on AssetNode{assetMaterializations{runOrError{__typename ...on Run{id}}}}}}"), @r#"{"data":{"assetNodeOrError":{"assetMaterializations":[{"runOrError":{"__typename":"RunNotFoundError"}}]}}}"#);
}

#[test]
fn what_says_that_there_is_something_is_not_told_either() {
    let invalid = "{isPipelineConfigValid(pipeline:{},mode:\"m\"){__typename ...on InvalidSubsetError{message}}}";
    assert_eq!(seen(invalid), NOTHING);
    let named = |sent: &Sent| {
        let (asked, _) = sent.understood().filtered().unwrap().unwrap();
        asked.intent().operations[0].targets != Targets::Shell
    };
    assert!(!named(&ask("{repositoriesOrError{__typename}}")));
    for document in [
        "{repositoriesOrError(repositorySelector:{repositoryName:\"r\",repositoryLocationName:\"b\"}){__typename}}",
        "{sensorsOrError(repositorySelector:{repositoryName:\"r\",repositoryLocationName:\"b\"}){__typename}}",
    ] {
        assert_eq!(seen(document), NOTHING, "{document}");
    }
}

#[test]
fn what_the_tool_says_outside_of_things_is_not_told() {
    insta::assert_snapshot!(seen("{partitionBackfillOrError(backfillId:\"1\"){__typename ...on PythonError{message stack}}}"), @r#"{"data":{"partitionBackfillOrError":{"__typename":"PythonError","message":"Not told to somebody who may not view everything here.","stack":[]}}}"#);
    insta::assert_snapshot!(seen("{workspaceOrError{...on Workspace{locationEntries{locationOrLoadError{...on PythonError{message stack}}}}}}"), @r#"{"data":{"workspaceOrError":{"locationEntries":[{"locationOrLoadError":{"message":"a fell over","stack":["a"]}}]}}}"#);
    insta::assert_snapshot!(seen("{instance{info concurrencyLimits{concurrencyKey claimedSlots{runId}} daemonHealth{allDaemonStatuses{daemonType lastHeartbeatErrors{message}}}}}"), @r#"{"data":{"instance":{"concurrencyLimits":[{"claimedSlots":[],"concurrencyKey":"p"}],"daemonHealth":{"allDaemonStatuses":[{"daemonType":"SENSOR","lastHeartbeatErrors":[]}]},"info":null}}}"#);
    let (_, filter) = filtered(&ask("{version}"));
    insta::assert_snapshot!(read(&filter, r#"{"data":null,"errors":[{"message":"b is not there","path":["b"]}],"b":1}"#), @r#"{"data":null,"errors":[{"message":"The app could not answer all of this. What it said is not told to somebody who may not view everything here."}]}"#);
}

#[test]
fn counts_are_of_what_may_be_viewed_and_pages_end_where_nothing_follows() {
    insta::assert_snapshot!(seen("query($f:RunsFilter){all:runsFeedCountOrError(filter:$f,view:RUNS){...on RunsFeedCount{count}} runsFeedCountOrError(view:RUNS){...on RunsFeedCount{n:count}}}"), @r#"{"data":{"all":{"count":1},"runsFeedCountOrError":{"n":1}}}"#);
    insta::assert_snapshot!(seen("{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{cursor hasMore}}}"), @r#"{"data":{"runsFeedOrError":{"cursor":"","hasMore":false}}}"#);
    insta::assert_snapshot!(seen("{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{cursor}}}"), @r#"{"data":{"runsFeedOrError":{"cursor":""}}}"#);
    insta::assert_snapshot!(seen("{assetsOrError{...on AssetConnection{cursor nodes{id}}}}"), @r#"{"data":{"assetsOrError":{"cursor":null,"nodes":[{"id":"asset_a"}]}}}"#);
}

#[test]
fn fragments_aliases_and_fields_asked_twice_hide_nothing() {
    let document = "query($no:Boolean=false){w:workspaceOrError{...W @skip(if:$no) ...on Workspace{x:locationEntries{y:name}}}} fragment W on Workspace{x:locationEntries{...E}} fragment E on WorkspaceLocationEntry{y:name z:locationOrLoadError{...on PythonError{m:message}}}";
    insta::assert_snapshot!(seen(document), @r#"{"data":{"w":{"x":[{"y":"a","z":{"m":"a fell over"}}]}}}"#);
    insta::assert_snapshot!(seen("{doorward0_type:version doorward0_0_0:version runsOrError{...on Runs{results{doorward0_1:id}}}}"), @r#"{"data":{"doorward0_0_0":"1.13.27","doorward0_type":"1.13.27","runsOrError":{"results":[{"doorward0_1":"run_a"}]}}}"#);
}

#[test]
fn what_nobody_has_looked_at_is_not_passed_on() {
    insta::assert_snapshot!(seen("{sensorOrError(sensorSelector:{sensorName:\"s\",repositoryName:\"r\",repositoryLocationName:\"b\"}){...on Sensor{name}}}"), @r#"{"data":null,"errors":[{"message":"There is nothing here that you may view.","extensions":{"code":"FORBIDDEN"}}]}"#);
    insta::assert_snapshot!(unfiltered(&ask("{utilizedEnvVarsOrError{__typename}}")), @"This cannot be shown to somebody who may not view everything here: nobody has looked at what “utilizedEnvVarsOrError” shows.");
    insta::assert_snapshot!(unfiltered(&ask("{workspaceOrError{...on Workspace{somethingNew}}}")), @"This cannot be shown to somebody who may not view everything here: nobody has looked at what “somethingNew” shows.");
    insta::assert_snapshot!(unfiltered(&ask("{workspaceOrError{...on SomethingNew{name}}}")), @"This cannot be shown to somebody who may not view everything here: nobody has looked at what “SomethingNew” shows.");
    insta::assert_snapshot!(unfiltered(&ask("mutation{somethingNew{__typename}}")), @"This cannot be shown to somebody who may not view everything here: nobody has looked at what “somethingNew” shows.");
    let (_, filter) = filtered(&ask("{runOrError(runId:\"1\"){__typename}}"));
    for answer in [
        "",
        "<html>b</html>",
        "[]",
        r#"{"data":{"runOrError":{"a":1,"a":2}}}"#,
        r#"{"b":1}"#,
        "\u{feff}{}",
        r#"{"data":[]}"#,
    ] {
        let said = read(&filter, answer);
        assert!(said.contains("cannot be filtered") && said.contains("PythonError"), "{answer}: {said}");
    }
    assert_eq!(read(&filter, r#"{"data":{"runOrError":null,"more":{"b":1}}}"#), r#"{"data":{"runOrError":null}}"#);
    assert_eq!(read(&filter, r#"{"data":{"runOrError":"b"}}"#), NOTHING);
    assert_eq!(read(&filter, r#"{"data":{"runOrError":[{"__typename":"Run"}]}}"#), NOTHING);
}

#[test]
fn the_tool_is_asked_for_names_and_nothing_else_changes() {
    let (document, _) =
        filtered(&ask_with("query($r:ID!){runOrError(runId:$r){...on Run{status}}}", &json!({"r": "1"})));
    insta::assert_snapshot!(document, @"query($r:ID!){runOrError(runId:$r){...on Run{status} doorward0_type:__typename ...on Run{ doorward0_359_0:jobName doorward0_359_1:repositoryOrigin{repositoryLocationName repositoryName} doorward0_359_2:runId doorward0_359_3:assetSelection{path} doorward0_359_4:assetCheckSelection{assetKey{path}}}}}");
    let (document, _) = filtered(&ask("{assetOrError(assetKey:{path:[\"x\"]}){...on Asset{id}}}"));
    insta::assert_snapshot!(document, @r#"{assetOrError(assetKey:{path:["x"]}){...on Asset{id} doorward0_type:__typename ...on Asset{ doorward0_10_0:key{path}}} doorward0_list:assetNodes{ doorward0_62_0:assetKey{path} doorward0_62_1:groupName doorward0_62_2:repository{location{name} name}}}"#);
    let (document, _) =
        filtered(&ask("mutation{deleteRun(runId:\"1\"){__typename ...on DeletePipelineRunSuccess{runId}}}"));
    insta::assert_snapshot!(document, @r#"mutation{deleteRun(runId:"1"){__typename ...on DeletePipelineRunSuccess{runId} doorward0_0:__typename ...on DeletePipelineRunSuccess{doorward0_1:runId} doorward1_type:__typename}}"#);
}

#[test]
fn only_queries_whose_answers_name_themselves_are_for_everybody() {
    let shown = |sent: &Sent| {
        let (asked, _) = sent.understood().filtered().unwrap().unwrap();
        format!("{:?}", asked.intent().operations.iter().map(|operation| &operation.targets).collect::<Vec<_>>())
    };
    insta::assert_snapshot!(shown(&ask("{workspaceOrError{__typename} runsFeedCountOrError(view:RUNS){__typename} runOrError(runId:\"1\"){__typename}}")), @"[Shell, Shell, Shell]");
    insta::assert_snapshot!(shown(&ask("{runConfigSchemaOrError(selector:{pipelineName:\"x\",repositoryName:\"y\",repositoryLocationName:\"b\"}){__typename}}")), @r#"[These([Target { names: [Resource("location:b"), Resource("repository:y@b"), Resource("job:x")], untold: [] }])]"#);
    insta::assert_snapshot!(shown(&ask("mutation{deleteRun(runId:\"1\"){__typename}}")), @r#"[These([Target { names: [Resource("run:1")], untold: ["location", "repository", "job", "asset", "asset_group"] }])]"#);
}

#[test]
fn every_operation_of_the_ui_can_be_filtered_and_is_still_a_view() {
    for (name, sent, _) in operations() {
        let (asked, _) = sent.understood().filtered().unwrap().unwrap_or_else(|misread| panic!("{name}: {misread:?}"));
        assert!(asked.intent().operations.iter().all(|operation| operation.action == Action::View), "{name}");
    }
}

#[test]
fn a_short_document_that_means_a_great_deal_is_not_shown() {
    let asking = |roots: usize, fields: usize| {
        let roots = (0..roots).map(|n| format!("w{n}:workspaceOrError{{...F}}")).collect::<Vec<_>>().concat();
        let fields = (0..fields).map(|n| format!("f{n}:__typename ")).collect::<Vec<_>>().concat();
        seen(&format!("{{{roots}}}fragment F on Workspace{{{fields}}}"))
    };
    assert!(asking(10, 1000).contains("f999"));
    assert!(asking(100, 1000).contains("cannot be filtered"));
}

#[test]
fn what_has_fields_is_no_answer_where_none_were_asked_for() {
    let (_, filter) = filtered(&ask("{version}"));
    assert_eq!(read(&filter, r#"{"data":{"version":"1"}}"#), r#"{"data":{"version":"1"}}"#);
    for other in [r#"{"name":"job_b"}"#, r#"["job_b"]"#, r#"[{"name":"job_b"}]"#] {
        assert_eq!(read(&filter, &format!(r#"{{"data":{{"version":{other}}}}}"#)), NOTHING, "{other}");
    }
}
