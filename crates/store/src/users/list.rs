//! Pages of people.

use doorward_domain::User;
use doorward_service::ports::{Listed, StoreError, UserQuery};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, JoinType, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::failed;
use crate::entity::{grant, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::rows::{UserRow, user_of};
use crate::search_text::containing;

/// Whoever never signed in sorts as if in 1970.
const SORTS: &[SortKey<UserRow>] = &[
    SortKey {
        word: "username",
        column: || Expr::col((user::Entity, user::Column::Username)),
        of: |row| Key::Text(row.username.clone()),
    },
    SortKey {
        word: "created_at",
        column: || Expr::col((user::Entity, user::Column::CreatedAt)),
        of: |row| Key::Number(row.created_at),
    },
    SortKey {
        word: "last_sign_in_at",
        column: || Expr::col((user::Entity, user::Column::LastSignInAt)),
        of: |row| Key::Number(row.last_sign_in_at),
    },
];

pub(super) async fn list(db: &DatabaseConnection, query: &UserQuery) -> Result<Listed<User>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "username")?;
    let counted = user::Entity::find().join(JoinType::LeftJoin, user::grant_on_everything());
    let total = count(filtered(counted, query), db).await.map_err(failed)?;
    let page = window.apply(filtered(UserRow::select(), query), || Expr::col((user::Entity, user::Column::Id)));
    let mut rows: Vec<UserRow> = page.into_model().all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    Ok(Listed { items: rows.iter().map(user_of).collect::<Result<_, _>>()?, next_cursor, total })
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
