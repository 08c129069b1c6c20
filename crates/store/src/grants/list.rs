//! Pages of grants.

use doorward_service::ports::{GrantQuery, Listed, NamedGrant, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::failed;
use crate::entity::words::{GROUP, KEY, USER};
use crate::entity::{api_key, grant, group, user};
use crate::paging::{Key, SortKey, Window, count, search};
use crate::rows::grant_of;
use crate::search_text::containing;
use crate::subjects;

const SORTS: &[SortKey<grant::Model>] = &[SortKey {
    word: "created_at",
    column: || Expr::col((grant::Entity, grant::Column::CreatedAt)),
    of: |row| Key::Number(row.created_at),
}];

/// Read at one moment, so that every grant has a subject and every subject a name.
pub(super) async fn list(db: &impl ConnectionTrait, query: &GrantQuery) -> Result<Listed<NamedGrant>, StoreError> {
    let window = Window::of(&query.paging, SORTS, "created_at")?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let page = window.apply(filtered(query), || Expr::col((grant::Entity, grant::Column::Id)));
    let mut rows = page.all(db).await.map_err(failed)?;
    let next_cursor = window.cut(&mut rows, |row| row.id);
    let grants = rows.iter().map(grant_of).collect::<Result<Vec<_>, _>>()?;
    let names = subjects::names(db, grants.iter().map(|grant| grant.subject)).await?;
    let items = grants.into_iter().filter_map(|grant| {
        let subject = names.get(&grant.subject)?.clone();
        Some(NamedGrant { grant, subject })
    });
    Ok(Listed { items: items.collect(), next_cursor, total })
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
