//! `GET users/{id}/sessions`: one's own, or with `admin` anybody's.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;
use doorward_service::ports::SessionQuery;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::listing::{Listing, NoFilter, Page, PageParams};
use crate::view::SessionView;

/// A page of a user's sessions.
#[utoipa::path(get, path = "/_doorward/api/v1/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "UUID, username or `me`"), PageParams),
    extensions(("x-required-action" = json!(Right::SeeSessions.required()))),
    responses((status = 200, description = "A page of sessions", body = Page<SessionView>)))]
pub(crate) async fn user_sessions_list(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Listing { paging, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<SessionView>>, ApiError> {
    let user = super::find_id(&state.services, &caller, &id).await?;
    let query = SessionQuery { user: Some(user), paging, ..SessionQuery::default() };
    let listed = state.services.sessions.list(caller.actor(), &query).await?;
    let seen_from = caller.authenticated.who.session_id();
    Ok(Json(listed.map(|(session, user)| SessionView::new(&session, user.username.as_str(), seen_from)).into()))
}
