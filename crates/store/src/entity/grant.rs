//! Who was given, or denied, what on what. One row for each subject and scope, and one more for each request for access that was approved.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `user`, `group` or `key`.
    pub subject_kind: String,
    pub subject_id: Uuid,
    /// `allow` or `deny`.
    pub effect: String,
    /// What is allowed; of a denial, none.
    pub role: Option<String>,
    /// Empty for everything; not null, so that the engine keeps it unique.
    pub app: String,
    /// Empty for all of the app, likewise.
    pub pattern: String,
    /// The request for access whose approval made it; nil for what was given of one's own accord, likewise.
    pub request_id: Uuid,
    pub until: Option<i64>,
    pub reason: String,
    /// What a search looks through: app, pattern and reason, in lower case.
    pub words: String,
    pub created_at: i64,
    pub created_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
