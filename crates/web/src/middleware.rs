//! What happens to every answer on its way out: failures get their words, refusals are named and recorded, causes are logged
//! (here and nowhere else), and the security headers are set.

#[cfg(test)]
mod tests;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use doorward_domain::{AuditAction, AuditOutcome, DecisionId, NewAuditEvent, Via};
use doorward_http::desk_paths::{ASSETS, LOGIN};
use doorward_http::{Problem, Verdict, awaits_page, challenge};
use doorward_service::Client;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use tracing::Instrument as _;

use crate::app_state::{AppState, BARE_COMMAND};
use crate::error::{ApiError, Code};
use crate::identity::Identity;
use crate::pages::{self, SECURITY_HEADERS};

/// What is remembered of a request until its answer is there.
struct Asked {
    /// Under this decision lines of the log, the audit log and the answer tell of it.
    id: DecisionId,
    method: Method,
    path: String,
    client: Option<Client>,
    awaits_page: bool,
}

/// Middleware, outermost.
pub(crate) async fn finish(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let asked = Asked {
        id: state.decision_id(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        client: request.extensions().get().cloned(),
        awaits_page: awaits_page(request.method(), request.uri().path(), request.headers()),
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
            let error = error.unwrap_or_else(|| ApiError::of_status(status));
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

async fn refuse(state: &AppState, asked: &Asked, error: &ApiError, made: Response) -> Response {
    let code = error.code();
    tell(state, asked, error);
    let mut id = asked.id;
    let identity = made.extensions().get::<Identity>();
    if code.verdict() == Some(Verdict::Deny) {
        id = record_denial(state, asked, error, identity).await;
    }
    let command =
        identity.and_then(Identity::known).map_or(BARE_COMMAND, |authenticated| state.command_for(&authenticated.who));
    let mut answer = said(state, asked, error.problem(), (id, command)).map(Body::from);
    if asked.method == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
    let headers = answer.headers_mut();
    if let Some(allow) = made.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    if code.status() == StatusCode::UNAUTHORIZED && matches!(identity, Some(Identity::Stale(Via::Bearer))) {
        headers.insert(header::WWW_AUTHENTICATE, challenge(true));
    }
    answer
}

/// Why it failed, for the log. What the database does to one request it does to all, so that is told once, and then now and then with their number.
fn tell(state: &AppState, asked: &Asked, error: &ApiError) {
    let (code, cause) = (error.code(), error.cause());
    let requests = match (code, &cause) {
        (Code::StoreUnavailable, Some(why)) => state.services.readiness.failures_to_tell(why),
        (Code::Internal, _) | (_, Some(_)) => Some(1),
        _ => None,
    };
    if let Some(requests) = requests {
        let (code, method) = (code.as_str(), &asked.method);
        tracing::error!(code, %method, path = asked.path, cause, requests, "the desk failed a request");
    }
}

/// Programs read problem documents, people read pages.
fn said(state: &AppState, asked: &Asked, problem: &Problem, (id, command): (DecisionId, &str)) -> Response<String> {
    let code = problem.code();
    if asked.awaits_page {
        // Where to look it up is said of what is recorded.
        let named = (code.verdict() == Some(Verdict::Deny)).then_some((id, command));
        let html = pages::trouble_page(problem, asked.method.is_safe(), named, &state.config.contact);
        return problem.as_page(html, id);
    }
    if code.status() == StatusCode::UNAUTHORIZED {
        return problem.clone().with("login_url", LOGIN).as_document(id);
    }
    problem.as_document(id)
}

/// A refusal of somebody who is signed in is written down; gives the decision it is found under, which may be the one it repeats. If
/// that fails they are refused all the same.
async fn record_denial(state: &AppState, asked: &Asked, error: &ApiError, identity: Option<&Identity>) -> DecisionId {
    let id = asked.id;
    let Some(authenticated) = identity.and_then(Identity::known) else { return id };
    state.services.counters.elsewhere.denied.add_one();
    let mut details = error.problem().members().clone();
    details.insert("method".to_owned(), json!(asked.method.as_str()));
    details.insert("path".to_owned(), json!(asked.path));
    details.insert("reason".to_owned(), json!(error.code().as_str()));
    details.insert("sentence".to_owned(), json!(error.detail()));
    let event = NewAuditEvent {
        id: state.event_id(),
        at: state.now(),
        actor: authenticated.who.name_in_records().into_owned(),
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
    let kept = path.starts_with(ASSETS) && headers.contains_key(header::CACHE_CONTROL);
    for (name, value) in SECURITY_HEADERS {
        let said = headers.contains_key(name) || (kept && name == "cache-control");
        if !said {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
}
