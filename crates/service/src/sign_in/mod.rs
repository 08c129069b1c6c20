//! What a sign-in is made of: the password is checked, a session is issued for whom it is, and the browser goes back to where it wanted to
//! go, if that is ours.
//!
//! Must not know: how accounts are administered. Where to look next: `login` (signing in and out), `passwords`, `session_issuer`, and
//! `hand_over` for apps at hosts of their own. The first administrator's own way in is [`crate::setup`].

pub mod hand_over;
pub mod login;
pub mod return_address;

pub(crate) mod admin_exists;
pub(crate) mod passwords;
pub(crate) mod session_issuer;
pub(crate) mod waits;
