//! Where things are under `/_doorward/`: the paths that more than their own page or endpoint must know.

pub(crate) const HOME: &str = "/_doorward/";
pub(crate) const LOGIN: &str = "/_doorward/login";
pub(crate) const ENTER: &str = "/_doorward/enter";
pub(crate) const LOGOUT: &str = "/_doorward/logout";
pub(crate) const SETUP: &str = "/_doorward/setup";
pub(crate) const APPS: &str = "/_doorward/apps";
pub(crate) const WELCOME: &str = "/_doorward/welcome";
pub(crate) const PEOPLE: &str = "/_doorward/people";
pub(crate) const ACCOUNT: &str = "/_doorward/account";
pub(crate) const ACCOUNT_PASSWORD: &str = "/_doorward/account/password";
pub(crate) const ACCOUNT_END_OTHERS: &str = "/_doorward/account/sessions/end-others";
/// Where who answers for an app finds what is asked of them.
pub(crate) const ACCESS: &str = "/_doorward/access";

/// Where a program asks whether it is signed in.
pub(crate) const STATUS: &str = "/_doorward/api/v1/auth/status";
/// Where the menu asks what it shows.
pub(crate) const MENU: &str = "/_doorward/api/v1/auth/menu";
