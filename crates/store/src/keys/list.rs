//! Pages of API keys.

use doorward_domain::{Grant, KeyId, Subject};
use doorward_service::ports::{KeyQuery, Listed, ListedKey, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::{damaged, failed};
use crate::entity::{api_key, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::rows::keys::key_of;
use crate::search_text::containing;
use crate::subjects;

/// What never ends sorts behind everything that does; what was never used, as if in 1970.
const SORTS: &[SortKey<api_key::Model>] = &[
    SortKey {
        word: "name",
        column: || Expr::col((api_key::Entity, api_key::Column::Name)),
        of: |row| Key::Text(row.name.clone()),
    },
    SortKey {
        word: "created_at",
        column: || Expr::col((api_key::Entity, api_key::Column::CreatedAt)),
        of: |row| Key::Number(row.created_at),
    },
    SortKey {
        word: "expires_at",
        column: || Expr::col((api_key::Entity, api_key::Column::ExpiresAt)),
        of: |row| Key::Number(row.expires_at),
    },
    SortKey {
        word: "last_used_at",
        column: || Expr::col((api_key::Entity, api_key::Column::LastUsedAt)),
        of: |row| Key::Number(row.last_used_at),
    },
];

/// Read at one moment, so that every key has its owner and its grants.
pub(super) async fn list(db: &impl ConnectionTrait, query: &KeyQuery) -> Result<Listed<ListedKey>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "name")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.apply(filtered(query), || Expr::col((api_key::Entity, api_key::Column::Id)));
    let mut rows = page.all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    Ok(Listed { items: listed(db, &rows).await?, next_cursor, total })
}

pub(super) async fn find(db: &impl ConnectionTrait, which: Expr) -> Result<Option<ListedKey>, StoreError> {
    let row = api_key::Entity::find().filter(which).one(db).await.map_err(failed)?;
    Ok(listed(db, row.as_slice()).await?.pop())
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

/// With owners and grants.
async fn listed(db: &impl ConnectionTrait, rows: &[api_key::Model]) -> Result<Vec<ListedKey>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys = rows.iter().map(key_of).collect::<Result<Vec<_>, _>>()?;
    let subjects: Vec<Subject> = keys.iter().map(|key| Subject::Key(key.id)).collect();
    let mut grants = subjects::grants_of(db, &subjects).await?;
    let owners = subjects::names(db, keys.iter().filter_map(|key| key.owner).map(Subject::User)).await?;
    let with_both = |key: doorward_domain::ApiKey| {
        let owner = key.owner.and_then(|owner| owners.get(&Subject::User(owner)));
        let owner = owner.map(|name| name.parse()).transpose().map_err(|_| damaged("username"))?;
        Ok(ListedKey { owner, grants: taken(&mut grants, key.id), key })
    };
    keys.into_iter().map(with_both).collect()
}

/// Those of one key.
fn taken(grants: &mut Vec<Grant>, key: KeyId) -> Vec<Grant> {
    grants.extract_if(.., |grant| grant.subject == Subject::Key(key)).collect()
}
