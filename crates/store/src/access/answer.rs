//! Answering: one answer for each request, and a grant only where it changes something.

use doorward_domain::{
    AccessAnswer, AccessOutcome, AccessRequestId, GivenAccess, Lacking, NewAuditEvent, Standing, Subject, Timestamp,
    UserId,
};
use doorward_service::ports::{Answered, Approval, Change, NamedAccess, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::time::Duration;

use super::list;
use super::rows::answered;
use crate::change::Outcome;
use crate::connection::failed;
use crate::entity::{access_request, user};
use crate::transaction::{Quiet, Transaction};
use crate::{authority, grants, subjects};

pub(super) async fn approve(
    transaction: &Transaction,
    id: AccessRequestId,
    approval: &Approval,
    event: &NewAuditEvent,
) -> Result<Outcome<Answered>, StoreError> {
    let open = match open(transaction, id, event.at).await? {
        Ok(open) => open,
        Err(why) => return Ok(Outcome::Nothing(why)),
    };
    let (request, grant) = (&open.request, &approval.grant);
    let user = user::Entity::find_by_id(request.user.as_uuid()).lock_exclusive().one(transaction);
    if user.await.map_err(failed)?.is_none_or(|user| user.is_disabled) {
        return Ok(Outcome::Nothing(Answered::Disabled));
    }
    let role = grant.effect.role().unwrap_or(request.wanted.role);
    let given = Lacking { role, resource: grant.scope.pattern().cloned() };
    if let Some(why) = pointless(transaction, &open, &given, approval, event.at).await? {
        return Ok(Outcome::Nothing(why));
    }
    grants::answer(transaction, grant, id).await?;
    let outcome = AccessOutcome::Approved(GivenAccess { grant: grant.id, given, until: grant.until });
    let change = Change::User(request.user);
    Ok(match close(transaction, open, outcome, event).await? {
        Some(closed) => Outcome::Written(vec![change], Answered::Done(closed)),
        None => Outcome::Nothing(Answered::NotFound),
    })
}

pub(super) async fn decline(
    transaction: &Transaction,
    id: AccessRequestId,
    reason: &str,
    event: &NewAuditEvent,
) -> Result<Quiet<Answered>, StoreError> {
    let open = match open(transaction, id, event.at).await? {
        Ok(open) => open,
        Err(why) => return Ok(Quiet::Nothing(why)),
    };
    Ok(match close(transaction, open, AccessOutcome::Declined(reason.into()), event).await? {
        Some(closed) => Quiet::Written(Answered::Done(closed)),
        None => Quiet::Nothing(Answered::NotFound),
    })
}

/// The request, if it can be answered. Whoever answers the same waits here.
async fn open(
    transaction: &Transaction,
    id: AccessRequestId,
    now: Timestamp,
) -> Result<Result<NamedAccess, Answered>, StoreError> {
    let held = access_request::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(transaction);
    held.await.map_err(failed)?;
    Ok(match list::find(transaction, access_request::Column::Id.eq(id.as_uuid())).await? {
        None => Err(Answered::NotFound),
        Some(found) if found.request.is_open(now) => Ok(found),
        Some(found) => Err(Answered::Before(found)),
    })
}

/// Why the grant would change nothing, if it would not: as things stand now, and as they stand when it lapses.
async fn pointless(
    transaction: &Transaction,
    open: &NamedAccess,
    given: &Lacking,
    approval: &Approval,
    now: Timestamp,
) -> Result<Option<Answered>, StoreError> {
    let user: UserId = open.request.user;
    let granted = subjects::grants_of(transaction, &[Subject::User(user)]).await?;
    let groups = subjects::groups_of(transaction, user).await?;
    let rights = authority::persons(transaction, &granted, &groups).await?;
    let standing = |at| Standing::of(&rights, &open.request.app, given, approval.default_role, at);
    let last = approval.grant.until.map_or(Timestamp::from_millis(i64::MAX), |end| end.minus(Duration::from_millis(1)));
    Ok(match (standing(now), standing(last)) {
        (Standing::Denied(grant), _) => Some(Answered::Denied(grant)),
        (Standing::Held, Standing::Held) => Some(Answered::Held),
        _ => None,
    })
}

/// Writes the answer down; `None` when somebody was quicker.
async fn close(
    transaction: &Transaction,
    mut open: NamedAccess,
    outcome: AccessOutcome,
    event: &NewAuditEvent,
) -> Result<Option<NamedAccess>, StoreError> {
    let answer = AccessAnswer { at: event.at, by: event.actor.as_str().into(), outcome };
    let closed = access_request::Entity::update_many()
        .set(answered(&answer))
        .filter(access_request::Column::Id.eq(open.request.id.as_uuid()))
        .filter(access_request::Column::IsOpen.eq(true))
        .exec(transaction)
        .await
        .map_err(failed)?;
    open.request.answer = Some(answer);
    Ok((closed.rows_affected > 0).then_some(open))
}
