//! Pages of grants.

use doorward_domain::Grant;
use doorward_service::ports::{GrantQuery, Listed, StoreError};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::failed;
use crate::dialect::containing;
use crate::entity::{grant, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::rows::grant_of;

const SORTS: &[SortKey<grant::Model>] = &[SortKey {
    word: "created_at",
    column: || Expr::col((grant::Entity, grant::Column::CreatedAt)),
    of: |row| Key::Number(row.created_at),
}];

pub(super) async fn list(db: &DatabaseConnection, query: &GrantQuery) -> Result<Listed<Grant>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "created_at")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.apply(filtered(query), || Expr::col((grant::Entity, grant::Column::Id)));
    let mut rows = page.all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    Ok(Listed { items: rows.iter().map(grant_of).collect::<Result<_, _>>()?, next_cursor, total })
}

fn filtered(query: &GrantQuery) -> Select<grant::Entity> {
    let mut select = grant::Entity::find();
    if let Some(user) = query.user {
        select = select.filter(grant::Column::UserId.eq(user.as_uuid()));
    }
    if let Some(app) = &query.app {
        select = select.filter(grant::Column::App.eq(app.as_str()));
    }
    let Some(text) = search(&query.paging) else { return select };
    select.inner_join(user::Entity).filter(
        Condition::any()
            .add(Expr::col((user::Entity, user::Column::Username)).like(containing(text)))
            .add(Expr::col((grant::Entity, grant::Column::App)).like(containing(text))),
    )
}
