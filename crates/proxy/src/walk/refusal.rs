//! How the door says no: to a person a page, to a program problem details (RFC 9457), always with `Doorward-Decision`.

use std::fmt::Write as _;

use doorward_domain::{DecisionId, Refusal};
use doorward_service::audit_log::AuditUnavailable;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERER, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::forward::inside;
use super::{Known, Stop, signed_out};
use crate::body::AnswerBody;
use crate::desk::{Denial, Desk, Page};
use crate::upstream::{BodyFault, Trouble};

const DECISION: HeaderName = HeaderName::from_static("doorward-decision");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What a tool's own pages show when the session they were opened with has ended.
const SIGNED_OUT: &str = "You are signed out. Reload this page to sign in again.";
pub(super) const CROSS_SITE: &str = "A request that changes something must come from this site's own pages.";
pub(super) const SERVICE_WORKER: &str = "A service worker would see what people do on every page of this address, so only scripts that the app's profile names may become one.";
/// What stays as it is in `next=`.
const NEXT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A refusal in the making: what both shapes of it say.
struct Said {
    status: StatusCode,
    verdict: &'static str,
    code: &'static str,
    title: &'static str,
    detail: String,
    also: Map<String, Value>,
}

impl Said {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, verdict: "refuse", code, title, detail: detail.into(), also: Map::new() }
    }

    fn verdict(mut self, verdict: &'static str) -> Self {
        self.verdict = verdict;
        self
    }
}

/// Whether a person waits for a page: a navigation, or a GET or a form that would rather have HTML from a browser that does not say.
pub(crate) fn navigates(parts: &Parts) -> bool {
    if let Some(mode) = parts.headers.get(SEC_FETCH_MODE) {
        return mode == "navigate";
    }
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text(ACCEPT).contains("text/html") && (parts.method == Method::GET || is_form(&parts.method, text(CONTENT_TYPE)))
}

/// What a form of a page sends: over plain http browsers say no more about it than this.
fn is_form(method: &Method, content_type: &str) -> bool {
    const FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    *method == Method::POST && FORMS.iter().any(|form| essence.eq_ignore_ascii_case(form))
}

/// The answer that tells why a walk ended at the door.
pub(crate) fn render(
    desk: &dyn Desk,
    parts: &Parts,
    known: &Known,
    id: DecisionId,
    stop: Stop,
) -> Response<AnswerBody> {
    let person = navigates(parts);
    let wait = if let Stop::TooMany(wait) = &stop { Some(*wait) } else { None };
    let mut response = match stop {
        Stop::DeniedInside(_, body) => return with_decision(inside(body), "deny", id, Refusal::CODE),
        Stop::Elsewhere(address) => return redirect(&address),
        Stop::SignIn if person && !parts.method.is_safe() => {
            let login = login_address(parts, known);
            let said = words(Stop::SignIn, parts, known);
            page(desk.unsent(&login, page_before(parts, known)), &said, id)
        }
        Stop::SignIn if person => {
            return with_decision(redirect(&login_address(parts, known)), "sign-in", id, "sign_in_required");
        }
        Stop::SignIn if known.awaits_script => {
            return with_decision(signed_out::script(), "sign-in", id, "sign_in_required");
        }
        Stop::SignIn if signed_out::wants_manifest(parts) => {
            return with_decision(signed_out::manifest(), "sign-in", id, "sign_in_required");
        }
        Stop::SetupRequired if person => {
            return with_decision(redirect("/_doorward/setup"), "refuse", id, "setup_required");
        }
        Stop::Denied(refusal) if person => denied_page(desk, known, &refusal),
        Stop::NotUp { is_starting: true, sentence } if person => {
            let title = known.app.as_ref().map_or("The app", |app| app.title.as_str());
            let said = words(Stop::NotUp { is_starting: true, sentence: sentence.clone() }, parts, known);
            page(desk.starting(title, &sentence), &said, id)
        }
        stop => {
            let said = words(stop, parts, known);
            let may_try_again = parts.method.is_safe();
            if person {
                page(desk.trouble(said.status, said.title, &said.detail, may_try_again), &said, id)
            } else {
                problem(&said, id)
            }
        }
    };
    let status = response.status();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"doorward\""));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    if let Some(wait) = wait {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What a stop is in words and numbers.
fn words(stop: Stop, parts: &Parts, known: &Known) -> Said {
    let title = known.app.as_ref().map_or("The app", |app| app.title.as_str());
    match stop {
        Stop::Misread(misread) => {
            Said::new(StatusCode::BAD_REQUEST, misread.code, "This request cannot be understood", misread.detail)
        }
        Stop::Method => Said::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This method is not allowed",
            format!("{} is not passed on.", parts.method),
        ),
        Stop::NoApp => {
            Said::new(StatusCode::NOT_FOUND, "no_app", "There is nothing here", "No app is at this address.")
        }
        Stop::SetupRequired => Said::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "setup_required",
            "Doorward is not set up yet",
            "The first administrator is made with the setup link that Doorward printed when it started.",
        ),
        Stop::SignIn | Stop::Elsewhere(_) => {
            let mut said =
                Said::new(StatusCode::UNAUTHORIZED, "sign_in_required", "Sign in first", "Nobody is signed in.")
                    .verdict("sign-in");
            said.also.insert("login_url".into(), login_address(parts, known).into());
            if known.is_graphql {
                // A GraphQL client shows nothing but this member; without it a page waits for an answer for ever.
                said.also.insert(
                    "errors".into(),
                    json!([{ "message": SIGNED_OUT, "extensions": { "code": "UNAUTHENTICATED" } }]),
                );
            }
            said
        }
        Stop::CrossSite => {
            Said::new(StatusCode::FORBIDDEN, "cross_site", "This came from another site", CROSS_SITE).verdict("deny")
        }
        Stop::ServiceWorker => {
            Said::new(StatusCode::FORBIDDEN, "service_worker", "Service workers are not allowed here", SERVICE_WORKER)
                .verdict("deny")
        }
        Stop::Denied(refusal) | Stop::DeniedInside(refusal, _) => denied(&refusal, known),
        Stop::NotUp { is_starting, sentence } => {
            let code = if is_starting { "starting" } else { "app_down" };
            Said::new(StatusCode::SERVICE_UNAVAILABLE, code, "This app is not ready", sentence)
        }
        Stop::Body(fault) => body_fault(fault),
        Stop::Tool(trouble) => tool_trouble(title, &trouble),
        Stop::AnswerTooLarge => Said::new(
            StatusCode::BAD_GATEWAY,
            "answer_too_large",
            "The app’s answer is too large",
            "It is larger than the door may hold.",
        ),
        Stop::AuditUnavailable(why) => Said::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "audit_unavailable",
            "This cannot be written down",
            match why {
                AuditUnavailable::DiskFull => {
                    "The disk of this site is full: the audit log cannot be written, so nothing was passed on. Tell an administrator."
                }
                AuditUnavailable::Failed => {
                    "The audit log cannot be written, so nothing was passed on. Try again in a moment."
                }
            },
        ),
        Stop::TooMany(_) => Said::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests",
            "Too many requests from your network carry sessions that do not exist. Wait a moment and try again.",
        ),
        Stop::StoreUnavailable => Said::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store_unavailable",
            "Doorward cannot look up who you are",
            "Its database does not answer. Try again in a moment.",
        ),
    }
}

fn denied(refusal: &Refusal, known: &Known) -> Said {
    let mut said =
        Said::new(StatusCode::FORBIDDEN, Refusal::CODE, "This is not allowed", refusal.sentence()).verdict("deny");
    said.also.insert("required_action".into(), refusal.required_action().as_str().into());
    said.also.insert("required_role".into(), refusal.required_role().as_str().into());
    if known.is_graphql {
        // Refused before its body was read: the shapes of its results are not known, but GraphQL clients show this.
        said.also.insert("errors".into(), json!([{ "message": said.detail, "extensions": { "code": "FORBIDDEN" } }]));
    }
    said
}

fn body_fault(fault: BodyFault) -> Said {
    let (status, code) = match fault {
        BodyFault::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        BodyFault::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
        BodyFault::Gone => (StatusCode::BAD_REQUEST, "body_broken"),
    };
    Said::new(status, code, "The request did not arrive", format!("{fault}."))
}

fn tool_trouble(title: &str, trouble: &Trouble) -> Said {
    let (status, code) = match trouble {
        Trouble::ConnectTimeout | Trouble::TooSlow => (StatusCode::GATEWAY_TIMEOUT, "upstream_timeout"),
        Trouble::Refused(_) | Trouble::Unreachable(_) => (StatusCode::BAD_GATEWAY, "upstream_unreachable"),
        _ => (StatusCode::BAD_GATEWAY, "upstream_broken"),
    };
    // The cause is for the log: it may name inner addresses.
    let detail = match trouble {
        Trouble::Refused(_) | Trouble::Unreachable(_) => format!("{title} cannot be reached."),
        trouble => format!("{title} {trouble}."),
    };
    Said::new(status, code, "This app did not answer", detail)
}

/// Where to sign in, and then come back.
fn login_address(parts: &Parts, known: &Known) -> String {
    let asked = if parts.method == Method::GET {
        parts.uri.path_and_query().map(PathAndQuery::as_str)
    } else {
        page_before(parts, known)
    };
    let wanted = asked.unwrap_or("/");
    format!("/_doorward/login?next={}", utf8_percent_encode(wanted, NEXT))
}

/// The page of this host from which the request was made, as the browser says: where a form stands.
fn page_before<'p>(parts: &'p Parts, known: &Known) -> Option<&'p str> {
    let before = parts.headers.get(REFERER)?.to_str().ok()?;
    let (_, rest) = before.split_once("://")?;
    rest.strip_prefix(known.host.as_deref()?).filter(|path| path.starts_with('/') && !path.starts_with("//"))
}

fn redirect(address: &str) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(""));
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn denied_page(desk: &dyn Desk, known: &Known, refusal: &Refusal) -> Response<AnswerBody> {
    let sentence = refusal.sentence();
    let denial = Denial {
        decision_id: refusal.id,
        username: &refusal.username,
        held: refusal.held,
        required_role: refusal.required_role(),
        required_action: refusal.required_action(),
        sentence: &sentence,
        app_title: known.app.as_ref().map_or("", |app| app.title.as_str()),
    };
    page(desk.denied(&denial), &denied(refusal, known), refusal.id)
}

fn page(page: Page, said: &Said, id: DecisionId) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(page.html));
    *response.status_mut() = said.status;
    response.headers_mut().extend(page.headers);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    with_decision(response, said.verdict, id, said.code)
}

fn problem(said: &Said, id: DecisionId) -> Response<AnswerBody> {
    let mut problem = said.also.clone();
    problem.insert("type".into(), "about:blank".into());
    problem.insert("title".into(), said.title.into());
    problem.insert("status".into(), said.status.as_u16().into());
    problem.insert("detail".into(), said.detail.as_str().into());
    problem.insert("code".into(), said.code.into());
    problem.insert("decision_id".into(), id.to_string().into());
    let mut response = Response::new(AnswerBody::whole(Value::Object(problem).to_string()));
    *response.status_mut() = said.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    with_decision(response, said.verdict, id, said.code)
}

fn with_decision(
    mut response: Response<AnswerBody>,
    verdict: &str,
    id: DecisionId,
    code: &str,
) -> Response<AnswerBody> {
    let mut text = String::with_capacity(80);
    let _ = write!(text, "{verdict}; id={id}; reason={code}");
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().insert(DECISION, value);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
