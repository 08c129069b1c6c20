//! Putting a backup back where something went wrong before: what the engine left beside a database, somebody else's files, a file
//! that was made to deceive.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use doorward_service::ports::Effects;
use doorward_store::{BackupError, Store, create_backup, restore_backup, verify_backup};
use doorward_testkit::contract::mutations::prepare;
use doorward_testkit::{Untold as _, audit_event, user};
use sea_orm::{ConnectionTrait, Database};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn named(path: &Path, ending: &str) -> PathBuf {
    format!("{}{ending}", path.display()).into()
}

/// The names in the folder.
fn listed(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A folder with a backup, and the database after mallory was made, as a power cut left it: the last of it is in the log only.
struct Crashed {
    folder: TempDir,
    backup: PathBuf,
    database: PathBuf,
}

impl Crashed {
    /// The database is itself one that was put back from the backup, so that what is in the log would fit it once more.
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (first, backup) = (folder.path().join("first.db"), folder.path().join("backup.db"));
        let store = Store::open(&url(&first)).await.unwrap();
        prepare(&store.stores()).await;
        create_backup(&first, &backup).await.unwrap();
        let lived = folder.path().join("lived.db");
        restore_backup(&backup, &lived, false).await.unwrap();
        let store = Store::open(&url(&lived)).await.unwrap();
        store
            .stores()
            .users
            .create(&user("mallory").build(), None, Effects::of(&audit_event("user.create").build()))
            .await
            .untold()
            .unwrap();
        let here = folder.path().join("here");
        std::fs::create_dir(&here).unwrap();
        let database = here.join("doorward.db");
        for ending in ["", "-wal"] {
            std::fs::copy(named(&lived, ending), named(&database, ending)).unwrap();
        }
        Self { folder, backup, database }
    }

    fn names(&self) -> Vec<String> {
        listed(self.database.parent().unwrap())
    }
}

async fn knows_mallory(database: &Path) -> bool {
    let store = Store::open(&url(database)).await.unwrap();
    let found = store.stores().users.find(user("mallory").build().id).await.unwrap();
    assert_eq!(store.stores().audit.check().await.unwrap().0, Vec::new());
    store.close().await;
    found.is_some()
}

#[tokio::test]
async fn a_log_without_its_database_is_not_played_over_a_restored_one() {
    let crashed = Crashed::new().await;
    std::fs::remove_file(&crashed.database).unwrap();
    let log = named(&crashed.database, "-wal");
    let refused = restore_backup(&crashed.backup, &crashed.database, false).await;
    assert!(matches!(&refused, Err(BackupError::Exists(path)) if *path == log), "{refused:?}");
    assert_eq!(crashed.names(), ["doorward.db-wal"]);
    let (_, kept) = restore_backup(&crashed.backup, &crashed.database, true).await.unwrap();
    assert_eq!(kept, Some(named(&crashed.database, ".replaced-1")));
    assert_eq!(crashed.names(), ["doorward.db", "doorward.db.replaced-1-wal"]);
    assert!(!knows_mallory(&crashed.database).await);
}

#[tokio::test]
async fn a_replaced_database_is_kept_with_all_that_belongs_to_it() {
    let crashed = Crashed::new().await;
    let (_, kept) = restore_backup(&crashed.backup, &crashed.database, true).await.unwrap();
    assert_eq!(crashed.names(), ["doorward.db", "doorward.db.replaced-1", "doorward.db.replaced-1-wal"]);
    assert!(!knows_mallory(&crashed.database).await);
    assert!(knows_mallory(&kept.unwrap()).await, "she was in the log only");
}

#[tokio::test]
async fn a_damaged_database_is_replaced_with_its_log_and_none_kept_before_is_lost() {
    let crashed = Crashed::new().await;
    std::fs::write(&crashed.database, [0; 8192]).unwrap();
    std::fs::write(named(&crashed.database, ".replaced-1-wal"), "of another").unwrap();
    let (_, kept) = restore_backup(&crashed.backup, &crashed.database, true).await.unwrap();
    assert_eq!(kept, Some(named(&crashed.database, ".replaced-2")), "or that log would be played over it");
    assert!(!knows_mallory(&crashed.database).await);
}

#[tokio::test]
async fn a_database_with_its_log_beside_it_is_no_backup() {
    let crashed = Crashed::new().await;
    let target = crashed.folder.path().join("target.db");
    for refused in
        [verify_backup(&crashed.database).await.err(), restore_backup(&crashed.database, &target, false).await.err()]
    {
        assert!(
            matches!(&refused, Some(BackupError::Unusable { why, .. }) if why.contains("doorward.db-wal")),
            "{refused:?}"
        );
    }
    assert!(!target.exists() && !named(&target, ".restoring").exists());
}

#[tokio::test]
async fn what_a_lost_database_left_is_not_thrown_away_by_making_a_new_one() {
    for ending in ["-wal", "-journal", ".restoring"] {
        let crashed = Crashed::new().await;
        std::fs::rename(named(&crashed.database, "-wal"), named(&crashed.database, ending)).unwrap();
        std::fs::remove_file(&crashed.database).unwrap();
        let before = crashed.names();
        let refused = Store::open(&url(&crashed.database)).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("doorward.db{ending} is there")), "{refused}");
        assert_eq!(crashed.names(), before);
    }
    let crashed = Crashed::new().await;
    std::fs::write(&crashed.database, "").unwrap();
    let refused = Store::open(&url(&crashed.database)).await.unwrap_err().to_string();
    assert!(refused.contains("doorward.db-wal is there"), "emptied is as good as lost: {refused}");
    assert_eq!(crashed.names(), ["doorward.db", "doorward.db-wal"]);
}

#[tokio::test]
async fn what_is_there_under_a_passing_name_is_somebody_elses_and_stays() {
    let crashed = Crashed::new().await;
    let to = crashed.folder.path().join("b.db");
    for ending in [".partial", ".partial-wal", ".partial-journal", "-wal", "-journal"] {
        let theirs = named(&to, ending);
        std::fs::write(&theirs, "mine").unwrap();
        let refused = create_backup(&crashed.database, &to).await;
        assert!(matches!(&refused, Err(BackupError::Exists(path)) if *path == theirs), "{ending}: {refused:?}");
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "mine");
        assert!(!to.exists());
        std::fs::remove_file(theirs).unwrap();
    }
    for ending in [".restoring", ".restoring-wal", ".restoring-journal"] {
        let theirs = named(&crashed.database, ending);
        std::fs::write(&theirs, "mine").unwrap();
        let before = crashed.names();
        let refused = restore_backup(&crashed.backup, &crashed.database, true).await;
        assert!(matches!(&refused, Err(BackupError::Exists(path)) if *path == theirs), "{ending}: {refused:?}");
        assert_eq!((std::fs::read_to_string(&theirs).unwrap(), crashed.names()), ("mine".to_owned(), before));
        std::fs::remove_file(theirs).unwrap();
    }
}

#[tokio::test]
async fn a_name_that_the_engine_would_read_in_its_own_way_is_refused_and_leaves_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let crashed = Crashed::new().await;
    let folder = crashed.folder.path().join("backups");
    std::fs::create_dir(&folder).unwrap();
    let bytes = folder.join(std::ffi::OsStr::from_bytes(b"l\xff.db"));
    for bad in [bytes, folder.join("b.db-wal"), folder.join("b.db-shm"), folder.join("b.db-journal")] {
        let refused = create_backup(&crashed.database, &bad).await;
        assert!(matches!(refused, Err(BackupError::Name { .. })), "{refused:?}");
        assert_eq!(listed(&folder), Vec::<String>::new());
    }
    for odd in ["file:x.db", "file:y.db?mode=memory", "a?b.db", "a#b.db", "a%41.db", "a'b.db"] {
        create_backup(&crashed.database, &folder.join(odd)).await.unwrap();
        verify_backup(&folder.join(odd)).await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_with_something_that_acts_by_itself_is_no_good() {
    let crashed = Crashed::new().await;
    let acts = [
        "CREATE TRIGGER keep BEFORE DELETE ON sessions BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER raise AFTER INSERT ON audit_entries BEGIN UPDATE grants SET role = 'admin'; END",
        "ALTER TABLE sessions ADD COLUMN more TEXT",
        "DROP INDEX uq_grants_place",
    ];
    for act in acts {
        let made = crashed.folder.path().join("made.db");
        std::fs::copy(&crashed.backup, &made).unwrap();
        let hand = Database::connect(url(&made)).await.unwrap();
        hand.execute_unprepared(act).await.unwrap();
        hand.close().await.unwrap();
        assert!(matches!(verify_backup(&made).await, Err(BackupError::Unusable { .. })), "{act}");
        let target = crashed.folder.path().join("target.db");
        assert!(matches!(restore_backup(&made, &target, false).await, Err(BackupError::Unusable { .. })), "{act}");
        assert!(!target.exists() && !named(&target, ".restoring").exists());
    }
    let made = crashed.folder.path().join("more.db");
    std::fs::copy(&crashed.backup, &made).unwrap();
    let hand = Database::connect(url(&made)).await.unwrap();
    hand.execute_unprepared("CREATE TABLE notes (text TEXT); CREATE INDEX mine ON users (full_name)").await.unwrap();
    hand.close().await.unwrap();
    verify_backup(&made).await.unwrap();
}

#[tokio::test]
async fn a_link_to_a_database_stays_one_and_what_lies_beside_the_database_is_seen() {
    let crashed = Crashed::new().await;
    let link = crashed.folder.path().join("link.db");
    std::os::unix::fs::symlink(&crashed.database, &link).unwrap();
    restore_backup(&crashed.backup, &link, true).await.unwrap();
    assert!(link.is_symlink());
    assert_eq!(crashed.names(), ["doorward.db", "doorward.db.replaced-1", "doorward.db.replaced-1-wal"]);
    assert!(!knows_mallory(&crashed.database).await);
}
