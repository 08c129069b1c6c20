//! Remembering: every port of `doorward_service::ports`, in SQL.
//!
//! [`Store::open`] opens and migrates the database; [`Store::stores`] hands the ports to the service. One file a noun; the nouns speak
//! through sea-orm, so that one text serves every engine, and what engines do differently is in [`engine`], which alone knows one:
//! SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! Architecture invariants: no rules here (who may do what is `domain`'s and `service`'s business), no clock, no randomness. Every mutation
//! goes through `Connections::change` (in [`mod@change`]), so that what it does, tells ([`change_feed`]) and records ([`audit`]) is one
//! transaction. What is for a subject that is deleted goes with it ([`subjects`]), and somebody can always administer ([`admins`]).
//! `doorward_testkit::contract` proves each port.

mod access;
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
mod engine;
mod entity;
#[cfg(test)]
mod faults;
mod grants;
mod groups;
mod keys;
mod live;
mod migration;
mod noted;
mod paging;
mod probe;
mod proof;
mod rows;
mod search_text;
mod sequences;
mod sessions;
mod settings;
mod store;
mod subjects;
mod transaction;
mod unique;
mod users;

pub use backup::{create_backup, restore_backup, verify_backup};
pub use engine::sqlite::backup::{BackupError, BackupReport, remains};
pub use engine::{InvalidAddress, OpenError, check_address};
pub use store::Store;
