//! Whether the database can be relied on: it answers, and what is written to it is kept.

use async_trait::async_trait;
use doorward_service::ports::{StoreError, StoreHealth};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use std::time::Duration;

use crate::connection::{Connections, failed};
use crate::entity::head;
use crate::transaction::{Outcome, Transaction, Written};
use crate::{dialect, sequences};

/// A write that succeeded this lately is proof enough, so that a busy database is not written to for the asking.
const PROOF: Duration = Duration::from_secs(5);

/// A write that failed this lately counts for more than that a smaller one, for the asking, still finds room.
const DISPROOF: Duration = Duration::from_secs(2);

/// [`StoreHealth`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlHealth(pub(crate) Connections);

#[async_trait]
impl StoreHealth for SqlHealth {
    async fn check(&self) -> Result<(), StoreError> {
        self.0.is_still_there()?;
        sequences::read(&self.0.reader, sequences::CHANGES).await?;
        match self.0.condition.last() {
            Some((ago, Written::Kept)) if ago < PROOF => Ok(()),
            Some((ago, Written::Failed)) if ago < DISPROOF => {
                Err(StoreError::Unavailable("a write has just failed".into()))
            }
            _ => write(&self.0).await,
        }
    }

    async fn checkpoint(&self) -> Result<(), StoreError> {
        dialect::checkpoint(self.0.writer()).await.map_err(failed)
    }
}

/// Writes one small row for real, which is no event: only a commit finds out that the disk is full. A value that stays the same would not be
/// written.
pub(crate) async fn write(connections: &Connections) -> Result<(), StoreError> {
    let row = head::ActiveModel { name: Set(sequences::PROBES.to_owned()), seq: Set(1), hash: Set(vec![0; 32]) };
    let next = Expr::col((head::Entity, head::Column::Seq)).add(1);
    let count = OnConflict::column(head::Column::Name).value(head::Column::Seq, next).to_owned();
    let insert = head::Entity::insert(row).on_conflict(count);
    let work = async |transaction: &Transaction| {
        insert.exec_without_returning(transaction).await.map_err(failed)?;
        Ok(Outcome::Quiet(()))
    };
    connections.unrecorded(work).await
}
