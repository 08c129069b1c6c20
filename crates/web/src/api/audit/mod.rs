//! What happened.

pub(super) mod list;
pub(super) mod verify;
