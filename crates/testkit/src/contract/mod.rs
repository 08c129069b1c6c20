//! What every engine must do, whatever it is made of. An engine's tests call [`run`] with each suite and a way to open itself fresh.
//!
//! [`problems`] is of another kind: what every edge must say.

pub mod access;
pub mod access_lists;
pub mod audit;
pub mod audit_lists;
pub mod authority;
pub mod changes;
pub mod entries;
pub mod first_admin;
pub mod grants;
pub mod groups;
pub mod keys;
pub mod last_admin;
pub mod live_keys;
pub mod look_ups;
pub mod members;
pub mod mutations;
pub mod owned_keys;
pub mod paging;
pub mod problems;
pub mod session_lists;
pub mod session_times;
pub mod sessions;
pub mod settings;
pub mod subjects;
pub mod texts;
pub mod user_lists;
pub mod users;

use doorward_domain::{HostName, NewAuditEvent, TokenHash, User};
use doorward_service::ports::Effects;
use doorward_service::{
    Stores,
    ports::{AuditQuery, Paging, Proof},
};
use std::{ops::Deref, pin::Pin};

use crate::{TestStores, Untold as _, audit_event};

/// One database, opened by two processes. Stands for the first of them where only one is needed.
pub struct Replicas {
    /// The database itself, and the first process's ports.
    pub one: TestStores,
    /// The second process's.
    pub other: Stores,
}

impl Replicas {
    /// Opens the second.
    pub async fn of(one: TestStores) -> Self {
        let other = one.opened_again().await;
        Self { one, other }
    }

    /// Makes a user.
    pub async fn create(&self, user: &User) {
        let Proof::PasswordHash(hash) = PROOF;
        self.users.create(user, Some(hash), Effects::of(&event())).await.untold().expect("a user is made");
    }

    /// Opens a session of this user under the hash of its name, and returns that hash.
    pub async fn sign_in(&self, user: &User, name: &str) -> TokenHash {
        let token = token(name);
        let session = crate::session(user, name).build();
        assert!(
            self.sessions
                .open(&session, &token, PROOF, None, Effects::of(&event()))
                .await
                .untold()
                .expect("a session is opened")
        );
        token
    }

    /// How many events the log holds, and the number of the newest change: what an operation that wrote nothing leaves as it was.
    pub async fn traces(&self) -> (u64, i64) {
        let all = AuditQuery { paging: Paging { limit: 1, ..Paging::default() }, ..AuditQuery::default() };
        let events = self.audit.list(&all).await.expect("the log is read").total;
        (events, self.changes.latest().await.expect("the feed is read"))
    }
}

impl Deref for Replicas {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.one
    }
}

/// That of everybody made with [`Replicas::create`].
const PROOF: Proof<'static> = Proof::PasswordHash("a hash");

/// An event nobody looks at.
fn event() -> NewAuditEvent {
    audit_event("test").build()
}

/// The hash of a token of this name.
fn token(name: &str) -> TokenHash {
    TokenHash::of(name.as_bytes())
}

/// A host.
fn host(name: &str) -> HostName {
    HostName::of(name)
}

/// One thing an engine must do.
pub struct Case {
    /// As a sentence.
    pub name: &'static str,
    /// Tries it, and panics if the engine does otherwise.
    pub run: fn(Replicas) -> Pin<Box<dyn Future<Output = ()>>>,
}

/// Lists a suite's cases; one that is not listed is dead code, which the compiler tells.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$($crate::contract::Case { name: stringify!($name), run: |db| Box::pin($name(db)) }),*]
    };
}
pub(crate) use cases;

/// Runs every case on a database of its own and says which ones failed.
pub async fn run<O: Future<Output = TestStores>>(suite: &[Case], open: impl Fn() -> O) {
    let mut failed = Vec::new();
    for case in suite {
        let db = Replicas::of(open().await).await;
        // A task of its own, so that one failed case does not hide the others.
        let tasks = tokio::task::LocalSet::new();
        let task = tasks.spawn_local((case.run)(db));
        if tasks.run_until(task).await.is_err() {
            failed.push(case.name);
        }
    }
    assert!(!suite.is_empty(), "a suite without cases proves nothing");
    assert!(failed.is_empty(), "broken promises: {failed:?}");
}
