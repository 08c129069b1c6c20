//! What happened. Rows are only ever added.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    /// Which chain it is in: the name of that chain's head.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: String,
    /// Its number there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The text that was hashed; everything below but the hash can be made from it.
    pub entry: String,
    pub hash: Vec<u8>,
    pub event_id: Uuid,
    /// An event, or the conclusion of one.
    pub is_conclusion: bool,
    pub at: i64,
    pub outcome: String,
    /// The [fingerprint](crate::search_text::fingerprint) of who did it, which may be what somebody typed; that of nobody for a conclusion.
    pub actor_hash: Vec<u8>,
    /// Empty for a conclusion, as are the two below.
    pub action: String,
    pub app: Option<String>,
    pub decision_id: Option<Uuid>,
    /// What a search looks through: actor, target and details, in lower case.
    pub words: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
