//! Pages of grants.

use doorward_domain::Grant;
use doorward_service::ports::{GrantQuery, Listed, NamedGrant, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::failed;
use crate::entity::words::{GROUP, KEY, USER};
use crate::entity::{api_key, grant, group, user};
use crate::paging::{SortKey, Window, count, search};
use crate::rows::grant_of;
use crate::search_text::containing;
use crate::subjects;

const SORTS: &[SortKey] =
    &[SortKey { word: "created_at", column: || Expr::col((grant::Entity, grant::Column::CreatedAt)) }];

/// Read at one moment, so that every grant has a subject and every subject a name.
pub(super) async fn list(db: &impl ConnectionTrait, query: &GrantQuery) -> Result<Listed<NamedGrant>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "created_at")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.read(filtered(query), || Expr::col((grant::Entity, grant::Column::Id)), db).await;
    let mut page = page.map_err(failed)?.read(|row: grant::Model| grant_of(&row));
    let names = subjects::names(db, page.rows.iter().map(|(_, grant)| grant.subject)).await?;
    page.rows.retain(|(_, grant)| names.contains_key(&grant.subject));
    let with_subject = |grant: Grant| {
        let subject = names.get(&grant.subject).cloned().unwrap_or_default();
        Ok(NamedGrant { grant, subject })
    };
    Ok(page.read(with_subject).listed(total))
}

fn filtered(query: &GrantQuery) -> Select<grant::Entity> {
    let mut select = grant::Entity::find();
    if let Some(subject) = query.subject {
        select = select.filter(subjects::granted_to(&[subject]));
    }
    if let Some(app) = &query.app {
        select = select.filter(grant::Column::App.eq(app.as_str()));
    }
    if let Some(now) = query.holding_at {
        let never_ends = grant::Column::Until.is_null();
        select = select.filter(never_ends.or(grant::Column::Until.gt(now.as_millis())));
    }
    let Some(text) = search(&query.paging) else { return select };
    select.filter(
        Condition::any()
            .add(Expr::col((grant::Entity, grant::Column::Words)).like(containing(text)))
            .add(named::<user::Entity>(USER, user::Column::Id, user::Column::Username, text))
            .add(named::<group::Entity>(GROUP, group::Column::Id, group::Column::Name, text))
            .add(named::<api_key::Entity>(KEY, api_key::Column::Id, api_key::Column::Name, text)),
    )
}

/// Those of subjects of this kind with this text in their names, which are in lower case.
fn named<E: EntityTrait>(kind: &str, id: E::Column, name: E::Column, text: &str) -> Expr {
    let subjects = E::find().select_only().column(id).filter(Expr::col(name).like(containing(text)));
    grant::Column::SubjectKind.eq(kind).and(grant::Column::SubjectId.in_subquery(subjects.into_query()))
}
