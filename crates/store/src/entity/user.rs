//! People.

use sea_orm::RelationBuilder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoCondition};

use super::grant;
use super::words::{ALL_OF_IT, EVERYTHING, USER};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Lower case.
    pub username: String,
    /// As given.
    pub email: Option<String>,
    /// In lower case: no two users share an address.
    pub email_key: Option<String>,
    pub full_name: String,
    /// What a search looks through: the names, in lower case.
    pub words: String,
    /// PHC form.
    pub password_hash: Option<String>,
    pub is_disabled: bool,
    pub created_at: i64,
    pub updated_at: i64,
    /// 0 until the first one.
    pub last_sign_in_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// Everything granted to the user themselves.
impl Related<grant::Entity> for Entity {
    fn to() -> RelationDef {
        grants().on_condition(|_, grant| own(&grant).into_condition()).into()
    }
}

/// The one grant that makes the user's role on everything, or denies it.
pub(crate) fn grant_on_everything() -> RelationDef {
    let on_everything = |_, grant: DynIden| {
        own(&grant)
            .and(Expr::col((grant.clone(), grant::Column::App)).eq(EVERYTHING))
            .and(Expr::col((grant, grant::Column::Pattern)).eq(ALL_OF_IT))
            .into_condition()
    };
    grants().on_condition(on_everything).into()
}

fn grants() -> RelationBuilder<Entity, grant::Entity> {
    Entity::belongs_to(grant::Entity).from(Column::Id).to(grant::Column::SubjectId)
}

fn own(grant: &DynIden) -> Expr {
    Expr::col((grant.clone(), grant::Column::SubjectKind)).eq(USER)
}

impl ActiveModelBehavior for ActiveModel {}
