//! Each engine does what the ports promise: the suites of `doorward_testkit::contract`, on a file and in memory.

use doorward_testkit::{
    contract::{audit, authority, changes, entries, grants, run, sessions, settings, users},
    fresh_stores, stores_in_memory,
};

#[tokio::test]
async fn a_file_remembers_users() {
    run(users::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_remembers_sessions() {
    run(sessions::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_remembers_ways_into_apps() {
    run(entries::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_remembers_grants() {
    run(grants::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_remembers_what_happened() {
    run(audit::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_remembers_settings() {
    run(settings::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_tells_of_changes() {
    run(changes::CASES, fresh_stores).await;
}

#[tokio::test]
async fn a_file_is_changed_only_for_whoever_still_may() {
    run(authority::CASES, fresh_stores).await;
}

#[tokio::test]
async fn memory_is_changed_only_for_whoever_still_may() {
    run(authority::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_users() {
    run(users::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_sessions() {
    run(sessions::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_ways_into_apps() {
    run(entries::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_grants() {
    run(grants::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_what_happened() {
    run(audit::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_remembers_settings() {
    run(settings::CASES, stores_in_memory).await;
}

#[tokio::test]
async fn memory_tells_of_changes() {
    run(changes::CASES, stores_in_memory).await;
}
