//! Putting the rooms together: store, services, desk, door, supervised tools. The only place that knows them all.
//!
//! Two kinds of threads: the door's own workers carry the traffic; everything else (database, passwords, desk, supervision) runs
//! on one small control runtime, so that none of it can stall traffic.

mod app_set;
mod apps;
mod banner;
mod database;
mod desk;
mod environment;
mod known_apps;
mod last_lines;
mod logging;
mod looked_for;
mod mounted;
mod own_command;
mod probes;
mod reload;
mod running;
mod serve;
mod snapshot;
mod wrapped;

pub use apps::{apps_of, implied_app};
pub use banner::password_box;
pub use database::{
    absolute_address, database_address, file_of, missing_database, must_exist, open_store, other_than, quoted,
};
pub use environment::Environment;
pub use known_apps::{configured_elsewhere, doors_of, known_apps};
pub use looked_for::looked_for;
pub use own_command::own_command;
pub use running::running_doors;
pub use serve::{Plan, serve};
pub use wrapped::Wrapped;
