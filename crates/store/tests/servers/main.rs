//! Servers do what the ports promise: the suites of `doorward_testkit::contract`, on PostgreSQL and on MariaDB.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

mod relay;

use doorward_domain::audit::AuditEntry;
use doorward_service::ports::{AuditQuery, Effects, StoreError};
use doorward_store::Store;
use doorward_testkit::{
    TestStores, Untold as _, audit_event,
    contract::{
        access, access_lists, audit, audit_lists, authority, changes, entries, first_admin, grants, groups, keys,
        last_admin, live_keys, look_ups, members, owned_keys, run, session_lists, session_times, sessions, settings,
        subjects, texts, user_lists, users,
    },
    group, mariadb_stores, postgres_stores,
};
use std::time::Duration;
use tokio::time::{sleep, timeout};

use relay::Relay;

macro_rules! suites {
    ($($postgres:ident, $mariadb:ident: $suite:ident;)*) => {$(
        #[tokio::test]
        async fn $postgres() {
            run($suite::CASES, postgres_stores).await;
        }

        #[tokio::test]
        async fn $mariadb() {
            run($suite::CASES, mariadb_stores).await;
        }
    )*};
}

suites! {
    postgres_remembers_users, mariadb_remembers_users: users;
    postgres_lists_users, mariadb_lists_users: user_lists;
    postgres_has_one_first_admin, mariadb_has_one_first_admin: first_admin;
    postgres_remembers_groups, mariadb_remembers_groups: groups;
    postgres_remembers_members, mariadb_remembers_members: members;
    postgres_remembers_keys, mariadb_remembers_keys: keys;
    postgres_opens_to_keys, mariadb_opens_to_keys: live_keys;
    postgres_counts_the_keys_of_a_person, mariadb_counts_the_keys_of_a_person: owned_keys;
    postgres_remembers_grants, mariadb_remembers_grants: grants;
    postgres_tells_subjects_apart, mariadb_tells_subjects_apart: subjects;
    postgres_remembers_who_asked_for_access, mariadb_remembers_who_asked_for_access: access;
    postgres_lists_who_asked_for_access, mariadb_lists_who_asked_for_access: access_lists;
    postgres_keeps_an_administrator, mariadb_keeps_an_administrator: last_admin;
    postgres_is_changed_only_for_whoever_still_may, mariadb_is_changed_only_for_whoever_still_may: authority;
    postgres_remembers_sessions, mariadb_remembers_sessions: sessions;
    postgres_looks_many_up_at_once, mariadb_looks_many_up_at_once: look_ups;
    postgres_lists_sessions, mariadb_lists_sessions: session_lists;
    postgres_remembers_when, mariadb_remembers_when: session_times;
    postgres_remembers_ways_into_apps, mariadb_remembers_ways_into_apps: entries;
    postgres_remembers_what_happened, mariadb_remembers_what_happened: audit;
    postgres_lists_what_happened, mariadb_lists_what_happened: audit_lists;
    postgres_remembers_settings, mariadb_remembers_settings: settings;
    postgres_tells_of_changes, mariadb_tells_of_changes: changes;
    postgres_keeps_any_text, mariadb_keeps_any_text: texts;
}

#[tokio::test]
async fn postgres_wakes_whoever_waits_for_changes() {
    let db = postgres_stores().await;
    let other = db.opened_again().await;
    // As the reader of the feed does, over and over.
    let waits = async || timeout(Duration::from_secs(5), other.changes.woken()).await;
    for name in ["one", "two", "three"] {
        let changes = async {
            sleep(Duration::from_millis(300)).await;
            let made = group(name).build();
            db.groups.create(&made, Effects::of(&audit_event("test").build())).await.untold().unwrap();
        };
        let (woken, ()) = tokio::join!(waits(), changes);
        assert!(woken.is_ok(), "{name}");
    }
    let nothing = timeout(Duration::from_millis(300), other.changes.woken()).await;
    assert!(nothing.is_err(), "nobody is woken for nothing");
}

/// The answer to a COMMIT is lost: what it was is said to be in doubt, and what is written again is there once.
async fn what_is_written_again_is_there_once(db: TestStores) {
    let (relay, url) = Relay::before(&db.url()).await;
    let store = Store::open(&url).await.unwrap();
    let stores = store.stores();
    let entry = |actor: &str| AuditEntry::Event(audit_event("test").by(actor).build());
    stores.audit.append(&[entry("before")]).await.unwrap();
    relay.cuts(true);
    let told = entry("in doubt");
    assert!(matches!(stores.audit.append(std::slice::from_ref(&told)).await, Err(StoreError::InDoubt(_))));
    let made = group("made").build();
    let outcome = stores.groups.create(&made, Effects::of(&audit_event("test").build())).await.untold();
    assert!(matches!(outcome, Err(StoreError::InDoubt(_))));
    assert_eq!(db.groups.find(made.id).await.unwrap(), Some(made), "it was kept all the same");
    relay.cuts(false);
    // Beside what is there, what is not is written.
    stores.audit.append(&[told.clone(), entry("after")]).await.unwrap();
    stores.audit.append(&[told]).await.unwrap();
    let listed = db.audit.list(&AuditQuery::default()).await.unwrap();
    assert_eq!((listed.items.len(), listed.total), (4, 4), "the group is one");
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), 4));
}

#[tokio::test]
async fn postgres_is_told_again_without_saying_it_twice() {
    what_is_written_again_is_there_once(postgres_stores().await).await;
}

#[tokio::test]
async fn mariadb_is_told_again_without_saying_it_twice() {
    what_is_written_again_is_there_once(mariadb_stores().await).await;
}
