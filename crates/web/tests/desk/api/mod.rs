//! `/_doorward/api/v1`.

mod audit;
mod auth;
mod decisions;
mod errors;
mod grants;
mod sessions;
mod users;
