//! The file becomes shorter under a running store: where another program tidies it up, all of it is there still, and nothing is refused. What
//! is cut off, or what was before put in its place, is found all the same.

use doorward_domain::audit::AuditEntry;
use doorward_service::Stores;
use doorward_store::Store;
use doorward_testkit::audit_event;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use std::path::Path;

use super::{somewhere, url};

/// A store with a value that takes room, brought into the file, and a connection of another program.
async fn large(path: &Path) -> (Stores, DatabaseConnection) {
    let stores = Store::open(&url(path)).await.unwrap().stores();
    stores.settings.put("large", &vec![7; 500_000], None).await.unwrap();
    stores.health.checkpoint().await.unwrap();
    stores.health.check().await.unwrap();
    (stores, Database::connect(url(path)).await.unwrap())
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

async fn is_fine(stores: &Stores) {
    stores.health.check().await.unwrap();
    stores.settings.put("after", b"kept", None).await.unwrap();
    assert_eq!(stores.audit.check().await.unwrap().0, []);
}

async fn is_cut(stores: &Stores) {
    let why = stores.settings.put("after", b"lost", None).await.unwrap_err();
    let cause = std::error::Error::source(&why).unwrap().to_string();
    assert!(cause.contains("was cut short"), "{cause}");
    assert!(stores.health.check().await.is_err());
}

#[tokio::test]
async fn a_file_that_is_vacuumed_is_taken_as_it_is_and_cut_short_afterwards_it_is_not() {
    let (_folder, path) = somewhere();
    let (stores, hand) = large(&path).await;
    stores.settings.put("large", b"small", None).await.unwrap();
    let before = length(&path);
    hand.execute_unprepared("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    let after = length(&path);
    assert!(after < before, "{after} of {before}");
    is_fine(&stores).await;
    stores.health.checkpoint().await.unwrap();
    is_fine(&stores).await;
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length(&path) - 4096).unwrap();
    is_cut(&stores).await;
}

/// What one connection changes counts once, so its second change does not show in the file's header.
#[tokio::test]
async fn a_file_is_taken_that_one_program_tidies_up_in_several_steps() {
    let (_folder, path) = somewhere();
    let (stores, hand) = large(&path).await;
    let empty = "UPDATE settings SET value = x'00' WHERE name = 'large'; PRAGMA wal_checkpoint(TRUNCATE)";
    hand.execute_unprepared(empty).await.unwrap();
    stores.health.check().await.unwrap();
    let before = length(&path);
    hand.execute_unprepared("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    assert!(length(&path) < before);
    is_fine(&stores).await;
}

#[tokio::test]
async fn what_was_before_put_into_the_file_in_its_place_is_not_taken() {
    let (folder, path) = somewhere();
    let earlier = folder.path().join("earlier.db");
    let store = Store::open(&url(&path)).await.unwrap();
    store.stores().settings.put("before", b"kept", None).await.unwrap();
    store.stores().health.checkpoint().await.unwrap();
    std::fs::copy(&path, &earlier).unwrap();
    let (stores, _hand) = large(&path).await;
    let (copy, length) = (std::fs::read(&earlier).unwrap(), length(&path));
    assert!(u64::try_from(copy.len()).unwrap() < length);
    // The same file, as `cp` writes over it.
    std::fs::write(&path, copy).unwrap();
    is_cut(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_refused_or_lost_while_another_program_vacuums() {
    let (folder, path) = somewhere();
    let (stores, hand) = large(&path).await;
    let changing = async {
        for n in 0..300_u32 {
            let filler = vec![1; if n % 2 == 0 { 60_000 } else { 1 }];
            stores.settings.put("large", &filler, None).await.unwrap();
            stores.settings.put(&format!("n{n}"), b"kept", None).await.unwrap();
            stores.audit.append(&[AuditEntry::Event(audit_event("test").build())]).await.unwrap();
            stores.health.check().await.unwrap();
        }
    };
    let vacuuming = async {
        for n in 0..20 {
            hand.execute_unprepared("VACUUM").await.unwrap();
            let into = folder.path().join(format!("copy{n}.db"));
            hand.execute_unprepared(&format!("VACUUM INTO '{}'", into.display())).await.unwrap();
            hand.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        }
    };
    tokio::join!(changing, vacuuming);
    for n in 0..300 {
        assert_eq!(stores.settings.find(&format!("n{n}")).await.unwrap().as_deref(), Some(&b"kept"[..]), "{n}");
    }
    assert_eq!(stores.audit.check().await.unwrap(), (Vec::new(), 300));
    is_fine(&stores).await;
}
