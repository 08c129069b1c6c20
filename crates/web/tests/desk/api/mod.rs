//! `/_doorward/api/v1`.

mod audit;
mod auth;
mod decisions;
mod errors;
mod grants;
mod openapi;
mod sessions;
mod users;
