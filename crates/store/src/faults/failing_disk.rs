//! A disk that fails, and works again: the kernel refuses what goes beyond a limit of the process (`RLIMIT_FSIZE`, setrlimit(2)), in the
//! middle of a write as well, and with another error than a full disk's.

use doorward_testkit::contract::mutations::{MUTATIONS, Mutation};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::again::{again, told};
use super::{LAST, Trial};

/// What is written to a file from this byte on fails; `None`: nothing does.
fn limit_files(bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, ..getrlimit(Resource::Fsize) };
    setrlimit(Resource::Fsize, limit).unwrap();
}

/// Runs a test in a process of its own: others write files, too.
fn must_pass(test: &str) {
    let output = again(test, "inside").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{why}");
}

impl Trial {
    /// So that whatever is written next goes to the beginning of the log.
    async fn empty_the_log(&self) {
        self.tell_writer("PRAGMA wal_checkpoint(TRUNCATE)").await;
        assert_eq!(self.log_size(), 0);
    }

    /// Whether it is kept where files end here. What refuses it is the disk.
    async fn is_kept_within(&mut self, mutation: &Mutation, bytes: u64) -> bool {
        limit_files(Some(bytes));
        let outcome = self.outcome(mutation).await;
        limit_files(None);
        let Err(error) = outcome else { return true };
        assert!(format!("{error:?}").contains("disk I/O error"), "{mutation:?}: {error:?}");
        false
    }
}

/// At each write in turn (the first ones singly, then in growing strides), until the mutation fits before the disk fails.
async fn failing_at_each_write() {
    for mutation in MUTATIONS {
        let mut trial = Trial::new().await;
        let (mut refused, mut bytes) = (0, 0);
        loop {
            trial.empty_the_log().await;
            if trial.is_kept_within(mutation, bytes).await {
                break;
            }
            trial.works(&LAST).await;
            refused += 1;
            bytes += 1500 + bytes / 8;
        }
        assert!(refused > 2, "{mutation:?} was refused {refused} times only");
        trial.works(&LAST).await;
    }
}

#[tokio::test]
async fn a_mutation_whose_writing_the_disk_fails_leaves_nothing_and_the_next_is_kept() {
    match told() {
        Some(_) => failing_at_each_write().await,
        None => must_pass("failing_disk::a_mutation_whose_writing_the_disk_fails_leaves_nothing_and_the_next_is_kept"),
    }
}

/// All mutations one after the other, on one and the same database, for as long as the disk fails.
async fn failing_for_a_while() {
    let mut trial = Trial::new().await;
    trial.empty_the_log().await;
    let (_, entries) = trial.stores.audit.check().await.unwrap();
    for mutation in MUTATIONS {
        assert!(!trial.is_kept_within(mutation, 0).await, "{mutation:?} is kept although the disk fails");
        assert!(trial.stores.health.is_doubted(), "{mutation:?} has failed");
    }
    assert_eq!(trial.stores.audit.check().await.unwrap(), (Vec::new(), entries), "what was refused is told of");
    trial.is_back().await;
    trial.works(&LAST).await;
}

#[tokio::test]
async fn a_disk_that_failed_every_mutation_for_a_while_costs_nothing_afterwards() {
    match told() {
        Some(_) => failing_for_a_while().await,
        None => must_pass("failing_disk::a_disk_that_failed_every_mutation_for_a_while_costs_nothing_afterwards"),
    }
}
