//! Each engine does what the ports promise: the suites of `doorward_testkit::contract`, on a file and in memory.

use doorward_testkit::{
    contract::{
        access, access_lists, audit, audit_lists, authority, changes, entries, first_admin, grants, groups, keys,
        last_admin, live_keys, look_ups, members, owned_keys, run, session_lists, session_times, sessions, settings,
        subjects, texts, user_lists, users,
    },
    fresh_stores, stores_in_memory,
};

macro_rules! suites {
    ($($file:ident, $memory:ident: $suite:ident;)*) => {$(
        #[tokio::test]
        async fn $file() {
            run($suite::CASES, fresh_stores).await;
        }

        #[tokio::test]
        async fn $memory() {
            run($suite::CASES, stores_in_memory).await;
        }
    )*};
}

suites! {
    a_file_remembers_users, memory_remembers_users: users;
    a_file_lists_users, memory_lists_users: user_lists;
    a_file_has_one_first_admin, memory_has_one_first_admin: first_admin;
    a_file_remembers_groups, memory_remembers_groups: groups;
    a_file_remembers_members, memory_remembers_members: members;
    a_file_remembers_keys, memory_remembers_keys: keys;
    a_file_opens_to_keys, memory_opens_to_keys: live_keys;
    a_file_counts_the_keys_of_a_person, memory_counts_the_keys_of_a_person: owned_keys;
    a_file_remembers_grants, memory_remembers_grants: grants;
    a_file_tells_subjects_apart, memory_tells_subjects_apart: subjects;
    a_file_remembers_who_asked_for_access, memory_remembers_who_asked_for_access: access;
    a_file_lists_who_asked_for_access, memory_lists_who_asked_for_access: access_lists;
    a_file_keeps_an_administrator, memory_keeps_an_administrator: last_admin;
    a_file_is_changed_only_for_whoever_still_may, memory_is_changed_only_for_whoever_still_may: authority;
    a_file_remembers_sessions, memory_remembers_sessions: sessions;
    a_file_looks_many_up_at_once, memory_looks_many_up_at_once: look_ups;
    a_file_lists_sessions, memory_lists_sessions: session_lists;
    a_file_remembers_when, memory_remembers_when: session_times;
    a_file_remembers_ways_into_apps, memory_remembers_ways_into_apps: entries;
    a_file_remembers_what_happened, memory_remembers_what_happened: audit;
    a_file_lists_what_happened, memory_lists_what_happened: audit_lists;
    a_file_remembers_settings, memory_remembers_settings: settings;
    a_file_tells_of_changes, memory_tells_of_changes: changes;
    a_file_keeps_any_text, memory_keeps_any_text: texts;
}
