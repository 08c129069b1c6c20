//! Asking.

use doorward_domain::{AccessRequest, Timestamp, UserId};
use doorward_service::ports::{Asked, NamedAccess, StoreError};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::list;
use super::rows::{pattern_column, row_of};
use crate::connection::failed;
use crate::entity::{access_request, user};
use crate::paging::count;
use crate::transaction::{Quiet, Transaction};

pub(super) async fn ask(
    transaction: &Transaction,
    request: &AccessRequest,
    most: u64,
) -> Result<Quiet<Asked>, StoreError> {
    // Who asks twice at once waits here for themselves.
    let asking = user::Entity::find_by_id(request.user.as_uuid()).lock_exclusive().one(transaction);
    let Some(user) = asking.await.map_err(failed)?.filter(|user| !user.is_disabled) else {
        return Ok(Quiet::Nothing(Asked::Nobody));
    };
    let now = request.created_at;
    if let Some(open) = list::find(transaction, the_same(request)).await? {
        if open.request.is_open(now) {
            return Ok(Quiet::Nothing(Asked::Open(open)));
        }
        // Lapsed, and nobody has told of it yet: that is still to come, so it stays, and makes way.
        make_way(transaction, &open).await?;
    }
    if count(open_of(request.user, now), transaction).await.map_err(failed)? >= most {
        return Ok(Quiet::Nothing(Asked::TooMany));
    }
    access_request::Entity::insert(row_of(request)).exec_without_returning(transaction).await.map_err(failed)?;
    Ok(Quiet::Written(Asked::New(NamedAccess { request: request.clone(), user: user.username })))
}

/// As those that are open are told apart.
fn the_same(request: &AccessRequest) -> Condition {
    Condition::all()
        .add(access_request::Column::UserId.eq(request.user.as_uuid()))
        .add(access_request::Column::App.eq(request.app.as_str()))
        .add(access_request::Column::Pattern.eq(pattern_column(&request.wanted)))
        .add(access_request::Column::Role.eq(request.wanted.role.as_str()))
        .add(access_request::Column::IsOpen.eq(true))
}

fn open_of(user: UserId, now: Timestamp) -> sea_orm::Select<access_request::Entity> {
    access_request::Entity::find().filter(access_request::Column::UserId.eq(user.as_uuid())).filter(list::open_at(now))
}

/// No longer in the way of another for the same; `lapse` finds it by its time.
async fn make_way(transaction: &Transaction, lapsed: &NamedAccess) -> Result<(), StoreError> {
    let not_open = access_request::ActiveModel { is_open: sea_orm::ActiveValue::Set(None), ..Default::default() };
    access_request::Entity::update_many()
        .set(not_open)
        .filter(access_request::Column::Id.eq(lapsed.request.id.as_uuid()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}
