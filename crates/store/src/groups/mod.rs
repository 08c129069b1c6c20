//! Groups of people, and of groups.

mod graph;
mod list;
mod members;

use async_trait::async_trait;
use doorward_domain::{Group, GroupId, GroupName, GroupSource, Member, Subject, Timestamp, UserId};
use doorward_service::ports::{
    Change, Changed, Effects, GroupChange, GroupGraph, GroupQuery, GroupStore, Joined, Listed, NamedMember, Paging,
    StoreError,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::admins::Guard;
use crate::change::Outcome;
use crate::connection::{Connections, conflict_or_failed, damaged, failed};
use crate::entity::group;
use crate::search_text::{searchable, storable};
use crate::subjects;
use crate::transaction::Transaction;

/// [`GroupStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlGroups(pub(crate) Connections);

#[async_trait]
impl GroupStore for SqlGroups {
    async fn create(&self, group: &Group, effects: Effects<'_>) -> Result<Changed<()>, StoreError> {
        let work = async |transaction: &Transaction| {
            let insert = group::Entity::insert(row_of(group));
            insert.exec_without_returning(transaction).await.map_err(conflict_or_failed)?;
            Ok(Outcome::Written(vec![Change::Group(group.id)], ()))
        };
        self.0.change(effects, work).await
    }

    async fn list(&self, query: &GroupQuery) -> Result<Listed<Group>, StoreError> {
        list::list(&self.0.moment().await?, query).await
    }

    async fn find(&self, id: GroupId) -> Result<Option<Group>, StoreError> {
        find(&self.0.reader, group::Column::Id.eq(id.as_uuid())).await
    }

    async fn find_by_name(&self, name: &GroupName) -> Result<Option<Group>, StoreError> {
        find(&self.0.reader, group::Column::Name.eq(name.as_str())).await
    }

    async fn update(
        &self,
        id: GroupId,
        change: &GroupChange,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<Group>>, StoreError> {
        let work = async |transaction: &Transaction| {
            let Some(before) = find(transaction, group::Column::Id.eq(id.as_uuid())).await? else {
                return Ok(Outcome::Nothing(None));
            };
            let after = Group {
                name: change.name.clone().unwrap_or(before.name),
                description: change.description.clone().unwrap_or(before.description),
                ..before
            };
            write(transaction, &after).await?;
            Ok(Outcome::Written(vec![Change::Group(id)], Some(after)))
        };
        self.0.change(effects, work).await
    }

    async fn delete(&self, id: GroupId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        let work = async |transaction: &Transaction| {
            let admins = Guard::before(transaction, effects.audit.at).await?;
            // Who is in it goes with it: the tables say so.
            let deleted = group::Entity::delete_by_id(id.as_uuid()).exec(transaction).await.map_err(failed)?;
            if deleted.rows_affected == 0 {
                return Ok(Outcome::Nothing(false));
            }
            subjects::forget(transaction, Subject::Group(id)).await?;
            admins.after(transaction).await?;
            Ok(Outcome::Written(vec![Change::Group(id)], true))
        };
        self.0.change(effects, work).await
    }

    async fn members(&self, id: GroupId, paging: &Paging) -> Result<Listed<NamedMember>, StoreError> {
        members::list(&self.0.moment().await?, id, paging).await
    }

    async fn join(
        &self,
        id: GroupId,
        member: Member,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<Joined>, StoreError> {
        self.0
            .change(effects, async |transaction| members::join(transaction, id, member, now, effects.audit.at).await)
            .await
    }

    async fn leave(&self, id: GroupId, member: Member, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        self.0
            .change(effects, async |transaction| members::leave(transaction, id, member, effects.audit.at).await)
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<GroupId>, StoreError> {
        subjects::groups_of(&self.0.reader, user).await
    }

    async fn graph(&self) -> Result<GroupGraph, StoreError> {
        graph::read(&self.0.moment().await?).await
    }
}

fn row_of(group: &Group) -> group::ActiveModel {
    group::ActiveModel {
        id: Set(group.id.as_uuid()),
        name: Set(group.name.as_str().to_owned()),
        description: Set(storable(&group.description)),
        source: Set(group.source.as_str().to_owned()),
        words: Set(searchable(&[group.name.as_str(), &group.description])),
        created_at: Set(group.created_at.as_millis()),
    }
}

fn group_of(row: group::Model) -> Result<Group, StoreError> {
    Ok(Group {
        id: GroupId::from_uuid(row.id),
        name: row.name.parse().map_err(|_| damaged("group name"))?,
        description: row.description,
        source: GroupSource::of_word(&row.source).ok_or_else(|| damaged("source of a group"))?,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

async fn find(db: &impl ConnectionTrait, which: Expr) -> Result<Option<Group>, StoreError> {
    group::Entity::find().filter(which).one(db).await.map_err(failed)?.map(group_of).transpose()
}

async fn write(transaction: &Transaction, group: &Group) -> Result<(), StoreError> {
    group::Entity::update_many()
        .set(group::ActiveModel { id: sea_orm::ActiveValue::NotSet, ..row_of(group) })
        .filter(group::Column::Id.eq(group.id.as_uuid()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(conflict_or_failed)
}
