//! Whom grants are for, by name.

use doorward_domain::Subject;
use std::sync::Arc;

use crate::core::Core;
use crate::ports::{GroupStore, KeyStore, StoreError, UserStore};

/// Finds whom grants are for.
pub(crate) struct Subjects {
    users: Arc<dyn UserStore>,
    groups: Arc<dyn GroupStore>,
    keys: Arc<dyn KeyStore>,
}

impl Subjects {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            users: Arc::clone(&core.stores.users),
            groups: Arc::clone(&core.stores.groups),
            keys: Arc::clone(&core.stores.keys),
        }
    }

    /// As the audit log names it: `ada`, `group:data`, `key:ci`.
    pub(crate) async fn name(&self, subject: Subject) -> Result<Option<String>, StoreError> {
        Ok(match subject {
            Subject::User(id) => self.users.find(id).await?.map(|user| user.username.to_string()),
            Subject::Group(id) => self.groups.find(id).await?.map(|group| format!("group:{}", group.name)),
            Subject::Key(id) => self.keys.find(id).await?.map(|listed| format!("key:{}", listed.key.name)),
        })
    }
}
