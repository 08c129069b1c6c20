//! A database that is full, and has room again.

use doorward_domain::audit::AuditEntry;
use doorward_testkit::audit_event;
use doorward_testkit::contract::mutations::MUTATIONS;

use super::{LAST, Trial};

/// No page more than there are: the engine takes no less for a limit than what is in use.
const FULL: &str = "PRAGMA max_page_count = 1";
const ROOM: &str = "PRAGMA max_page_count = 1000000";

/// An event with so much text.
fn event_of(length: usize) -> AuditEntry {
    AuditEntry::Event(audit_event("test").detail("text", "x".repeat(length)).build())
}

impl Trial {
    /// Writes, with ever smaller events, until nothing goes in; how many were acknowledged. After a failure the next connection writes,
    /// which has to be told again.
    async fn fill(&mut self) -> u64 {
        let mut acknowledged = 0;
        for length in [7000, 700, 70, 0] {
            for _ in 0..3 {
                self.tell_writer(FULL).await;
                while self.stores.audit.append(&[event_of(length)]).await.is_ok() {
                    acknowledged += 1;
                }
            }
        }
        acknowledged
    }

    /// The entries of the audit log, whose chain must hold.
    async fn entries(&self) -> u64 {
        let (faults, entries) = self.stores.audit.check().await.unwrap();
        assert_eq!(faults, []);
        entries
    }
}

#[tokio::test]
async fn a_full_database_refuses_a_mutation_or_keeps_it_whole_and_it_works_once_there_is_room() {
    let mut refused = Vec::new();
    for mutation in MUTATIONS {
        let mut trial = Trial::new().await;
        let before = trial.entries().await;
        let acknowledged = trial.fill().await;
        let entries = trial.entries().await;
        assert_eq!(entries, before + acknowledged, "{mutation:?}: what was acknowledged, and nothing else");
        trial.tell_writer(FULL).await;
        // What fits into the room that is left is kept.
        let is_kept = trial.attempt(mutation).await;
        if !is_kept {
            assert_eq!(trial.entries().await, entries, "{mutation:?} was refused, and is told of");
            refused.push(mutation.name);
        }
        trial.tell_writer(ROOM).await;
        trial.works(if is_kept { &LAST } else { mutation }).await;
        trial.works(&LAST).await;
    }
    assert!(refused.len() > MUTATIONS.len() / 2, "of {} only {refused:?} were refused", MUTATIONS.len());
}

/// Full, and room again, and full again: on one and the same database.
#[tokio::test]
async fn what_a_database_acknowledged_while_it_filled_up_again_and_again_is_kept() {
    let mut trial = Trial::new().await;
    let before = trial.entries().await;
    let mut acknowledged = 0;
    for _ in 0..4 {
        acknowledged += trial.fill().await;
        trial.tell_writer(ROOM).await;
        for _ in 0..10 {
            trial.works(&LAST).await;
            acknowledged += 1;
        }
    }
    assert_eq!(trial.entries().await, before + acknowledged);
}
