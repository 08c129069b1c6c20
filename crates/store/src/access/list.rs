//! Pages of requests.

use doorward_domain::{AccessRequest, AppName, Subject, Timestamp, UserId};
use doorward_service::ports::{AccessQuery, Listed, NamedAccess, StoreError, Visible};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, IntoCondition},
};

use super::rows::request_of;
use crate::connection::failed;
use crate::entity::{access_request, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::search_text::containing;
use crate::subjects;

const SORTS: &[SortKey<access_request::Model>] = &[SortKey {
    word: "created_at",
    column: || Expr::col((access_request::Entity, access_request::Column::CreatedAt)),
    of: |row| Key::Number(row.created_at),
}];

/// Read at one moment, so that everybody has a name.
pub(super) async fn list(db: &impl ConnectionTrait, query: &AccessQuery) -> Result<Listed<NamedAccess>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "-created_at")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.apply(filtered(query), || Expr::col((access_request::Entity, access_request::Column::Id)));
    let mut rows = page.all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    Ok(Listed { items: named(db, &rows).await?, next_cursor, total })
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    which: impl IntoCondition,
) -> Result<Option<NamedAccess>, StoreError> {
    let row = access_request::Entity::find().filter(which).one(db).await.map_err(failed)?;
    Ok(named(db, row.as_slice()).await?.pop())
}

async fn named(db: &impl ConnectionTrait, rows: &[access_request::Model]) -> Result<Vec<NamedAccess>, StoreError> {
    let requests = rows.iter().map(request_of).collect::<Result<Vec<_>, _>>()?;
    let people = requests.iter().map(|request| Subject::User(request.user));
    let names = subjects::names(db, people).await?;
    let with_name = |request: AccessRequest| {
        let user = names.get(&Subject::User(request.user))?.clone();
        Some(NamedAccess { request, user })
    };
    Ok(requests.into_iter().filter_map(with_name).collect())
}

fn filtered(query: &AccessQuery) -> Select<access_request::Entity> {
    let mut select = access_request::Entity::find().filter(visible(&query.visible));
    if let Some(user) = query.user {
        select = select.filter(of(user));
    }
    if let Some(user) = query.except {
        select = select.filter(access_request::Column::UserId.ne(user.as_uuid()));
    }
    if let Some(app) = &query.app {
        select = select.filter(access_request::Column::App.eq(app.as_str()));
    }
    if let Some(decision) = query.decision {
        select = select.filter(access_request::Column::DecisionId.eq(decision.as_uuid()));
    }
    if let Some(is_open) = query.is_open {
        let open = open_at(query.now.unwrap_or(Timestamp::from_millis(0)));
        select = select.filter(if is_open { open } else { open.not() });
    }
    let Some(text) = search(&query.paging) else { return select };
    let people = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(Expr::col(user::Column::Username).like(containing(text)));
    select.filter(
        Condition::any()
            .add(Expr::col((access_request::Entity, access_request::Column::Words)).like(containing(text)))
            .add(access_request::Column::UserId.in_subquery(people.into_query())),
    )
}

fn visible(visible: &Visible) -> Condition {
    match visible {
        Visible::All => Condition::all(),
        Visible::Some { own, apps } => {
            let apps = access_request::Column::App.is_in(apps.iter().map(AppName::as_str));
            Condition::any().add_option(own.map(of)).add(apps)
        }
    }
}

fn of(user: UserId) -> Expr {
    access_request::Column::UserId.eq(user.as_uuid())
}

/// Those that can be answered at `now`.
pub(super) fn open_at(now: Timestamp) -> Condition {
    Condition::all()
        .add(access_request::Column::AnsweredAt.eq(0))
        .add(access_request::Column::CreatedAt.gt(now.minus(AccessRequest::LIFETIME).as_millis()))
}
