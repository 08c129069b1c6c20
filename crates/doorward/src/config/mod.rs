//! Configuration: a YAML file, environment variables over it, options over those.
//!
//! One table of [`Key`]s describes everything; each section of the file has its part of the table and its struct in a module of
//! its own, in `sections`. Every problem is gathered and told at once, with its place. What cannot be known from the text alone (whether a
//! port is free, a file writable) is not looked at here; `doorward doctor` does.

mod key;
mod kubernetes;
mod layers;
mod load;
mod parse;
mod problem;
mod reference;
mod schema;
mod sections;
mod show;
mod source;
mod text_file;
mod value_type;
mod values;
mod yaml;

pub use key::Key;
pub use layers::Layers;
pub use load::{Config, Loaded, OptionValue, Overrides, Request, load};
pub use parse::{duration, listen, path_prefix};
pub use problem::Problems;
pub use reference::reference;
pub use schema::schema;
pub use sections::profiles::file_and_bases as profile_file_and_bases;
pub use sections::{AppSection, AuditSection, DoorSection, LogFormat, LogSection, Reach, implied_title, keys};
pub use show::{hide_password, show};
pub use source::Origin;
pub use text_file::read_text;
pub use value_type::{Kind, MenuSetting, Value};
pub use values::{Located, Values};
pub use yaml::{Data, Node};
