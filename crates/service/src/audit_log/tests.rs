use doorward_domain::audit::AuditEntry;
use doorward_domain::{AuditAction, AuditOutcome, EventId};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::fakes::{FakeAudit, FakeSettings, NOON, StillClock, context};

async fn log(store: &Arc<FakeAudit>, sinks: Sinks) -> Arc<AuditLog> {
    log_with(store, &Arc::default(), sinks).await
}

async fn log_with(store: &Arc<FakeAudit>, settings: &Arc<FakeSettings>, sinks: Sinks) -> Arc<AuditLog> {
    let (store, settings) = (Arc::<FakeAudit>::clone(store), Arc::<FakeSettings>::clone(settings));
    Arc::new(
        AuditLog::start(store, settings, Arc::default(), context(&StillClock::at_noon()), sinks, None).await.unwrap(),
    )
}

/// The numbers of the lines in a file.
fn seqs(path: &std::path::Path) -> Vec<i64> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_file_that_was_rotated_while_nothing_ran_has_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
    let (store, settings) = (Arc::<FakeAudit>::default(), Arc::<FakeSettings>::default());
    let sinks = Sinks { file: Some(path.clone()), stdout: false };
    let log = log_with(&store, &settings, sinks.clone()).await;
    log.record(event(1)).await.unwrap();
    log.record(event(2)).await.unwrap();
    log.stop().await;
    drop(log);
    std::fs::rename(&path, &rotated).unwrap();
    store.groups.lock().push(vec![AuditEntry::Event(event(3)), AuditEntry::Event(event(4))]);
    let log = log_with(&store, &settings, sinks).await;
    log.record(event(5)).await.unwrap();
    log.stop().await;
    assert_eq!((seqs(&rotated), seqs(&path)), (vec![1, 2], vec![3, 4, 5]));
}

#[tokio::test]
async fn a_file_that_was_rotated_before_a_crash_has_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rotated) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
    let (store, settings) = (Arc::<FakeAudit>::default(), Arc::<FakeSettings>::default());
    let sinks = Sinks { file: Some(path.clone()), stdout: false };
    let log = log_with(&store, &settings, sinks.clone()).await;
    log.record(event(1)).await.unwrap();
    log.flush().await;
    std::fs::rename(&path, &rotated).unwrap();
    drop(log);
    store.groups.lock().push(vec![AuditEntry::Event(event(2))]);
    let log = log_with(&store, &settings, sinks).await;
    log.stop().await;
    assert_eq!(seqs(&path).last(), Some(&2));
    assert!(seqs(&rotated) == [1] && seqs(&path).contains(&2));
}

#[tokio::test]
async fn after_a_stop_nothing_more_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks { file: Some(path.clone()), stdout: false }).await;
    log.record(event(1)).await.unwrap();
    log.stop().await;
    store.groups.lock().push(vec![AuditEntry::Event(event(2))]);
    log.flush().await;
    assert_eq!(seqs(&path), [1]);
}

fn event(n: u8) -> NewAuditEvent {
    let mut event = context(&StillClock::at_noon()).own_event(AuditAction::REQUEST);
    event.id = EventId::generate(NOON, [n; 10]);
    event
}

fn conclusion(n: u8) -> AuditConclusion {
    AuditConclusion {
        id: EventId::generate(NOON, [n; 10]),
        at: NOON,
        outcome: AuditOutcome::Success,
        details: serde_json::Map::new(),
    }
}

fn ids(group: &[AuditEntry]) -> Vec<EventId> {
    let id = |entry: &AuditEntry| match entry {
        AuditEntry::Event(event) => event.id,
        AuditEntry::Conclusion(conclusion) => conclusion.id,
    };
    group.iter().map(id).collect()
}

#[tokio::test]
async fn an_event_is_on_disk_when_record_returns() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    log.record(event(1)).await.unwrap();
    assert_eq!(*store.groups.lock(), [vec![AuditEntry::Event(event(1))]]);
}

#[tokio::test]
async fn what_arrives_during_a_commit_is_committed_as_one() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    store.commits.forget_permits(usize::MAX);
    let recording: Vec<_> = (0..100)
        .map(|n| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.record(event(n)).await })
        })
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(recording.iter().all(|one| !one.is_finished()), "nobody goes on before the commit");
    store.commits.add_permits(100);
    for one in recording {
        one.await.unwrap().unwrap();
    }
    let sizes: Vec<_> = store.groups.lock().iter().map(Vec::len).collect();
    assert!(sizes.len() <= 2 && sizes.iter().sum::<usize>() == 100, "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn when_the_store_fails_events_are_refused_and_conclusions_kept() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    store.fails.store(true, Ordering::SeqCst);
    log.conclude(conclusion(1));
    assert_eq!(log.record(event(2)).await, Err(AuditUnavailable::Failed));
    log.flush().await;
    assert!(store.groups.lock().is_empty());
    store.fails.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(*store.groups.lock(), [vec![AuditEntry::Conclusion(conclusion(1))]], "tried again without being asked");
}

#[tokio::test]
async fn a_bad_entry_does_not_take_its_group_with_it() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    store.bad.lock().extend([AuditEntry::Event(event(7)), AuditEntry::Event(event(61))]);
    store.commits.forget_permits(usize::MAX);
    let recording: Vec<_> = (0..100)
        .map(|n| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.record(event(n)).await })
        })
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    store.commits.add_permits(10_000);
    for (n, one) in recording.into_iter().enumerate() {
        let expected = if [7, 61].contains(&n) { Err(AuditUnavailable::Failed) } else { Ok(()) };
        assert_eq!(one.await.unwrap(), expected, "{n}");
    }
    assert_eq!(store.groups.lock().concat().len(), 98);
}

#[tokio::test(start_paused = true)]
async fn of_an_outcome_that_cannot_be_written_the_outcome_alone_is() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    let mut told = conclusion(1);
    told.details.insert("odd".into(), true.into());
    store.bad.lock().push(AuditEntry::Conclusion(told.clone()));
    (10..20).for_each(|n| log.conclude(conclusion(n)));
    log.conclude(told);
    (20..40).for_each(|n| log.conclude(conclusion(n)));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let written = store.groups.lock().concat();
    let expected: Vec<_> = (10..40).chain([1]).map(|n| AuditEntry::Conclusion(conclusion(n))).collect();
    assert_eq!(written, expected, "the others in order, and then that one without its details");
}

#[tokio::test]
async fn a_thousand_refusals_are_one_event_and_its_count() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    for n in 0..1000_u32 {
        log.refused(event(u8::try_from(n % 250).unwrap()), "launch").await.unwrap();
    }
    log.flush().await;
    let written = store.groups.lock().concat();
    let [AuditEntry::Event(first), AuditEntry::Conclusion(count)] = &written[..] else { panic!("{written:?}") };
    assert_eq!((first.id, &count.details["times"]), (count.id, &serde_json::json!(1000)));
}

#[tokio::test]
async fn what_is_let_through_is_an_event_each() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    for n in 0..100 {
        log.record(event(n)).await.unwrap();
    }
    assert_eq!(store.groups.lock().concat().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_a_store_that_fails() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    store.commits.forget_permits(usize::MAX);
    assert_eq!(log.record(event(1)).await, Err(AuditUnavailable::Failed));
}

#[tokio::test]
async fn a_flood_of_conclusions_neither_waits_nor_loses_any() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    for _ in 0..50 {
        (0..200).for_each(|n| log.conclude(conclusion(n)));
    }
    log.flush().await;
    log.flush().await;
    assert_eq!(store.groups.lock().iter().map(Vec::len).sum::<usize>(), 10_000);
}

#[tokio::test]
async fn a_dropped_log_still_writes_what_it_was_given() {
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks::default()).await;
    log.conclude(conclusion(1));
    drop(log);
    while store.groups.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ids(&store.groups.lock()[0]), [conclusion(1).id]);
}

#[tokio::test]
async fn the_file_gets_every_entry_in_order_whoever_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let store = Arc::<FakeAudit>::default();
    let sinks = Sinks { file: Some(path.clone()), stdout: false };
    let log = log(&store, sinks).await;
    log.record(event(1)).await.unwrap();
    store.groups.lock().push(vec![AuditEntry::Event(event(2))]);
    log.conclude(conclusion(1));
    log.flush().await;
    let lines: Vec<serde_json::Value> =
        std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> =
        lines.iter().map(|line| (line["seq"].as_i64().unwrap(), line["entry"].as_str().unwrap())).collect();
    assert_eq!(seen, [(1, "event"), (2, "event"), (3, "conclusion")]);
    assert_eq!(lines[0]["chain_hash"], "ab".repeat(32));
    assert_eq!(lines[0]["action"], "request");
}

#[tokio::test]
async fn after_a_restart_the_file_goes_on_behind_its_last_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let store = Arc::<FakeAudit>::default();
    store.groups.lock().push((1..=4).map(|n| AuditEntry::Event(event(n))).collect());
    std::fs::write(&path, "{\"seq\":1}\n{\"seq\":2}\n{\"seq\":3,\"chain_ha").unwrap();
    let log = log(&store, Sinks { file: Some(path.clone()), stdout: false }).await;
    log.flush().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let seqs: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_new_file_begins_with_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let store = Arc::<FakeAudit>::default();
    store.groups.lock().push((1..=4).map(|n| AuditEntry::Event(event(n))).collect());
    let log = log(&store, Sinks { file: Some(path.clone()), stdout: false }).await;
    log.record(event(5)).await.unwrap();
    log.flush().await;
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("{\"seq\":5,"));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_holds_nothing_up_and_is_caught_up_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later").join("audit.jsonl");
    let store = Arc::<FakeAudit>::default();
    let log = log(&store, Sinks { file: Some(path.clone()), stdout: false }).await;
    log.record(event(1)).await.unwrap();
    log.flush().await;
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    log.flush().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
}
