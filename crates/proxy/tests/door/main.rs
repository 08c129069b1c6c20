//! The door over real services and a real (in-memory) database, in front of a scripted tool, spoken to over raw TCP.

mod framing;
mod harness;
mod headers;
mod limits;
mod record;
mod refusals;
mod revocation;
mod sockets;
mod streams;
mod walk;
