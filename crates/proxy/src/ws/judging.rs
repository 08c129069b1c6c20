//! Whether what a client says over a WebSocket may be said to the tool: asked of the one decision, and where that depends on what the message
//! does not tell, of the tool first. A refusal is written down before anything more is read from the client.

use doorward_domain::{Decision, Intent, Permit, Refusal, Why};
use doorward_profile::{Misread, SocketMessage};
use doorward_service::gate::{self, Asked};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use tracing::{Instrument as _, Span};

use super::CloseReason;
use super::frame::Opcode;
use super::session::Session;
use crate::request::{AuditContext, Bound, Resolved, WhyNot, request_span, resolve};
use crate::room::Place;

/// A message that the tool is asked about, and what it says.
pub(super) type Asking = Pin<Box<dyn Future<Output = (SocketMessage, Option<Resolved>)>>>;

/// What the one decision came to.
pub(super) enum Judged {
    Permitted(Permit),
    SignIn,
    Refused(Box<Refusal>),
}

impl Session<'_> {
    /// Has the tool say what a message does not. The message is held meanwhile, in its room.
    pub(super) fn ask(&mut self, message: SocketMessage, place: Option<Place>) {
        let (worker, site) = (Rc::clone(&self.context.worker), self.standing.permit.site());
        self.asking = Some(Box::pin(async move {
            let _held = place;
            let resolved = match &message {
                SocketMessage::Operation { intent, .. } => resolve(&worker, &site, intent).await,
                _ => None,
            };
            (message, resolved)
        }));
    }

    /// Judges a message by what the tool has said of it.
    pub(super) fn was_told(&mut self, message: &SocketMessage, resolved: Option<&Resolved>) {
        let SocketMessage::Operation { intent, .. } = message else { return };
        let mut judged = self.judge(resolved.map_or(intent, |resolved| &resolved.intent));
        if let Judged::Refused(refusal) = &mut judged {
            let unresolved = resolved.and_then(|resolved| resolved.unresolved);
            if let Some(why) = unresolved.filter(|_| refusal.why == Why::Untold) {
                refusal.stays_untold(why);
            }
        }
        self.was_judged(message, resolved, judged);
    }

    /// Says a message to the tool, or why not to the client.
    pub(super) fn was_judged(&mut self, message: &SocketMessage, resolved: Option<&Resolved>, judged: Judged) {
        let SocketMessage::Operation { intent, .. } = message else { return };
        let sentence = match judged {
            Judged::Permitted(permit) => {
                return match Bound::new(permit, intent, resolved) {
                    Some(bound) => self.begin(bound, message),
                    None => self.end(CloseReason::NOT_UNDERSTOOD),
                };
            }
            Judged::SignIn => "Nobody is signed in.".to_owned(),
            Judged::Refused(refusal) => {
                self.note_refusal(resolved.map_or(intent, |resolved| &resolved.intent), &refusal);
                gate::sentence(&refusal, &self.standing.permit.site().app.contact)
            }
        };
        self.client.send(Opcode::Text, message.refusal(&sentence).as_bytes(), None);
    }

    /// Asks the one decision.
    pub(super) fn judge(&self, intent: &Arc<Intent>) -> Judged {
        let worker = &self.context.worker;
        let now = worker.shared.services.clock.now();
        let (caller, site) = (self.standing.permit.caller(), self.standing.permit.site());
        let asked = Asked { id: worker.ids.decision(now), caller: &caller, app: &site.app, intent, now };
        match gate::judge(&asked) {
            Decision::Pass(permit) => {
                self.standing.permit.also(intent);
                Judged::Permitted(permit)
            }
            Decision::SignIn => Judged::SignIn,
            Decision::Refuse(refusal) => Judged::Refused(refusal),
        }
    }

    /// Counts a refusal and writes it down.
    fn note_refusal(&mut self, intent: &Arc<Intent>, refusal: &Refusal) {
        self.standing.permit.site().app.traffic.denied.add_one();
        let mut audit_context = self.standing.audit_context.clone();
        audit_context.decision = Some(refusal.id);
        audit_context.intent = Some(Arc::clone(intent));
        audit_context.was_refused(refusal);
        self.write_refusal(&audit_context, refusal.operation.rule.as_str().to_owned(), None);
    }

    /// Writes a refusal down; the socket waits for it.
    fn write_refusal(&mut self, audit_context: &AuditContext, rule: String, misread: Option<&Misread>) {
        let writing = self.refusal(audit_context, rule, misread);
        self.writing = Some(Box::pin(writing));
    }

    fn refusal(
        &self,
        audit_context: &AuditContext,
        rule: String,
        misread: Option<&Misread>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let worker = &self.context.worker;
        let services = Arc::clone(&worker.shared.services);
        let id = worker.ids.event(services.clock.now());
        let event = audit_context.refusal(&services, &self.standing.parts, id, misread.map(WhyNot::NotUnderstood));
        let span = audit_context.decision.map(|decision| request_span(decision, audit_context.app.as_deref()));
        let writing = async move {
            if services.audit.refused(event, &rule).await.is_err() {
                tracing::error!("a refusal could not be written to the audit log");
            }
        };
        writing.instrument(span.unwrap_or_else(Span::none))
    }

    /// Ends the socket; what could not be understood is written down after it.
    pub(super) fn not_understood(&mut self, misread: &Misread) {
        let shared = &self.context.worker.shared;
        self.standing.permit.site().app.traffic.misread.add_one();
        let mut audit_context = self.standing.audit_context.clone();
        audit_context.decision = Some(self.context.worker.ids.decision(shared.services.clock.now()));
        shared.control.spawn(self.refusal(&audit_context, misread.code.to_owned(), Some(misread)));
        self.end(CloseReason::NOT_UNDERSTOOD);
    }
}
