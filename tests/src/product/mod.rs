//! The tests of the product, by what they are about.

mod audit;
mod bootstrap;
mod browser;
mod commands;
mod credentials;
mod full_disk;
mod launches;
mod lifecycle;
mod memory;
mod mounts;
mod nginx;
mod packages;
mod paths;
mod proxying;
mod refusals;
mod revocation;
mod roles;
mod sign_in;
mod slow_clients;
mod sockets;
mod stopping;
mod transports;
mod ui_operations;
mod user_code;
mod websockets;
mod wrapping;
