//! The unique indexes, by name: what each is of, and what callers are told when something is in use already.

use crate::engine::Unique;

const fn unique(
    name: &'static str,
    table: &'static str,
    columns: &'static [&'static str],
    word: Option<&'static str>,
) -> Unique {
    Unique { name, table, columns, word }
}

/// Of usernames.
pub(crate) const USERNAME: Unique = unique("uq_users_username", "users", &["username"], Some("username"));
/// Of addresses, as they are compared.
pub(crate) const EMAIL: Unique = unique("uq_users_email_key", "users", &["email_key"], Some("email"));
/// Of the names of groups.
pub(crate) const GROUP_NAME: Unique = unique("uq_groups_name", "groups", &["name"], Some("name"));
/// Of the names of API keys.
pub(crate) const KEY_NAME: Unique = unique("uq_api_keys_name", "api_keys", &["name"], Some("name"));
/// Of session tokens.
pub(crate) const SESSION_TOKEN: Unique = unique("uq_sessions_token", "sessions", &["token_hash"], None);
/// One grant for each subject and scope, and for each request for access.
pub(crate) const GRANT_PLACE: Unique =
    unique("uq_grants_place", "grants", &["subject_kind", "subject_id", "app", "pattern", "request_id"], None);
/// One open request for each person and what they ask for.
pub(crate) const ACCESS_OPEN: Unique =
    unique("uq_access_open", "access_requests", &["user_id", "app", "pattern", "role", "is_open"], None);

const UNIQUE: [&Unique; 7] = [&USERNAME, &EMAIL, &GROUP_NAME, &KEY_NAME, &SESSION_TOKEN, &GRANT_PLACE, &ACCESS_OPEN];

/// What is in use already, from what the engine says of it.
pub(crate) fn conflict(violated: &str) -> Option<&'static str> {
    UNIQUE.iter().find(|unique| unique.is_meant_by(violated))?.word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_told_from_the_index_or_from_its_columns() {
        for (said, word) in [
            ("UNIQUE constraint failed: users.username", Some("username")),
            ("UNIQUE constraint failed: users.email_key", Some("email")),
            ("UNIQUE constraint failed: api_keys.name", Some("name")),
            ("UNIQUE constraint failed: sessions.token_hash", None),
            ("UNIQUE constraint failed: elsewhere_users.username", None),
            ("UNIQUE constraint failed: users.username, users.other", None),
            ("duplicate key value violates unique constraint \"uq_groups_name\"", Some("name")),
            ("Duplicate entry 'uq' for key 'users.uq_users_email_key'", Some("email")),
            ("Duplicate entry 'uq_groups_name' for key 'uq_users_username'", Some("username")),
        ] {
            assert_eq!(conflict(said), word, "{said}");
        }
    }
}
