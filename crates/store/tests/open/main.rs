//! Opening a database: what is made, and what is refused in which words.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod lost;
mod shrunk;

use doorward_domain::{Role, TokenHash};
use doorward_service::ports::{Effects, Proof, UserChange};
use doorward_store::{OpenError, Store};
use doorward_testkit::{NOON, Untold as _, audit_event, fresh_stores, session, stores_in_memory, user};
use sea_orm::{ConnectionTrait, Database};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    task::Poll,
};
use tempfile::TempDir;

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A file in a folder of its own; the folder goes with the first.
fn somewhere() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("doorward.db");
    (folder, path)
}

#[tokio::test]
async fn a_fresh_database_and_its_folders_are_for_their_owner_only() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("deep/er/doorward.db");
    let store = Store::open(&url(&path)).await.unwrap();
    store.stores().settings.put("a", b"b", None).await.unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path.with_file_name("doorward.db-wal")), 0o600);
}

#[tokio::test]
async fn what_was_written_is_there_when_opened_again() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    store.stores().settings.put("a", b"b", None).await.unwrap();
    store.close().await;
    let again = Store::open(&url(&path)).await.unwrap();
    assert_eq!(again.stores().settings.find("a").await.unwrap().as_deref(), Some(&b"b"[..]));
}

#[tokio::test]
async fn a_path_with_odd_characters_is_taken_as_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file:my data#1%20.db");
    Store::open(&url(&path)).await.unwrap();
    assert!(path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_start_at_once_on_a_fresh_database() {
    let (_folder, path) = somewhere();
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let url = url(&path);
            tokio::spawn(async move { Store::open(&url).await.map(|store| store.stores()) })
        })
        .collect();
    for started in starting {
        let stores = started.await.unwrap().unwrap();
        assert!(!stores.users.has_admin().await.unwrap());
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_name_and_left_alone() {
    let db = fresh_stores().await;
    let hand = Database::connect(db.url()).await.unwrap();
    hand.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m9999_future', 0)").await.unwrap();
    let refused = Store::open(&db.url()).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Newer { step } if step == "m9999_future"), "{refused:?}");
    assert!(refused.to_string().contains("newer version of Doorward"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_was() {
    let (_folder, path) = somewhere();
    std::fs::write(&path, "this is my diary, not a database. ".repeat(100)).unwrap();
    let refused = Store::open(&url(&path)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Corrupt(_)), "{refused:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is my diary"));
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let (_folder, path) = somewhere();
    Store::open(&url(&path)).await.unwrap().close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..4096].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let refused = Store::open(&url(&path)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Corrupt(_)), "{refused:?}");
}

#[tokio::test]
async fn what_cannot_be_a_file_is_refused_by_its_path() {
    let (folder, path) = somewhere();
    std::fs::write(&path, "").unwrap();
    for impossible in [folder.path().to_owned(), path.join("below-a-file.db")] {
        let refused = Store::open(&url(&impossible)).await.unwrap_err();
        assert!(matches!(&refused, OpenError::File { path, .. } if *path == impossible), "{refused:?}");
        assert!(refused.to_string().contains(impossible.to_str().unwrap()));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_of_and_its_password_is_not() {
    // Nobody listens on port 1.
    for engine in ["postgres", "mysql"] {
        let refused = Store::open(&format!("{engine}://u:hunter2@127.0.0.1:1/d?connect_timeout=1")).await.unwrap_err();
        let OpenError::Database(cause) = refused else { panic!("{refused}") };
        assert!(cause.to_string().contains("refused") && !format!("{cause:?}").contains("hunter2"), "{cause:?}");
    }
}

#[tokio::test]
async fn a_database_held_by_somebody_else_is_waited_for() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    let hand = Database::connect(url(&path)).await.unwrap();
    hand.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let stores = store.stores();
    let waiting = tokio::spawn(async move { stores.settings.put("a", b"b", None).await });
    // Reading goes on meanwhile.
    assert_eq!(store.stores().settings.find("a").await.unwrap(), None);
    hand.execute_unprepared("COMMIT").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_fresh_database_held_by_somebody_else_for_good_is_refused_as_locked() {
    let (_folder, path) = somewhere();
    let hand = Database::connect(format!("{}?mode=rwc", url(&path))).await.unwrap();
    hand.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
    let refused = Store::open(&url(&path)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Locked(_)), "{refused:?}");
}

#[tokio::test]
async fn a_dropped_write_leaves_nothing_behind_and_holds_nobody_up() {
    let db = fresh_stores().await;
    for n in 0..30_u64 {
        let (eve, event) = (user(&format!("eve{n}")).build(), audit_event("user.create").build());
        let write = db.users.create(&eve, None, Effects::of(&event));
        // Cut off at some await or other, as a request is when its client goes away.
        let _ = tokio::time::timeout(std::time::Duration::from_micros(n * 60), write).await;
    }
    db.create_ada().await;
    let (faults, entries) = db.audit.check().await.unwrap();
    let users = db.users.list(&doorward_service::ports::UserQuery::default()).await.unwrap().total;
    assert_eq!((faults, entries), (Vec::new(), users), "each user made is recorded, and nobody else");
}

#[tokio::test]
async fn a_dropped_read_holds_no_old_moment_open() {
    for db in [fresh_stores().await, stores_in_memory().await] {
        db.create_ada().await;
        let (ada, token) = (user("ada").build(), TokenHash::of(b"laptop"));
        let event = audit_event("test").build();
        assert!(db.users.set_password(ada.id, "a hash", Effects::of(&event)).await.untold().unwrap());
        assert!(
            db.sessions
                .open(
                    &session(&ada, "laptop").build(),
                    &token,
                    Proof::PasswordHash("a hash"),
                    None,
                    Effects::of(&event)
                )
                .await
                .untold()
                .unwrap()
        );
        let mut roles = Role::ALL.into_iter().cycle();
        for n in 0..200 {
            let mut reading = std::pin::pin!(db.sessions.find_live(&token, NOON));
            // Asked to go on a few times, then dropped, as a request is when its client goes away.
            for _ in 0..n % 8 {
                let is_done =
                    std::future::poll_fn(|context| Poll::Ready(reading.as_mut().poll(context).is_ready())).await;
                if is_done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..10 {
            let role = roles.next();
            let change = UserChange { role: Some(role), ..UserChange::default() };
            // Refused where it would take the last administrator.
            let _ = db.users.update(ada.id, &change, NOON, Effects::of(&audit_event("test").build())).await.untold();
            let known = db.opened_again().await.users.find(ada.id).await.unwrap().unwrap().role;
            assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().user.role, known);
        }
    }
}

#[test]
fn a_store_may_be_used_from_another_runtime_than_it_was_opened_in() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_folder, path) = somewhere();
    let opener = runtime();
    let store = opener.block_on(Store::open(&url(&path))).unwrap();
    runtime().block_on(store.stores().settings.put("a", b"b", None)).unwrap();
    drop(opener);
    for _ in 0..10 {
        runtime().block_on(store.stores().settings.put("a", b"c", None)).unwrap();
        assert_eq!(runtime().block_on(store.stores().settings.find("a")).unwrap().unwrap(), b"c");
    }
}

#[tokio::test]
async fn a_healthy_database_is_diagnosed_as_such() {
    let db = fresh_stores().await;
    let findings = db.store().diagnose().await;
    assert!(findings.len() >= 4 && findings.iter().all(|(_, verdict)| verdict.is_ok()), "{findings:?}");
}

#[tokio::test]
async fn a_file_others_may_read_is_diagnosed_with_the_cure() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let findings = store.diagnose().await;
    let bad: Vec<_> = findings.iter().filter_map(|(_, verdict)| verdict.as_ref().err()).collect();
    assert!(matches!(&bad[..], [cure] if cure.contains("chmod 600")), "{findings:?}");
}

/// A user made after all that, to show that writing still works.
trait CreateAda {
    async fn create_ada(&self);
}

impl CreateAda for doorward_testkit::TestStores {
    async fn create_ada(&self) {
        let ada = user("ada").created_at(NOON).build();
        self.users.create(&ada, None, Effects::of(&audit_event("user.create").build())).await.untold().unwrap();
    }
}
