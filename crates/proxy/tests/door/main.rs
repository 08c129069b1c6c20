//! The door over real services and a real (in-memory) database, in front of a scripted tool, spoken to over raw TCP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

// What the product's tests send to a door before a real Dagster.
#[path = "../../../../tests/src/attacks/mod.rs"]
mod attacks;
mod begun_messages;
mod bodies;
mod closing;
mod containers;
mod contested;
mod crowding;
mod desk_host;
mod filtered;
mod filtered_turns;
mod frames;
mod framing;
mod graphql;
mod harness;
mod headers;
mod heard_out;
mod held_bodies;
mod holders;
mod json_bodies;
mod limits;
mod long_answers;
mod long_heads;
mod meanwhile;
mod menu;
mod record;
mod refusals;
mod reload;
mod repeated;
mod revocation;
mod roles;
mod sent;
mod signed_out;
mod sockets;
mod streams;
mod things;
mod told;
mod unanswered;
mod unread_sockets;
mod walk;
