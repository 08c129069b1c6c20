//! Another process that has the write lock, with much written and nothing committed, and is killed.

use doorward_testkit::contract::mutations::{MUTATIONS, Mutation};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, Connection as _};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::task::JoinSet;

use super::again::{again, told};
use super::{LAST, Trial};

/// Its own test, so that what holds the lock is the same program.
const TEST: &str =
    "killed_holder::a_mutation_that_a_killed_holder_of_the_lock_kept_out_leaves_nothing_and_the_next_is_kept";

const HELD: &str = "the lock is held";

/// Takes the lock and changes all that is there. Next to nothing stays in memory, so it is in the log already.
async fn hold(database: &str) {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database)).await.unwrap();
    for sql in [
        "PRAGMA cache_size = 1",
        "BEGIN IMMEDIATE",
        "DELETE FROM settings",
        "INSERT INTO settings (name, value) VALUES ('held', zeroblob(300000))",
        "UPDATE users SET full_name = 'held', is_disabled = 1",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    println!("\n{HELD}");
    std::future::pending::<()>().await;
}

/// A process in the middle of writing; dropped, it is killed.
struct Holder(Child);

impl Holder {
    fn of(trial: &Trial) -> Self {
        let log = trial.log_size();
        let database = trial.folder.path().join("d.db").display().to_string();
        let mut child = again(TEST, &database).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        assert!(said.lines().map_while(Result::ok).any(|line| line == HELD), "it ended without the lock");
        assert!(trial.log_size() > log + 300_000, "nothing of what it writes is on disk");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All at once: each is tried for as long as anybody waits for a lock.
#[tokio::test]
async fn a_mutation_that_a_killed_holder_of_the_lock_kept_out_leaves_nothing_and_the_next_is_kept() {
    if let Some(database) = told() {
        return hold(&database).await;
    }
    let mut trials = JoinSet::new();
    for mutation in MUTATIONS {
        trials.spawn(kept_out(mutation));
    }
    trials.join_all().await;
}

async fn kept_out(mutation: &'static Mutation) {
    let mut trial = Trial::new().await;
    let holder = Holder::of(&trial);
    assert!(!trial.attempt(mutation).await, "{mutation:?} is kept although nothing can be written");
    assert!(trial.stores.health.is_doubted(), "{mutation:?} has failed");
    // The next waits for the lock, until its holder is no more.
    let killed = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(holder);
    };
    tokio::join!(trial.works(mutation), killed);
    trial.is_back().await;
    trial.works(&LAST).await;
    assert_eq!(trial.stores.settings.find("held").await.unwrap(), None, "what was never committed is there");
}
