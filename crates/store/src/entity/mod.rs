//! The tables, as rows. The columns are made by `migration`; what they mean to a noun is in the noun's file.

pub(crate) mod access_request;
pub(crate) mod api_key;
pub(crate) mod api_key_secret;
pub(crate) mod audit_entry;
pub(crate) mod audit_operation;
pub(crate) mod audit_start;
pub(crate) mod change;
pub(crate) mod grant;
pub(crate) mod group;
pub(crate) mod group_member;
pub(crate) mod sequence;
pub(crate) mod session;
pub(crate) mod session_entry;
pub(crate) mod setting;
pub(crate) mod user;
pub(crate) mod words;
