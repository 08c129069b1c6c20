//! People.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Lower case.
    #[sea_orm(unique)]
    pub username: String,
    /// As given.
    pub email: Option<String>,
    /// In lower case: no two users share an address.
    #[sea_orm(unique)]
    pub email_key: Option<String>,
    pub full_name: String,
    /// What a search looks through: the names, in lower case.
    pub words: String,
    /// PHC form.
    pub password_hash: Option<String>,
    pub is_disabled: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_sign_in_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = "super::grant::Entity")]
    Grant,
    /// The one grant that makes the user's role on everything.
    #[sea_orm(has_one = "super::grant::Entity", on_condition = r#"super::grant::Column::App.eq("")"#)]
    RoleOnEverything,
}

impl Related<super::grant::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Grant.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
