//! Writing down what passes the door: before it is forwarded, and how it ended.

use std::net::IpAddr;
use std::sync::Arc;

use doorward_domain::audit::AuditConclusion;
use doorward_domain::{AuditAction, AuditOutcome, DecisionId, EventId, Intent, NewAuditEvent, Role, SignedIn};
use doorward_profile::Understood;
use doorward_service::{App, Services};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value, json};

use super::Stop;

/// The longest target and path that are written down, in bytes.
const LONGEST_TEXT: usize = 1000;
/// The most operations and resources that are listed.
const MOST_LISTED: usize = 100;

/// What is known about a request that is written down.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) client_ip: Option<IpAddr>,
    pub(crate) app: Option<Arc<App>>,
    pub(crate) who: Option<Arc<SignedIn>>,
    pub(crate) role: Option<Role>,
    pub(crate) intent: Option<Arc<Intent>>,
    pub(crate) decision: Option<DecisionId>,
    /// Whether a GraphQL client waits for the answer.
    pub(crate) is_graphql: bool,
}

impl Known {
    /// The event, as it stands.
    pub(crate) fn event(&self, services: &Services, parts: &Parts, id: EventId, outcome: AuditOutcome) -> NewAuditEvent {
        let mut details = Map::new();
        details.insert("method".into(), parts.method.as_str().into());
        // Without the query, which may hold secrets of the tool.
        details.insert("path".into(), shortened(parts.uri.path()).into());
        let mut target = None;
        if let Some(intent) = &self.intent {
            let operations = || intent.operations.iter().take(MOST_LISTED);
            let names: Vec<&str> = operations().map(|operation| operation.name.as_ref()).collect();
            target = Some(shortened(&names.join(", ")));
            details.insert(
                "operations".into(),
                operations().map(|o| json!({"name": shortened(&o.name), "action": o.action})).collect(),
            );
            let resources = intent.resources.iter().take(MOST_LISTED);
            details.insert("resources".into(), resources.map(|r| Value::from(shortened(r.as_str()))).collect());
        }
        if let Some(role) = self.role {
            details.insert("role".into(), role.as_str().into());
        }
        NewAuditEvent {
            id,
            at: services.clock.now(),
            actor: self.who.as_ref().map(|who| who.user.username.to_string()).unwrap_or_default(),
            client_ip: self.client_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            app: self.app.as_ref().map(|app| app.name.clone()),
            action: AuditAction::REQUEST,
            target,
            outcome,
            decision_id: self.decision,
            details,
        }
    }
}

fn shortened(text: &str) -> String {
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

/// A state-changing request that is in the log as pending. However it ends, dropping this writes it down.
pub(crate) struct Record {
    services: Arc<Services>,
    id: EventId,
    understood: Option<Arc<Understood>>,
    status: Option<StatusCode>,
    answer: Vec<u8>,
    limit: usize,
    is_cut_short: bool,
    failure: Option<String>,
    is_complete: bool,
    is_concluded: bool,
}

impl Record {
    /// Writes the event, and returns when it is on disk.
    pub(crate) async fn begin(services: &Arc<Services>, event: NewAuditEvent, limit: usize) -> Result<Box<Self>, Stop> {
        let id = event.id;
        services.audit.record(event).await.map_err(|_| Stop::AuditUnavailable)?;
        Ok(Box::new(Self {
            services: Arc::clone(services),
            id,
            understood: None,
            status: None,
            answer: Vec::new(),
            limit,
            is_cut_short: false,
            failure: None,
            is_complete: false,
            is_concluded: false,
        }))
    }

    /// What reads the answer.
    pub(crate) fn is_read_by(&mut self, understood: Arc<Understood>) {
        self.understood = Some(understood);
    }

    /// The tool answers with this status.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// The tool did not answer.
    pub(crate) fn failed(&mut self, why: String) {
        self.failure = Some(why);
    }

    /// Some of the answer.
    pub(crate) fn saw(&mut self, data: &[u8]) {
        let room = self.limit.saturating_sub(self.answer.len());
        self.is_cut_short |= data.len() > room;
        self.answer.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
    }

    /// That was all of the answer.
    pub(crate) fn complete(&mut self) {
        self.is_complete = true;
        self.conclude();
    }

    fn conclude(&mut self) {
        if std::mem::replace(&mut self.is_concluded, true) {
            return;
        }
        let (outcome, mut details) = self.outcome();
        if let Some(status) = self.status {
            details.insert("status".into(), status.as_u16().into());
        }
        self.services.audit.conclude(AuditConclusion { id: self.id, at: self.services.clock.now(), outcome, details });
    }

    fn outcome(&self) -> (AuditOutcome, Map<String, Value>) {
        let mut details = Map::new();
        let Some(status) = self.status else {
            return if let Some(why) = &self.failure {
                details.insert("failure".into(), why.as_str().into());
                (AuditOutcome::Failure, details)
            } else {
                // It was forwarded, and nobody waited for the answer: whether it was done is not known.
                details.insert("interrupted".into(), true.into());
                (AuditOutcome::Pending, details)
            };
        };
        let is_whole = self.is_complete && !self.is_cut_short;
        if let Some(understood) = self.understood.as_ref().filter(|_| is_whole) {
            let conclusion = understood.conclude(status.as_u16(), &self.answer);
            return (conclusion.outcome, conclusion.details);
        }
        if !self.is_complete {
            details.insert("interrupted".into(), true.into());
        }
        let done = !status.is_client_error() && !status.is_server_error();
        (if done { AuditOutcome::Success } else { AuditOutcome::Failure }, details)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.conclude();
    }
}
