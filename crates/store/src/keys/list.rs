//! Pages of API keys.

use doorward_domain::{ApiKey, KeyId, Subject, Timestamp};
use doorward_service::ports::{KeyQuery, Listed, ListedKey, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use std::collections::BTreeMap;

use crate::connection::{damaged, failed};
use crate::entity::words::NEVER_ENDS;
use crate::entity::{api_key, api_key_secret, user};
use crate::paging::{Page, SortKey, Window, count, search};
use crate::rows::keys::key_of;
use crate::search_text::containing;
use crate::subjects;

/// What never ends sorts behind everything that does; what was never used, as if in 1970.
const SORTS: &[SortKey] = &[
    SortKey { word: "name", column: || Expr::col((api_key::Entity, api_key::Column::Name)) },
    SortKey { word: "created_at", column: || Expr::col((api_key::Entity, api_key::Column::CreatedAt)) },
    SortKey { word: "expires_at", column: || Expr::col((api_key::Entity, api_key::Column::ExpiresAt)) },
    SortKey { word: "last_used_at", column: || Expr::col((api_key::Entity, api_key::Column::LastUsedAt)) },
];

/// Read at one moment, so that every key has its owner and its grants.
pub(super) async fn list(db: &impl ConnectionTrait, query: &KeyQuery) -> Result<Listed<ListedKey>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "name")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.read(filtered(query), || Expr::col((api_key::Entity, api_key::Column::Id)), db).await;
    Ok(with_both(db, page.map_err(failed)?).await?.listed(total))
}

pub(super) async fn find(db: &impl ConnectionTrait, which: Expr) -> Result<Option<ListedKey>, StoreError> {
    let Some(row) = api_key::Entity::find().filter(which).one(db).await.map_err(failed)? else { return Ok(None) };
    let mut page = with_both(db, Page::of(row.id, row)).await?;
    match page.rows.pop() {
        Some((_, key)) => Ok(Some(key)),
        None => Err(damaged("API key")),
    }
}

fn filtered(query: &KeyQuery) -> Select<api_key::Entity> {
    let mut select = api_key::Entity::find();
    if let Some(owner) = query.owner {
        select = select.filter(api_key::Column::OwnerId.eq(owner.as_uuid()));
    }
    let Some(text) = search(&query.paging) else { return select };
    let owners = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(Expr::col(user::Column::Username).like(containing(text)));
    select.filter(
        Condition::any()
            .add(Expr::col((api_key::Entity, api_key::Column::Name)).like(containing(text)))
            .add(api_key::Column::OwnerId.in_subquery(owners.into_query())),
    )
}

/// When the secrets end that others have taken the place of: of each key there is one at most.
async fn old_ends(db: &impl ConnectionTrait, keys: &[KeyId]) -> Result<BTreeMap<KeyId, Timestamp>, StoreError> {
    let of_these = api_key_secret::Column::KeyId.is_in(keys.iter().map(|key| key.as_uuid()));
    let replaced = api_key_secret::Column::EndsAt.lt(NEVER_ENDS);
    let secrets = api_key_secret::Entity::find().filter(of_these).filter(replaced).all(db).await.map_err(failed)?;
    Ok(secrets.iter().map(|row| (KeyId::from_uuid(row.key_id), Timestamp::from_millis(row.ends_at))).collect())
}

/// With owners and grants, and with the ends of secrets. A key of which a grant cannot be read is not shown without it.
async fn with_both(db: &impl ConnectionTrait, page: Page<api_key::Model>) -> Result<Page<ListedKey>, StoreError> {
    let page = page.read(|row| key_of(&row));
    if page.rows.is_empty() {
        return Ok(page.read(|_| Err(damaged("API key"))));
    }
    let keys = || page.rows.iter().map(|(_, key)| key);
    let subjects: Vec<Subject> = keys().map(|key| Subject::Key(key.id)).collect();
    let mut grants = subjects::grants_of_each(db, &subjects).await?;
    let mut old = old_ends(db, &keys().map(|key| key.id).collect::<Vec<_>>()).await?;
    let owners = subjects::names(db, keys().filter_map(|key| key.owner).map(Subject::User)).await?;
    let with_both = |key: ApiKey| {
        let owner = key.owner.and_then(|owner| owners.get(&Subject::User(owner)));
        let owner = owner.map(|name| name.parse()).transpose().map_err(|_| damaged("username"))?;
        let grants = grants.remove(&Subject::Key(key.id)).unwrap_or(Ok(Vec::new()))?;
        Ok(ListedKey { owner, grants, old_until: old.remove(&key.id), key })
    };
    Ok(page.read(with_both))
}
