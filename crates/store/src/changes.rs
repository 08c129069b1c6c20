//! The feed of changes, read.

use async_trait::async_trait;
use doorward_domain::{GroupId, KeyId, SessionId, UserId};
use doorward_service::ports::{Change, Changes, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::connection::{Connections, damaged, failed};
use crate::entity::change;
use crate::transaction::{Quiet, Transaction};
use crate::{change_feed, sequences};

/// [`Changes`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlChanges(pub(crate) Connections);

#[async_trait]
impl Changes for SqlChanges {
    async fn latest(&self) -> Result<i64, StoreError> {
        Ok(sequences::read(&self.0.reader, sequences::CHANGES).await?.seq)
    }

    async fn since(&self, seen: i64) -> Result<(Vec<Change>, i64), StoreError> {
        self.0.engine.watch().await;
        let heard = self.read_since(seen).await;
        self.0.condition.note_feed(!matches!(heard, Err(StoreError::Unavailable(_))));
        heard
    }

    async fn woken(&self) {
        self.0.engine.woken().await;
    }

    async fn trim(&self, keep: u32) -> Result<(), StoreError> {
        let oldest_kept = self.latest().await?.saturating_sub(i64::from(keep));
        let old = change::Entity::delete_many().filter(change::Column::Seq.lte(oldest_kept));
        // Nothing that anybody has not heard of by now.
        let work = async |transaction: &Transaction| {
            old.exec(transaction).await.map_err(failed)?;
            Ok(Quiet::Written(()))
        };
        self.0.unrecorded(work).await
    }
}

impl SqlChanges {
    async fn read_since(&self, seen: i64) -> Result<(Vec<Change>, i64), StoreError> {
        let newest = self.latest().await?;
        if newest == seen {
            return Ok((Vec::new(), seen));
        }
        let after = change::Entity::find().filter(change::Column::Seq.gt(seen)).order_by_asc(change::Column::Seq);
        let rows = after.all(&self.0.reader).await.map_err(failed)?;
        // A number that does not follow on was trimmed away; a head behind the reader is that of another (restored) database.
        let newest = match (rows.first(), rows.last()) {
            (Some(first), Some(last)) if first.seq == seen.saturating_add(1) && newest > seen => last.seq,
            _ => {
                return Err(StoreError::BadQuery(
                    "the change feed does not go back that far; forget everything cached".to_owned(),
                ));
            }
        };
        Ok((rows.iter().map(change_of).collect::<Result<_, _>>()?, newest))
    }
}

fn change_of(row: &change::Model) -> Result<Change, StoreError> {
    match row.kind.as_str() {
        change_feed::USER => Ok(Change::User(UserId::from_uuid(row.subject))),
        change_feed::SESSION => Ok(Change::Session(SessionId::from_uuid(row.subject))),
        change_feed::GROUP => Ok(Change::Group(GroupId::from_uuid(row.subject))),
        change_feed::KEY => Ok(Change::Key(KeyId::from_uuid(row.subject))),
        _ => Err(damaged("change")),
    }
}
