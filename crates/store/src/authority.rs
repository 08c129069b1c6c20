//! Whether somebody may still change what they asked to change, looked at when the change is made and by no earlier reading.

use doorward_domain::{Authority, BondId, Grant, GroupId, GroupRights, NewAuditEvent, Rights, Subject, Timestamp};
use doorward_service::ports::StoreError;
use std::sync::Arc;

use crate::transaction::Transaction;
use crate::{live, subjects};

/// Fails unless what the change rests on that this event tells of still holds.
pub(crate) async fn must_hold(transaction: &Transaction, event: &NewAuditEvent) -> Result<(), StoreError> {
    match &event.authority {
        Some(authority) if !holds(transaction, authority, event.at).await? => Err(StoreError::NoLongerAllowed),
        _ => Ok(()),
    }
}

async fn holds(transaction: &Transaction, authority: &Authority, now: Timestamp) -> Result<bool, StoreError> {
    let Some(rights) = rights_by(transaction, authority.bond, now).await? else { return Ok(false) };
    Ok(authority.needs.as_ref().is_none_or(|needs| needs.are_met_by(&rights, now)))
}

/// What may be done with a session or a key; `None` when it has ended.
async fn rights_by(transaction: &Transaction, bond: BondId, now: Timestamp) -> Result<Option<Rights>, StoreError> {
    match bond {
        BondId::Session(id) => match live::sessions::find_by_id(transaction, id, now).await? {
            Some(live) => persons(transaction, &live.grants, &live.groups).await.map(Some),
            None => Ok(None),
        },
        BondId::Key(id) => {
            let Some(live) = live::keys::find_by_id(transaction, id, now).await? else { return Ok(None) };
            let rights = Rights::of_key(&live.grants);
            Ok(Some(match live.owner {
                Some(owner) => rights.within(Arc::new(persons(transaction, &owner.grants, &owner.groups).await?)),
                None => rights,
            }))
        }
    }
}

/// What a person may do who was given these and is directly in these groups.
pub(crate) async fn persons(
    transaction: &Transaction,
    grants: &[Grant],
    groups: &[GroupId],
) -> Result<Rights, StoreError> {
    let rights = Rights::compile(grants);
    if groups.is_empty() {
        return Ok(rights);
    }
    let all: Vec<Subject> =
        subjects::groups_around(transaction, groups).await?.into_iter().map(Subject::Group).collect();
    Ok(rights.with_groups(&GroupRights::compile(&subjects::grants_of(transaction, &all).await?)))
}
