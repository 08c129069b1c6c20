//! A change on record: before it is forwarded, and how it ended.

use bytes::Bytes;
use doorward_domain::audit::AuditConclusion;
use doorward_domain::{AuditOutcome, EventId, NewAuditEvent};
use doorward_http::Code;
use doorward_profile::AnswerReader;
use doorward_service::Services;
use http::StatusCode;
use serde_json::{Map, Value};
use std::sync::Arc;

use super::Rejection;
use crate::body::ReadAlong;
use crate::room::Place;

/// A state-changing request that is in the log as pending. However it ends, dropping this writes it down.
pub(crate) struct Record {
    services: Arc<Services>,
    id: EventId,
    /// What reads the answer, where one is understood.
    reader: Option<AnswerReader>,
    /// The room that is taken by what reads and changes the answer.
    room: Option<Place>,
    status: Option<StatusCode>,
    failure: Option<String>,
    /// What was told instead of its answer.
    instead: Option<Code>,
    was_reached: bool,
    is_complete: bool,
    is_concluded: bool,
}

impl Record {
    /// Writes the event, and returns when it is on disk.
    pub(crate) async fn begin(services: &Arc<Services>, event: NewAuditEvent) -> Result<Box<Self>, Rejection> {
        let id = event.id;
        services.audit.record(event).await.map_err(Rejection::AuditUnavailable)?;
        Ok(Box::new(Self {
            services: Arc::clone(services),
            id,
            reader: None,
            room: None,
            status: None,
            failure: None,
            instead: None,
            was_reached: true,
            is_complete: false,
            is_concluded: false,
        }))
    }

    /// What reads the answer.
    pub(crate) fn is_read_by(&mut self, reader: AnswerReader) {
        self.reader = Some(reader);
    }

    /// How much room it takes while the tool takes its time, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.reader.as_ref().map_or(0, AnswerReader::weight)
    }

    /// It is there for as long as this room is taken: longer than the client's connection, where the answer is kept back.
    pub(crate) fn takes(&mut self, room: Place) {
        self.room = Some(room);
    }

    /// The tool answers with this status.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// The tool did not answer. Unless it was never reached, it may have done all the same what it was asked for.
    pub(crate) fn unanswered(&mut self, why: String, was_reached: bool) {
        self.failure = Some(why);
        self.was_reached = was_reached;
    }

    /// Whatever its status says, what the tool answered is no answer to this.
    pub(crate) fn answered_wrong(&mut self, why: String) {
        self.failure = Some(why);
        self.reader = None;
        let _nothing = self.complete();
    }

    /// It was asked for a WebSocket, and what the tool answers opens none.
    pub(crate) fn opened_none(&mut self) {
        self.failure = Some("the app did not open a WebSocket".to_owned());
    }

    /// What came of it is kept back.
    pub(crate) fn withheld(&mut self) {
        self.instead = Some(Code::AnswerWithheld);
    }

    /// It was not passed on after all: before the tool could be reached, rights, session or rules were others. What is written down as a
    /// refusal ends the event as one ([`super::AuditContext::refusal_of_begun`]).
    pub(crate) fn unsent(&mut self, no: &Rejection) {
        self.is_concluded = no.is_written_down();
        self.unanswered("session, rights or rules changed before it was passed on".to_owned(), false);
    }

    /// A whole answer.
    pub(crate) fn pass_whole(&mut self, answer: Bytes) -> Bytes {
        let (passed, rest) = (self.pass(answer), self.complete());
        if rest.is_empty() { passed } else { [passed, rest].concat().into() }
    }

    fn conclude(&mut self) {
        if std::mem::replace(&mut self.is_concluded, true) {
            return;
        }
        let (outcome, mut details) = self.outcome();
        if let Some(status) = self.status {
            details.insert("status".into(), status.as_u16().into());
        }
        if let Some(code) = self.instead {
            details.insert("reason".into(), code.as_str().into());
        }
        self.services.audit.conclude(AuditConclusion { id: self.id, at: self.services.clock.now(), outcome, details });
    }

    fn outcome(&mut self) -> (AuditOutcome, Map<String, Value>) {
        let mut details = Map::new();
        if let Some(why) = &self.failure {
            details.insert("failure".into(), why.as_str().into());
        }
        let Some(status) = self.status else {
            if !self.was_reached {
                return (AuditOutcome::Failure, details);
            }
            // It was forwarded, and the answer did not come or nobody waited for it: whether it was done is not known.
            details.insert("interrupted".into(), true.into());
            return (AuditOutcome::Pending, details);
        };
        let done = self.failure.is_none() && !status.is_client_error() && !status.is_server_error();
        let mut outcome = if done { AuditOutcome::Success } else { AuditOutcome::Failure };
        if let Some(reader) = self.reader.take() {
            let conclusion = reader.conclude(status.as_u16(), self.is_complete);
            (outcome, details) = (conclusion.outcome, conclusion.details);
        }
        if !self.is_complete {
            details.insert("interrupted".into(), true.into());
        }
        (outcome, details)
    }
}

impl ReadAlong for Record {
    fn takes_out(&self) -> bool {
        self.reader.as_ref().is_some_and(AnswerReader::takes_out)
    }

    fn pass(&mut self, data: Bytes) -> Bytes {
        match &mut self.reader {
            Some(reader) => reader.push(&data).into(),
            None => data,
        }
    }

    fn complete(&mut self) -> Bytes {
        self.is_complete = true;
        let rest = self.reader.as_mut().map(AnswerReader::end).unwrap_or_default();
        self.conclude();
        rest.into()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.conclude();
    }
}
