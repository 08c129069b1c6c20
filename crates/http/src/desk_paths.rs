//! Where Doorward's own pages and API are, at every host. All of it is below [`DESK`], which no app may have.

pub use doorward_domain::app::{DESK, is_desk};
use doorward_domain::{DecisionId, Secret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Leads to the list of apps.
pub const HOME: &str = "/_doorward/";
/// Where people sign in.
pub const LOGIN: &str = "/_doorward/login";
/// Where a browser that signed in at the desk's host comes back to an app's.
pub const ENTER: &str = "/_doorward/enter";
/// Where people sign out.
pub const LOGOUT: &str = "/_doorward/logout";
/// Where the first administrator is made.
pub const SETUP: &str = "/_doorward/setup";
/// The apps that somebody may open.
pub const APPS: &str = "/_doorward/apps";
/// What the first administrator sees first.
pub const WELCOME: &str = "/_doorward/welcome";
/// The people there are.
pub const PEOPLE: &str = "/_doorward/people";
/// What somebody sees of themselves.
pub const ACCOUNT: &str = "/_doorward/account";
/// The form for another password.
pub const ACCOUNT_PASSWORD: &str = "/_doorward/account/password";
/// The form that ends one's other sessions.
pub const ACCOUNT_END_OTHERS: &str = "/_doorward/account/sessions/end-others";
/// Where who answers for an app finds what is asked of them.
pub const ACCESS: &str = "/_doorward/access";
/// What pages are drawn with.
pub const ASSETS: &str = "/_doorward/assets/";

/// Whether the process serves.
pub const HEALTH: &str = "/_doorward/health";
/// Whether everything that it needs answers.
pub const READY: &str = "/_doorward/ready";
/// What was counted.
pub const METRICS: &str = "/_doorward/metrics";

/// What only programs ask.
const API: &str = "/_doorward/api/";
/// Where a program asks whether it is signed in.
pub const STATUS: &str = "/_doorward/api/v1/auth/status";
/// Where the menu asks what it shows.
pub const MENU: &str = "/_doorward/api/v1/auth/menu";
/// The people there are, for programs.
pub const API_USERS: &str = "/_doorward/api/v1/users";
/// The groups there are, for programs.
pub const API_GROUPS: &str = "/_doorward/api/v1/groups";
/// The keys there are, for programs.
pub const API_KEYS: &str = "/_doorward/api/v1/api-keys";
/// Where the first administrator is made, by a program.
pub const API_SETUP: &str = "/_doorward/api/v1/auth/setup";
/// Where somebody proves once more who they are.
pub const STEP_UP: &str = "/_doorward/api/v1/auth/step-up";
/// Where a decision is explained.
pub const EXPLAIN: &str = "/_doorward/api/v1/decisions/explain";
/// The description of the API.
pub const OPENAPI: &str = "/_doorward/api/v1/openapi.json";

/// What stays as it is in `next=`, so that people can read where they go.
const NEXT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether only programs ask for this path.
pub fn is_api(path: &str) -> bool {
    path.starts_with(API)
}

/// Where the first administrator is made by whoever has this token.
pub fn setup_with(token: &Secret) -> String {
    format!("{SETUP}?token={}", token.expose())
}

/// Where to sign in, and to come back to `next` from there.
pub fn login_leading_to(next: &str) -> String {
    format!("{LOGIN}?next={}", utf8_percent_encode(next, NEXT))
}

/// The page of a refusal, where access can be asked for.
pub fn denied(id: DecisionId) -> String {
    format!("{DESK}/denied/{id}")
}

/// Where to sign out, and to come back to `next` as whoever signs in then.
pub fn logout_leading_to(next: Option<&str>) -> String {
    let query = next.map(|next| format!("?next={}", utf8_percent_encode(next, NEXT)));
    format!("{LOGOUT}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_wants_to_go_is_one_value_of_one_parameter() {
        for next in ["/", "/runs?a=b&c=%2F", "/a b+c#d", "https://tools.test:8443/x/?next=/y", "/ü\r\n"] {
            let address = login_leading_to(next);
            let (page, query) = address.split_once('?').unwrap();
            let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            assert_eq!((page, pairs), (LOGIN, vec![("next".to_owned(), next.to_owned())]), "{address}");
            assert!(address.bytes().all(|b| b.is_ascii_graphic()), "{address}");
        }
        assert_eq!(login_leading_to("/runs?a=b"), "/_doorward/login?next=/runs%3Fa%3Db");
    }

    #[test]
    fn only_programs_ask_the_api() {
        assert!(is_api(STATUS) && is_api("/_doorward/api/"));
        assert!(!is_api(LOGIN) && !is_api("/_doorward/apis") && !is_api("/_doorward/api") && !is_api("/api/"));
    }
}
