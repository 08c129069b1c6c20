//! `GET api-keys`.

use axum::{Json, extract::State};
use doorward_service::Right;
use doorward_service::ports::KeyQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::users;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::listing::{Listing, Page, PageParams};
use crate::view::KeyView;

/// Which keys.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those of this user: a UUID, a username or `me`. Without `admin`, one's own is all there is to see.
    owner: Option<String>,
}

/// A page of API keys.
#[utoipa::path(get, path = "/_doorward/api/v1/api-keys", tag = "api-keys", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::SeeKeys.required()))),
    responses((status = 200, description = "A page of keys", body = Page<KeyView>)))]
pub(crate) async fn keys_list(
    caller: KnownCaller,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<KeyView>>, ApiError> {
    let owner = match filter.owner {
        Some(named) => Some(users::find_id(&state.services, &caller, &named).await?),
        None => None,
    };
    let listed = state.services.keys.list(caller.actor(), &KeyQuery { owner, paging }).await?;
    Ok(Json(listed.map(KeyView::from).into()))
}
