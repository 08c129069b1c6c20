//! Backups: made while the database is in use, whole, verified, and put back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use doorward_domain::audit::AuditEntry;
use doorward_service::ports::Effects;
use doorward_store::{BackupError, OpenError, Store, create_backup, restore_backup, verify_backup};
use doorward_testkit::contract::mutations::prepare;
use doorward_testkit::{Untold as _, audit_event, user};
use sea_orm::{ConnectionTrait, Database};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// A database somebody has used, open.
async fn used() -> (TempDir, PathBuf, Store) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("doorward.db");
    let store = Store::open(&url(&file)).await.unwrap();
    prepare(&store.stores()).await;
    (folder, file, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_many_write_is_whole_and_for_its_owner_only() {
    let (folder, file, store) = used().await;
    let stores = store.stores();
    let writing = tokio::spawn(async move {
        loop {
            let entries =
                [AuditEntry::Event(audit_event("test").build()), AuditEntry::Event(audit_event("test").build())];
            stores.audit.append(&entries).await.unwrap();
        }
    });
    for round in 0..5 {
        let to = folder.path().join(format!("backup-{round}.db"));
        let made = create_backup(&file, &to).await.unwrap();
        assert!(made.audit_entries >= 6);
        assert_eq!(verify_backup(&to).await.unwrap(), made);
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    }
    writing.abort();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
}

#[tokio::test]
async fn a_bit_that_flipped_anywhere_in_a_backup_is_found_by_the_sum_beside_it() {
    let (folder, file, _store) = used().await;
    let (backup, sum) = (folder.path().join("b.db"), folder.path().join("b.db.sha256"));
    assert!(create_backup(&file, &backup).await.unwrap().has_sum);
    assert_eq!(std::fs::metadata(&sum).unwrap().permissions().mode() & 0o777, 0o600);
    let whole = std::fs::read(&backup).unwrap();
    let name =
        whole.windows(5).rposition(|bytes| bytes == b"Test ").or(whole.windows(4).rposition(|bytes| bytes == b"ada\0"));
    for at in [name.unwrap_or(whole.len() / 2), whole.len() / 3, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&backup, &flipped).unwrap();
        let told = verify_backup(&backup).await.unwrap_err();
        assert!(told.to_string().contains("b.db.sha256 was made of"), "{at}: {told}");
        let elsewhere = folder.path().join("new").join("doorward.db");
        std::fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
        assert!(restore_backup(&backup, &elsewhere, false).await.is_err(), "{at}");
        assert!(!elsewhere.exists());
    }
    std::fs::write(&backup, &whole).unwrap();
    assert!(verify_backup(&backup).await.unwrap().has_sum);
    let text = std::fs::read_to_string(&sum).unwrap();
    for wrong in ["", "abc", &text.replace(&text[..2], "zz")] {
        std::fs::write(&sum, wrong).unwrap();
        assert!(verify_backup(&backup).await.is_err(), "{wrong:?}");
    }
    std::fs::remove_file(&sum).unwrap();
    assert!(!verify_backup(&backup).await.unwrap().has_sum, "one of before, or that was moved without it");
    std::fs::write(folder.path().join("c.db.sha256"), "mine").unwrap();
    assert!(matches!(create_backup(&file, &folder.path().join("c.db")).await, Err(BackupError::Exists(_))));
}

#[tokio::test]
async fn a_folder_that_is_missing_is_told_as_that() {
    let (folder, file, _store) = used().await;
    let backup = folder.path().join("b.db");
    create_backup(&file, &backup).await.unwrap();
    let into = folder.path().join("missing").join("doorward.db");
    for told in [restore_backup(&backup, &into, false).await.map(drop), create_backup(&file, &into).await.map(drop)] {
        let told = told.unwrap_err().to_string();
        assert!(told.ends_with("missing: make it first") && told.starts_with("there is no folder"), "{told}");
    }
}

#[tokio::test]
async fn a_backup_never_takes_the_place_of_anything() {
    let (folder, file, _store) = used().await;
    let diary = folder.path().join("diary");
    std::fs::write(&diary, "mine").unwrap();
    assert!(matches!(create_backup(&file, &diary).await, Err(BackupError::Exists(_))));
    assert_eq!(std::fs::read_to_string(&diary).unwrap(), "mine");
    let nothing = folder.path().join("nothing.db");
    assert!(matches!(create_backup(&nothing, &folder.path().join("b")).await, Err(BackupError::Missing(_))));
    assert!(!nothing.exists(), "and makes no database");
}

#[tokio::test]
async fn a_backup_that_was_damaged_or_tampered_with_is_found_out_and_not_put_back() {
    let (folder, file, _store) = used().await;
    let tampered = folder.path().join("tampered.db");
    create_backup(&file, &tampered).await.unwrap();
    let hand = Database::connect(url(&tampered)).await.unwrap();
    hand.execute_unprepared("UPDATE audit_entries SET entry = replace(entry, 'system', 'nobody') WHERE seq = 2")
        .await
        .unwrap();
    hand.close().await.unwrap();
    let damaged = folder.path().join("damaged.db");
    create_backup(&file, &damaged).await.unwrap();
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[100..8192].fill(0xff);
    std::fs::write(&damaged, bytes).unwrap();
    let diary = folder.path().join("diary");
    std::fs::write(&diary, "this is my diary, not a database. ".repeat(100)).unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let target = folder.path().join("restored.db");
    for bad in [tampered, damaged, diary.clone(), empty] {
        let told = verify_backup(&bad).await;
        let is_told = matches!(told, Err(BackupError::Unusable { .. } | BackupError::Foreign(_)));
        assert!(is_told && (bad == diary) == matches!(told, Err(BackupError::Foreign(_))), "{}", bad.display());
        assert!(restore_backup(&bad, &target, true).await.is_err() && !target.exists());
    }
}

#[tokio::test]
async fn a_database_in_use_or_not_asked_for_is_never_replaced() {
    let (folder, file, store) = used().await;
    let backup = folder.path().join("backup.db");
    create_backup(&file, &backup).await.unwrap();
    assert!(matches!(restore_backup(&backup, &file, false).await, Err(BackupError::Exists(_))));
    assert!(matches!(restore_backup(&backup, &file, true).await, Err(BackupError::InUse(_))));
    store.stores().settings.put("still", b"here", None).await.unwrap();
    store.close().await;
    assert_eq!(
        Store::open(&url(&file)).await.unwrap().stores().settings.find("still").await.unwrap().unwrap(),
        b"here"
    );
}

#[tokio::test]
async fn a_restored_database_is_as_it_was_with_everybody_signed_out_and_the_other_kept() {
    let (folder, file, store) = used().await;
    let backup = folder.path().join("backup.db");
    create_backup(&file, &backup).await.unwrap();
    store
        .stores()
        .users
        .delete(user("ada").build().id, Effects::of(&audit_event("user.delete").build()))
        .await
        .untold()
        .unwrap();
    store.close().await;
    let (report, kept) = restore_backup(&backup, &file, true).await.unwrap();
    let restored = Store::open(&url(&file)).await.unwrap().stores();
    assert!(restored.users.find(user("ada").build().id).await.unwrap().is_some());
    let (query, noon) = (doorward_service::ports::SessionQuery::default(), doorward_testkit::NOON);
    assert_eq!(restored.sessions.list(&query, noon).await.unwrap().total, 0);
    assert_eq!(restored.audit.check().await.unwrap(), (Vec::new(), report.audit_entries));
    let other = Store::open(&url(&kept.unwrap())).await.unwrap().stores();
    assert!(other.users.find(user("ada").build().id).await.unwrap().is_none());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn the_main_file_alone_is_a_database_with_its_tables_from_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("doorward.db");
    let store = Store::open(&url(&file)).await.unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(&file, &copy).unwrap();
    verify_backup(&copy).await.unwrap();
    prepare(&store.stores()).await;
    store.stores().health.checkpoint().await.unwrap();
    let later = folder.path().join("later.db");
    std::fs::copy(&file, &later).unwrap();
    assert!(verify_backup(&later).await.unwrap().audit_entries >= 6);
}

/// The table of grants as it was when they were for users only.
const GRANTS_BEFORE: &str = r#"CREATE TABLE "grants" ( "id" uuid_text NOT NULL PRIMARY KEY, "user_id" uuid_text NOT NULL, "app" varchar(63) NOT NULL, "role" varchar(16) NOT NULL, "until" bigint, "created_at" bigint NOT NULL, FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE )"#;

#[tokio::test]
async fn a_database_from_before_groups_and_keys_is_refused_in_words_and_so_is_its_backup() {
    let (folder, file, store) = used().await;
    store.close().await;
    let hand = Database::connect(url(&file)).await.unwrap();
    for act in [
        "DROP TABLE api_key_secrets",
        "DROP TABLE api_keys",
        "DROP TABLE group_members",
        "DROP TABLE \"groups\"",
        "DROP TABLE grants",
        GRANTS_BEFORE,
    ] {
        hand.execute_unprepared(act).await.unwrap();
    }
    hand.close().await.unwrap();
    let refused = Store::open(&url(&file)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Incompatible), "{refused:?}");
    assert!(refused.to_string().contains("made by an earlier build") && refused.to_string().contains("start anew"));
    let refused = verify_backup(&file).await.unwrap_err().to_string();
    assert!(refused.contains("its tables are not those that Doorward makes"), "{refused}");
    let refused = create_backup(&file, &folder.path().join("b.db")).await.unwrap_err().to_string();
    let begins = format!("{} cannot be backed up: its tables are not those that Doorward makes.", file.display());
    assert!(refused.starts_with(&begins) && refused.contains("copy the file"), "{refused}");
    assert!(!refused.contains("b.db"), "the copy is not to blame: {refused}");
}

#[tokio::test]
async fn a_database_of_an_earlier_build_with_other_tables_is_refused_in_words_and_left_alone() {
    let (_folder, file, store) = used().await;
    store.close().await;
    let hand = Database::connect(url(&file)).await.unwrap();
    hand.execute_unprepared("ALTER TABLE sessions DROP COLUMN words").await.unwrap();
    hand.close().await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let refused = Store::open(&url(&file)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Incompatible), "{refused:?}");
    assert!(refused.to_string().contains("earlier build"));
    assert_eq!(std::fs::read(&file).unwrap().len(), before.len());
}

/// All tables as they were when an entry of the audit log was known by its number alone, and sessions had no kind.
const TABLES_BEFORE: &str = include_str!("earlier/one_key_chain.sql");

#[tokio::test]
async fn a_database_from_before_chains_and_kinds_of_sessions_is_refused_in_words_and_so_is_its_backup() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("d.db");
    let hand = Database::connect(format!("{}?mode=rwc", url(&file))).await.unwrap();
    let steps = "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)";
    let applied = "INSERT INTO seaql_migrations VALUES ('m0001_first', 0)";
    for act in TABLES_BEFORE.lines().chain([steps, applied]) {
        hand.execute_unprepared(act).await.unwrap();
    }
    hand.close().await.unwrap();
    let refused = Store::open(&url(&file)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Incompatible), "{refused:?}");
    assert!(refused.to_string().contains("made by an earlier build") && refused.to_string().contains("start anew"));
    let refused = verify_backup(&file).await.unwrap_err().to_string();
    assert!(refused.contains("its tables are not those that Doorward makes"), "{refused}");
}
