//! Whether the database can be relied on: it answers, and what is written to it is kept.

use async_trait::async_trait;
use doorward_service::ports::{StoreError, StoreHealth};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use std::time::Duration;

use crate::connection::{Connections, Written, failed};
use crate::entity::sequence;
use crate::sequences;
use crate::transaction::{Quiet, Transaction};

/// A write that succeeded this lately is proof enough, so that a busy database is not written to for the asking.
const PROOF: Duration = Duration::from_secs(5);

/// A write that failed this lately is proof enough of the contrary.
const DISPROOF: Duration = Duration::from_secs(2);

/// Bytes of a rehearsal. Nothing that is written takes more in the engine's log (a test measures all of it): events are tried one by one
/// when there is no room for several.
pub(crate) const REHEARSED: usize = 256 * 1024;

/// Where nothing is written and nothing has failed, so that a disk is not worn by being asked about.
const REHEARSE_EVERY: Duration = Duration::from_mins(1);

/// [`StoreHealth`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlHealth(pub(crate) Connections);

#[async_trait]
impl StoreHealth for SqlHealth {
    async fn check(&self) -> Result<(), StoreError> {
        self.0.engine.watch().await;
        self.0.engine.is_still_there()?;
        self.0.condition.hears()?;
        sequences::read(&self.0.reader, sequences::CHANGES).await?;
        match self.0.condition.last() {
            Some((ago, Written::Failed)) if ago < DISPROOF => {
                Err(StoreError::Unavailable("a write has just failed".into()))
            }
            Some((ago, Written::Kept)) if ago < PROOF && !self.is_doubted() => Ok(()),
            _ if !self.is_doubted() && self.0.condition.since_rehearsed().is_some_and(|ago| ago < REHEARSE_EVERY) => {
                keep(&self.0).await
            }
            _ => write(&self.0).await,
        }
    }

    fn is_doubted(&self) -> bool {
        self.0.condition.is_doubted()
    }

    async fn checkpoint(&self) -> Result<(), StoreError> {
        self.0.engine.checkpoint().await
    }
}

/// Writes for real, which is no event: first as much as an event may take, which is rolled back and leaves its room in the engine's log to
/// whoever writes next, so that no file grows by asking again; then a small row that is kept, because only a commit finds out whether the
/// disk keeps anything. Small alone would still fit where nothing else does.
pub(crate) async fn write(connections: &Connections) -> Result<(), StoreError> {
    let failures = connections.condition.failures();
    rehearse(connections).await?;
    keep(connections).await?;
    connections.condition.rehearsed(failures);
    Ok(())
}

async fn keep(connections: &Connections) -> Result<(), StoreError> {
    let work = async |transaction: &Transaction| {
        count(transaction, vec![0; 32]).await?;
        Ok(Quiet::Written(()))
    };
    connections.unrecorded(work).await
}

async fn rehearse(connections: &Connections) -> Result<(), StoreError> {
    let work = async |transaction: &Transaction| {
        if transaction.write_through().await.map_err(failed)? {
            count(transaction, vec![0; REHEARSED]).await?;
        }
        Ok(Quiet::Nothing(()))
    };
    connections.unrecorded(work).await
}

/// A value that stays the same would not be written.
async fn count(transaction: &Transaction, hash: Vec<u8>) -> Result<(), StoreError> {
    let next = Expr::col((sequence::Entity, sequence::Column::Seq)).add(1);
    let mut again = OnConflict::column(sequence::Column::Name);
    again.value(sequence::Column::Seq, next).update_column(sequence::Column::Hash);
    let row = sequence::ActiveModel { name: Set(sequences::PROBES.to_owned()), seq: Set(1), hash: Set(hash) };
    let insert = sequence::Entity::insert(row).on_conflict(again);
    insert.exec_without_returning(transaction).await.map(drop).map_err(failed)
}
