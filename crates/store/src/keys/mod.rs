//! API keys.

mod change;
mod list;

use async_trait::async_trait;
use doorward_domain::{ApiKey, Grant, KeyId, Timestamp, TokenHash, Username};
use doorward_service::ports::{
    Change, Changed, Effects, KeyChange, KeyMade, KeyQuery, KeyStore, Listed, ListedKey, LiveKey, StoreError,
};
use sea_orm::ColumnTrait;
use std::net::IpAddr;

use crate::change::Outcome;
use crate::connection::Connections;
use crate::entity::api_key;
use crate::live;
use crate::noted::{Columns, Noted, note};
use crate::transaction::Transaction;

pub(crate) use change::forget_those_of;

/// [`KeyStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlKeys(pub(crate) Connections);

#[async_trait]
impl KeyStore for SqlKeys {
    async fn create(
        &self,
        key: &ApiKey,
        secret: &TokenHash,
        grant: &Grant,
        most: u64,
        effects: Effects<'_>,
    ) -> Result<Changed<KeyMade>, StoreError> {
        self.0.change(effects, async |transaction| change::create(transaction, key, secret, grant, most).await).await
    }

    async fn list(&self, query: &KeyQuery) -> Result<Listed<ListedKey>, StoreError> {
        list::list(&self.0.moment().await?, query).await
    }

    async fn find(&self, id: KeyId) -> Result<Option<ListedKey>, StoreError> {
        list::find(&self.0.moment().await?, api_key::Column::Id.eq(id.as_uuid())).await
    }

    async fn find_by_name(&self, name: &Username) -> Result<Option<ListedKey>, StoreError> {
        list::find(&self.0.moment().await?, api_key::Column::Name.eq(name.as_str())).await
    }

    async fn find_live(&self, secret: &TokenHash, now: Timestamp) -> Result<Option<LiveKey>, StoreError> {
        live::keys::find(&self.0.moment().await?, secret, now).await
    }

    async fn update(
        &self,
        id: KeyId,
        change: &KeyChange,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<ListedKey>>, StoreError> {
        let work = async |transaction: &Transaction| {
            if !change::update(transaction, id, change).await? {
                return Ok(Outcome::Nothing(None));
            }
            let after = list::find(transaction, api_key::Column::Id.eq(id.as_uuid())).await?;
            Ok(Outcome::Written(vec![Change::Key(id)], after))
        };
        self.0.change(effects, work).await
    }

    async fn rotate(
        &self,
        id: KeyId,
        secret: &TokenHash,
        old_until: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        self.0.change(effects, async |transaction| change::rotate(transaction, id, secret, old_until).await).await
    }

    async fn revoke(&self, id: KeyId, effects: Effects<'_>) -> Result<Changed<Option<ApiKey>>, StoreError> {
        self.0.change(effects, async |transaction| change::revoke(transaction, id).await).await
    }

    async fn used(&self, used: &[(KeyId, Timestamp, IpAddr)]) -> Result<(), StoreError> {
        let (id, at) = (api_key::Column::Id, api_key::Column::LastUsedAt);
        let used = used.iter().map(|(id, at, from)| Noted { id: id.as_uuid(), at: *at, from: Some(*from) });
        note::<api_key::Entity>(&self.0, Columns { id, at, from: Some(api_key::Column::LastUsedFrom) }, used.collect())
            .await
    }
}
