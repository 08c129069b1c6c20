//! What administrators change: people, groups, grants and API keys, and whose sessions are ended. Much of it people also do with what is
//! their own.
//!
//! Every verb takes an [`crate::Actor`] and checks it. Must not know: how anybody asks for access ([`crate::access`]), nor how the first
//! administrator comes about ([`crate::setup`]). Where to look next: the file of the noun.

pub mod grants;
pub mod groups;
pub mod keys;
pub mod sessions;
pub mod users;

pub(crate) mod subjects;
