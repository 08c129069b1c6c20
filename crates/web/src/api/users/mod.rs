//! People. `{id}` is a UUID or a username.

mod create;
mod delete;
mod list;
mod password;
mod sessions_end;
mod sessions_list;
mod show;
mod update;

use doorward_domain::{User, UserId};
use doorward_service::{Actor, Services, admin::users::UserError};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app_state::AppState;
use crate::extract::KnownCaller;

/// All of `users`.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::users_list))
        .routes(routes!(create::user_create))
        .routes(routes!(show::user_show))
        .routes(routes!(update::user_update))
        .routes(routes!(update::user_put))
        .routes(routes!(delete::user_delete))
        .routes(routes!(password::user_set_password))
        .routes(routes!(sessions_list::user_sessions_list))
        .routes(routes!(sessions_end::user_sessions_end))
}

/// The user of this id or name. An id counts before a name, so that nobody can take another's place by calling themselves so.
pub(super) async fn find(services: &Services, actor: &Actor, id: &str) -> Result<User, UserError> {
    if let Ok(id) = id.parse::<UserId>() {
        match services.users.find(actor, id).await {
            Err(UserError::NotFound) => {}
            found => return found,
        }
    }
    services.users.find_by_name(actor, id).await
}

/// As [`find`], but everybody may name themselves, also as `me`.
pub(super) async fn find_id(services: &Services, caller: &KnownCaller, id: &str) -> Result<UserId, UserError> {
    let own = &caller.authenticated.who;
    let found = find(services, caller.actor(), id);
    let Some(user) = own.user_id() else { return found.await.map(|user| user.id) };
    if id == "me" || id.parse().is_ok_and(|id: UserId| id == user) {
        return Ok(user);
    }
    match found.await {
        Err(UserError::NotAllowed(_)) if id.eq_ignore_ascii_case(own.name.as_str()) => Ok(user),
        found => found.map(|user| user.id),
    }
}
