//! `groups/{id}/members`: who is directly in a group.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::{GroupId, Member, UserId};
use doorward_service::Right;
use doorward_service::admin::groups::GroupError;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::users;
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::{Allowed, ChangeGroups, SeeGroups};
use crate::listing::{Listing, NoFilter, Page, PageParams};
use crate::view::MemberView;

/// A page of direct members.
#[utoipa::path(get, path = "/_doorward/api/v1/groups/{id}/members", tag = "groups",
    params(("id" = String, Path, description = "UUID or name"), PageParams), extensions(("x-required-action" = json!(Right::SeeGroups.required()))),
    responses((status = 200, description = "A page of members", body = Page<MemberView>)))]
pub(crate) async fn members_list(
    caller: Allowed<SeeGroups>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Listing { paging, filter: NoFilter {} }: Listing<NoFilter>,
) -> Result<Json<Page<MemberView>>, ApiError> {
    let group = super::find(&state.services, caller.actor(), &id).await?;
    let listed = state.services.groups.members(caller.actor(), group.id, &paging).await?;
    Ok(Json(listed.map(MemberView::from).into()))
}

/// Who is to be in it: one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub(crate) struct Input {
    /// A UUID or a username.
    user: Option<String>,
    /// A UUID or a name.
    group: Option<String>,
}

/// Puts a user or a group into a group.
#[utoipa::path(post, path = "/_doorward/api/v1/groups/{id}/members", tag = "groups", request_body = Input,
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeGroups.required()))),
    responses((status = 201, description = "In it now"), (status = 204, description = "Was in it already"), (status = 409, description = "`cycle` or `managed_elsewhere`")))]
pub(crate) async fn member_add(
    caller: Allowed<ChangeGroups>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<Input>,
) -> Result<StatusCode, ApiError> {
    let (services, actor) = (&state.services, caller.actor());
    let group = super::find(services, actor, &id).await?;
    let missing = |error: ApiError, field: &str| {
        if error.code() != Code::NotFound {
            return error;
        }
        ApiError::with_detail(Code::InvalidInput, format!("there is no such {field}")).with("field", field)
    };
    let member = match (input.user, input.group) {
        (Some(user), None) => {
            Member::User(users::find(services, actor, &user).await.map_err(|why| missing(why.into(), "user"))?.id)
        }
        (None, Some(inner)) => {
            Member::Group(super::find(services, actor, &inner).await.map_err(|why| missing(why.into(), "group"))?.id)
        }
        _ => {
            return Err(
                ApiError::with_detail(Code::InvalidInput, "name one of `user` and `group`").with("field", "user")
            );
        }
    };
    let added = services.groups.join(actor, group.id, member).await?;
    Ok(if added { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Takes a user or a group out of a group.
#[utoipa::path(delete, path = "/_doorward/api/v1/groups/{id}/members/{member_id}", tag = "groups",
    params(("id" = String, Path, description = "UUID or name"), ("member_id" = String, Path, description = "The user's or the group's UUID")),
    extensions(("x-required-action" = json!(Right::ChangeGroups.required()))),
    responses((status = 204, description = "Out of it"), (status = 409, description = "`last_admin` or `managed_elsewhere`")))]
pub(crate) async fn member_remove(
    caller: Allowed<ChangeGroups>,
    State(state): State<AppState>,
    Path((id, member)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (services, actor) = (&state.services, caller.actor());
    let group = super::find(services, actor, &id).await?;
    let not_found = |_| ApiError::new(Code::NotFound);
    let user: UserId = member.parse().map_err(not_found)?;
    let inner: GroupId = member.parse().map_err(not_found)?;
    for member in [Member::User(user), Member::Group(inner)] {
        match services.groups.leave(actor, group.id, member).await {
            Err(GroupError::UnknownMember(_) | GroupError::NotAMember(..)) => {}
            left => return Ok(left.map(|()| StatusCode::NO_CONTENT)?),
        }
    }
    Err(ApiError::new(Code::NotFound))
}
