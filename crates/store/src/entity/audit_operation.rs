//! Which operations an audit entry names in its details.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_operations")]
pub struct Model {
    /// The [fingerprint](crate::search_text::fingerprint) of its name: a client decides how long that is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation_hash: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
