//! `POST decisions/explain`: the decision, without touching the tool.

use axum::{Json, extract::State};
use bytes::Bytes;
use doorward_domain::{AppName, Principal};
use doorward_service::{
    Explanation, Right,
    explain::{Hypothetical, Whom},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::{JsonBody, Member};
use crate::error::{ApiError, Code};
use crate::extract::KnownCaller;

/// The request to explain.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Hypothetical)]
pub(crate) struct Input {
    /// As this user; absent is the caller, null is nobody.
    #[serde(default, rename = "as")]
    #[schema(value_type = Option<String>)]
    as_user: Member<String>,
    /// As this API key, by name.
    as_key: Option<String>,
    /// For this app; absent is the one that is found by host and path, or the only one.
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    method: String,
    /// Path and query, or the whole URL. With a path, the header `Host` says the host.
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Text is sent as it is; an object or a list as JSON.
    #[serde(default)]
    body: Option<Value>,
}

impl Input {
    fn into_hypothetical(self, caller: &Principal) -> Result<Hypothetical, ApiError> {
        let invalid = |field, what| ApiError::with_detail(Code::InvalidInput, what).with("field", field);
        let method = self.method.parse::<Method>().map_err(|_| invalid("method", "That is no HTTP method."))?;
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            let name = name.parse::<HeaderName>().map_err(|_| invalid("headers", "That is no header name."))?;
            let value = value.parse::<HeaderValue>().map_err(|_| invalid("headers", "That is no header value."))?;
            headers.append(name, value);
        }
        let body = match self.body {
            None | Some(Value::Null) => Bytes::new(),
            Some(Value::String(text)) => text.into(),
            Some(document) => document.to_string().into(),
        };
        if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let whom = match (self.as_user, self.as_key) {
            (Member::Absent, Some(key)) => Whom::Key(key),
            (_, Some(_)) => return Err(invalid("as_key", "Name a user in `as` or a key in `as_key`, not both.")),
            (Member::Absent, None) if caller.user_id().is_none() => Whom::Key(caller.name.to_string()),
            (Member::Absent, None) => Whom::User(caller.name.to_string()),
            (Member::Null, None) => Whom::Nobody,
            (Member::Given(user), None) => Whom::User(user),
        };
        let (among, doors, command) = (Vec::new(), Vec::new(), "doorward".to_owned());
        Ok(Hypothetical { whom, app: self.app, among, method, path: self.path, headers, body, command, doors })
    }
}

/// The decision that would be made, with its reasons: about oneself, or with `admin` about anybody.
#[utoipa::path(post, path = "/_doorward/api/v1/decisions/explain", tag = "decisions", request_body = Input,
    extensions(("x-required-action" = json!(Right::Explain.required()))),
    responses((status = 200, description = "The decision", body = Value)))]
pub(crate) async fn decision_explain(
    caller: KnownCaller,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<Json<Explanation>, ApiError> {
    let request = input.into_hypothetical(&caller.authenticated.who)?;
    Ok(Json(state.services.explain.explain(caller.actor(), &request).await?))
}
