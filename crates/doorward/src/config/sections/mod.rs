//! What can be configured: each section of the file with its keys and, once read, its struct. How a file, the environment and options
//! become values is not known here; the modules around this one do that.

pub mod apps;
mod audit;
pub mod desk_host;
mod door;
pub mod limits;
mod log;
pub mod profiles;
mod rules;
pub mod sessions;
mod sign_in;

pub use apps::{AppSection, Reach, implied_title};
pub use audit::AuditSection;
pub use door::DoorSection;
pub use log::{LogFormat, LogSection};

use crate::config::Key;

/// Every key there is, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [door::KEYS, profiles::KEYS, apps::KEYS, sessions::KEYS, sign_in::KEYS, audit::KEYS, log::KEYS, limits::KEYS]
        .into_iter()
        .flatten()
}
