//! Pages of sessions.

use doorward_domain::{Session, Timestamp, User, UserId};
use doorward_service::ports::{Listed, SessionQuery, StoreError};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use std::collections::HashMap;

use crate::connection::failed;
use crate::entity::{session, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::rows::{UserRow, session_of, user_of};
use crate::search_text::containing;

const SORTS: &[SortKey<session::Model>] = &[
    SortKey {
        word: "created_at",
        column: || Expr::col((session::Entity, session::Column::CreatedAt)),
        of: |row| Key::Number(row.created_at),
    },
    SortKey {
        word: "last_seen_at",
        column: || Expr::col((session::Entity, session::Column::LastSeenAt)),
        of: |row| Key::Number(row.last_seen_at),
    },
];

pub(super) async fn list(
    db: &DatabaseConnection,
    query: &SessionQuery,
    now: Timestamp,
) -> Result<Listed<(Session, User)>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "-created_at")?;
    let total = count(filtered(query, now), db).await.map_err(failed)?;
    let page = window.apply(filtered(query, now), || Expr::col((session::Entity, session::Column::Id)));
    let mut rows = page.all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    let users = users_of(db, &rows).await?;
    let with_user = |row: session::Model| {
        let user_id = row.user_id;
        let session = session_of(row);
        let user = users.get(&UserId::from_uuid(user_id)).cloned()?;
        Some(session.map(|session| (session, user)))
    };
    // A user deleted between the two reads took the session along.
    let items = rows.into_iter().filter_map(with_user).collect::<Result<_, _>>()?;
    Ok(Listed { items, next_cursor, total })
}

fn filtered(query: &SessionQuery, now: Timestamp) -> Select<session::Entity> {
    let mut select = session::Entity::find().filter(session::Column::ExpiresAt.gt(now.as_millis()));
    if let Some(limits) = &query.live_by {
        let heard = if limits.renew { session::Column::LastSeenAt } else { session::Column::CreatedAt };
        let quiet = heard.lte(now.minus(limits.idle).as_millis());
        select = select.filter(session::Column::IsRemembered.eq(true).or(quiet.not()));
    }
    if let Some(user) = query.user {
        select = select.filter(session::Column::UserId.eq(user.as_uuid()));
    }
    let Some(text) = search(&query.paging) else { return select };
    let named = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Username.like(containing(text)));
    select.filter(
        Condition::any()
            .add(Expr::col((session::Entity, session::Column::Words)).like(containing(text)))
            .add(session::Column::UserId.in_subquery(sea_orm::QueryTrait::into_query(named))),
    )
}

async fn users_of(db: &DatabaseConnection, rows: &[session::Model]) -> Result<HashMap<UserId, User>, StoreError> {
    let mut ids: Vec<_> = rows.iter().map(|row| row.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let select = UserRow::select().filter(user::Column::Id.is_in(ids));
    let users: Vec<UserRow> = select.into_model().all(db).await.map_err(failed)?;
    users.iter().map(|row| user_of(row).map(|user| (user.id, user))).collect()
}
