//! What [`AuditStore`](doorward_service::ports::AuditStore) promises. That it finds what was tampered with is proved per engine,
//! because tampering goes past the port.

use doorward_domain::{
    AuditEvent, AuditOutcome, EventId, NewAuditEvent, Timestamp,
    audit::{AuditConclusion, AuditEntry},
};
use doorward_service::ports::{AuditQuery, Checkpoint, Effects};
use serde_json::{Value, json};
use std::time::Duration;

use super::{Case, Replicas, audit_lists::targets, cases};
use crate::{NOON, Untold as _, audit_event};

/// The suite.
pub const CASES: &[Case] = cases![
    an_empty_log_is_whole,
    entries_are_numbered_and_chained_as_documented,
    what_comes_back_is_what_was_written_and_stays_so,
    appending_nothing_changes_nothing,
    an_entry_is_a_few_kilobytes_whatever_it_tells,
    two_processes_write_one_chain,
    a_mutation_and_the_log_share_one_chain,
    the_chain_is_read_in_pages,
    a_pending_event_shows_how_it_ended,
    of_several_conclusions_the_last_one_counts,
    hundreds_of_entries_in_one_group_stay_in_order,
    what_was_kept_long_enough_goes_and_the_rest_still_proves_itself,
    a_removal_goes_on_where_it_was_left,
    nothing_goes_that_is_younger_or_stands_behind_something_younger,
];

pub(super) fn minutes(n: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(n))
}

pub(super) fn conclusion(id: EventId, outcome: AuditOutcome, details: Value) -> AuditEntry {
    let Value::Object(details) = details else { panic!("details are an object") };
    AuditEntry::Conclusion(AuditConclusion { id, at: minutes(1), outcome, details })
}

pub(super) async fn append(db: &Replicas, events: &[NewAuditEvent]) {
    let entries: Vec<AuditEntry> = events.iter().cloned().map(AuditEntry::Event).collect();
    db.audit.append(&entries).await.unwrap();
}

pub(super) async fn listed(db: &Replicas, query: AuditQuery) -> Vec<AuditEvent> {
    let listed = db.audit.list(&query).await.unwrap();
    assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
    listed.items
}

async fn whole(db: &Replicas, entries: u64) {
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), entries));
}

async fn an_empty_log_is_whole(db: Replicas) {
    whole(&db, 0).await;
    assert_eq!(db.audit.read_chain(0, 10).await.unwrap(), []);
    assert_eq!(listed(&db, AuditQuery::default()).await, []);
}

async fn entries_are_numbered_and_chained_as_documented(db: Replicas) {
    let event = NewAuditEvent {
        id: EventId::generate(NOON, [0; 10]),
        ..audit_event("sign_in").by("ada").target("ada").build()
    };
    let first = db.audit.append(&[AuditEntry::Event(event.clone()), AuditEntry::Event(event)]).await.unwrap();
    assert_eq!((first[0].seq, first[1].seq), (1, 2));
    let text = concat!(
        r#"{"entry":"event","id":"01a1f8d3-ea00-7000-8000-000000000000","at":"2026-11-20T12:00:00Z","actor":"ada","client_ip":"","#,
        r#""app":null,"action":"sign_in","target":"ada","outcome":"success","decision_id":null,"details":{}}"#,
    );
    assert_eq!(first[0].text, text);
    // Made once with sha256sum, so that the format cannot change unseen.
    assert_eq!(hex::encode(first[0].hash), "f21fa89608fdfd49173dbfb8a654b6cc959d2952392fa9d1000507ae97885b12");
    assert_eq!(hex::encode(first[1].hash), "2dd268e1d5cbe1dbdc0a0f8f7a19d0a9b038aee807ce03220df896aca3b758ac");
    let shown = listed(&db, AuditQuery::default()).await;
    assert_eq!((shown[0].seq, &shown[0].chain_hash), (2, &hex::encode(first[1].hash)));
}

async fn what_comes_back_is_what_was_written_and_stays_so(db: Replicas) {
    let odd = audit_event("request")
        .by("ada\n\u{0}\u{202e}'\"; DROP TABLE users --")
        .in_app("etl")
        .target("läunch")
        .detail("operations", json!([{"name": "launchRun", "n": 1.5}, 7, null]))
        .detail("deep", json!({"a": {"b": ["💥", true]}}))
        .build();
    let chain = db.audit.append(&[AuditEntry::Event(odd.clone())]).await.unwrap();
    assert_eq!(serde_json::from_str::<AuditEntry>(&chain[0].text).unwrap(), AuditEntry::Event(odd.clone()));
    assert_eq!(db.other.audit.read_chain(0, 10).await.unwrap(), chain);
    assert_eq!(listed(&db, AuditQuery::default()).await[0].event, odd);
    whole(&db, 1).await;
}

async fn appending_nothing_changes_nothing(db: Replicas) {
    assert_eq!(db.audit.append(&[]).await.unwrap(), []);
    whole(&db, 0).await;
}

async fn an_entry_is_a_few_kilobytes_whatever_it_tells(db: Replicas) {
    let long = "x".repeat(100_000);
    let resources: Vec<String> = (0..10_000).map(|n| format!("run:{n}")).collect();
    let event = audit_event("request")
        .by(&long)
        .target(&long)
        .detail("resources", json!(resources))
        .detail("path", &*long)
        .build();
    let id = event.id;
    append(&db, &[event]).await;
    db.audit
        .append(&[conclusion(id, AuditOutcome::Success, json!({"run_ids": resources, "errors": [long]}))])
        .await
        .unwrap();
    whole(&db, 2).await;
    for entry in db.audit.read_chain(0, 10).await.unwrap() {
        assert!(entry.text.len() < 10_000, "{} bytes", entry.text.len());
    }
    let event = listed(&db, AuditQuery::default()).await.remove(0).event;
    assert!(event.details["left_out"]["run_ids"]["count"].as_u64() > Some(9000), "{event:?}");
}

async fn two_processes_write_one_chain(db: Replicas) {
    let group: Vec<AuditEntry> = (0..5).map(|_| AuditEntry::Event(audit_event("request").build())).collect();
    for _ in 0..20 {
        let (one, other) = tokio::join!(db.audit.append(&group), db.other.audit.append(&group));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one[4].seq - one[0].seq, 4, "a group stays together");
        assert_ne!(one[0].seq, other[0].seq);
    }
    whole(&db, 200).await;
}

async fn a_mutation_and_the_log_share_one_chain(db: Replicas) {
    append(&db, &[audit_event("first").build()]).await;
    let created = audit_event("user.create").target("ada").build();
    db.users.create(&crate::user("ada").build(), None, Effects::of(&created)).await.untold().unwrap();
    append(&db, &[audit_event("last").build()]).await;
    assert_eq!(listed(&db, AuditQuery::default()).await[1].event, created);
    whole(&db, 3).await;
}

async fn the_chain_is_read_in_pages(db: Replicas) {
    append(&db, &[audit_event("a").build(), audit_event("b").build(), audit_event("c").build()]).await;
    let numbers = async |after, limit| {
        db.audit.read_chain(after, limit).await.unwrap().iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, 2).await, [1, 2]);
    assert_eq!(numbers(2, 2).await, [3]);
    assert_eq!(numbers(3, 2).await, [0; 0]);
}

async fn a_pending_event_shows_how_it_ended(db: Replicas) {
    let pending =
        audit_event("request").outcome(AuditOutcome::Pending).detail("status", 0).detail("path", "/graphql").build();
    append(&db, std::slice::from_ref(&pending)).await;
    assert_eq!(listed(&db, AuditQuery::default()).await[0].event, pending);
    let ended = conclusion(pending.id, AuditOutcome::Failure, json!({"status": 500, "run_ids": ["r1"]}));
    db.other.audit.append(&[ended]).await.unwrap();
    let shown = listed(&db, AuditQuery::default()).await;
    assert_eq!((shown.len(), shown[0].seq, shown[0].event.outcome), (1, 1, AuditOutcome::Failure));
    assert_eq!(
        Value::Object(shown[0].event.details.clone()),
        json!({"status": 500, "path": "/graphql", "run_ids": ["r1"]})
    );
    assert_eq!(shown[0].event.at, NOON, "the event's own time stays");
    whole(&db, 2).await;
}

async fn of_several_conclusions_the_last_one_counts(db: Replicas) {
    let pending = audit_event("request").outcome(AuditOutcome::Pending).build();
    append(&db, std::slice::from_ref(&pending)).await;
    for (outcome, status) in [(AuditOutcome::Failure, 502), (AuditOutcome::Success, 200)] {
        db.audit.append(&[conclusion(pending.id, outcome, json!({"status": status}))]).await.unwrap();
    }
    let shown = listed(&db, AuditQuery { outcome: Some(AuditOutcome::Success), ..AuditQuery::default() }).await;
    assert_eq!(shown[0].event.details["status"], 200);
    assert_eq!(listed(&db, AuditQuery { outcome: Some(AuditOutcome::Failure), ..AuditQuery::default() }).await, []);
}

async fn hundreds_of_entries_in_one_group_stay_in_order(db: Replicas) {
    let group: Vec<AuditEntry> = (0..333)
        .map(|n| {
            let operations = json!([format!("op{n}"), "launchRun", "launchRun"]);
            AuditEntry::Event(audit_event("request").target(&n.to_string()).detail("operations", operations).build())
        })
        .collect();
    let chain = db.audit.append(&group).await.unwrap();
    assert_eq!(chain.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=333).collect::<Vec<_>>());
    let named = AuditQuery { action: Some("op217".to_owned()), ..AuditQuery::default() };
    assert_eq!(targets(&db, named).await, "217");
    let everywhere = AuditQuery { action: Some("launchRun".to_owned()), ..AuditQuery::default() };
    assert_eq!(db.audit.list(&everywhere).await.unwrap().total, 333);
    whole(&db, 333).await;
}

/// The event that announces the removal of entries.
pub(super) fn announcement(through: &Checkpoint, entries: u64) -> NewAuditEvent {
    let event = audit_event("audit.trim").at(minutes(1000)).detail("through", through.seq);
    event.detail("chain_hash", hex::encode(through.hash)).detail("entries", entries).build()
}

async fn ten_minutes(db: &Replicas) {
    for n in 0..10_u64 {
        append(
            db,
            &[audit_event("request")
                .at(minutes(n))
                .target(&n.to_string())
                .detail("operations", json!(["launchRun"]))
                .build()],
        )
        .await;
    }
}

async fn what_was_kept_long_enough_goes_and_the_rest_still_proves_itself(db: Replicas) {
    ten_minutes(&db).await;
    assert_eq!(db.audit.start().await.unwrap(), Checkpoint { seq: 0, hash: [0; 32] });
    let last_to_go = db.audit.read_chain(5, 1).await.unwrap().remove(0);
    assert_eq!(db.audit.trim(minutes(6), 1000, &announcement).await.unwrap(), 6);
    assert_eq!(db.audit.trim(minutes(6), 1000, &announcement).await.unwrap(), 0);
    assert_eq!(db.audit.start().await.unwrap(), Checkpoint { seq: 6, hash: last_to_go.hash });
    assert_eq!(
        targets(&db, AuditQuery { action: Some("launchRun".to_owned()), ..AuditQuery::default() }).await,
        "6 7 8 9"
    );
    whole(&db, 5).await;
    append(&db, &[audit_event("request").at(minutes(10)).build()]).await;
    assert_eq!(db.audit.trim(minutes(10), 1000, &announcement).await.unwrap(), 4);
    whole(&db, 3).await;
}

async fn a_removal_goes_on_where_it_was_left(db: Replicas) {
    ten_minutes(&db).await;
    let removed = async |most: u32| db.audit.trim(minutes(8), most, &announcement).await.unwrap();
    assert_eq!(removed(3).await, 3);
    whole(&db, 8).await;
    assert_eq!((removed(3).await, removed(3).await, removed(3).await), (3, 2, 0));
    whole(&db, 3).await;
    assert_eq!(
        listed(&db, AuditQuery { action: Some("audit.trim".to_owned()), ..AuditQuery::default() }).await.len(),
        1
    );
}

async fn nothing_goes_that_is_younger_or_stands_behind_something_younger(db: Replicas) {
    // The clock was set back between the second and the third.
    for at in [minutes(0), minutes(9), minutes(1)] {
        append(&db, &[audit_event("request").at(at).build()]).await;
    }
    assert_eq!(db.audit.trim(minutes(5), 1000, &announcement).await.unwrap(), 1);
    assert_eq!(db.audit.trim(minutes(5), 1000, &announcement).await.unwrap(), 0);
    whole(&db, 3).await;
}
