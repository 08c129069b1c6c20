//! Pages of groups.

use doorward_domain::Group;
use doorward_service::ports::{GroupQuery, Listed, StoreError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use super::group_of;
use crate::connection::failed;
use crate::entity::{group, group_member};
use crate::paging::{SortKey, Window, count, search};
use crate::rows::member_columns;
use crate::search_text::containing;

const SORTS: &[SortKey] = &[
    SortKey { word: "name", column: || Expr::col((group::Entity, group::Column::Name)) },
    SortKey { word: "created_at", column: || Expr::col((group::Entity, group::Column::CreatedAt)) },
];

pub(super) async fn list(db: &impl ConnectionTrait, query: &GroupQuery) -> Result<Listed<Group>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "name")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.read(filtered(query), || Expr::col((group::Entity, group::Column::Id)), db).await;
    Ok(page.map_err(failed)?.read(group_of).listed(total))
}

fn filtered(query: &GroupQuery) -> Select<group::Entity> {
    let mut select = group::Entity::find();
    if let Some(member) = query.holding {
        let (kind, id) = member_columns(member);
        let holding = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .filter(group_member::Column::MemberKind.eq(kind))
            .filter(group_member::Column::MemberId.eq(id));
        select = select.filter(group::Column::Id.in_subquery(holding.into_query()));
    }
    match search(&query.paging) {
        Some(text) => select.filter(Expr::col((group::Entity, group::Column::Words)).like(containing(text))),
        None => select,
    }
}
