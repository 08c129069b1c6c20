//! What each role may really do in Dagster.

use serde_json::{Value, json};

use crate::harness::dagster::{Dagster, limit_mutation};
use crate::harness::person::head;
use crate::harness::{Door, Echo};

const ROLES: [&str; 5] = ["viewer", "operator", "developer", "manager", "admin"];

/// The checked-in list of what Dagster 1.13.27 offers, with the weakest role for each.
fn operations() -> Vec<Value> {
    serde_json::from_str(include_str!("../../data/dagster_operations.json")).expect("it is JSON")
}

fn rank(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap_or_else(|| panic!("{role} is no role"))
}

#[tokio::test]
async fn every_mutation_reaches_the_tool_for_exactly_the_roles_listed() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    let operations = operations();
    let mutations: Vec<&Value> = operations.iter().filter(|operation| operation["kind"] == "mutation").collect();
    assert_eq!(mutations.len(), 41);
    for role in ROLES {
        let person = door.user(&format!("the-{role}"), role).await;
        for mutation in &mutations {
            let field = mutation["field"].as_str().unwrap();
            let before = echo.seen().len();
            let answer = person.graphql(&format!("mutation {{ {field} }}"), json!({})).await;
            let may = rank(role) >= rank(mutation["role"].as_str().unwrap());
            assert_eq!(echo.seen().len() - before, usize::from(may), "{field} as {role}");
            assert_eq!(head(&answer, "doorward-decision").starts_with("deny;"), !may, "{field} as {role}");
        }
    }
}

#[tokio::test]
async fn a_mutation_nobody_listed_is_for_administrators() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    let manager = door.user("mara", "manager").await;
    manager.graphql("mutation { somethingNew }", json!({})).await;
    assert_eq!(echo.seen().len(), 0);
    door.admin().await.graphql("mutation { somethingNew }", json!({})).await;
    assert_eq!(echo.seen().len(), 1);
}

#[tokio::test]
async fn pool_limits_are_really_set_by_managers_and_by_nobody_below() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    for role in ROLES {
        let person = door.user(&format!("the-{role}"), role).await;
        let key = format!("roles-{role}-{}", door.port);
        let answer = person.graphql_json(&limit_mutation(&key), json!({})).await;
        assert_eq!(dagster.executed(&key).await, rank(role) >= rank("manager"), "{role}: {answer}");
    }
}

#[tokio::test]
async fn wiping_by_argument_needs_more_than_deleting_a_partition() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let dev = door.user("dana", "developer").await;
    let region = format!("region-{}", door.port);
    let selector = json!({"repositoryName": "__repository__", "repositoryLocationName": "definitions.py"});
    let add = "mutation($s: RepositorySelector!, $k: String!) { addDynamicPartition(repositorySelector: $s, \
               partitionsDefName: \"regions\", partitionKey: $k) { __typename } }";
    let added = dev.graphql_json(add, json!({"s": selector, "k": region})).await;
    assert_eq!(added["data"]["addDynamicPartition"]["__typename"], "AddDynamicPartitionSuccess", "{added}");

    let delete = |wipe: &str, declared: &str| {
        format!(
            "mutation($s: RepositorySelector!, $k: [String!]!{declared}) {{ deleteDynamicPartitions(repositorySelector: $s, \
             partitionsDefName: \"regions\", partitionKeys: $k{wipe}) {{ __typename }} }}"
        )
    };
    let attempts = [
        (delete(", wipeMaterializations: true", ""), json!(null)),
        (delete(", wipeMaterializations: $w", ", $w: Boolean"), json!(true)),
        (delete(", wipeMaterializations: $w", ", $w: Boolean = true"), json!(null)),
    ];
    for (document, wipe) in attempts {
        let mut variables = json!({"s": selector, "k": [region]});
        if !wipe.is_null() {
            variables["w"] = wipe;
        }
        let answer = dev.graphql_json(&document, variables).await;
        let refusal = &answer["data"]["deleteDynamicPartitions"];
        assert_eq!(refusal["__typename"], "PythonError", "{document}: {answer}");
        assert!(refusal["message"].as_str().unwrap().contains("manager"), "{answer}");
    }
    let answer = dev.graphql_json(&delete("", ""), json!({"s": selector, "k": [region]})).await;
    assert_eq!(answer["data"]["deleteDynamicPartitions"]["__typename"], "DeleteDynamicPartitionsSuccess", "{answer}");
}

#[tokio::test]
async fn asset_events_are_reported_by_developers_and_by_nobody_below() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    for (role, may) in [("viewer", false), ("operator", false), ("developer", true)] {
        let person = door.user(&format!("the-{role}"), role).await;
        let partition = format!("reported-by-{role}-{}", door.port);
        let path = format!("/report_asset_materialization/external_feed?partition={partition}");
        let answer = person.ask(reqwest::Method::POST, &path).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status() == 200, may, "{role}: {}", answer.status());
        let events = dagster
            .graphql("{assetNodeOrError(assetKey:{path:[\"external_feed\"]}){... on AssetNode{assetMaterializations(limit:100){partition}}}}", json!({}))
            .await;
        assert_eq!(events.to_string().contains(&partition), may, "{role}: {events}");
    }
}
