//! Pages of requests.

use doorward_domain::{AccessRequest, AppName, Subject, Timestamp, UserId};
use doorward_service::ports::{AccessQuery, Listed, NamedAccess, StoreError, Visible};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, IntoCondition},
};

use super::rows::request_of;
use crate::connection::{damaged, failed};
use crate::entity::{access_request, user};
use crate::paging::{Page, SortKey, Window, count, search};
use crate::search_text::containing;
use crate::subjects;

const SORTS: &[SortKey] = &[SortKey {
    word: "created_at",
    column: || Expr::col((access_request::Entity, access_request::Column::CreatedAt)),
}];

/// Read at one moment, so that everybody has a name.
pub(super) async fn list(db: &impl ConnectionTrait, query: &AccessQuery) -> Result<Listed<NamedAccess>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "-created_at")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let id = || Expr::col((access_request::Entity, access_request::Column::Id));
    let page = window.read(filtered(query), id, db).await.map_err(failed)?;
    Ok(named(db, page).await?.listed(total))
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    which: impl IntoCondition,
) -> Result<Option<NamedAccess>, StoreError> {
    let Some(row) = access_request::Entity::find().filter(which).one(db).await.map_err(failed)? else {
        return Ok(None);
    };
    let mut page = named(db, Page::of(row.id, row)).await?;
    if page.unreadable.is_empty() {
        return Ok(page.rows.pop().map(|(_, request)| request));
    }
    Err(damaged("request for access"))
}

/// With the names of who asks; whoever is deleted has taken theirs along.
async fn named(db: &impl ConnectionTrait, page: Page<access_request::Model>) -> Result<Page<NamedAccess>, StoreError> {
    let mut page = page.read(|row| request_of(&row));
    let people = page.rows.iter().map(|(_, request)| Subject::User(request.user));
    let names = subjects::names(db, people).await?;
    page.rows.retain(|(_, request)| names.contains_key(&Subject::User(request.user)));
    let with_name = |request: AccessRequest| {
        let user = names.get(&Subject::User(request.user)).cloned().unwrap_or_default();
        Ok(NamedAccess { request, user })
    };
    Ok(page.read(with_name))
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
