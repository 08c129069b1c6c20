//! Whether what somebody proved who they are with still holds.

use doorward_service::ports::Proof;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::entity::user;

/// That this is a user who proved who they are with that.
pub(crate) fn holds(proof: Proof<'_>) -> Expr {
    match proof {
        Proof::PasswordHash(hash) => user::Column::PasswordHash.eq(hash),
    }
}

/// The ids of those of whom [`holds`] is true.
pub(crate) fn proved(proof: Proof<'_>) -> SelectStatement {
    user::Entity::find().select_only().column(user::Column::Id).filter(holds(proof)).into_query()
}
