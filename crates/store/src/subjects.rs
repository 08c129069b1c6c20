//! Whom grants are for: users, groups and API keys, each in a table of its own.
//!
//! No foreign key reaches from a grant or a membership to its subject. So whoever makes one looks here first, and whoever deletes a subject
//! forgets here what is for it, in the same transaction.

use doorward_domain::{Grant, GroupId, KeyId, Subject, UserId};
use doorward_service::ports::StoreError;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult as _, PrimaryKeyTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait as _, Select,
};
use std::collections::{HashMap, HashSet};

use crate::batches::padded;
use crate::connection::failed;
use crate::entity::words::{GROUP, KEY, USER};
use crate::entity::{api_key, grant, group, group_member, user};
use crate::rows::{grant_of, subject_columns};
use crate::transaction::Transaction;

/// Whether there is such a subject. It stays there until this transaction ends.
pub(crate) async fn is_there(transaction: &Transaction, subject: Subject) -> Result<bool, StoreError> {
    match subject {
        Subject::User(id) => has_row::<user::Entity>(transaction, id.as_uuid()).await,
        Subject::Group(id) => has_row::<group::Entity>(transaction, id.as_uuid()).await,
        Subject::Key(id) => has_row::<api_key::Entity>(transaction, id.as_uuid()).await,
    }
}

async fn has_row<E: EntityTrait>(transaction: &Transaction, id: Uuid) -> Result<bool, StoreError>
where
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType: From<Uuid>,
{
    Ok(E::find_by_id(id).lock_shared().one(transaction).await.map_err(failed)?.is_some())
}

/// The grants of these.
pub(crate) fn granted_to(subjects: &[Subject]) -> Condition {
    [USER, GROUP, KEY].into_iter().fold(Condition::any(), |any, kind| {
        let of_kind = subjects.iter().map(|subject| subject_columns(*subject)).filter(|columns| columns.0 == kind);
        let ids: Vec<Uuid> = of_kind.map(|(_, id)| id).collect();
        let theirs = || grant::Column::SubjectKind.eq(kind).and(grant::Column::SubjectId.is_in(ids.iter().copied()));
        any.add_option((!ids.is_empty()).then(theirs))
    })
}

/// All their grants, oldest first.
pub(crate) async fn grants_of(db: &impl ConnectionTrait, subjects: &[Subject]) -> Result<Vec<Grant>, StoreError> {
    let rows = oldest_first(subjects).all(db).await.map_err(failed)?;
    rows.iter().map(grant_of).collect()
}

/// The same for each of these, so that what cannot be read of one takes nothing from the others; whoever has none is missing.
pub(crate) async fn grants_of_each(
    db: &impl ConnectionTrait,
    subjects: &[Subject],
) -> Result<HashMap<Subject, Result<Vec<Grant>, StoreError>>, StoreError> {
    let by_columns: HashMap<_, _> = subjects.iter().map(|subject| (subject_columns(*subject), *subject)).collect();
    let statement = oldest_first(subjects).build(db.get_database_backend());
    let mut each: HashMap<Subject, Result<Vec<Grant>, StoreError>> = HashMap::new();
    for row in db.query_all_raw(statement).await.map_err(failed)? {
        let kind: String = row.try_get("", "subject_kind").map_err(failed)?;
        let id: Uuid = row.try_get("", "subject_id").map_err(failed)?;
        let Some(subject) = by_columns.get(&(kind.as_str(), id)) else { continue };
        let grant = grant::Model::from_query_result(&row, "").map_err(failed).and_then(|row| grant_of(&row));
        match (each.entry(*subject).or_insert(Ok(Vec::new())), grant) {
            (Ok(grants), Ok(grant)) => grants.push(grant),
            (Err(_), _) => {}
            (all, Err(why)) => *all = Err(why),
        }
    }
    Ok(each)
}

fn oldest_first(subjects: &[Subject]) -> Select<grant::Entity> {
    let granted = grant::Entity::find().filter(granted_to(subjects));
    granted.order_by_asc(grant::Column::CreatedAt).order_by_asc(grant::Column::Id)
}

/// Their names; those of whoever is not there are missing.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    subjects: impl Iterator<Item = Subject>,
) -> Result<HashMap<Subject, String>, StoreError> {
    let (mut users, mut groups, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for subject in subjects {
        let (_, id) = subject_columns(subject);
        match subject {
            Subject::User(_) => users.push(id),
            Subject::Group(_) => groups.push(id),
            Subject::Key(_) => keys.push(id),
        }
    }
    let mut names = HashMap::new();
    let users = named::<user::Entity>(db, (user::Column::Id, user::Column::Username), users).await?;
    names.extend(users.into_iter().map(|(id, name)| (Subject::User(UserId::from_uuid(id)), name)));
    let groups = named::<group::Entity>(db, (group::Column::Id, group::Column::Name), groups).await?;
    names.extend(groups.into_iter().map(|(id, name)| (Subject::Group(GroupId::from_uuid(id)), name)));
    let keys = named::<api_key::Entity>(db, (api_key::Column::Id, api_key::Column::Name), keys).await?;
    names.extend(keys.into_iter().map(|(id, name)| (Subject::Key(KeyId::from_uuid(id)), name)));
    Ok(names)
}

async fn named<E: EntityTrait>(
    db: &impl ConnectionTrait,
    (id, name): (E::Column, E::Column),
    mut ids: Vec<Uuid>,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = E::find().select_only().columns([id, name]).filter(id.is_in(ids));
    found.into_tuple().all(db).await.map_err(failed)
}

/// The groups this user is directly in.
pub(crate) async fn groups_of(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<GroupId>, StoreError> {
    Ok(groups_of_each(db, vec![user.as_uuid()]).await?.remove(&user.as_uuid()).unwrap_or_default())
}

/// The groups that each of these users is directly in; whoever is in none is missing.
pub(crate) async fn groups_of_each(
    db: &impl ConnectionTrait,
    users: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<GroupId>>, StoreError> {
    let mut groups: HashMap<Uuid, Vec<GroupId>> = HashMap::new();
    if users.is_empty() {
        return Ok(groups);
    }
    let found: Vec<(Uuid, Uuid)> = memberships(users).into_tuple().all(db).await.map_err(failed)?;
    for (user, group) in found {
        groups.entry(user).or_default().push(GroupId::from_uuid(group));
    }
    for groups in groups.values_mut() {
        groups.sort_unstable();
    }
    Ok(groups)
}

fn memberships(users: Vec<Uuid>) -> Select<group_member::Entity> {
    group_member::Entity::find()
        .select_only()
        .columns([group_member::Column::MemberId, group_member::Column::GroupId])
        .filter(group_member::Column::MemberKind.eq(USER))
        .filter(group_member::Column::MemberId.is_in(padded(users)))
}

/// These groups, and all that they are in at any depth.
pub(crate) async fn groups_around(db: &impl ConnectionTrait, direct: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
    let mut all: HashSet<Uuid> = HashSet::new();
    let mut next: Vec<Uuid> = direct.iter().map(|id| id.as_uuid()).collect();
    while !next.is_empty() {
        all.extend(next.iter().copied());
        let outside: Vec<Uuid> = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .filter(group_member::Column::MemberKind.eq(GROUP))
            .filter(group_member::Column::MemberId.is_in(next))
            .into_tuple()
            .all(db)
            .await
            .map_err(failed)?;
        next = outside.into_iter().filter(|id| !all.contains(id)).collect();
    }
    Ok(all.into_iter().map(GroupId::from_uuid).collect())
}

/// Deletes the grants and the memberships of somebody who is deleted.
pub(crate) async fn forget(transaction: &Transaction, subject: Subject) -> Result<(), StoreError> {
    grant::Entity::delete_many().filter(granted_to(&[subject])).exec(transaction).await.map_err(failed)?;
    let (kind, id) = subject_columns(subject);
    if [USER, GROUP].contains(&kind) {
        group_member::Entity::delete_many()
            .filter(group_member::Column::MemberKind.eq(kind))
            .filter(group_member::Column::MemberId.eq(id))
            .exec(transaction)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;

    #[tokio::test]
    async fn what_somebody_has_is_found_without_reading_what_others_have() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        for count in [1, 64] {
            plans::searches(db, &memberships(vec![Uuid::nil(); count]), 1).await;
        }
        let granted = grant::Entity::find().filter(granted_to(&[Subject::Key(KeyId::from_uuid(Uuid::nil()))]));
        plans::searches(db, &granted, 1).await;
    }
}
