//! API keys. Gone with their owner.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Lower case.
    pub name: String,
    pub owner_id: Option<Uuid>,
    /// Ranges, with commas between; empty for everywhere.
    pub allowed_addresses: String,
    /// [`super::words::NEVER_ENDS`] if it does not.
    pub expires_at: i64,
    /// 0 until it is used.
    pub last_used_at: i64,
    /// Empty until it is used.
    pub last_used_from: String,
    pub created_at: i64,
    pub created_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
