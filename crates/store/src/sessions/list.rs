//! Pages of sessions.

use doorward_domain::{Session, Timestamp, User, UserId};
use doorward_service::ports::{Listed, SessionQuery, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult as _, QueryFilter, QueryResult, QuerySelect,
    QueryTrait as _, Select,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait},
};
use std::collections::HashMap;

use crate::connection::{damaged, failed};
use crate::entity::{session, user};
use crate::paging::{SortKey, Window, count, search};
use crate::rows::{UserRow, session_of, user_of};
use crate::search_text::containing;

const SORTS: &[SortKey] = &[
    SortKey { word: "created_at", column: || Expr::col((session::Entity, session::Column::CreatedAt)) },
    SortKey { word: "last_seen_at", column: || Expr::col((session::Entity, session::Column::LastSeenAt)) },
];

pub(super) async fn list(
    db: &impl ConnectionTrait,
    query: &SessionQuery,
    now: Timestamp,
) -> Result<Listed<(Session, User)>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "-created_at")?;
    let total = count(filtered(query, now), db).await.map_err(failed)?;
    let page = window.read(filtered(query, now), || Expr::col((session::Entity, session::Column::Id)), db).await;
    let mut page = page.map_err(failed)?.read(session_of);
    let users = users_of(db, page.rows.iter().map(|(_, session)| session.user_id)).await?;
    // A user deleted between the two reads took the session along.
    page.rows.retain(|(_, session)| users.contains_key(&session.user_id));
    let with_user = |session: Session| match users.get(&session.user_id) {
        Some(Some(user)) => Ok((session, user.clone())),
        _ => Err(damaged("user")),
    };
    Ok(page.read(with_user).listed(total))
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
            .add(session::Column::UserId.in_subquery(named.into_query())),
    )
}

/// These users; `None` is one that cannot be read.
async fn users_of(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, Option<User>>, StoreError> {
    let mut ids: Vec<Uuid> = ids.map(UserId::as_uuid).collect();
    ids.sort_unstable();
    ids.dedup();
    let select = UserRow::select().filter(user::Column::Id.is_in(ids));
    let rows = db.query_all_raw(select.build(db.get_database_backend())).await.map_err(failed)?;
    let user = |row: &QueryResult| {
        let id = row.try_get("", "id").ok()?;
        let user = UserRow::from_query_result(row, "").ok().and_then(|row| user_of(&row).ok());
        Some((UserId::from_uuid(id), user))
    };
    Ok(rows.iter().filter_map(user).collect())
}
