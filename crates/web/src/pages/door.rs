//! What the door shows instead of an app: refused, not there yet, in trouble. Same look and headers as the desk's own pages.

use askama::Template;
use doorward_domain::{DecisionId, GrantId, Role, Timestamp};
use doorward_http::desk_paths::logout_leading_to;
use doorward_http::{Code, Problem, retry_after};
use doorward_service::gate;
use doorward_service::ports::NamedAccess;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::access::{AskFor, AskedFor};
use super::{Problems, SECURITY_HEADERS};
use crate::app_state::BARE_COMMAND;
use crate::contact::Contact;
use crate::moment::Moment;

/// A page navigation that was refused to somebody who is signed in.
#[derive(Debug, Clone)]
pub struct DeniedPage<'a> {
    /// The sentence of the refusal: who, what, which role.
    pub sentence: &'a str,
    /// The role held on the app.
    pub held: Option<Role>,
    /// The strongest role held on anything of the app.
    pub on_parts: Option<Role>,
    /// The grant that denies it, if one does.
    pub denied_by: Option<GrantId>,
    /// Until when they were given it, if they were and that has ended.
    pub ended: Option<Timestamp>,
    /// The weakest role that would do.
    pub required_role: Option<Role>,
    /// Names the decision.
    pub decision_id: DecisionId,
    /// Who is signed in.
    pub username: &'a str,
    /// What people call the app.
    pub app_title: &'a str,
    /// How Doorward's own command is called in what they are shown: with its options for who administers, else alone.
    pub command: &'a str,
    /// Whom to ask.
    pub contact: &'a Contact,
    /// What they can ask for here, if a grant would do.
    pub asking: Option<AskFor>,
    /// What they have asked for already, and waits for an answer or was declined.
    pub asked: Option<&'a NamedAccess>,
    /// What was refused, where it is a page to come back to: path and query.
    pub wanted: Option<&'a str>,
}

/// A form that was passed on, and of which nobody can tell what became.
#[derive(Debug, Clone, Copy)]
pub struct MaybeDonePage<'a> {
    /// How it is answered.
    pub status: StatusCode,
    /// The heading.
    pub title: &'a str,
    /// What went wrong, and what to do before it is sent again.
    pub sentence: &'a str,
    /// Names the decision.
    pub decision_id: DecisionId,
    /// How Doorward's own command is called in what they are shown: with its options for who administers, else alone.
    pub command: &'a str,
    /// What people call the app.
    pub app_title: &'a str,
    /// Where to look, or where to sign in first.
    pub onward: &'a str,
    /// Whether they have to.
    pub is_signed_out: bool,
}

#[derive(Template)]
#[template(path = "denied.html")]
pub(super) struct DeniedTemplate<'a> {
    pub heading: &'static str,
    pub sentence: String,
    pub facts: Vec<(&'static str, Fact)>,
    pub decision_id: String,
    /// How Doorward's own command is called.
    pub command: &'a str,
    pub contact: &'a Contact,
    /// What came of asking.
    pub asked: Option<AskedFor>,
    pub asking: Option<AskFor>,
    /// Why nothing can be asked for.
    pub no_use: Option<String>,
    pub problems: Problems,
    /// Where to sign out, and back from there.
    pub as_another: String,
}

/// What a refusal says beside its sentence.
pub(super) enum Fact {
    Words(String),
    /// To be copied.
    Command(String),
    Time(Moment),
}

#[derive(Template)]
#[template(path = "starting.html")]
struct StartingTemplate<'a> {
    title: &'a str,
    sentence: &'a str,
}

#[derive(Template)]
#[template(path = "unsent.html")]
struct UnsentTemplate<'a> {
    login: &'a str,
    back: Option<&'a str>,
    contact: &'a Contact,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroubleTemplate<'a> {
    title: &'a str,
    sentence: &'a str,
    decision_id: Option<String>,
    /// How Doorward's own command is called.
    command: &'a str,
    may_try_again: bool,
    /// Where to go on from here: in words, and the address.
    onward: Option<(String, &'a str)>,
    /// After how many seconds the page is asked for again by itself.
    looks_again: Option<u64>,
    contact: &'a Contact,
}

/// The page of a refusal, to be sent with 403.
pub fn denied(page: &DeniedPage<'_>) -> String {
    let held = gate::held(page.held, page.on_parts);
    let facts = [("App", page.app_title.to_owned()), ("Signed in as", page.username.to_owned()), ("Your role", held)];
    let needed = page.required_role.map(|role| ("Role needed", role.to_string()));
    let denial = page.denied_by.map(|grant| ("Denied by", format!("the denial {grant}")));
    let facts = facts.into_iter().chain(needed).chain(denial).map(|(name, words)| (name, Fact::Words(words)));
    let template = DeniedTemplate {
        heading: "You don’t have access",
        sentence: page.sentence.to_owned(),
        facts: facts.chain(page.ended.map(ended)).collect(),
        decision_id: page.decision_id.to_string(),
        command: page.command,
        contact: page.contact,
        asked: page.asked.map(|asked| AskedFor::without_effect(page.app_title, asked)),
        asking: page.asking.clone(),
        no_use: None,
        problems: Problems::default(),
        as_another: logout_leading_to(page.wanted),
    };
    drawn(&template)
}

/// That they had it until then.
pub(super) fn ended(at: Timestamp) -> (&'static str, Fact) {
    ("Access ended", Fact::Time(at.into()))
}

/// As [`denied`], ready to send; the caller adds `Doorward-Decision`.
pub fn denied_response(page: &DeniedPage<'_>) -> Response<String> {
    answer(StatusCode::FORBIDDEN, denied(page))
}

/// The page shown while a tool starts, to be sent with 503 and the header `Refresh: 2`. A header, because assistive technology
/// testing tools rightly object to `<meta http-equiv=refresh>`, and no script may run.
pub fn starting(title: &str, sentence: &str) -> String {
    drawn(&StartingTemplate { title, sentence })
}

/// As [`starting`], ready to send.
pub fn starting_response(title: &str, sentence: &str) -> Response<String> {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, starting(title, sentence));
    if let Some(wait) = Code::Starting.wait().map(retry_after) {
        response.headers_mut().insert(header::REFRESH, wait.clone());
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// The page for somebody whose form reached the door after their session had ended, to be sent with 401. The browser still holds what
/// was typed, and a reload of this very page sends it again; so signing in opens beside it. `login` is where, `back` the page with
/// the form, if it is known.
pub fn unsent_response(login: &str, back: Option<&str>, contact: &Contact) -> Response<String> {
    answer(StatusCode::UNAUTHORIZED, drawn(&UnsentTemplate { login, back, contact }))
}

/// The page of any other failure, ready to send. `may_try_again` says that the same address can be asked for again: where a tool does not
/// answer, the page does so by itself.
pub fn trouble_response(
    status: StatusCode,
    title: &str,
    sentence: &str,
    may_try_again: bool,
    contact: &Contact,
) -> Response<String> {
    let looks_again = looks_again(status).filter(|_| may_try_again);
    let template = TroubleTemplate { looks_again, ..trouble(status, title, sentence, may_try_again, contact) };
    let mut response = answer(status, drawn(&template));
    if let Some(seconds) = looks_again {
        response.headers_mut().insert(header::REFRESH, seconds.into());
    }
    response
}

/// The page that answers a form which may have been done, ready to send: it leads to where that shows, and names the decision.
pub fn maybe_done_response(page: &MaybeDonePage<'_>, contact: &Contact) -> Response<String> {
    let words = if page.is_signed_out { "Sign in".to_owned() } else { format!("Back to {}", page.app_title) };
    let template = TroubleTemplate {
        decision_id: Some(page.decision_id.to_string()),
        command: page.command,
        onward: Some((words, page.onward)),
        ..trouble(page.status, page.title, page.sentence, false, contact)
    };
    answer(page.status, drawn(&template))
}

/// The page of a failure of the desk, with the decision's id when there was one, and the command to look it up with.
pub(crate) fn trouble_page(
    problem: &Problem,
    may_try_again: bool,
    decision: Option<(DecisionId, &str)>,
    contact: &Contact,
) -> String {
    let code = problem.code();
    let page = trouble(code.status(), code.heading(), problem.detail(), may_try_again, contact);
    let (decision_id, command) = decision.map_or((None, page.command), |(id, command)| (Some(id.to_string()), command));
    drawn(&TroubleTemplate { decision_id, command, ..page })
}

fn trouble<'a>(
    status: StatusCode,
    title: &'a str,
    sentence: &'a str,
    may_try_again: bool,
    contact: &'a Contact,
) -> TroubleTemplate<'a> {
    let title = if title.is_empty() { status.canonical_reason().unwrap_or("Trouble") } else { title };
    // What is wrong with a request stays wrong; what went wrong with us passes.
    let passes =
        status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let may_try_again = may_try_again && passes;
    TroubleTemplate {
        title,
        sentence,
        decision_id: None,
        command: BARE_COMMAND,
        may_try_again,
        onward: None,
        looks_again: None,
        contact,
    }
}

/// In seconds. A tool that took too long is not asked the same all the time by a page that somebody left open.
fn looks_again(status: StatusCode) -> Option<u64> {
    match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => Some(10),
        StatusCode::GATEWAY_TIMEOUT => Some(60),
        _ => None,
    }
}

/// Drawing into memory fails only when there is none left; then there is nothing better to show than nothing.
fn drawn(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

fn answer(status: StatusCode, html: String) -> Response<String> {
    let mut response = Response::new(html);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
