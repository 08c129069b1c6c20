//! Running a tool that Doorward wraps: start it, tell when it answers, start it again when it dies, and see that nothing of it
//! outlives Doorward.
//!
//! The tool is not our child but our reaper's ([`reaper`]): this same binary, run again, which holds on to the tool and
//! everything the tool starts, and ends all of it when Doorward is gone, however that happened. Neither knows HTTP, users or
//! configuration.

mod backoff;
mod descendants;
mod ending;
mod exposure;
mod lines;
mod probe;
pub mod reaper;
mod spawn;
mod strays;
mod tool;

pub use exposure::reachable_elsewhere;
pub use probe::{Answered, EVERY, Probe};
pub use spawn::{CANNOT_BE_RUN, NOT_FOUND, find_program, free_port, unstartable};
pub use tool::{Supervised, Tool, supervise};
