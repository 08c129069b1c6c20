//! How the door says no: to a person a page, to a program problem details (RFC 9457), always with `Doorward-Decision`.

use doorward_domain::{DecisionId, Refusal, Remedy};
use doorward_http::{KEY_OPENS_NOTHING, presents_key};
use doorward_profile::Unread;
use doorward_service::audit_log::AuditUnavailable;
use doorward_service::return_address::return_address;
use doorward_service::{access, gate};
use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERER, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use url::Url;

use super::forward::inside;
use super::{AuditContext, Rejection, signed_out};
use crate::body::AnswerBody;
use crate::desk::{Denial, Desk, Page};
use crate::upstream::{BodyFault, UpstreamError};

const DECISION: HeaderName = HeaderName::from_static("doorward-decision");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What a tool's own pages show when the session they were opened with has ended.
const SIGNED_OUT: &str = "You are signed out. Reload this page to sign in again.";
pub(super) const CROSS_SITE: &str = "A request that changes something must come from this site's own pages.";
pub(super) const SERVICE_WORKER: &str = "A service worker would see what people do on every page of this address, so only scripts that the app's profile names may become one.";
/// What stays as it is in `next=`.
const NEXT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A refusal in the making: what both shapes of it say.
struct Problem {
    status: StatusCode,
    verdict: &'static str,
    code: &'static str,
    title: &'static str,
    detail: String,
    also: Map<String, Value>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, verdict: "refuse", code, title, detail: detail.into(), also: Map::new() }
    }

    /// What clients of the body's language look for.
    fn tell_also(&mut self, audit_context: &AuditContext, why: Unread<'_>) {
        let told = audit_context.body.and_then(|kind| kind.also_told(why));
        self.also.extend(told.map(|(key, value)| (key.to_owned(), value)));
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
    audit_context: &AuditContext,
    id: DecisionId,
    rejection: Rejection,
) -> Response<AnswerBody> {
    let person = navigates(parts);
    let wait = if let Rejection::TooMany(wait) = &rejection { Some(*wait) } else { None };
    let is_last = matches!(rejection, Rejection::Busy);
    let mut response = match rejection {
        Rejection::DeniedInside(_, body) => return with_decision(inside(body), "deny", id, Refusal::CODE),
        Rejection::Elsewhere(address) => return redirect(&address),
        Rejection::SignIn if person && !parts.method.is_safe() => {
            let login = login_address(parts, audit_context);
            let problem = words(Rejection::SignIn, parts, audit_context);
            page(desk.unsent(&login, page_before(parts, audit_context).as_deref()), &problem, id)
        }
        Rejection::SignIn if person => {
            return with_decision(redirect(&login_address(parts, audit_context)), "sign-in", id, "sign_in_required");
        }
        Rejection::SignIn if audit_context.awaits_script => {
            return with_decision(signed_out::script(), "sign-in", id, "sign_in_required");
        }
        Rejection::SignIn if signed_out::wants_manifest(parts) => {
            return with_decision(signed_out::manifest(), "sign-in", id, "sign_in_required");
        }
        Rejection::SetupRequired if person => {
            return with_decision(redirect("/_doorward/setup"), "refuse", id, "setup_required");
        }
        Rejection::Denied(refusal) if person => denied_page(desk, audit_context, &refusal),
        Rejection::NotUp { is_starting: true, sentence } if person => {
            let title = audit_context.app.as_ref().map_or("The app", |app| app.title.as_str());
            let problem =
                words(Rejection::NotUp { is_starting: true, sentence: sentence.clone() }, parts, audit_context);
            page(desk.starting(title, &sentence), &problem, id)
        }
        rejection => {
            let problem = words(rejection, parts, audit_context);
            let may_try_again = parts.method.is_safe();
            if person {
                page(desk.trouble(problem.status, problem.title, &problem.detail, may_try_again), &problem, id)
            } else {
                as_json(&problem, id)
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
    if is_last || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What a stop is in words and numbers.
fn words(rejection: Rejection, parts: &Parts, audit_context: &AuditContext) -> Problem {
    let title = audit_context.app.as_ref().map_or("The app", |app| app.title.as_str());
    match rejection {
        Rejection::Misread(misread) => {
            Problem::new(StatusCode::BAD_REQUEST, misread.code, "This request cannot be understood", misread.detail)
        }
        Rejection::Method => Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This method is not allowed",
            format!("{} is not passed on.", parts.method),
        ),
        Rejection::NoApp => {
            Problem::new(StatusCode::NOT_FOUND, "no_app", "There is nothing here", "No app is at this address.")
        }
        Rejection::Busy => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "There are too many connections",
            "As many requests are being answered as may be at once. Try again in a moment.",
        ),
        Rejection::SetupRequired => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "setup_required",
            "Doorward is not set up yet",
            "The first administrator is made with the setup link that Doorward printed when it started.",
        ),
        Rejection::SignIn | Rejection::Elsewhere(_) => nobody(parts, audit_context),
        Rejection::CrossSite => {
            Problem::new(StatusCode::FORBIDDEN, "cross_site", "This came from another site", CROSS_SITE).verdict("deny")
        }
        Rejection::ServiceWorker => Problem::new(
            StatusCode::FORBIDDEN,
            "service_worker",
            "Service workers are not allowed here",
            SERVICE_WORKER,
        )
        .verdict("deny"),
        Rejection::Denied(refusal) | Rejection::DeniedInside(refusal, _) => denied(&refusal, audit_context),
        Rejection::NotUp { is_starting, sentence } => {
            let code = if is_starting { "starting" } else { "app_down" };
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, "This app is not ready", sentence)
        }
        Rejection::Body(fault) => body_fault(fault),
        Rejection::Tool(trouble) => tool_trouble(title, &trouble),
        Rejection::AuditUnavailable(why) => Problem::new(
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
        Rejection::TooMany(_) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests",
            "Too many requests from your network carry sessions that do not exist. Wait a moment and try again.",
        ),
        Rejection::StoreUnavailable => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store_unavailable",
            "Doorward cannot look up who you are",
            "Its database does not answer. Try again in a moment.",
        ),
    }
}

/// Nobody is signed in; a program with a key hears of the key.
fn nobody(parts: &Parts, audit_context: &AuditContext) -> Problem {
    let (detail, inside) = if presents_key(&parts.headers) {
        (KEY_OPENS_NOTHING, KEY_OPENS_NOTHING)
    } else {
        ("Nobody is signed in.", SIGNED_OUT)
    };
    let mut problem = Problem::new(StatusCode::UNAUTHORIZED, "sign_in_required", "Sign in first", detail);
    problem.also.insert("login_url".into(), login_address(parts, audit_context).into());
    problem.tell_also(audit_context, Unread::SignedOut(inside));
    problem.verdict("sign-in")
}

fn denied(refusal: &Refusal, audit_context: &AuditContext) -> Problem {
    let sentence = gate::sentence(refusal, contact(audit_context));
    let mut problem =
        Problem::new(StatusCode::FORBIDDEN, Refusal::CODE, "This is not allowed", sentence).verdict("deny");
    problem.also.insert("required_action".into(), refusal.required_action().as_str().into());
    if let Some(role) = refusal.required_role() {
        problem.also.insert("required_role".into(), role.as_str().into());
    }
    let detail = problem.detail.clone();
    problem.tell_also(audit_context, Unread::Forbidden(&detail));
    problem
}

fn body_fault(fault: BodyFault) -> Problem {
    let (status, code) = match fault {
        BodyFault::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        BodyFault::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
        BodyFault::Gone => (StatusCode::BAD_REQUEST, "body_broken"),
        BodyFault::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
    };
    Problem::new(status, code, "The request did not arrive", format!("{fault}."))
}

fn tool_trouble(title: &str, trouble: &UpstreamError) -> Problem {
    let (status, code) = match trouble {
        UpstreamError::ConnectTimeout | UpstreamError::TooSlow => (StatusCode::GATEWAY_TIMEOUT, "upstream_timeout"),
        UpstreamError::Refused(_) | UpstreamError::Unreachable(_) => (StatusCode::BAD_GATEWAY, "upstream_unreachable"),
        _ => (StatusCode::BAD_GATEWAY, "upstream_broken"),
    };
    // The cause is for the log: it may name inner addresses.
    let detail = match trouble {
        UpstreamError::Refused(_) | UpstreamError::Unreachable(_) => format!("{title} cannot be reached."),
        trouble => format!("{title} {trouble}."),
    };
    Problem::new(status, code, "This app did not answer", detail)
}

/// Where to sign in, and then come back.
fn login_address(parts: &Parts, audit_context: &AuditContext) -> String {
    let before = page_before(parts, audit_context);
    let asked = if parts.method == Method::GET {
        parts.uri.path_and_query().map(PathAndQuery::as_str)
    } else {
        before.as_deref()
    };
    format!("/_doorward/login?next={}", utf8_percent_encode(asked.unwrap_or("/"), NEXT))
}

/// The page of this host from which the request was made, as the browser says: where a form stands. It becomes a link, so it is only what
/// every reader takes for a page of this host.
fn page_before(parts: &Parts, audit_context: &AuditContext) -> Option<String> {
    let before = parts.headers.get(REFERER)?.to_str().ok()?;
    let (_, rest) = before.split_once("://")?;
    let host = audit_context.host.as_deref()?;
    let path = rest.strip_prefix(host).filter(|path| path.starts_with('/'))?;
    let own = Url::parse(&format!("http://{host}/")).ok()?;
    let granted = return_address(path, &own, &[]);
    (granted != "/" || path == "/").then_some(granted)
}

fn redirect(address: &str) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(""));
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whom people ask for access to what was asked for, if the operator says.
fn contact(audit_context: &AuditContext) -> &str {
    audit_context.app.as_ref().map_or("", |app| &app.contact)
}

fn denied_page(desk: &dyn Desk, audit_context: &AuditContext, refusal: &Refusal) -> Response<AnswerBody> {
    let title = audit_context.app.as_ref().map_or("", |app| app.title.as_str());
    let lacking = match &refusal.remedy {
        Remedy::Grant(lacking) => Some(access::in_words(title, lacking)),
        Remedy::Lift(_) | Remedy::Nothing => None,
    };
    let asking = lacking.as_deref().zip(audit_context.who.as_ref().and_then(|who| who.session_id()));
    // The page has a form to ask with, or says below whom to ask.
    let says_whom = asking.is_some() || !contact(audit_context).is_empty();
    let sentence = if says_whom { gate::sentence_alone(refusal) } else { gate::sentence(refusal, "") };
    let denial = Denial {
        decision_id: refusal.id,
        username: refusal.name.as_str(),
        held: refusal.held,
        on_parts: refusal.on_parts,
        denied_by: refusal.because(),
        required_role: refusal.required_role(),
        required_action: refusal.required_action(),
        sentence: &sentence,
        app_title: title,
        asking,
    };
    page(desk.denied(&denial), &denied(refusal, audit_context), refusal.id)
}

fn page(page: Page, problem: &Problem, id: DecisionId) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(page.html));
    *response.status_mut() = problem.status;
    response.headers_mut().extend(page.headers);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    with_decision(response, problem.verdict, id, problem.code)
}

fn as_json(problem: &Problem, id: DecisionId) -> Response<AnswerBody> {
    let mut members = problem.also.clone();
    members.insert("type".into(), "about:blank".into());
    members.insert("title".into(), problem.title.into());
    members.insert("status".into(), problem.status.as_u16().into());
    members.insert("detail".into(), problem.detail.as_str().into());
    members.insert("code".into(), problem.code.into());
    members.insert("decision_id".into(), id.to_string().into());
    let mut response = Response::new(AnswerBody::whole(Value::Object(members).to_string()));
    *response.status_mut() = problem.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    with_decision(response, problem.verdict, id, problem.code)
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
