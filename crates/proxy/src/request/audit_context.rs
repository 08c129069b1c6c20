//! What is written down of a request: what is known of it, as an event, or as what ends one.

use doorward_domain::audit::AuditConclusion;
use doorward_domain::details::shortened;
use doorward_domain::{
    AuditAction, AuditOutcome, DecisionId, Details, EventId, Intent, NewAuditEvent, Operation, Permit, Principal,
    Refusal, Resource, Role, Timestamp, Why,
};
use doorward_http::Code;
use doorward_profile::{BodyKind, CanonicalPath, Misread};
use doorward_service::audit_log::{ACTS_ON, ENDED, IS_HIDDEN};
use doorward_service::ports::NamedAccess;
use doorward_service::{App, Services, gate};
use http::request::Parts;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// The longest target that is written down, in bytes.
const LONGEST_TARGET: usize = 400;
/// Operations that a target names; the details list more.
const NAMED: usize = 10;

/// What is known about a request that is written down.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditContext {
    pub(crate) client_ip: Option<IpAddr>,
    pub(crate) app: Option<Arc<App>>,
    pub(crate) who: Option<Arc<Principal>>,
    pub(crate) role: Option<Role>,
    pub(crate) intent: Option<Arc<Intent>>,
    /// The decision's no, if it was one.
    pub(crate) refused: Option<Box<Refusal>>,
    pub(crate) decision: Option<DecisionId>,
    /// In which language the body is, where it decides what the request is: a client of it waits for the answer.
    pub(crate) body: Option<BodyKind>,
    /// Whether a page of this origin waits for a script of its own; known of who is to sign in.
    pub(crate) awaits_script: bool,
    /// What who was refused has asked for already, and waits for an answer or was declined.
    pub(crate) asked: Option<Box<NamedAccess>>,
    /// By what name the client addressed us; known of whoever is led on from here.
    pub(crate) host: Option<String>,
    /// The event on record that says that it was permitted: how it ends is told of that one.
    pub(crate) begun: Option<EventId>,
}

impl AuditContext {
    /// Notes that it was permitted.
    pub(crate) fn was_permitted(&mut self, permit: &Permit) {
        self.role = Some(permit.role());
        self.intent = Some(Arc::clone(permit.intent()));
    }

    /// Notes the refusal that it ends with: neither one that it would have been before the tool was asked, nor that it was permitted before
    /// rights changed.
    pub(crate) fn was_refused(&mut self, refusal: &Refusal) {
        self.role = refusal.held;
        self.refused = Some(Box::new(refusal.clone()));
    }

    /// The event, as it stands.
    pub(crate) fn event(
        &self,
        services: &Services,
        parts: &Parts,
        id: EventId,
        outcome: AuditOutcome,
    ) -> NewAuditEvent {
        self.event_of(services, parts, id, outcome, None)
    }

    /// The event of a refusal; where no rule of a profile says why, with what does.
    pub(crate) fn refusal(
        &self,
        services: &Services,
        parts: &Parts,
        id: EventId,
        why: Option<WhyNot<'_>>,
    ) -> NewAuditEvent {
        self.event_of(services, parts, id, AuditOutcome::Denied, why)
    }

    fn event_of(
        &self,
        services: &Services,
        parts: &Parts,
        id: EventId,
        outcome: AuditOutcome,
        why: Option<WhyNot<'_>>,
    ) -> NewAuditEvent {
        let mut details = Details::default();
        details.text("method", parts.method.as_str());
        // As the tool gets it, and without the query, which may hold secrets of the tool.
        let path = CanonicalPath::parse(parts.uri.path());
        details.both_ends("path", path.as_ref().map_or(parts.uri.path(), CanonicalPath::as_str));
        if let Some(role) = self.role {
            details.text("role", role.as_str());
        }
        if let Some(refusal) = &self.refused {
            // Before what may be long: what somebody may ask for depends on it.
            add_refusal(&mut details, refusal);
        }
        let mut target = None;
        if let Some(intent) = &self.intent {
            target = Some(named(&intent.operations));
            if !details.list("operations", intent.operations.iter().map(operation)) {
                // By these it is found, however much else was asked for.
                let names: BTreeSet<&str> = intent.operations.iter().flat_map(Operation::names).collect();
                details.all_names("operation_names", names);
            }
            details.names("resources", intent.resources.iter().map(Resource::as_str));
            self.add_told(&mut details, intent, services.clock.now());
        }
        add_why(&mut details, why);
        NewAuditEvent {
            id,
            at: services.clock.now(),
            actor: self.who.as_ref().map(|who| who.name_in_records().into_owned()).unwrap_or_default(),
            client_ip: self.client_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            app: self.app.as_ref().map(|app| app.name.clone()),
            action: AuditAction::REQUEST,
            target,
            outcome,
            decision_id: self.decision,
            details: details.finish(),
            authority: None,
        }
    }
}

/// Why something was refused, where no rule of a profile says so.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WhyNot<'a> {
    /// By a code of ours, which has a sentence.
    Refused(Code),
    /// By what was not understood.
    NotUnderstood(&'a Misread),
}

/// Adds by which code it was refused, and in what words.
fn add_why(details: &mut Details, why: Option<WhyNot<'_>>) {
    match why {
        None => {}
        Some(WhyNot::Refused(code)) => {
            details.text("reason", code.as_str());
            details.text("sentence", code.detail());
        }
        Some(WhyNot::NotUnderstood(misread)) => {
            details.text("reason", misread.code);
            details.text("not_understood", &misread.detail);
        }
    }
}

impl AuditContext {
    /// What ends the event that says that it was permitted, where it was refused after all before anything was passed on: that event tells
    /// by itself what a refusal does.
    pub(crate) fn refusal_of_begun(
        &self,
        services: &Services,
        id: EventId,
        why: Option<WhyNot<'_>>,
    ) -> AuditConclusion {
        let mut details = Details::default();
        details.value("role", self.role.map(Role::as_str).into());
        if let Some(refusal) = &self.refused {
            add_refusal(&mut details, refusal);
        }
        let now = services.clock.now();
        if let Some(intent) = &self.intent {
            self.add_told(&mut details, intent, now);
        }
        add_why(&mut details, why);
        AuditConclusion { id, at: now, outcome: AuditOutcome::Denied, details: details.finish() }
    }

    /// Adds what the tool told that it acts on. Of a refusal it is kept from whom it is about, unless they may look at it.
    fn add_told(&self, details: &mut Details, intent: &Intent, now: Timestamp) {
        let mut known: BTreeSet<&Resource> = intent.resources.iter().collect();
        let names = intent.operations.iter().flat_map(|operation| operation.targets.names());
        let told: Vec<&str> = names.filter(|name| known.insert(name)).map(Resource::as_str).collect();
        if told.is_empty() {
            return;
        }
        details.names(ACTS_ON, told);
        let looks = |(who, app): (&Arc<Principal>, &Arc<App>)| gate::may_view(who, app, intent, now);
        if self.refused.is_some() && !self.who.as_ref().zip(self.app.as_ref()).is_some_and(looks) {
            details.value(IS_HIDDEN, true.into());
        }
    }
}

/// Adds what stood in the way, and what would let it through.
fn add_refusal(details: &mut Details, refusal: &Refusal) {
    if let (None, Some(role)) = (refusal.held, refusal.on_parts) {
        details.text("role_on_parts", role.as_str());
    }
    // That a role is too weak is told by the role.
    if refusal.why != Why::TooWeak {
        details.text("why", refusal.why.as_str());
        if let Some(grant) = refusal.because() {
            details.text("denied_by", &grant.to_string());
        }
        if let Some(unresolved) = refusal.unresolved {
            details.text("told", unresolved.as_str());
        }
    }
    if let Some(grant) = refusal.in_doubt {
        details.text("may_be_denied_by", &grant.to_string());
    }
    details.value("remedy", json!(refusal.remedy));
    if let Some(ended) = refusal.ended {
        details.text(ENDED, &ended.to_string());
    }
}

/// What is done, by name.
fn named(operations: &[Operation]) -> String {
    let names: Vec<&str> = operations.iter().take(NAMED).map(|operation| operation.name.as_ref()).collect();
    shortened(&names.join(", "), LONGEST_TARGET)
}

fn operation(operation: &Operation) -> Value {
    let mut told = json!({"name": operation.name, "action": operation.action, "rule": operation.rule});
    for (key, words) in [("called", &operation.called), ("family", &operation.family)] {
        if let (Some(told), Some(words)) = (told.as_object_mut(), words) {
            told.insert(key.to_owned(), words.as_ref().into());
        }
    }
    told
}
