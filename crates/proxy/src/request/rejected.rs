//! What does not pass: counted, written down, and said.

use doorward_domain::{Refusal, Remedy};
use doorward_http::{Code, awaits_page};
use doorward_service::ports::NamedAccess;
use http::Response;
use http::request::Parts;
use std::sync::Arc;

use super::{AuditContext, ConnectionContext, Rejection, WhyNot, contested, refusal, remembered, signed_out};
use crate::Snapshot;
use crate::body::AnswerBody;
use crate::client_info;
use crate::upstream::UpstreamError;

/// Counts and writes down what did not pass, and says so.
pub(super) async fn refuse(
    context: &ConnectionContext,
    snapshot: &Snapshot,
    parts: &Parts,
    mut audit_context: AuditContext,
    mut rejection: Rejection,
) -> Response<AnswerBody> {
    let worker = &context.worker;
    let services = &worker.shared.services;
    let now = services.clock.now();
    let mut id = audit_context.decision_id(worker);
    let app = audit_context.app.clone();
    let traffic = app.as_deref().map_or(&services.counters.elsewhere, |app| &*app.traffic);
    let mut taken_back = Vec::new();
    let (rule, reason) = match &rejection {
        Rejection::Denied(refusal) | Rejection::DeniedInside(refusal, _) => {
            traffic.denied.add_one();
            audit_context.was_refused(refusal);
            (Some(refusal.operation.rule.as_str()), None)
        }
        Rejection::CrossSite => {
            traffic.denied.add_one();
            of_code(Code::CrossSite)
        }
        Rejection::ServiceWorker => {
            traffic.denied.add_one();
            of_code(Code::ServiceWorker)
        }
        Rejection::Misread(misread) => {
            traffic.misread.add_one();
            if audit_context.who.is_none() {
                audit_context.who = remembered::who(&worker.shared, snapshot, parts, &context.peer);
            }
            (Some(misread.code), Some(WhyNot::NotUnderstood(misread)))
        }
        Rejection::SignIn => {
            traffic.sign_in.add_one();
            if let Ok(client_info) = client_info::resolve(&context.peer, &snapshot.trusted_proxies, parts) {
                taken_back = contested::taken_back(parts, &client_info);
                audit_context.awaits_script =
                    signed_out::wants_script(parts, &client_info, snapshot.public_url.as_ref());
                audit_context.host = Some(client_info.host.into_owned());
            }
            (None, None)
        }
        Rejection::AnswerWithheld { .. } | Rejection::RestOfBody(_) => {
            audit_context.host = host(context, snapshot, parts);
            (None, None)
        }
        Rejection::Tool(trouble) => {
            traffic.failed.add_one();
            audit_context.host = host(context, snapshot, parts);
            // That it is down is said once, not for each request.
            if !matches!(trouble, UpstreamError::Refused(_) | UpstreamError::ConnectTimeout | UpstreamError::Gone(_)) {
                tracing::warn!(%trouble, "the app did not answer");
            }
            (None, None)
        }
        _ => (None, None),
    };
    if let (Some(_), Some(begun)) = (rule, audit_context.begun) {
        services.audit.conclude_now(audit_context.refusal_of_begun(services, begun, reason)).await;
    } else if let Some(rule) = rule {
        let event = audit_context.refusal(services, parts, worker.ids.event(now), reason);
        if let Ok(found_under) = services.audit.refused(event, rule).await {
            id = found_under.unwrap_or(id);
        } else {
            tracing::error!("a refusal could not be written to the audit log");
        }
    }
    if let Rejection::Denied(refusal) = &rejection
        && awaits_page(&parts.method, parts.uri.path(), &parts.headers)
    {
        audit_context.asked = asked(context, &audit_context, refusal).await.map(Box::new);
    }
    rejection.is_found_under(id);
    let mut response = refusal::render(&*worker.shared.desk, parts, &audit_context, id, rejection);
    contested::add(response.headers_mut(), taken_back);
    response
}

/// What they have asked for already, without effect, of what a page tells them that they lack. Looked up where the database is, one at a time, so that who
/// asks for such pages without end keeps nobody waiting there; where that is not told, they can ask again, which comes to the same.
async fn asked(context: &ConnectionContext, audit_context: &AuditContext, refusal: &Refusal) -> Option<NamedAccess> {
    let Remedy::Grant(lacking) = refusal.remedy.clone() else { return None };
    let who = Arc::clone(audit_context.who.as_ref().filter(|who| who.session_id().is_some())?);
    let app = audit_context.app.as_ref()?.name.clone();
    let _turn = context.worker.looking_up.try_acquire().ok()?;
    let shared = &context.worker.shared;
    let services = Arc::clone(&shared.services);
    let looking = shared.control.spawn(async move { services.access.last_without_effect(&who, &app, &lacking).await });
    looking.await.ok()?.ok()?
}

/// By what name the client addressed us.
fn host(context: &ConnectionContext, snapshot: &Snapshot, parts: &Parts) -> Option<String> {
    Some(client_info::resolve(&context.peer, &snapshot.trusted_proxies, parts).ok()?.host.into_owned())
}

/// How a refusal is written down that no rule of a profile makes.
fn of_code(code: Code) -> (Option<&'static str>, Option<WhyNot<'static>>) {
    (Some(code.as_str()), Some(WhyNot::Refused(code)))
}
