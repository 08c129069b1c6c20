//! Somebody must be able to administer: the guard against losing the last one.
//!
//! An administrator, here, is an enabled user whose own grant of the role admin on everything is for good: what lapses, or comes with a group
//! (which may one day be somebody else's to fill), keeps nobody an administrator. Whoever is denied everything, for good or for a while,
//! themselves or in a group at any depth, is none either, as long as that holds.

use doorward_domain::{Role, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType, WithClause, WithQuery,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, SelectExt,
};

use crate::connection::failed;
use crate::entity::words::{ALL_OF_IT, ALLOW, DENY, EVERYTHING, GROUP, USER};
use crate::entity::{grant, group_member, user};
use crate::sequences;
use crate::transaction::Transaction;

/// Whether any enabled user has the role admin on everything, for good; denied or not: who is denied for a while is still there, and setting
/// up does not begin anew for it.
pub(crate) async fn exist(db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    holders().exists(db).await.map_err(failed)
}

/// Enabled users whose own grant, for good, is admin on everything.
fn holders() -> Select<user::Entity> {
    let grants = grant::Entity::find()
        .select_only()
        .column(grant::Column::SubjectId)
        .filter(on_everything())
        .filter(grant::Column::SubjectKind.eq(USER))
        .filter(grant::Column::Effect.eq(ALLOW))
        .filter(grant::Column::Role.eq(Role::Admin.as_str()))
        .filter(grant::Column::Until.is_null());
    user::Entity::find()
        .filter(user::Column::IsDisabled.eq(false))
        .filter(user::Column::Id.in_subquery(grants.into_query()))
}

fn on_everything() -> Condition {
    Condition::all()
        .add(Expr::col((grant::Entity, grant::Column::App)).eq(EVERYTHING))
        .add(Expr::col((grant::Entity, grant::Column::Pattern)).eq(ALL_OF_IT))
}

/// Whether anybody administers at `now`. Read from the administrators up to the groups above them, of which there are few, rather than down
/// from the groups that are denied something, which may hold everybody.
async fn administer(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool, StoreError> {
    Ok(db.query_one(&administrator(now)).await.map_err(failed)?.is_some())
}

/// One of them, if there is any.
fn administrator(now: Timestamp) -> WithQuery {
    let themselves = denials(USER, now).column(grant::Column::SubjectId).into_query();
    let denied_group = Expr::col((grant::Entity, grant::Column::SubjectId)).equals(("above", "group_id"));
    let in_a_group = Query::select()
        .column(("above", "admin"))
        .from("above")
        .and_where(Expr::exists(denials(GROUP, now).filter(denied_group).expr(Expr::val(1)).into_query()))
        .take();
    let undenied = holders()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.not_in_subquery(themselves))
        .filter(user::Column::Id.not_in_subquery(in_a_group))
        .limit(1)
        .into_query();
    WithClause::new().recursive(true).cte(above()).to_owned().query(undenied)
}

/// Denials of everything to those of this kind.
fn denials(kind: &str, now: Timestamp) -> Select<grant::Entity> {
    let lasts = Condition::any().add(grant::Column::Until.is_null()).add(grant::Column::Until.gt(now.as_millis()));
    grant::Entity::find()
        .select_only()
        .filter(on_everything())
        .filter(grant::Column::SubjectKind.eq(kind))
        .filter(grant::Column::Effect.eq(DENY))
        .filter(lasts)
}

/// Each holder with every group they are in, at any depth.
fn above() -> CommonTableExpression {
    let holding = holders().select_only().column(user::Column::Id).into_query();
    let own: SelectStatement = memberships(USER)
        .column_as(group_member::Column::MemberId, "admin")
        .column(group_member::Column::GroupId)
        .filter(group_member::Column::MemberId.in_subquery(holding))
        .into_query();
    let further = Query::select()
        .column(("above", "admin"))
        .column((group_member::Entity, group_member::Column::GroupId))
        .from("above")
        .join(
            JoinType::InnerJoin,
            group_member::Entity,
            Condition::all()
                .add(group_member::Column::MemberKind.eq(GROUP))
                .add(Expr::col((group_member::Entity, group_member::Column::MemberId)).equals(("above", "group_id"))),
        )
        .take();
    CommonTableExpression::new()
        .table_name("above")
        .columns(["admin", "group_id"])
        .query(own.clone().union(UnionType::Distinct, further).take())
        .to_owned()
}

fn memberships(kind: &str) -> Select<group_member::Entity> {
    group_member::Entity::find().select_only().filter(group_member::Column::MemberKind.eq(kind))
}

/// Who administered before a change; compared with who does after it, in the same transaction.
#[must_use = "a guard that is not asked afterwards keeps nobody"]
pub(crate) struct Guard {
    existed: bool,
    now: Timestamp,
}

impl Guard {
    /// Before the change, and before any other row of it is touched: changes that could each take one of the last two wait for one another.
    pub(crate) async fn before(transaction: &Transaction, now: Timestamp) -> Result<Self, StoreError> {
        sequences::count(transaction, sequences::ADMINS).await?;
        Ok(Self { existed: administer(transaction, now).await?, now })
    }

    /// After it. Only losing the last one is refused: where there was none, nothing is lost.
    pub(crate) async fn after(self, transaction: &Transaction) -> Result<(), StoreError> {
        if self.existed && !administer(transaction, self.now).await? { Err(StoreError::LastAdmin) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;

    #[tokio::test]
    async fn the_administrators_are_found_without_reading_everybody() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let query = administrator(Timestamp::from_millis(0));
        plans::scans_only(&store.connections.reader, &query, &["above"]).await;
    }
}
