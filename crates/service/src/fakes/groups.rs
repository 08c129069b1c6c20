//! Groups that are what the test says.

use async_trait::async_trait;
use doorward_domain::{Group, GroupId, GroupName, Member, Timestamp, UserId};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::broken;
use crate::ports::{
    Changed, Effects, GroupChange, GroupGraph, GroupQuery, GroupStore, Joined, Listed, NamedMember, Paging, StoreError,
};

/// All groups, to be read whole.
#[derive(Default)]
pub(crate) struct FakeGroups {
    pub(crate) graph: Mutex<GroupGraph>,
    pub(crate) fails: AtomicBool,
}

#[async_trait]
impl GroupStore for FakeGroups {
    async fn create(&self, _: &Group, _: Effects<'_>) -> Result<Changed<()>, StoreError> {
        Err(broken())
    }

    async fn list(&self, _: &GroupQuery) -> Result<Listed<Group>, StoreError> {
        Err(broken())
    }

    async fn find(&self, _: GroupId) -> Result<Option<Group>, StoreError> {
        Err(broken())
    }

    async fn find_by_name(&self, _: &GroupName) -> Result<Option<Group>, StoreError> {
        Err(broken())
    }

    async fn update(&self, _: GroupId, _: &GroupChange, _: Effects<'_>) -> Result<Changed<Option<Group>>, StoreError> {
        Err(broken())
    }

    async fn delete(&self, _: GroupId, _: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn members(&self, _: GroupId, _: &Paging) -> Result<Listed<NamedMember>, StoreError> {
        Err(broken())
    }

    async fn join(&self, _: GroupId, _: Member, _: Timestamp, _: Effects<'_>) -> Result<Changed<Joined>, StoreError> {
        Err(broken())
    }

    async fn leave(&self, _: GroupId, _: Member, _: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn of_user(&self, _: UserId) -> Result<Vec<GroupId>, StoreError> {
        Err(broken())
    }

    async fn graph(&self) -> Result<GroupGraph, StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(broken()) } else { Ok(self.graph.lock().clone()) }
    }
}
