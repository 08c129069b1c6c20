//! Pages of people.

use doorward_domain::User;
use doorward_service::ports::{Listed, StoreError, UserQuery};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::failed;
use crate::entity::{grant, user};
use crate::paging::{SortKey, Window, count, search};
use crate::rows::{UserRow, user_of};
use crate::search_text::containing;

/// Whoever never signed in sorts as if in 1970.
const SORTS: &[SortKey] = &[
    SortKey { word: "username", column: || Expr::col((user::Entity, user::Column::Username)) },
    SortKey { word: "created_at", column: || Expr::col((user::Entity, user::Column::CreatedAt)) },
    SortKey { word: "last_sign_in_at", column: || Expr::col((user::Entity, user::Column::LastSignInAt)) },
];

pub(super) async fn list(db: &impl ConnectionTrait, query: &UserQuery) -> Result<Listed<User>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "username")?;
    let counted = user::Entity::find().join(JoinType::LeftJoin, user::grant_on_everything());
    let total = count(filtered(counted, query), db).await.map_err(failed)?;
    let id = || Expr::col((user::Entity, user::Column::Id));
    let page = window.read::<_, UserRow>(filtered(UserRow::select(), query), id, db).await.map_err(failed)?;
    Ok(page.read(|row| user_of(&row)).listed(total))
}

fn filtered(mut select: Select<user::Entity>, query: &UserQuery) -> Select<user::Entity> {
    if let Some(role) = query.role {
        select = select.filter(grant::Column::Role.eq(role.as_str()));
    }
    if let Some(is_disabled) = query.is_disabled {
        select = select.filter(user::Column::IsDisabled.eq(is_disabled));
    }
    match search(&query.paging) {
        Some(text) => select.filter(Expr::col((user::Entity, user::Column::Words)).like(containing(text))),
        None => select,
    }
}
