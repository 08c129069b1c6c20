//! `GET users`.

use axum::{Json, extract::State};
use doorward_domain::Role;
use doorward_service::Right;
use doorward_service::ports::UserQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, SeeUsers};
use crate::listing::{Listing, Page, PageParams};
use crate::view::UserView;

/// Which users.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those with this role on everything.
    #[param(value_type = Option<String>)]
    role: Option<Role>,
    /// Only those enabled (`false`) or disabled (`true`). Also `isDisabled`.
    #[serde(alias = "isDisabled")]
    is_disabled: Option<bool>,
}

/// A page of users; sorts by `username`, `created_at`, `last_sign_in_at`.
#[utoipa::path(get, path = "/_doorward/api/v1/users", tag = "users", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::SeeUsers.required()))),
    responses((status = 200, description = "A page of users", body = Page<UserView>)))]
pub(crate) async fn users_list(
    caller: Allowed<SeeUsers>,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<UserView>>, ApiError> {
    let query = UserQuery { role: filter.role, is_disabled: filter.is_disabled, paging };
    let listed = state.services.users.list(caller.actor(), &query).await?;
    Ok(Json(listed.map(|user| UserView::from(&user)).into()))
}
