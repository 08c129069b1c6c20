//! Why a walk ended, as a problem: its code, its sentence, and what else a program is told.

use doorward_domain::{Refusal, Remedy};
use doorward_http::{Code, Problem, desk_paths, key_refused};
use doorward_profile::NoResult;
use doorward_service::audit_log::AuditUnavailable;
use doorward_service::gate;
use http::request::Parts;

use super::contact;
use super::way_back::login_address;
use crate::request::{AuditContext, Rejection};
use crate::upstream::{BodyFault, UpstreamError};

/// What a tool's own pages show when the session they were opened with has ended.
const SIGNED_OUT: &str = "You are signed out. Reload this page to sign in again.";

/// The member that tells programs whether the tool may have got the request: what it has not is safe to send again.
const PASSED_ON: &str = "passed_on";

/// What a rejection is in words and numbers.
pub(super) fn problem(rejection: &Rejection, parts: &Parts, audit_context: &AuditContext) -> Problem {
    match rejection {
        Rejection::Misread(misread) => Problem::not_understood(misread.code, misread.detail.clone()),
        Rejection::Method => {
            Problem::with_detail(Code::MethodNotAllowed, format!("{} is not passed on.", parts.method))
        }
        Rejection::NoApp => Problem::new(Code::NoApp),
        Rejection::Busy => Problem::with_detail(
            Code::Busy,
            "As many requests are being answered as may be at once. Try again in a moment.",
        ),
        Rejection::SetupRequired => Problem::new(Code::SetupRequired),
        Rejection::SignIn | Rejection::Elsewhere(_) => nobody(parts, audit_context),
        Rejection::CrossSite => Problem::new(Code::CrossSite),
        Rejection::ServiceWorker => Problem::new(Code::ServiceWorker),
        Rejection::Denied(refusal) | Rejection::DeniedInside(refusal, _) => denied(refusal, audit_context),
        Rejection::NotUp { is_starting, sentence } => {
            Problem::with_detail(if *is_starting { Code::Starting } else { Code::AppDown }, sentence.clone())
        }
        Rejection::Body(fault) => of_body(*fault).with(PASSED_ON, false),
        Rejection::RestOfBody(fault) => of_body(*fault).with(PASSED_ON, true),
        Rejection::Tool(trouble) => of_tool(trouble, audit_context),
        Rejection::AnswerWithheld { is_signed_out, .. } => withheld(*is_signed_out, parts, audit_context),
        Rejection::AuditUnavailable(AuditUnavailable::DiskFull) => Problem::with_detail(
            Code::AuditUnavailable,
            "The disk of this site is full: the audit log cannot be written, so nothing was passed on. Tell an administrator.",
        ),
        Rejection::AuditUnavailable(AuditUnavailable::Failed) => Problem::new(Code::AuditUnavailable),
        Rejection::TooMany(wait) => Problem::new(Code::TooManyRequests).retry_after(*wait),
        Rejection::StoreUnavailable => Problem::new(Code::StoreUnavailable),
    }
}

/// Nobody is signed in; a program with a key hears of the key.
fn nobody(parts: &Parts, audit_context: &AuditContext) -> Problem {
    let (problem, inside) = match key_refused(&parts.headers) {
        Some(words) => (Problem::with_detail(Code::SignInRequired, words), words),
        None => (Problem::new(Code::SignInRequired), SIGNED_OUT),
    };
    let problem = problem.with("login_url", login_address(parts, audit_context));
    tell_also(problem, audit_context, NoResult::SignedOut(inside))
}

/// It may have been done.
fn withheld(is_signed_out: bool, parts: &Parts, audit_context: &AuditContext) -> Problem {
    let mut detail = Code::AnswerWithheld.detail().to_owned();
    if is_signed_out {
        detail.push(' ');
        detail.push_str(key_refused(&parts.headers).unwrap_or("Nobody is signed in any more: sign in again to look."));
    }
    let problem = Problem::with_detail(Code::AnswerWithheld, detail.clone()).with(PASSED_ON, true);
    tell_also(problem, audit_context, NoResult::Withheld(&detail))
}

fn denied(refusal: &Refusal, audit_context: &AuditContext) -> Problem {
    let sentence = gate::sentence(refusal, contact(audit_context));
    let mut problem = Problem::with_detail(Code::Forbidden, sentence.clone())
        .with("required_action", refusal.required_action().as_str());
    if let Some(role) = refusal.required_role() {
        problem = problem.with("required_role", role.as_str());
    }
    let is_person = audit_context.who.as_ref().is_some_and(|who| who.session_id().is_some());
    if is_person && matches!(refusal.remedy, Remedy::Grant(_)) {
        problem = problem.with("ask_url", desk_paths::denied(refusal.id));
    }
    tell_also(problem, audit_context, NoResult::Forbidden(&sentence))
}

/// With what clients of the body's language look for.
fn tell_also(problem: Problem, audit_context: &AuditContext, why: NoResult<'_>) -> Problem {
    match audit_context.body.and_then(|kind| kind.also_told(why)) {
        Some((name, value)) => problem.with(name, value),
        None => problem,
    }
}

fn of_body(fault: BodyFault) -> Problem {
    let code = match fault {
        BodyFault::TooLarge(_) => Code::TooLarge,
        BodyFault::TooSlow => Code::BodyTimeout,
        BodyFault::Gone => Code::BodyBroken,
        BodyFault::NoRoom => Code::Busy,
    };
    Problem::with_detail(code, format!("{fault}."))
}

/// The cause is for the log: it may name inner addresses.
fn of_tool(trouble: &UpstreamError, audit_context: &AuditContext) -> Problem {
    let title = audit_context.app.as_ref().map_or("The app", |app| app.title.as_str());
    let problem = match trouble {
        UpstreamError::Refused(_) | UpstreamError::Unreachable(_) | UpstreamError::Gone(_) => {
            Problem::with_detail(Code::UpstreamUnreachable, format!("{title} cannot be reached."))
        }
        UpstreamError::ConnectTimeout | UpstreamError::TooSlow => {
            Problem::with_detail(Code::UpstreamTimeout, format!("{title} {trouble}."))
        }
        _ => Problem::with_detail(Code::UpstreamBroken, format!("{title} {trouble}.")),
    };
    let detail = problem.detail().to_owned();
    tell_also(problem.with(PASSED_ON, trouble.was_reached()), audit_context, NoResult::NoAnswer(&detail))
}
