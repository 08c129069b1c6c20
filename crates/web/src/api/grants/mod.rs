//! Who holds which role on what.

pub(super) mod list;
pub(super) mod put;
pub(super) mod remove;
pub(super) mod show;

use doorward_domain::{Grant, Subject};
use doorward_service::{Actor, Services, users::UserError};

use crate::error::ApiError;
use crate::view::GrantView;

/// A grant with its user's name; `None` when the user was deleted meanwhile, and the grant with them.
async fn view(services: &Services, actor: &Actor, grant: &Grant) -> Result<Option<GrantView>, ApiError> {
    let Subject::User(user) = grant.subject;
    match services.users.find(actor, user).await {
        Ok(user) => Ok(Some(GrantView::new(grant, user.username.to_string()))),
        Err(UserError::NotFound) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
