//! Words and numbers that mean something in a column.

/// `grants.subject_kind`, and `group_members.member_kind`.
pub(crate) const USER: &str = "user";
/// As [`USER`].
pub(crate) const GROUP: &str = "group";
/// As [`USER`], of grants only.
pub(crate) const KEY: &str = "key";

/// `grants.effect`.
pub(crate) const ALLOW: &str = "allow";
/// As [`ALLOW`].
pub(crate) const DENY: &str = "deny";

/// `grants.app` of a grant on everything. No app has an empty name.
pub(crate) const EVERYTHING: &str = "";
/// `grants.pattern` of a grant on all of an app, or on everything. No pattern is empty.
pub(crate) const ALL_OF_IT: &str = "";

/// Of what never ends, so that it sorts behind everything that does.
pub(crate) const NEVER_ENDS: i64 = i64::MAX;
