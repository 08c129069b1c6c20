//! Remembering: every port of `doorward_service::ports`, in SQL.
//!
//! [`Store::open`] opens and migrates the database; [`Store::stores`] hands the ports to the service. One file a noun; the nouns speak
//! through sea-orm, so that one text serves every engine, and what engines do differently is in [`dialect`]. This build speaks
//! SQLite; PostgreSQL and MySQL are refused in words.
//!
//! Architecture invariants: no rules here (who may do what is `domain`'s and `service`'s business), no clock, no randomness. Every mutation
//! goes through `Connections::change` (in [`mod@change`]), so that what it does, tells ([`change_feed`]) and records ([`audit`]) is one
//! transaction. What is for a subject that is deleted goes with it ([`subjects`]), and somebody can always administer ([`admins`]).
//! `doorward_testkit::contract` proves each port.

mod access;
mod address;
mod admins;
mod audit;
mod authority;
mod backup;
mod batches;
mod change;
mod change_feed;
mod changes;
mod connection;
mod diagnose;
mod dialect;
mod entity;
#[cfg(test)]
mod faults;
mod file_identity;
mod grants;
mod groups;
mod keys;
mod live;
mod migration;
mod open_error;
mod paging;
#[cfg(test)]
mod plans;
mod probe;
mod proof;
mod rows;
mod sequences;
mod sessions;
mod settings;
mod sqlite;
mod store;
mod subjects;
mod transaction;
mod users;

pub use address::InvalidAddress;
pub use backup::{BackupError, BackupReport, create_backup, remains, restore_backup, verify_backup};
pub use open_error::OpenError;
pub use store::Store;
