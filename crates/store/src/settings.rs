//! Small things by name: secrets of the installation, and notes of where something was left, of which no event tells; and what somebody sets.

use async_trait::async_trait;
use doorward_service::ports::{Effects, SettingStore, StoreError};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, sea_query::OnConflict};

use crate::connection::{Connections, damaged, failed};
use crate::entity::setting;
use crate::transaction::{Quiet, Transaction};

/// Forgotten with the first administrator's creation.
pub(crate) const SETUP_TOKEN: &str = "setup_token";

/// [`SettingStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlSettings(pub(crate) Connections);

#[async_trait]
impl SettingStore for SqlSettings {
    async fn find(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        value(&self.0.reader, name).await
    }

    async fn put(&self, name: &str, value: &[u8], effects: Option<Effects<'_>>) -> Result<(), StoreError> {
        let overwrite = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
        let work = async |transaction: &Transaction| {
            let put = setting::Entity::insert(row(name, value)).on_conflict(overwrite);
            put.exec_without_returning(transaction).await.map_err(failed)?;
            Ok(Quiet::Written(()))
        };
        self.told_or_not(effects, work).await
    }

    async fn put_if_absent(
        &self,
        name: &str,
        value: &[u8],
        effects: Option<Effects<'_>>,
    ) -> Result<Vec<u8>, StoreError> {
        let work = async |transaction: &Transaction| {
            if let Some(there) = self::value(transaction, name).await? {
                return Ok(Quiet::Nothing(there));
            }
            setting::Entity::insert(row(name, value)).exec_without_returning(transaction).await.map_err(failed)?;
            let now_there = self::value(transaction, name).await?;
            Ok(Quiet::Written(now_there.ok_or_else(|| damaged("setting"))?))
        };
        self.told_or_not(effects, work).await
    }

    async fn remove(&self, name: &str, effects: Option<Effects<'_>>) -> Result<(), StoreError> {
        let work = async |transaction: &Transaction| {
            forget(transaction, name).await?;
            Ok(Quiet::Written(()))
        };
        self.told_or_not(effects, work).await
    }
}

impl SqlSettings {
    async fn told_or_not<T>(
        &self,
        effects: Option<Effects<'_>>,
        work: impl AsyncFnOnce(&Transaction) -> Result<Quiet<T>, StoreError> + Clone,
    ) -> Result<T, StoreError> {
        match effects {
            Some(effects) => self.0.quietly(effects, work).await,
            // What nobody answers for.
            None => self.0.unrecorded(work).await,
        }
    }
}

/// Forgets a setting, also inside somebody else's transaction.
pub(crate) async fn forget(db: &impl ConnectionTrait, name: &str) -> Result<(), StoreError> {
    setting::Entity::delete_by_id(name).exec(db).await.map(drop).map_err(failed)
}

fn row(name: &str, value: &[u8]) -> setting::ActiveModel {
    setting::ActiveModel { name: Set(name.to_owned()), value: Set(value.to_vec()) }
}

async fn value(db: &impl ConnectionTrait, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(setting::Entity::find_by_id(name).one(db).await.map_err(failed)?.map(|row| row.value))
}
