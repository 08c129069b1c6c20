//! `GET access-requests`.

use axum::{Json, extract::State};
use doorward_domain::AppName;
use doorward_service::Right;
use doorward_service::ports::AccessQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::users;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::listing::{Listing, Page, PageParams};
use crate::view::AccessView;

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those of this user: a UUID, a username or `me`.
    user: Option<String>,
    /// Only those for this app.
    #[param(value_type = Option<String>)]
    app: Option<AppName>,
    /// Only `open` ones, or only those that are `closed`.
    #[param(value_type = Option<String>)]
    state: Option<Standing>,
}

/// Whether a request can still be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Open,
    Closed,
}

/// A page of requests, newest first: of one's own, and of those for apps that one manages.
#[utoipa::path(get, path = "/_doorward/api/v1/access-requests", tag = "access-requests", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::AskForAccess.required()))),
    responses((status = 200, description = "A page of requests", body = Page<AccessView>)))]
pub(crate) async fn access_list(
    caller: KnownCaller,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<AccessView>>, ApiError> {
    let user = match filter.user {
        Some(named) => Some(users::find_id(&state.services, &caller, &named).await?),
        None => None,
    };
    let is_open = filter.state.map(|state| state == Standing::Open);
    let query = AccessQuery { user, app: filter.app, is_open, paging, ..AccessQuery::default() };
    let listed = state.services.access.list(caller.actor(), query).await?;
    let now = state.now();
    Ok(Json(listed.map(|named| AccessView::new(named, now)).into()))
}
