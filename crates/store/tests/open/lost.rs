//! What somebody takes from under a running store, or puts in its place: the file, and the log beside it. Nothing more is acknowledged then, and
//! what was is saved where it can be.

use doorward_domain::audit::AuditEntry;
use doorward_store::Store;
use doorward_testkit::audit_event;
use sea_orm::{ConnectionTrait, Database};
use std::os::unix::fs::FileExt as _;
use tempfile::TempDir;

use super::{somewhere, url};

#[tokio::test]
async fn a_file_that_is_deleted_or_replaced_under_a_running_store_takes_no_change() {
    for is_replaced in [false, true] {
        let folder = TempDir::new().unwrap();
        let (file, other) = (folder.path().join("d.db"), folder.path().join("other.db"));
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept", None).await.unwrap();
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
        assert!(stores.settings.put("after", b"lost", None).await.is_err());
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
        stores.settings.put("before", b"kept", None).await.unwrap();
        stores.health.checkpoint().await.unwrap();
        stores.health.check().await.unwrap();
        let length = std::fs::metadata(&file).unwrap().len();
        std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(keeps * (length - 1)).unwrap();
        assert!(stores.settings.put("after", b"lost", None).await.is_err(), "{keeps}");
        let why = stores.health.check().await.unwrap_err();
        let cause = std::error::Error::source(&why).unwrap().to_string();
        assert!(cause.contains("was cut short"), "{cause}");
        assert!(stores.audit.append(&[AuditEntry::Event(audit_event("test").build())]).await.is_err());
    }
}

/// Why a change is refused.
async fn refused(stores: &doorward_service::Stores) -> String {
    let why = stores.settings.put("after", b"lost", None).await.unwrap_err();
    std::error::Error::source(&why).unwrap().to_string()
}

#[tokio::test]
async fn a_log_that_is_deleted_under_a_running_store_takes_no_change_and_gives_up_what_was_acknowledged() {
    for gone in [&["-wal"][..], &["-shm"], &["-wal", "-shm"]] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        stores.settings.put("before", b"kept", None).await.unwrap();
        for ending in gone {
            std::fs::remove_file(folder.path().join(format!("d.db{ending}"))).unwrap();
        }
        let cause = refused(&stores).await;
        assert!(cause.contains(&format!("d.db{} is gone", gone[0])), "{cause}");
        assert!(stores.health.is_doubted() && stores.health.check().await.is_err(), "{gone:?}: not ready at once");
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
    stores.settings.put("before", b"kept", None).await.unwrap();
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
        stores.settings.put("before", b"kept", None).await.unwrap();
        store.close().await;
        let store = Store::open(&url(&file)).await.unwrap();
        let stores = store.stores();
        stores.settings.put("later", b"in the log", None).await.unwrap();
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
        stores.settings.put("a", &[n], None).await.unwrap();
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
        stores.settings.put("before", b"kept", None).await.unwrap();
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
    hand.execute_unprepared("ALTER TABLE sequences RENAME TO elsewhere").await.unwrap();
    assert!(stores.changes.since(0).await.is_err());
    hand.execute_unprepared("ALTER TABLE elsewhere RENAME TO sequences").await.unwrap();
    assert!(stores.health.check().await.is_err());
    let cause = refused(&stores).await;
    assert!(cause.contains("the change feed cannot be read"), "{cause}");
    stores.changes.since(0).await.unwrap();
    stores.settings.put("after", b"kept", None).await.unwrap();
    stores.health.check().await.unwrap();
}
