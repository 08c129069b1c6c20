//! What tools have told of which thing is in which: for everybody together, so that they are asked once in a while, however many ask.

use doorward_domain::AppName;
use doorward_profile::Contents;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Mutex;

use super::memory::FAILED;
use crate::site::Site;

/// What is known of one app; who holds it asks the tool, the others wait.
pub(crate) type Slot = Rc<Mutex<Option<Entry>>>;

/// By app.
#[derive(Debug, Default)]
pub(crate) struct ContentsMemory(RefCell<HashMap<AppName, Slot>>);

/// What a tool told, or that it did not.
#[derive(Debug)]
pub(crate) struct Entry {
    contents: Option<Arc<Contents>>,
    /// Where it was told: by another tool, or read by other rules, it may be something else.
    site: Weak<Site>,
    /// On the worker's clock.
    until: u64,
}

impl ContentsMemory {
    /// What is known of an app.
    pub(crate) fn of(&self, app: &AppName) -> Slot {
        Rc::clone(self.0.borrow_mut().entry(app.clone()).or_default())
    }
}

impl Entry {
    /// What was told, for as long as it holds; that nothing was, only for a moment.
    pub(crate) fn new(site: &Arc<Site>, contents: Option<Arc<Contents>>, holds: Duration, now: u64) -> Self {
        let holds = u64::try_from(holds.as_millis()).unwrap_or(u64::MAX);
        let until = now.saturating_add(if contents.is_some() { holds } else { FAILED.min(holds) });
        Self { contents, site: Arc::downgrade(site), until }
    }

    /// Whether it still holds.
    pub(crate) fn holds(&self, site: &Arc<Site>, now: u64) -> bool {
        now < self.until && std::ptr::eq(self.site.as_ptr(), Arc::as_ptr(site))
    }

    /// What was told, if anything was.
    pub(crate) fn contents(&self) -> Option<Arc<Contents>> {
        self.contents.clone()
    }
}
