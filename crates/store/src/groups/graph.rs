//! Which group is in which.

use doorward_domain::{Grant, GroupId};
use doorward_service::ports::{GroupGraph, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{CommonTableExpression, Condition, Expr, ExprTrait, JoinType, Query, UnionType, WithClause};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryResult, QuerySelect, QueryTrait,
};

use crate::connection::{damaged, failed};
use crate::entity::words::GROUP;
use crate::entity::{grant, group, group_member};
use crate::rows::grant_of;

/// All of it. Whoever calls holds one moment still.
pub(super) async fn read(db: &impl ConnectionTrait) -> Result<GroupGraph, StoreError> {
    let names: Vec<(Uuid, String)> = group::Entity::find()
        .select_only()
        .columns([group::Column::Id, group::Column::Name])
        .into_tuple()
        .all(db)
        .await
        .map_err(failed)?;
    let inside: Vec<(Uuid, Uuid)> = group_member::Entity::find()
        .select_only()
        .columns([group_member::Column::MemberId, group_member::Column::GroupId])
        .filter(group_member::Column::MemberKind.eq(GROUP))
        .into_tuple()
        .all(db)
        .await
        .map_err(failed)?;
    let of_groups = grant::Entity::find().filter(grant::Column::SubjectKind.eq(GROUP));
    let grants = db.query_all_raw(of_groups.build(db.get_database_backend())).await.map_err(failed)?;
    let name_of =
        |(id, name): (Uuid, String)| Ok((GroupId::from_uuid(id), name.parse().map_err(|_| damaged("group name"))?));
    Ok(GroupGraph {
        names: names.into_iter().map(name_of).collect::<Result<_, StoreError>>()?,
        inside: inside
            .into_iter()
            .map(|(inner, outer)| (GroupId::from_uuid(inner), GroupId::from_uuid(outer)))
            .collect(),
        grants: grants.iter().map(named_grant).collect::<Result<_, _>>()?,
    })
}

/// One that cannot be read keeps everybody out, since nobody knows what the group holds, or is denied; so it is named.
fn named_grant(row: &QueryResult) -> Result<Grant, StoreError> {
    let read = grant::Model::from_query_result(row, "").map_err(failed).and_then(|row| grant_of(&row));
    read.map_err(|why| {
        let id = row.try_get("", "id").map_or_else(|_| "without an id".to_owned(), |id: Uuid| id.to_string());
        let cause = std::error::Error::source(&why).map_or_else(|| why.to_string(), ToString::to_string);
        StoreError::Unavailable(format!("grant {id} of a group cannot be read: {cause}").into())
    })
}

/// Whether `inner` is `outer`, or is in it at any depth. Read from `inner` upwards: a group is in fewer than it holds.
pub(super) async fn is_within(db: &impl ConnectionTrait, inner: GroupId, outer: GroupId) -> Result<bool, StoreError> {
    let itself = group::Entity::find()
        .select_only()
        .column(group::Column::Id)
        .filter(group::Column::Id.eq(inner.as_uuid()))
        .into_query();
    let further = Query::select()
        .column((group_member::Entity, group_member::Column::GroupId))
        .from("above")
        .join(
            JoinType::InnerJoin,
            group_member::Entity,
            Condition::all()
                .add(Expr::col((group_member::Entity, group_member::Column::MemberKind)).eq(GROUP))
                .add(Expr::col((group_member::Entity, group_member::Column::MemberId)).equals(("above", "id"))),
        )
        .take();
    let above = CommonTableExpression::new()
        .table_name("above")
        .column("id")
        .query(itself.clone().union(UnionType::Distinct, further).take())
        .to_owned();
    let found = Query::select()
        .column(("above", "id"))
        .from("above")
        .and_where(Expr::col(("above", "id")).eq(outer.as_uuid()))
        .take();
    let query = WithClause::new().recursive(true).cte(above).to_owned().query(found);
    Ok(db.query_one(&query).await.map_err(failed)?.is_some())
}
