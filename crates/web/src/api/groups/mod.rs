//! Groups. `{id}` is a UUID or a name.

mod change;
mod create;
mod delete;
mod list;
mod members;
mod show;

use doorward_domain::{Group, GroupId};
use doorward_service::{Actor, Services, admin::groups::GroupError};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app_state::AppState;

/// All of `groups`.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::groups_list))
        .routes(routes!(create::group_create))
        .routes(routes!(show::group_show))
        .routes(routes!(change::group_update))
        .routes(routes!(delete::group_delete))
        .routes(routes!(members::members_list))
        .routes(routes!(members::member_add))
        .routes(routes!(members::member_remove))
}

/// The group of this id or name. An id counts before a name.
pub(super) async fn find(services: &Services, actor: &Actor, id: &str) -> Result<Group, GroupError> {
    if let Ok(id) = id.parse::<GroupId>() {
        match services.groups.find(actor, id).await {
            Err(GroupError::NotFound) => {}
            found => return found,
        }
    }
    services.groups.find_by_name(actor, id).await
}
