//! What [`AuditStore`](doorward_service::ports::AuditStore) promises of its lists.

use doorward_domain::{AuditOutcome, DecisionId, NewAuditEvent};
use doorward_service::ports::{AuditQuery, Checkpoint, Paging};
use serde_json::json;

use super::{
    Case, Replicas,
    audit::{append, conclusion, listed, minutes},
    cases,
    paging::{searching, sorted},
};
use crate::{NOON, audit_event};

/// The suite.
pub const CASES: &[Case] = cases![
    events_are_filtered_by_what_they_are,
    events_are_filtered_by_their_latest_outcome,
    events_are_filtered_by_the_operations_they_name,
    events_are_filtered_by_the_decision_behind_them,
    events_are_filtered_by_time,
    events_are_searched_in_actor_target_and_details,
    the_log_is_followed_by_number,
    pages_of_events_turn,
    what_happened_in_one_moment_is_listed_as_it_was_written,
    the_end_of_the_log_is_what_was_written_last,
];

/// The targets of the events found, oldest first.
pub(super) async fn targets(db: &Replicas, query: AuditQuery) -> String {
    let oldest_first = AuditQuery { paging: Paging { sort: Some("at".to_owned()), ..query.paging }, ..query };
    let found = listed(db, oldest_first).await;
    found.iter().map(|event| event.event.target.clone().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

async fn events_are_filtered_by_what_they_are(db: Replicas) {
    append(
        &db,
        &[
            audit_event("sign_in").by("ada").target("1").build(),
            audit_event("request").by("ada").in_app("etl").target("2").build(),
            audit_event("request").by("bob").in_app("wiki").target("3").build(),
            audit_event("request").by("bob").in_app("etl").target("4").build(),
        ],
    )
    .await;
    let by = |actor: &str| AuditQuery { actor: Some(actor.to_owned()), ..AuditQuery::default() };
    assert_eq!(targets(&db, by("ada")).await, "1 2");
    assert_eq!(targets(&db, by("ad")).await, "");
    let in_etl = AuditQuery { app: Some("etl".parse().unwrap()), ..AuditQuery::default() };
    assert_eq!(targets(&db, in_etl.clone()).await, "2 4");
    assert_eq!(targets(&db, AuditQuery { actor: Some("bob".to_owned()), ..in_etl }).await, "4");
    assert_eq!(targets(&db, AuditQuery { action: Some("sign_in".to_owned()), ..AuditQuery::default() }).await, "1");
}

async fn events_are_filtered_by_their_latest_outcome(db: Replicas) {
    let event = |target: &str, outcome| audit_event("request").target(target).outcome(outcome).build();
    let (done, cut_off) = (event("done", AuditOutcome::Pending), event("cut-off", AuditOutcome::Pending));
    append(&db, &[done.clone(), cut_off, event("denied", AuditOutcome::Denied), event("quick", AuditOutcome::Success)])
        .await;
    db.audit.append(&[conclusion(done.id, AuditOutcome::Success, json!({}))]).await.unwrap();
    let with = |outcome| AuditQuery { outcome: Some(outcome), ..AuditQuery::default() };
    assert_eq!(targets(&db, with(AuditOutcome::Pending)).await, "cut-off");
    assert_eq!(targets(&db, with(AuditOutcome::Success)).await, "done quick");
    assert_eq!(targets(&db, with(AuditOutcome::Denied)).await, "denied");
    assert_eq!(targets(&db, with(AuditOutcome::Failure)).await, "");
}

async fn events_are_filtered_by_the_operations_they_name(db: Replicas) {
    let late = audit_event("request").target("late").outcome(AuditOutcome::Pending).build();
    append(
        &db,
        &[
            audit_event("request").target("plain").detail("operations", json!(["launchRun", "wipeAssets"])).build(),
            audit_event("request")
                .target("rich")
                .detail("operations", json!([{"name": "launchRun", "rule": "x"}]))
                .build(),
            audit_event("request").target("elsewhere").detail("path", "launchRun").build(),
            audit_event("request")
                .target("old")
                .detail("operations", json!([{"name": "launchOld", "family": "launchRun"}]))
                .build(),
            audit_event("request")
                .target("many")
                .detail("operations", json!([{"name": "terminateRun"}]))
                .detail("operation_names", json!(["terminateRun", "launchOld"]))
                .build(),
            late.clone(),
        ],
    )
    .await;
    db.audit
        .append(&[conclusion(late.id, AuditOutcome::Success, json!({"operations": ["wipeAssets"]}))])
        .await
        .unwrap();
    let naming = |operation: &str| AuditQuery { action: Some(operation.to_owned()), ..AuditQuery::default() };
    assert_eq!(targets(&db, naming("launchRun")).await, "plain rich old");
    assert_eq!(targets(&db, naming("launchOld")).await, "old many");
    assert_eq!(targets(&db, naming("wipeAssets")).await, "plain late");
    assert_eq!(targets(&db, naming("launch")).await, "");
}

async fn events_are_filtered_by_the_decision_behind_them(db: Replicas) {
    let decision = |n: u8| DecisionId::generate(NOON, [n; 10]);
    let decided =
        |n| NewAuditEvent { decision_id: Some(decision(n)), ..audit_event("request").target(&n.to_string()).build() };
    append(&db, &[decided(1), decided(2), audit_event("request").target("none").build()]).await;
    let behind = |id| AuditQuery { decision_id: Some(id), ..AuditQuery::default() };
    assert_eq!(targets(&db, behind(decision(2))).await, "2");
    assert_eq!(targets(&db, behind(decision(3))).await, "");
}

async fn events_are_filtered_by_time(db: Replicas) {
    for n in 0..4_u64 {
        append(&db, &[audit_event("request").at(minutes(n)).target(&n.to_string()).build()]).await;
    }
    let between =
        |from: u64, to: u64| AuditQuery { from: Some(minutes(from)), to: Some(minutes(to)), ..AuditQuery::default() };
    assert_eq!(targets(&db, between(1, 3)).await, "1 2");
    assert_eq!(targets(&db, between(3, 1)).await, "");
}

async fn events_are_searched_in_actor_target_and_details(db: Replicas) {
    let pending = audit_event("request").target("1").by("Zoë").outcome(AuditOutcome::Pending).build();
    append(&db, &[pending.clone(), audit_event("request").target("2").detail("path", "/a_b%c").build()]).await;
    db.audit
        .append(&[conclusion(pending.id, AuditOutcome::Success, json!({"runs": {"ids": ["8F1C-run", 4711]}}))])
        .await
        .unwrap();
    let found = async |text: &str| targets(&db, AuditQuery { paging: searching(text), ..AuditQuery::default() }).await;
    assert_eq!(found("ZOË").await, "1");
    assert_eq!(found("8f1c").await, "1");
    assert_eq!(found("4711").await, "1");
    assert_eq!(found("a_b%").await, "2");
    assert_eq!(found("a%c").await, "");
    assert_eq!(found("runs").await, "", "what a detail is called is not what it says");
    assert_eq!(found("outcome").await, "");
}

async fn the_log_is_followed_by_number(db: Replicas) {
    append(&db, &[audit_event("a").target("1").build(), audit_event("a").target("2").build()]).await;
    let after = AuditQuery { after_seq: Some(1), ..AuditQuery::default() };
    assert_eq!(targets(&db, after).await, "2");
    assert_eq!(targets(&db, AuditQuery { after_seq: Some(2), ..AuditQuery::default() }).await, "");
}

async fn pages_of_events_turn(db: Replicas) {
    for n in 0..7_u64 {
        // Written in another order than it happened: by a replica that was slow, or with a clock that was set back.
        append(&db, &[audit_event("request").at(minutes(10 - n)).build()]).await;
    }
    let list = async |paging: Paging| db.audit.list(&AuditQuery { paging, ..AuditQuery::default() }).await;
    super::paging::turns(&["at"], list).await;
    let default = db.audit.list(&AuditQuery::default()).await.unwrap();
    let newest_first = db.audit.list(&AuditQuery { paging: sorted("-at"), ..AuditQuery::default() }).await.unwrap();
    assert_eq!(default, newest_first);
    assert_eq!(default.items[0].seq, 1, "the latest was written first");
}

async fn what_happened_in_one_moment_is_listed_as_it_was_written(db: Replicas) {
    let written: Vec<NewAuditEvent> = (0..40).map(|n| audit_event("request").target(&n.to_string()).build()).collect();
    for pair in written.chunks(2) {
        append(&db, pair).await;
    }
    let expected: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(targets(&db, AuditQuery::default()).await, expected.join(" "));
    let list = async |paging: Paging| db.other.audit.list(&AuditQuery { paging, ..AuditQuery::default() }).await;
    super::paging::turns(&["at"], list).await;
}

async fn the_end_of_the_log_is_what_was_written_last(db: Replicas) {
    assert_eq!(db.audit.end().await.unwrap(), db.audit.start().await.unwrap());
    for n in 0..3_u64 {
        append(&db, &[audit_event("request").at(minutes(10 - n)).build()]).await;
        let last = db.audit.read_chain(i64::try_from(n).unwrap(), 10).await.unwrap().remove(0);
        assert_eq!(db.other.audit.end().await.unwrap(), Checkpoint { seq: last.seq, hash: last.hash });
    }
}
