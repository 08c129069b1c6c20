//! Configuration: a YAML file, environment variables over it, options over those.
//!
//! Each section of the file is a struct in `sections`, read by serde from the tree of what was written; a table of keys, made from the
//! same structs, describes everything. Every problem is gathered and told at once, with its place. What cannot be known from the text alone
//! (whether a port is free, a file writable) is not looked at here; `doorward doctor` does.

mod database_url;
mod deserializer;
mod fault;
mod kubernetes;
mod layers;
mod list_type;
mod load;
mod parse;
mod problem;
mod read;
mod reference;
mod schema;
mod sections;
mod setting;
mod settle;
mod show;
mod source;
mod table;
mod text_file;
mod value_type;
mod values;
mod walk;
mod yaml;

pub use database_url::DatabaseUrl;
pub use layers::Layers;
pub use load::{Config, Loaded, OptionValue, Overrides, Request, load};
pub use parse::{duration, listen, path_prefix};
pub use problem::Problems;
pub use reference::reference;
pub use schema::schema;
pub use sections::profiles::file_and_bases as profile_file_and_bases;
pub use sections::{AppSection, LogFormat, LogLevel, LogSection, Reach, Sections, implied_title};
pub use show::show;
pub use source::Origin;
pub use table::{Key, Table, table};
pub use text_file::read_text;
pub use value_type::MenuSetting;
pub use values::Values;
pub use yaml::{Data, Node};
