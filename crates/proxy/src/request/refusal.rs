//! How the door says no: to a person a page, to a program problem details (RFC 9457), always with `Doorward-Decision`.
//!
//! `words` says what a rejection is; here is decided in which shape it is told, and to whom.

#[cfg(test)]
mod tests;
mod way_back;
mod words;

use doorward_domain::{DecisionId, Refusal, Remedy};
use doorward_http::desk_paths::SETUP;
use doorward_http::{Problem, awaits_page, challenge, must_not_be_kept, presents_token};
use doorward_service::{access, gate};
use http::header::{CONNECTION, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Response, StatusCode};

use super::forward::inside;
use super::{AuditContext, Rejection, signed_out};
use crate::body::AnswerBody;
use crate::desk::{Denial, Desk, FormPassedOn, Page};
use way_back::{login_address, page_before};

/// The answer that tells why a walk ended at the door.
pub(crate) fn render(
    desk: &dyn Desk,
    parts: &Parts,
    audit_context: &AuditContext,
    id: DecisionId,
    rejection: Rejection,
) -> Response<AnswerBody> {
    let is_last = matches!(rejection, Rejection::Busy);
    let mut response = match rejection {
        Rejection::Elsewhere(address) => return redirect(&address),
        rejection if awaits_page(&parts.method, parts.uri.path(), &parts.headers) => {
            to_person(desk, parts, audit_context, id, rejection)
        }
        rejection => to_program(parts, audit_context, id, rejection),
    };
    let status = response.status();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED && presents_token(&parts.headers) {
        headers.insert(WWW_AUTHENTICATE, challenge(true));
    }
    if is_last || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Of a form for a tool that is not there. The browser still holds what was typed.
const UNSENT: &str = "Your form was not passed on. Reload this page to send it again: your browser asks first.";
/// Of one that the tool may have got.
const MAYBE_DONE: &str =
    "Your form was passed on, and nobody here knows what became of it: look there before you send it again.";

fn to_person(
    desk: &dyn Desk,
    parts: &Parts,
    audit_context: &AuditContext,
    id: DecisionId,
    rejection: Rejection,
) -> Response<AnswerBody> {
    let problem = words::problem(&rejection, parts, audit_context);
    let shown = match rejection {
        Rejection::DeniedInside(_, body) => return named(inside(body), &problem, id),
        Rejection::SetupRequired => return named(redirect(SETUP), &problem, id),
        Rejection::SignIn if parts.method.is_safe() => {
            return named(redirect(&login_address(parts, audit_context)), &problem, id);
        }
        Rejection::SignIn => {
            desk.unsent(&login_address(parts, audit_context), page_before(parts, audit_context).as_deref())
        }
        Rejection::Denied(refusal) => {
            return page(denied_page(desk, parts, audit_context, &refusal), &problem, refusal.id);
        }
        // A form is not sent again by a page that looks again.
        Rejection::NotUp { is_starting: true, sentence } if parts.method.is_safe() => {
            let title = audit_context.app.as_ref().map_or("The app", |app| app.title.as_str());
            desk.starting(title, &sentence)
        }
        Rejection::NotUp { .. } if !parts.method.is_safe() => of_form(desk, &problem, UNSENT),
        Rejection::Tool(trouble) if !parts.method.is_safe() && !trouble.was_reached() => {
            of_form(desk, &problem, UNSENT)
        }
        Rejection::Tool(_) | Rejection::RestOfBody(_) if !parts.method.is_safe() => {
            let sentence = format!("{} {MAYBE_DONE}", problem.detail());
            passed_on(desk, parts, audit_context, id, (&problem, &sentence), false)
        }
        Rejection::AnswerWithheld { is_signed_out, .. } => {
            passed_on(desk, parts, audit_context, id, (&problem, problem.detail()), is_signed_out)
        }
        _ => desk.trouble(problem.status(), problem.code().heading(), problem.detail(), parts.method.is_safe()),
    };
    page(shown, &problem, id)
}

/// The page that answers a form which did not end well, with what became of it. It looks at nothing again by itself.
fn of_form(desk: &dyn Desk, problem: &Problem, form: &str) -> Page {
    desk.trouble(problem.status(), problem.code().heading(), &format!("{} {form}", problem.detail()), false)
}

/// The page that answers a form which may have been done, with a way to where that shows.
fn passed_on(
    desk: &dyn Desk,
    parts: &Parts,
    audit_context: &AuditContext,
    decision_id: DecisionId,
    (problem, sentence): (&Problem, &str),
    is_signed_out: bool,
) -> Page {
    let app = audit_context.app.as_deref();
    let onward = if is_signed_out {
        login_address(parts, audit_context)
    } else {
        page_before(parts, audit_context).or(app.map(|app| app.address.clone())).unwrap_or("/".to_owned())
    };
    desk.maybe_done(&FormPassedOn {
        status: problem.status(),
        title: problem.code().heading(),
        sentence,
        decision_id,
        who: audit_context.who.as_deref().filter(|_| !is_signed_out),
        app_title: app.map_or("", |app| app.title.as_str()),
        onward: &onward,
        is_signed_out,
    })
}

fn to_program(
    parts: &Parts,
    audit_context: &AuditContext,
    id: DecisionId,
    rejection: Rejection,
) -> Response<AnswerBody> {
    let problem = words::problem(&rejection, parts, audit_context);
    match rejection {
        Rejection::DeniedInside(_, body) => named(inside(body), &problem, id),
        Rejection::AnswerWithheld { inside: Some(told), .. } => {
            named(inside(told.body(problem.detail())), &problem, id)
        }
        Rejection::SignIn if audit_context.awaits_script => named(signed_out::script(), &problem, id),
        Rejection::SignIn if signed_out::wants_manifest(parts) => named(signed_out::manifest(), &problem, id),
        _ => problem.as_document(id).map(AnswerBody::whole),
    }
}

fn redirect(address: &str) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(""));
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/")));
    must_not_be_kept(headers);
    response
}

/// Whom people ask for access to what was asked for, if the operator says.
fn contact(audit_context: &AuditContext) -> &str {
    audit_context.app.as_ref().map_or("", |app| &app.contact)
}

fn denied_page(desk: &dyn Desk, parts: &Parts, audit_context: &AuditContext, refusal: &Refusal) -> Page {
    let title = audit_context.app.as_ref().map_or("", |app| app.title.as_str());
    let lacking = match &refusal.remedy {
        Remedy::Grant(lacking) => Some(access::in_words(title, lacking)),
        Remedy::Lift(_) | Remedy::Nothing => None,
    };
    let asking = lacking.as_deref().zip(audit_context.who.as_ref().and_then(|who| who.session_id()));
    // The page has a form to ask with, or says below whom to ask.
    let says_whom = asking.is_some() || !contact(audit_context).is_empty();
    let sentence = if says_whom { gate::sentence_alone(refusal) } else { gate::sentence(refusal, "") };
    desk.denied(&Denial {
        decision_id: refusal.id,
        username: refusal.name.as_str(),
        who: audit_context.who.as_deref(),
        held: refusal.held,
        on_parts: refusal.on_parts,
        denied_by: refusal.because(),
        ended: refusal.ended,
        required_role: refusal.required_role(),
        required_action: refusal.required_action(),
        sentence: &sentence,
        app_title: title,
        asking: asking.filter(|_| audit_context.asked.as_ref().is_none_or(|asked| asked.request.answer.is_some())),
        asked: audit_context.asked.as_deref(),
        wanted: parts.uri.path_and_query().map(PathAndQuery::as_str).filter(|_| parts.method.is_safe()),
    })
}

/// A page of the desk's, with what the door says of the decision.
fn page(shown: Page, problem: &Problem, id: DecisionId) -> Response<AnswerBody> {
    let mut response = problem.as_page(shown.html, id).map(AnswerBody::whole);
    for (name, value) in shown.headers {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// An answer in a shape of its own, with the decision.
fn named(mut response: Response<AnswerBody>, problem: &Problem, id: DecisionId) -> Response<AnswerBody> {
    problem.tell_decision(id, response.headers_mut());
    must_not_be_kept(response.headers_mut());
    response
}
