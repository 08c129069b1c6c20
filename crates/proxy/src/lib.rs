//! The door: listens, finds the app, identifies the caller, asks the one decision, passes on what was understood.
//!
//! Start at [`Door`] (how the binary holds it), then `worker` (one thread's part), `client` (how connections are taken in and served), and `request` (one
//! request, in the order of DESIGN's walk). `upstream` speaks to tools, `ws` passes on sockets, and reads them where a profile reads their messages.
//!
//! Architecture invariant: no database here and no pages; both are reached through [`Desk`] and the services, on the control
//! runtime. On the way of a request nothing is locked, no task is spawned and no timer is set.

mod body;
mod burst;
mod client;
mod client_info;
mod crowd;
mod deadlines;
mod desk;
mod door;
pub mod fuzzed;
mod handshake;
mod headers;
mod ids;
mod large;
mod limits;
mod listen;
mod menu;
mod request;
mod room;
mod shared;
mod site;
mod snapshot;
mod spread;
mod things;
mod upstream;
mod worker;
mod ws;

#[cfg(test)]
mod tests_support;

pub use desk::{Denial, Desk, DeskAnswer, DeskBody, FormPassedOn, Page};
pub use door::{Door, NoWorker};
pub use limits::Limits;
pub use listen::{ListenError, Listening};
pub use site::{InvalidSites, Site, Sites};
pub use snapshot::Snapshot;
pub use upstream::{InvalidUpstream, UpstreamAddress};
