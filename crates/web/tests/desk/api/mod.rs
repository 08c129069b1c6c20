//! `/_doorward/api/v1`.

mod access;
mod api_keys;
mod audit;
mod auth;
mod decisions;
mod errors;
mod grants;
mod groups;
mod openapi;
mod sessions;
mod users;
