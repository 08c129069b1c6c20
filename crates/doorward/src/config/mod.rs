//! Configuration: a YAML file, environment variables over it, options over those.
//!
//! One table of [`Key`]s describes everything; each section of the file has its part of the table and its struct in a module of
//! its own. Every problem is gathered and told at once, with its place. What cannot be known from the text alone (whether a
//! port is free, a file writable) is not looked at here; `doorward doctor` does.

mod apps;
mod audit;
mod desk_host;
mod door;
mod key;
mod kubernetes;
mod layers;
mod limits;
mod load;
mod log;
mod parse;
mod problem;
mod profiles;
mod reference;
mod rules;
mod schema;
mod sessions;
mod show;
mod sign_in;
mod source;
mod text_file;
mod value_type;
mod values;
mod yaml;

pub use apps::{AppSection, Reach, implied_title};
pub use audit::AuditSection;
pub use door::DoorSection;
pub use key::Key;
pub use layers::Layers;
pub use load::{Config, Loaded, OptionValue, Overrides, Request, load};
pub use log::{LogFormat, LogSection};
pub use parse::{duration, listen, path_prefix};
pub use problem::Problems;
pub use profiles::file_and_bases as profile_file_and_bases;
pub use reference::reference;
pub use schema::schema;
pub use show::{hide_password, show};
pub use source::Origin;
pub use text_file::read_text;
pub use value_type::{Kind, MenuSetting, Value};
pub use values::{Located, Values};
pub use yaml::{Data, Node};

/// Every key there is, section by section.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [door::KEYS, profiles::KEYS, apps::KEYS, sessions::KEYS, sign_in::KEYS, audit::KEYS, log::KEYS, limits::KEYS]
        .into_iter()
        .flatten()
}
