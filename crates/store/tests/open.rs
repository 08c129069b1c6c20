//! Opening a database: what is made, and what is refused in which words.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use doorward_domain::{Role, TokenHash, audit::AuditEntry};
use doorward_service::ports::{Proof, UserChange};
use doorward_store::{OpenError, Store};
use doorward_testkit::{NOON, Untold as _, audit_event, fresh_stores, session, stores_in_memory, user};
use sea_orm::{ConnectionTrait, Database};
use std::{
    os::unix::fs::{FileExt as _, PermissionsExt},
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
    store.stores().settings.put("a", b"b").await.unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path.with_file_name("doorward.db-wal")), 0o600);
}

#[tokio::test]
async fn what_was_written_is_there_when_opened_again() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    store.stores().settings.put("a", b"b").await.unwrap();
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
async fn other_engines_are_refused_in_words() {
    for url in ["postgres://u:hunter2@localhost/d", "mysql://u:hunter2@localhost/d"] {
        let refused = Store::open(url).await.unwrap_err();
        assert!(matches!(refused, OpenError::Address(_)));
        assert!(refused.to_string().contains("SQLite") && !refused.to_string().contains("hunter2"));
    }
}

#[tokio::test]
async fn a_database_held_by_somebody_else_is_waited_for() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    let hand = Database::connect(url(&path)).await.unwrap();
    hand.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let stores = store.stores();
    let waiting = tokio::spawn(async move { stores.settings.put("a", b"b").await });
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
        let write = db.users.create(&eve, None, &event);
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
        assert!(db.users.set_password(ada.id, "a hash", &event).await.untold().unwrap());
        assert!(
            db.sessions
                .open(&session(&ada, "laptop").build(), &token, Proof::PasswordHash("a hash"), None, &event)
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
            let _ = db.users.update(ada.id, &change, NOON, &audit_event("test").build()).await.untold();
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
    runtime().block_on(store.stores().settings.put("a", b"b")).unwrap();
    drop(opener);
    for _ in 0..10 {
        runtime().block_on(store.stores().settings.put("a", b"c")).unwrap();
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
        self.users.create(&ada, None, &audit_event("user.create").build()).await.untold().unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_deleted_or_replaced_under_a_running_store_takes_no_change() {
    for is_replaced in [false, true] {
        let folder = TempDir::new().unwrap();
        let (file, other) = (folder.path().join("d.db"), folder.path().join("other.db"));
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept").await.unwrap();
        // So that there is a connection that reads.
        assert!(stores.settings.find("before").await.unwrap().is_some());
        stores.health.check().await.unwrap();
        if is_replaced {
            std::fs::copy(&file, &other).unwrap();
            std::fs::rename(&other, &file).unwrap();
        } else {
            std::fs::remove_file(&file).unwrap();
        }
        let why = stores.health.check().await.unwrap_err();
        let cause = std::error::Error::source(&why).unwrap().to_string();
        assert!(cause.contains(if is_replaced { "another file" } else { "is gone" }), "{cause}");
        assert!(stores.settings.put("after", b"lost").await.is_err());
        assert!(stores.audit.append(&[AuditEntry::Event(audit_event("test").build())]).await.is_err());
        assert_eq!(
            stores.settings.find("before").await.unwrap().as_deref(),
            Some(&b"kept"[..]),
            "what was is still read"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_cut_short_under_a_running_store_takes_no_change() {
    for keeps in [0, 1] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept").await.unwrap();
        stores.health.checkpoint().await.unwrap();
        stores.health.check().await.unwrap();
        let length = std::fs::metadata(&file).unwrap().len();
        std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(keeps * (length - 1)).unwrap();
        assert!(stores.settings.put("after", b"lost").await.is_err(), "{keeps}");
        let why = stores.health.check().await.unwrap_err();
        let cause = std::error::Error::source(&why).unwrap().to_string();
        assert!(cause.contains("was cut short"), "{cause}");
        assert!(stores.audit.append(&[AuditEntry::Event(audit_event("test").build())]).await.is_err());
    }
}

/// Why a change is refused.
async fn refused(stores: &doorward_service::Stores) -> String {
    let why = stores.settings.put("after", b"lost").await.unwrap_err();
    std::error::Error::source(&why).unwrap().to_string()
}

#[tokio::test]
async fn a_log_that_is_deleted_under_a_running_store_takes_no_change_and_gives_up_what_was_acknowledged() {
    for gone in [&["-wal"][..], &["-shm"], &["-wal", "-shm"]] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept").await.unwrap();
        for ending in gone {
            std::fs::remove_file(folder.path().join(format!("d.db{ending}"))).unwrap();
        }
        let cause = refused(&stores).await;
        assert!(cause.contains(&format!("d.db{} is gone", gone[0])), "{cause}");
        // What a kill leaves, read by nobody who has the file open still.
        let left = folder.path().join("left.db");
        std::fs::copy(&file, &left).unwrap();
        let again = Store::open(&format!("sqlite://{}", left.display())).await.unwrap().stores();
        assert_eq!(again.settings.find("before").await.unwrap().as_deref(), Some(&b"kept"[..]), "{gone:?}");
        assert_eq!(again.settings.find("after").await.unwrap(), None, "{gone:?}");
    }
}

#[tokio::test]
async fn a_log_that_another_took_the_place_of_takes_no_change() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&format!("sqlite://{}", folder.path().join("d.db").display())).await.unwrap();
    let stores = store.stores();
    stores.settings.put("before", b"kept").await.unwrap();
    for ending in ["-wal", "-shm"] {
        let (log, other) = (folder.path().join(format!("d.db{ending}")), folder.path().join("other"));
        std::fs::copy(&log, &other).unwrap();
        std::fs::rename(&other, &log).unwrap();
        let cause = refused(&stores).await;
        assert!(cause.contains("another file is in the place of"), "{cause}");
    }
}

/// Done to a log of this length.
type Damage = fn(&std::fs::File, u64);

#[tokio::test]
async fn a_log_that_is_cut_short_or_written_over_takes_no_change_and_does_not_get_into_the_database() {
    let damages: [(&str, Damage); 5] = [
        ("cut to nothing", |log, _| log.set_len(0).unwrap()),
        ("cut by a byte", |log, length| log.set_len(length - 1).unwrap()),
        ("zeros", |log, length| log.write_all_at(&vec![0; usize::try_from(length).unwrap()], 0).unwrap()),
        ("another header", |log, _| log.write_all_at(&[7; 8], 16).unwrap()),
        ("another end", |log, length| log.write_all_at(&[7; 5000], length - 5000).unwrap()),
    ];
    for (name, damage) in damages {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&url(&file)).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept").await.unwrap();
        store.close().await;
        let store = Store::open(&url(&file)).await.unwrap();
        let stores = store.stores();
        stores.settings.put("later", b"in the log").await.unwrap();
        let log = std::fs::OpenOptions::new().write(true).open(folder.path().join("d.db-wal")).unwrap();
        damage(&log, log.metadata().unwrap().len());

        let cause = refused(&stores).await;
        assert!(cause.contains("d.db-wal was cut short or written over"), "{name}: {cause}");
        assert!(stores.health.check().await.is_err(), "{name}");
        assert!(stores.health.checkpoint().await.is_err(), "{name}");
        assert!(Store::open(&url(&file)).await.is_err(), "{name}: nor does anybody else write");
        store.close().await;
        drop((store, stores));
        // What the next start finds, read by nobody who has the file open still.
        let left = folder.path().join("left.db");
        std::fs::copy(&file, &left).unwrap();
        let again = Store::open(&url(&left)).await.unwrap().stores();
        assert_eq!(again.settings.find("before").await.unwrap().as_deref(), Some(&b"kept"[..]), "{name}");
        assert_eq!(again.settings.find("after").await.unwrap(), None, "{name}");
        assert_eq!(again.audit.check().await.unwrap().0, [], "{name}");
    }
}

#[tokio::test]
async fn a_log_that_another_program_empties_as_it_should_is_no_damage() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    let (stores, hand) = (store.stores(), Database::connect(url(&path)).await.unwrap());
    for n in 0..20_u8 {
        stores.settings.put("a", &[n]).await.unwrap();
        if n % 3 == 0 {
            hand.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        } else if n % 3 == 1 {
            hand.execute_unprepared("UPDATE settings SET value = x'00'").await.unwrap();
        }
        stores.changes.since(0).await.unwrap();
        stores.health.check().await.unwrap();
        stores.health.checkpoint().await.unwrap();
    }
    hand.close().await.unwrap();
    store.close().await;
    assert!(!path.with_file_name("doorward.db-wal").exists(), "closed as always");
}

#[tokio::test]
async fn a_log_that_is_deleted_is_given_up_to_the_database_when_the_feed_is_next_read() {
    for gone in ["-wal", "-shm"] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&url(&file)).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept").await.unwrap();
        std::fs::remove_file(folder.path().join(format!("d.db{gone}"))).unwrap();
        stores.changes.since(0).await.unwrap();
        let left = folder.path().join("left.db");
        std::fs::copy(&file, &left).unwrap();
        let again = Store::open(&url(&left)).await.unwrap().stores();
        assert_eq!(again.settings.find("before").await.unwrap().as_deref(), Some(&b"kept"[..]), "{gone}");
    }
}

#[tokio::test]
async fn nothing_is_changed_while_the_change_feed_cannot_be_read() {
    let (_folder, path) = somewhere();
    let store = Store::open(&url(&path)).await.unwrap();
    let (stores, hand) = (store.stores(), Database::connect(url(&path)).await.unwrap());
    hand.execute_unprepared("ALTER TABLE heads RENAME TO elsewhere").await.unwrap();
    assert!(stores.changes.since(0).await.is_err());
    hand.execute_unprepared("ALTER TABLE elsewhere RENAME TO heads").await.unwrap();
    assert!(stores.health.check().await.is_err());
    let cause = refused(&stores).await;
    assert!(cause.contains("the change feed cannot be read"), "{cause}");
    stores.changes.since(0).await.unwrap();
    stores.settings.put("after", b"kept").await.unwrap();
    stores.health.check().await.unwrap();
}
