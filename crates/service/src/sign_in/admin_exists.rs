//! Whether Doorward is set up: what signing in and setting up both ask first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ports::{StoreError, UserStore};

/// Whether there is an administrator: asked of the store until there is one, and never again.
pub(crate) struct AdminExists {
    users: Arc<dyn UserStore>,
    known: AtomicBool,
}

impl AdminExists {
    pub(crate) fn new(users: Arc<dyn UserStore>) -> Self {
        Self { users, known: AtomicBool::new(false) }
    }

    pub(crate) async fn is_true(&self) -> Result<bool, StoreError> {
        if self.known.load(Ordering::Acquire) {
            return Ok(true);
        }
        let has_admin = self.users.has_admin().await?;
        if has_admin {
            self.known.store(true, Ordering::Release);
        }
        Ok(has_admin)
    }
}
