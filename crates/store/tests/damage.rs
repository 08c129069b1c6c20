//! Rows that cannot be read: they hide no others, and what they stand for can be ended.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use doorward_domain::{Role, Session, Subject, User};
use doorward_service::Stores;
use doorward_service::ports::{
    AccessQuery, Effects, GrantQuery, GroupQuery, KeyQuery, Listed, Paging, SessionQuery, UserQuery,
};
use doorward_store::Store;
use doorward_testkit::contract::mutations::prepare;
use doorward_testkit::{NOON, Untold as _, audit_event, grant_to};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tempfile::TempDir;

/// A database somebody has used, and a connection that knows no types.
async fn used() -> (TempDir, Store, DatabaseConnection) {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("doorward.db").display());
    let store = Store::open(&url).await.unwrap();
    prepare(&store.stores()).await;
    (folder, store, Database::connect(url).await.unwrap())
}

/// How many can be read, and how many cannot, whatever the size of a page.
async fn counted<T>(page: impl AsyncFn(Paging) -> Listed<T>) -> (usize, usize) {
    let mut of_sizes = Vec::new();
    for limit in [1, 2, 500] {
        let (mut read, mut unreadable, mut cursor) = (0, Vec::new(), None);
        loop {
            let listed = page(Paging { limit, cursor, ..Paging::default() }).await;
            read += listed.items.len();
            unreadable.extend(listed.unreadable);
            cursor = listed.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert!(unreadable.iter().all(|id| id.len() == 36), "each is named: {unreadable:?}");
        of_sizes.push((read, unreadable.len()));
    }
    of_sizes.dedup();
    assert_eq!(of_sizes.len(), 1, "{of_sizes:?}");
    of_sizes.remove(0)
}

async fn listed(stores: &Stores, table: &str) -> (usize, usize) {
    match table {
        "users" => {
            let page = async |paging| stores.users.list(&UserQuery { paging, ..UserQuery::default() }).await.unwrap();
            counted(page).await
        }
        "sessions" => {
            let query = |paging| SessionQuery { paging, ..SessionQuery::default() };
            counted(async |paging| stores.sessions.list(&query(paging), NOON).await.unwrap()).await
        }
        "grants" => {
            let page =
                async |paging| stores.grants.list(&GrantQuery { paging, ..GrantQuery::default() }).await.unwrap();
            counted(page).await
        }
        "groups" => {
            let page =
                async |paging| stores.groups.list(&GroupQuery { paging, ..GroupQuery::default() }).await.unwrap();
            counted(page).await
        }
        "api_keys" => {
            let page = async |paging| stores.keys.list(&KeyQuery { paging, ..KeyQuery::default() }).await.unwrap();
            counted(page).await
        }
        _ => {
            let page =
                async |paging| stores.access.list(&AccessQuery { paging, ..AccessQuery::default() }).await.unwrap();
            counted(page).await
        }
    }
}

/// A text where a number belongs, and a word that means nothing.
#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_hides_no_other() {
    for (table, column, damage) in [
        ("users", "created_at", "'x'"),
        ("users", "username", "'not a name'"),
        ("users", "updated_at", "'x'"),
        ("sessions", "created_at", "'x'"),
        ("sessions", "last_seen_at", "'x'"),
        ("sessions", "expires_at", "'x'"),
        ("sessions", "kind", "'x'"),
        ("sessions", "token_hash", "7"),
        ("grants", "created_at", "'x'"),
        ("grants", "effect", "'x'"),
        ("groups", "created_at", "'x'"),
        ("groups", "source", "'x'"),
        ("api_keys", "last_used_at", "'x'"),
        ("api_keys", "allowed_addresses", "'x'"),
        ("access_requests", "created_at", "'x'"),
        ("access_requests", "role", "'x'"),
    ] {
        let (_folder, store, hand) = used().await;
        let stores = store.stores();
        let (all, none) = listed(&stores, table).await;
        assert!(all > 0 && none == 0, "{table}");
        let one = format!("UPDATE {table} SET {column} = {damage} WHERE id = (SELECT min(id) FROM {table})");
        let one = one.replace("groups", "\"groups\"");
        assert_eq!(hand.execute_unprepared(&one).await.unwrap().rows_affected(), 1, "{one}");
        assert_eq!(listed(&stores, table).await, (all - 1, 1), "{one}");
    }
}

/// Whoever holds it may be a thief.
#[tokio::test]
async fn a_session_that_cannot_be_read_can_be_ended() {
    let (_folder, store, hand) = used().await;
    let sessions = &store.stores().sessions;
    let found = sessions.list(&SessionQuery::default(), NOON).await.unwrap().items;
    let of_owner = |of: &User| found.iter().filter(|(_, user)| user.id == of.id).count() as u64;
    let (damaged, owner) = found.iter().find(|(_, user)| of_owner(user) > 1).unwrap();
    hand.execute_unprepared("UPDATE sessions SET created_at = 'x'").await.unwrap();
    let event = audit_event("session.end").build();
    assert!(sessions.find_live_by_id(damaged.id, NOON).await.is_err(), "it opens nothing");
    assert!(sessions.end(damaged.id, Effects::of(&event)).await.untold().unwrap());
    assert!(!sessions.end(damaged.id, Effects::of(&event)).await.untold().unwrap());
    let left = sessions.end_all_of(owner.id, None, Effects::of(&event)).await.untold().unwrap();
    assert_eq!(left, of_owner(owner) - 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_read_keeps_no_other_from_ending_at_its_time() {
    let (_folder, store, hand) = used().await;
    let sessions = &store.stores().sessions;
    let all = sessions.list(&SessionQuery::default(), NOON).await.unwrap().total;
    let damage = "UPDATE sessions SET created_at = 'x' WHERE id = (SELECT min(id) FROM sessions)";
    hand.execute_unprepared(damage).await.unwrap();
    hand.execute_unprepared("UPDATE sessions SET expires_at = 1").await.unwrap();
    let tell = |_: &Session, _: &User| audit_event("session.end").build();
    assert_eq!(sessions.end_expired(NOON, NOON, &tell).await.unwrap(), all);
}

/// Whom it denies what cannot be told, so all of them fail, and say where to look.
#[tokio::test]
async fn a_grant_of_a_group_that_cannot_be_read_is_named() {
    for damage in ["effect = 'maybe'", "role = 'emperor'", "pattern = '[['", "until = 'x'", "created_at = 'x'"] {
        let (_folder, store, hand) = used().await;
        let stores = store.stores();
        let group = stores.groups.graph().await.unwrap().names[0].0;
        let denial = grant_to(Subject::Group(group), Role::Viewer).on("wiki").build();
        let event = audit_event("grant.put").build();
        stores.grants.put(&denial, Effects::of(&event)).await.untold().unwrap();
        let id = denial.id.to_string().replace('-', "");
        let damaged = format!("UPDATE grants SET {damage} WHERE lower(hex(id)) = '{id}'");
        assert_eq!(hand.execute_unprepared(&damaged).await.unwrap().rows_affected(), 1, "{damaged}");
        let why = stores.groups.graph().await.expect_err(damage);
        let said = std::error::Error::source(&why).unwrap().to_string();
        assert!(said.contains(&format!("grant {} of a group cannot be read", denial.id)), "{damage}: {said}");
    }
}
