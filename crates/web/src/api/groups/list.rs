//! `GET groups`.

use axum::{Json, extract::State};
use doorward_domain::Member;
use doorward_service::Right;
use doorward_service::ports::GroupQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::users;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, SeeGroups};
use crate::listing::{Listing, Page, PageParams};
use crate::view::GroupView;

/// Which groups.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those that this user is directly in: a UUID or a username.
    user: Option<String>,
}

/// A page of groups.
#[utoipa::path(get, path = "/_doorward/api/v1/groups", tag = "groups", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::SeeGroups.required()))),
    responses((status = 200, description = "A page of groups", body = Page<GroupView>)))]
pub(crate) async fn groups_list(
    caller: Allowed<SeeGroups>,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<GroupView>>, ApiError> {
    let holding = match filter.user {
        Some(named) => Some(Member::User(users::find(&state.services, caller.actor(), &named).await?.id)),
        None => None,
    };
    let listed = state.services.groups.list(caller.actor(), &GroupQuery { holding, paging }).await?;
    Ok(Json(listed.map(GroupView::from).into()))
}
