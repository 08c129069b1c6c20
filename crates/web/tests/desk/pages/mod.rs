//! What people see.

mod account;
mod apps;
mod assets;
mod denied;
mod door;
mod login;
mod logout;
mod setup;
