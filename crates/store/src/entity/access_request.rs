//! Requests for access, and what came of them. Gone with who asks.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub app: String,
    /// Empty for all of the app; not null, so that the engine keeps open ones unique.
    pub pattern: String,
    pub role: String,
    /// True, and null once it is answered: of these there may be any number for the same.
    pub is_open: Option<bool>,
    pub refused: String,
    pub decision_id: Uuid,
    pub reason: String,
    /// What a search looks through: app, pattern, what was refused and reason, in lower case.
    pub words: String,
    pub created_at: i64,
    /// `approved`, `declined` or `lapsed`; empty as long as it is open.
    pub outcome: String,
    /// 0 until it is answered.
    pub answered_at: i64,
    pub answered_by: String,
    /// Why it was declined.
    pub answer: String,
    /// What an approval gave.
    pub grant_id: Option<Uuid>,
    pub given_role: Option<String>,
    pub given_pattern: Option<String>,
    pub given_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
