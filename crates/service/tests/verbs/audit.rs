use doorward_domain::audit::AuditConclusion;
use doorward_domain::{AuditOutcome, Role};
use doorward_service::ServicesConfig;
use doorward_service::audit_log::ReadAuditError;
use doorward_service::ports::AuditQuery;
use doorward_testkit::audit_event;
use serde_json::json;

use crate::house::{House, local, start};

#[tokio::test]
async fn a_pending_event_is_ended_by_its_conclusion() {
    let house = House::new().await;
    let event = audit_event("test").build();
    let event = doorward_domain::NewAuditEvent { outcome: AuditOutcome::Pending, ..event };
    house.services.audit.record(event.clone()).await.unwrap();
    assert_eq!(house.events().await.last().unwrap().event.outcome, AuditOutcome::Pending);
    let details = json!({"run_id": "abc"}).as_object().unwrap().clone();
    house.services.audit.conclude(AuditConclusion {
        id: event.id,
        at: house.now(),
        outcome: AuditOutcome::Success,
        details,
    });
    let last = house.events().await.pop().unwrap();
    assert_eq!(
        (last.event.id, last.event.outcome, &last.event.details["run_id"]),
        (event.id, AuditOutcome::Success, &json!("abc"))
    );
}

#[tokio::test]
async fn reading_the_log_needs_manage() {
    let house = House::new().await;
    house.add("dev", Some(Role::Developer)).await;
    house.add("max", Some(Role::Manager)).await;
    let (dev, max) = (house.actor("dev").await, house.actor("max").await);
    let audit = &house.services.audit;
    assert!(matches!(audit.list(&dev, &AuditQuery::default()).await, Err(ReadAuditError::NotAllowed(_))));
    assert!(matches!(audit.verify(&dev).await, Err(ReadAuditError::NotAllowed(_))));
    assert!(audit.list(&max, &AuditQuery::default()).await.is_ok());
    let (faults, entries) = audit.verify(&max).await.unwrap();
    assert!(faults.is_empty() && entries >= 5, "{faults:?} {entries}");
}

#[tokio::test]
async fn events_of_an_app_that_never_was_are_refused_with_the_list_for_who_may_know() {
    let house = House::new().await;
    let audit = &house.services.audit;
    let of = |app: &str| AuditQuery { app: Some(app.parse().unwrap()), ..AuditQuery::default() };
    let Err(ReadAuditError::UnknownApp(unknown)) = audit.list(&local(), &of("dagstre")).await else {
        panic!("an empty page");
    };
    assert_eq!(unknown.to_string(), "there is no app `dagstre`; did you mean `dagster`? (apps: dagster, wiki)");
    assert!(audit.list(&local(), &of("wiki")).await.unwrap().items.is_empty(), "there is, and nothing happened");

    let event = doorward_domain::NewAuditEvent { app: Some("gone".parse().unwrap()), ..audit_event("test").build() };
    audit.record(event).await.unwrap();
    assert_eq!(audit.list(&local(), &of("gone")).await.unwrap().items.len(), 1);
    let by_nobody = AuditQuery { actor: Some("nobody-here".to_owned()), ..of("gone") };
    assert!(audit.list(&local(), &by_nobody).await.unwrap().items.is_empty(), "it was, though nobody did that");
    house.add("mia", Some(Role::Developer)).await;
    let refused = audit.list(&house.actor("mia").await, &of("dagstre")).await;
    assert!(matches!(refused, Err(ReadAuditError::NotAllowed(_))), "who may not read is told nothing");
}

#[tokio::test]
async fn a_decision_is_found_by_whom_it_was_about_and_by_nobody_else() {
    let house = House::new().await;
    house.add("ada", Some(Role::Viewer)).await;
    house.add("eve", Some(Role::Developer)).await;
    let id = house.services.decision_id();
    let event = doorward_domain::NewAuditEvent {
        actor: "ada".to_owned(),
        decision_id: Some(id),
        ..audit_event("test").build()
    };
    house.services.audit.record(event.clone()).await.unwrap();
    let find = |name: &'static str| {
        let house = &house;
        async move {
            house.services.audit.find_decision(&house.actor(name).await, id).await.unwrap().map(|found| found.event.id)
        }
    };
    assert_eq!(find("ada").await, Some(event.id));
    assert_eq!(find("root").await, Some(event.id));
    assert_eq!(find("eve").await, None);
    assert_eq!(house.services.audit.find_decision(&local(), house.services.decision_id()).await.unwrap(), None);
}

#[tokio::test]
async fn the_audit_file_tells_of_sign_ins_and_of_what_other_processes_did() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let config = ServicesConfig { audit_file: Some(file.clone()), ..ServicesConfig::default() };
    let writing = start(house.stores.opened_again().await, &house.clock, config).await;
    house.sign_in("root").await;
    writing.shutdown().await;
    let text = std::fs::read_to_string(&file).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&line["action"], &line["actor"], &line["outcome"]),
        (&json!("sign_in"), &json!("root"), &json!("success"))
    );
    let newest = house.events().await.pop().unwrap();
    assert_eq!(
        (line["seq"].as_i64(), line["chain_hash"].as_str()),
        (Some(newest.seq), Some(newest.chain_hash.as_str()))
    );
}

#[tokio::test]
async fn recording_works_from_any_runtime() {
    let house = House::new().await;
    let audit = std::sync::Arc::clone(&house.services.audit);
    let recorded = tokio::task::spawn_blocking(move || {
        let elsewhere = tokio::runtime::Builder::new_current_thread().build().unwrap();
        elsewhere.block_on(audit.record(audit_event("test").build()))
    });
    assert_eq!(recorded.await.unwrap(), Ok(()));
}
