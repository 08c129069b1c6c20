//! What all workers know.

use arc_swap::ArcSwap;
use doorward_domain::HostName;
use doorward_service::Services;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tokio::runtime::Handle;

use crate::Snapshot;
use crate::body::{Aside, Filters, TakesRoom};
use crate::burst::Burst;
use crate::desk::Desk;
use crate::large::LargeBodies;
use crate::room::Holder;
use crate::things::ContentsMemory;

/// What all workers know.
pub(crate) struct Shared {
    pub(crate) services: Arc<Services>,
    pub(crate) desk: Arc<dyn Desk>,
    /// Where desk and database run.
    pub(crate) control: Handle,
    /// What is gone by now. A request loads it once.
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    /// The desk's, where it has one of its own.
    pub(crate) desk_host: Option<HostName>,
    pub(crate) large: LargeBodies,
    /// What tools have told of which thing is in which.
    pub(crate) contents: ContentsMemory,
    /// Connections that could not be accepted.
    pub(crate) not_accepted: Burst,
    /// Connections that were closed so that others could come.
    pub(crate) made_way: Burst,
    /// Connections that were closed at once, because their network has its share.
    pub(crate) turned_away: Burst,
    /// Questions of the door's own that a tool did not answer.
    pub(crate) not_told: Burst,
    /// Once there is an administrator there always is one.
    pub(crate) is_set_up: AtomicBool,
}

impl Shared {
    /// Whether an administrator has been seen.
    pub(crate) fn is_set_up(&self) -> bool {
        self.is_set_up.load(Relaxed)
    }
}

impl Aside for Arc<Shared> {
    fn room(&self, bytes: usize, holder: Holder) -> TakesRoom {
        let shared = Self::clone(self);
        Box::pin(async move { shared.large.answers.take(bytes, holder).await })
    }

    fn filter(&self, holder: Holder, filter: Box<dyn FnOnce() -> Vec<u8> + Send>) -> Filters {
        Box::pin(self.large.read_answer(holder, filter))
    }
}
