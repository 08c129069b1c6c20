//! The API's description of itself (`OpenAPI` 3.1).

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorward",
        description = "Sign in, administer people and what they may do, read what happened. Errors are problem documents \
                       (RFC 9457) with a stable `code`. Writes with the cookie need `X-CSRF-Token` (from `auth/me`)."
    ),
    components(schemas(Problem)),
    modifiers(&Schemes),
    security(("cookie" = []), ("bearer" = []))
)]
struct Frame;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            "__Host-doorward",
            "The session cookie; over http it is `doorward-` and the port.",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// Why a request was not carried out (RFC 9457). More members depend on the code: `field` (the member of the body that cannot be
/// used, as it was written), `required_action`, `required_role`, `login_url`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `about:blank`: what it is exactly, `code` says.
    r#type: String,
    /// The status in words.
    title: String,
    status: u16,
    detail: String,
    /// A stable word.
    code: String,
    /// Names the decision, as `Doorward-Decision` does: for all but `not_found`, 409 and 422. A 403 is in the audit log under it.
    decision_id: Option<String>,
}

/// The description before its paths.
pub(crate) fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// This description.
#[utoipa::path(get, path = "/_doorward/api/v1/openapi.json", tag = "description", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Value)))]
pub(crate) async fn openapi_json() -> Json<Value> {
    Json(crate::openapi())
}
