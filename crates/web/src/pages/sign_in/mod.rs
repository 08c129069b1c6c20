//! Signing in and out, and getting from the desk to an app at a host of its own. What they rest on is `doorward_service::sign_in`.

pub(super) mod enter;
pub(super) mod login;
pub(super) mod logout;
