//! What Dagster's pages ask for, and what of it is shown.

use doorward_domain::{Target, Targets};
use serde_json::json;
use std::collections::BTreeMap;

use super::{NOTHING, all_but_b, ask, ask_with, filtered, seen, world::answer};

/// What somebody gets who may view `a` and is denied what is so called.
fn seen_without(denied: &str, document: &str) -> String {
    let shows = |things: &Targets| {
        let Targets::These(those) = things else { return false };
        let is_denied = those.iter().flat_map(Target::names).any(|name| name.as_str() == denied);
        let kind = denied.split_once(':').map_or("", |(kind, _)| kind);
        all_but_b(things) && !is_denied && !those.iter().any(|thing| thing.may_be_called(kind))
    };
    let (document, filter) = filtered(&ask(document));
    String::from_utf8(filter.filter(answer(&document).to_string().into_bytes(), &shows)).unwrap()
}

#[test]
fn every_document_of_the_ui_can_be_filtered() {
    let text = include_str!("../../../../tests/data/dagster_ui_documents.json");
    let documents: BTreeMap<String, String> = serde_json::from_str(text).unwrap();
    assert_eq!(documents.len(), 140);
    let over_http = documents.iter().filter(|(_, document)| !document.starts_with("subscription"));
    let refused = over_http.filter(|(_, document)| ask(document).understood().filtered().unwrap().is_err());
    assert_eq!(refused.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Between which two keys a page begins, and how its keys begin: what it does not show would tell of a key that may not be viewed, letter
/// by letter.
#[test]
fn whoever_may_not_view_everything_has_whole_lists_of_assets_from_their_beginning() {
    let acts_on = |document: &str, variables: serde_json::Value| {
        let (asked, _) = ask_with(document, &variables).understood().filtered().unwrap().unwrap();
        asked.intent().operations.iter().map(|operation| operation.targets.clone()).collect::<Vec<_>>()
    };
    let asked = "{...on AssetConnection{nodes{id}}}";
    let records = "{...on AssetRecordConnection{assets{id}}}";
    for (list, what) in [("assetsOrError", asked), ("assetRecordsOrError", records)] {
        let with = |arguments: &str| format!("query($c:String,$d:String=\"x\"){{x:{list}(limit:1,{arguments}){what}}}");
        for free in ["cursor:null", "prefix:null", "cursor:$c"] {
            assert_eq!(acts_on(&with(free), json!({})), [Targets::Shell], "{list} {free}");
        }
        for bound in [
            "prefix:[]",
            "prefix:[\"%pay%\"]",
            "prefix:\"a\"",
            "prefix:$c",
            "cursor:\"\"",
            "cursor:\"[\\\"a\\\"]\"",
            "cursor:\"\"\"x\"\"\"",
            "cursor:$c",
            "cursor:$d",
        ] {
            assert_eq!(acts_on(&with(bound), json!({"c": "[\"a\"]"})), [Targets::Whole], "{list} {bound}");
        }
        let hidden = format!("query{{...F}} fragment F on Query{{{list}{what} b:{list}(cursor:\"x\"){what}}}");
        assert!(acts_on(&hidden, json!({})).contains(&Targets::Whole), "{hidden}");
    }
}

#[test]
fn what_is_asked_for_by_an_assets_key_is_judged_by_where_the_list_says_it_is() {
    let checks = |at: &str| {
        format!(
            "c_{at}:assetCheckExecutions(assetKey:{{path:[\"raw\",\"asset_{at}\"]}},checkName:\"c\",limit:1){{id run{{id}}}}"
        )
    };
    insta::assert_snapshot!(seen(&format!("{{{}}}", checks("a"))), @r#"{"data":{"c_a":[{"id":"1","run":null}]}}"#);
    for others in [checks("b"), checks("gone"), format!("{} {}", checks("a"), checks("b"))] {
        assert_eq!(seen(&format!("{{{others}}}")), NOTHING, "{others}");
    }
    let partitions = |at: &str| {
        let node = format!("assetKey:{{path:[\"raw\",\"asset_{at}\"]}}");
        seen(&format!(
            "{{truePartitionsForAutomationConditionEvaluationNode({node},evaluationId:1,nodeUniqueId:\"n\")}}"
        ))
    };
    insta::assert_snapshot!(partitions("a"), @r#"{"data":{"truePartitionsForAutomationConditionEvaluationNode":["monday"]}}"#);
    assert_eq!(partitions("b"), NOTHING);
    let keys = |at: &str| {
        seen(&format!(
            "{{repositoryOrError(repositorySelector:{{repositoryName:\"main\",repositoryLocationName:\"a\"}}){{...on Repository{{pipelines{{partitionKeysOrError(selectedAssetKeys:[{{path:[\"raw\",\"asset_{at}\"]}}]){{partitionKeys}}}}}}}}}}"
        ))
    };
    insta::assert_snapshot!(keys("a"), @r#"{"data":{"repositoryOrError":{"pipelines":[{"partitionKeysOrError":{"partitionKeys":["monday"]}}]}}}"#);
    assert_eq!(keys("b"), NOTHING);
}

#[test]
fn what_is_told_by_other_names_is_judged_as_ever() {
    let targets = |document: &str| {
        let sent = ask(document);
        let (asked, _) = sent.understood().filtered().unwrap().unwrap();
        asked.intent().operations.iter().map(|operation| operation.targets.clone()).collect::<Vec<_>>()
    };
    for document in [
        "{assetConditionEvaluationRecordsOrError(assetJobKey:{jobName:\"job_b\"},limit:1){__typename}}",
        "{assetCheckExecutions(checkName:\"c\",limit:1){id}}",
        "mutation{reportRunlessAssetEvents(eventParams:{assetKey:{path:[\"x\"]}}){__typename}}",
    ] {
        assert!(targets(document).iter().all(|of| *of != Targets::Shell), "{document}");
    }
}

#[test]
fn of_what_is_of_all_locations_nothing_is_told() {
    insta::assert_snapshot!(seen("{autoMaterializeTicks{id} latestDefsStateInfo{keyStateInfo{name}} runTagKeysOrError{...on RunTagKeys{keys}}}"), @r#"{"data":{"autoMaterializeTicks":[],"latestDefsStateInfo":null,"runTagKeysOrError":{"keys":[]}}}"#);
}

#[test]
fn ticks_tell_of_runs_and_jobs_of_their_own() {
    let ticks = "{instigationStateOrError(id:\"1\"){...on InstigationState{ticks{runIds originRunIds runKeys requestedRunsForJobs{jobName}}}}}";
    insta::assert_snapshot!(seen(ticks), @r#"{"data":{"instigationStateOrError":{"ticks":[{"originRunIds":[],"requestedRunsForJobs":[{"jobName":"job_a"},{"jobName":"job_other"}],"runIds":["run_a"],"runKeys":[]}]}}}"#);
    insta::assert_snapshot!(seen_without("job:job_other", ticks), @r#"{"data":{"instigationStateOrError":{"ticks":[{"originRunIds":[],"requestedRunsForJobs":[{"jobName":"job_a"}],"runIds":[],"runKeys":[]}]}}}"#);
}

#[test]
fn a_tick_by_its_number_is_told_where_it_is_known_to_be_of_what_shows_it() {
    let tick = |fields: &str| {
        seen(&format!("{{instigationStateOrError(id:\"1\"){{__typename ...on InstigationState{{{fields}}}}}}}"))
    };
    insta::assert_snapshot!(tick("x:id tick(tickId:1){y:id runIds}"), @r#"{"data":{"instigationStateOrError":{"__typename":"InstigationState","tick":{"runIds":["run_a"],"y":"origin_a:1"},"x":"origin_a::1"}}}"#);
    for untold in ["id tick(tickId:1){runIds}", "tick(tickId:1){id runIds}", "id:name tick(tickId:1){id:tickId runIds}"]
    {
        assert!(tick(untold).contains("InstigationStateNotFoundError"), "{untold}");
    }
    let (document, filter) =
        filtered(&ask("{instigationStateOrError(id:\"1\"){...on InstigationState{id tick(tickId:1){id}}}}"));
    let answer = answer(&document).to_string().replace("origin_a:1", "origin_b:1");
    let shown = String::from_utf8(filter.filter(answer.into_bytes(), &all_but_b)).unwrap();
    assert!(!shown.contains("origin"), "{shown}");
}

#[test]
fn ops_are_told_with_all_jobs_that_use_them_and_resources_by_their_keys() {
    let ops = "{repositoryOrError(repositorySelector:{repositoryName:\"main\",repositoryLocationName:\"a\"}){...on Repository{usedSolids{definition{name}}}}}";
    insta::assert_snapshot!(seen(ops), @r#"{"data":{"repositoryOrError":{"usedSolids":[{"definition":{"name":"op_of_1"}},{"definition":{"name":"op_of_2"}}]}}}"#);
    insta::assert_snapshot!(seen_without("job:job_other", ops), @r#"{"data":{"repositoryOrError":{"usedSolids":[{"definition":{"name":"op_of_1"}}]}}}"#);
    let resources = "{repositoryOrError(repositorySelector:{repositoryName:\"main\",repositoryLocationName:\"a\"}){...on Repository{pipelines{modes{resources{name}}}}}}";
    insta::assert_snapshot!(seen_without("resource:vault", resources), @r#"{"data":{"repositoryOrError":{"pipelines":[{"modes":[{"resources":[{"name":"db"}]}]}]}}}"#);
}

#[test]
fn what_an_asset_depends_on_is_not_told_beside_its_name() {
    let document = "{assetNodeOrError(assetKey:{path:[\"x\"]}){...on AssetNode{staleCauses{reason partitionKey} assetMaterializationUsedData{timestamp}}}}";
    insta::assert_snapshot!(seen(document), @r#"{"data":{"assetNodeOrError":{"assetMaterializationUsedData":[{"timestamp":"a"}],"staleCauses":[{"partitionKey":null,"reason":"has a new dependency on raw/asset_a"}]}}}"#);
}
