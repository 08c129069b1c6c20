//! `GET grants`.

use axum::{Json, extract::State};
use doorward_domain::AppName;
use doorward_service::Right;
use doorward_service::ports::GrantQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Named;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, SeeGrants};
use crate::listing::{Listing, Page, PageParams};
use crate::view::GrantView;

/// Which grants.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those of this user: a UUID or a username.
    user: Option<String>,
    /// Only those of this group: a UUID or a name.
    group: Option<String>,
    /// Only those of this API key: a UUID or a name.
    key: Option<String>,
    /// Only those on this app.
    #[param(value_type = Option<String>)]
    app: Option<AppName>,
}

/// A page of grants.
#[utoipa::path(get, path = "/_doorward/api/v1/grants", tag = "grants", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::SeeGrants.required()))),
    responses((status = 200, description = "A page of grants", body = Page<GrantView>)))]
pub(crate) async fn grants_list(
    caller: Allowed<SeeGrants>,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<GrantView>>, ApiError> {
    let Filter { user, group, key, app } = filter;
    let subject = Named { user, group, key }.find(&state.services, caller.actor()).await?;
    let listed =
        state.services.grants.list(caller.actor(), &GrantQuery { subject, app, holding_at: None, paging }).await?;
    Ok(Json(listed.map(GrantView::from).into()))
}
