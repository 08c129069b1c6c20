//! What is known of tools' things: what they have told of them, and what they are being asked; by one worker, or by all.
//!
//! Look next: `request::resolve` (who asks them).

mod contents;
mod memory;
mod single_flight;

use doorward_domain::Unresolved;
use doorward_profile::Told;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) use contents::{ContentsMemory, Look, Slot};
pub(crate) use memory::Memory;
pub(crate) use single_flight::{SingleFlight, UnderWay};

/// What a tool said of a thing, or why it did not.
pub(crate) type Known = Result<Arc<Told>, Unresolved>;

/// Of all tools.
#[derive(Debug, Default)]
pub(crate) struct Things {
    pub(crate) memory: Memory,
    pub(crate) single_flight: Rc<SingleFlight>,
}
