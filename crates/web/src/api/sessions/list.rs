//! `GET sessions`: with `admin` everybody's, else one's own with `?user=me`.

use axum::{Json, extract::State};
use doorward_service::Right;
use doorward_service::ports::SessionQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::users;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::listing::{Listing, Page, PageParams};
use crate::view::SessionView;

/// Which sessions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those of this user: a UUID, a username, or `me`.
    user: Option<String>,
}

/// A page of sessions; sorts by `created_at`, `last_seen_at`.
#[utoipa::path(get, path = "/_doorward/api/v1/sessions", tag = "sessions", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::SeeAllSessions.required()))),
    responses((status = 200, description = "A page of sessions", body = Page<SessionView>)))]
pub(crate) async fn sessions_list(
    caller: KnownCaller,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<SessionView>>, ApiError> {
    let user = match filter.user {
        Some(named) => Some(users::find_id(&state.services, &caller, &named).await?),
        None => None,
    };
    let query = SessionQuery { user, paging, ..SessionQuery::default() };
    let listed = state.services.sessions.list(caller.actor(), &query).await?;
    let seen_from = caller.authenticated.who.session_id();
    Ok(Json(listed.map(|(session, user)| SessionView::new(&session, user.username.as_str(), seen_from)).into()))
}
