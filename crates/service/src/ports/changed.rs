//! What a mutation came to, which nobody has before the caches have heard what it changed.

use async_trait::async_trait;

use super::Change;

/// What this process believes from memory.
#[async_trait]
pub trait Caches: Send + Sync {
    /// Something has just been committed: when this returns, nothing is answered from before it.
    async fn hear(&self, changes: &[Change]);
}

/// What a store gives back for a mutation that changed what caches may believe. The changes are those that it wrote to the feed for other
/// processes; the caches of this one hear the same, and only then is there a value:
///
/// ```
/// # use doorward_service::ports::{Caches, Changed};
/// # async fn ended(changed: Changed<bool>, caches: &dyn Caches) -> bool {
/// changed.told(caches).await
/// # }
/// ```
///
/// Without that there is none:
///
/// ```compile_fail,E0616
/// # use doorward_service::ports::{Caches, Changed};
/// # fn ended(changed: Changed<bool>) -> bool {
/// changed.value
/// # }
/// ```
///
/// and to want none is an error where warnings are:
///
/// ```compile_fail
/// # #![deny(unused_must_use)]
/// # use doorward_service::ports::{Caches, Changed};
/// # fn ended(changed: Result<Changed<bool>, String>) -> Result<(), String> {
/// changed?;
/// Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "until the caches are told they answer from before the change"]
pub struct Changed<T> {
    value: T,
    changes: Vec<Change>,
}

impl<T> Changed<T> {
    /// For stores: what was committed, and all that the feed tells of it. Nothing, where nothing was changed.
    pub fn new(changes: Vec<Change>, value: T) -> Self {
        Self { value, changes }
    }

    /// Tells this process's caches, also when nothing was changed: somebody else was earlier then, and what they did is heard too.
    pub async fn told(self, caches: &dyn Caches) -> T {
        caches.hear(&self.changes).await;
        self.value
    }
}
