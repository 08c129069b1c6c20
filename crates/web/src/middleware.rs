//! What happens to every answer on its way out: failures get their words, refusals are named and recorded, causes are logged
//! (here and nowhere else), and the security headers are set.

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use doorward_domain::{AuditAction, AuditOutcome, DecisionId, NewAuditEvent, Via};
use doorward_service::Client;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::json;
use tracing::Instrument as _;

use crate::app_state::AppState;
use crate::asset;
use crate::error::{ApiError, Code};
use crate::identity::Identity;
use crate::pages::{self, SECURITY_HEADERS};
use crate::paths;

const DECISION: HeaderName = HeaderName::from_static("doorward-decision");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What is remembered of a request until its answer is there.
struct Asked {
    /// Under this decision lines of the log, the audit log and the answer tell of it.
    id: DecisionId,
    method: Method,
    path: String,
    client: Option<Client>,
    wants_page: bool,
}

/// Middleware, outermost.
pub(crate) async fn finish(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let asked = Asked {
        id: state.decision_id(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        client: request.extensions().get().cloned(),
        wants_page: wants_page(request.uri().path(), request.headers()),
    };
    let span = tracing::error_span!("request", decision = %asked.id);
    answer(&state, &asked, request, next).instrument(span).await
}

async fn answer(state: &AppState, asked: &Asked, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let error = response.extensions_mut().remove::<ApiError>();
        // A handler that tells of a failure in its own words (a form shown again, a probe) is left alone; what the framework
        // refused is plain text or nothing.
        if error.is_some() || !is_told(response.headers()) {
            let error = error.unwrap_or_else(|| ApiError::new(Code::of_status(status)));
            response = refuse(state, asked, &error, response).await;
        }
    }
    secure(&asked.path, response.headers_mut());
    response
}

fn is_told(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"text/html") || kind == b"application/json"
}

/// Programs read problem documents, people read pages.
pub(crate) fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let navigates = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    let accepts =
        headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    !path.starts_with("/_doorward/api/") && (navigates || accepts)
}

async fn refuse(state: &AppState, asked: &Asked, error: &ApiError, made: Response) -> Response {
    let code = error.code();
    let cause = error.cause();
    if cause.is_some() || code == Code::Internal {
        tracing::error!(code = code.as_str(), method = %asked.method, path = asked.path, cause, "the desk failed a request");
    }
    let mut id = asked.id;
    let identity = made.extensions().get::<Identity>();
    if code.decision() == Some("deny") {
        id = record_denial(state, asked, error, identity).await;
    }
    let mut answer = if asked.wants_page { page(asked, error, id) } else { problem(asked, error, id) };
    *answer.status_mut() = code.status();
    let headers = answer.headers_mut();
    if let Some(allow) = made.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    headers.extend(error.headers().iter().cloned());
    if code.status() == http::StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, challenge(identity));
    }
    if let Some(kind) = code.decision() {
        let text = format!("{kind}; id={id}; reason={}", code.as_str());
        headers.extend(HeaderValue::try_from(text).ok().map(|value| (DECISION, value)));
    }
    answer
}

/// RFC 6750 section 3: a token that was no good is named as the reason.
fn challenge(identity: Option<&Identity>) -> HeaderValue {
    if matches!(identity, Some(Identity::Stale(Via::Bearer))) {
        return HeaderValue::from_static("Bearer realm=\"doorward\", error=\"invalid_token\"");
    }
    HeaderValue::from_static("Bearer realm=\"doorward\"")
}

fn page(asked: &Asked, error: &ApiError, id: DecisionId) -> Response {
    let code = error.code();
    let named = code.decision().map(|_| id);
    let html = pages::trouble_page(code.status(), code.title(), error.detail(), asked.method.is_safe(), named);
    let mut answer = Response::new(Body::from(html));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

/// RFC 9457. The type is `about:blank`, so the title is the status's own (section 4.2.1); what it is exactly, `code` says.
fn problem(asked: &Asked, error: &ApiError, id: DecisionId) -> Response {
    let code = error.code();
    let mut document = json!({
        "type": "about:blank",
        "title": code.status().canonical_reason(),
        "status": code.status().as_u16(),
        "detail": error.detail(),
        "code": code.as_str(),
    });
    if let Some(members) = document.as_object_mut() {
        members.extend(error.members().clone());
        if code.decision().is_some() {
            members.insert("decision_id".to_owned(), json!(id));
        }
        if code.status() == http::StatusCode::UNAUTHORIZED {
            members.insert("login_url".to_owned(), json!(paths::LOGIN));
        }
    }
    let body = if asked.method == Method::HEAD { Body::empty() } else { Body::from(document.to_string()) };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    answer
}

/// A refusal of somebody who is signed in is written down; gives the decision it is found under, which may be the one it repeats. If
/// that fails they are refused all the same.
async fn record_denial(state: &AppState, asked: &Asked, error: &ApiError, identity: Option<&Identity>) -> DecisionId {
    let id = asked.id;
    let Some(admitted) = identity.and_then(Identity::known) else { return id };
    state.services.counters.elsewhere.denied.add_one();
    let mut details = error.members().clone();
    details.insert("method".to_owned(), json!(asked.method.as_str()));
    details.insert("path".to_owned(), json!(asked.path));
    details.insert("reason".to_owned(), json!(error.code().as_str()));
    details.insert("sentence".to_owned(), json!(error.detail()));
    let event = NewAuditEvent {
        id: state.event_id(),
        at: state.now(),
        actor: admitted.who.name_in_records().into_owned(),
        client_ip: asked.client.as_ref().map(|client| client.ip.to_string()).unwrap_or_default(),
        app: None,
        action: AuditAction::REQUEST,
        target: Some(format!("{} {}", asked.method, asked.path)),
        outcome: AuditOutcome::Denied,
        decision_id: Some(id),
        details,
        authority: None,
    };
    // The method is free text: a key made of it would be as many keys as somebody can think of.
    let rule = format!("desk {}", error.code().as_str());
    let Ok(found_under) = state.services.audit.refused(event, &rule).await else {
        tracing::error!("a refusal could not be written to the audit log");
        return id;
    };
    found_under.unwrap_or(id)
}

/// The security headers, where the answer does not say otherwise. Only assets may be kept by caches.
fn secure(path: &str, headers: &mut HeaderMap) {
    let kept = path.starts_with(asset::PREFIX) && headers.contains_key(header::CACHE_CONTROL);
    for (name, value) in SECURITY_HEADERS {
        let said = headers.contains_key(name) || (kept && name == "cache-control");
        if !said {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
}
