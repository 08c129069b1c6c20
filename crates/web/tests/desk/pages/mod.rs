//! What people see.

mod access;
mod account;
mod apps;
mod assets;
mod denied;
mod door;
mod enter;
mod login;
mod logout;
mod people;
mod setup;
