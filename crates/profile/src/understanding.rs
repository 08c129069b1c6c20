//! What one kind of body means, once it is read: the seam between the door and the languages of bodies.
//!
//! The door asks every request that its body decides the same things: what it does, what is sent instead of it, how a refusal looks to
//! whoever waits for it, what becomes of the answer, and how that tells the outcome. [`crate::graphql`] is one such language, [`crate::body`]
//! the other. Which of them a head asks for is the profile's to say ([`crate::HeadReading::NeedsBody`]).

use bytes::Bytes;
use doorward_domain::Intent;
use std::sync::Arc;

use crate::body::JsonRequest;
use crate::graphql::{AnswerFilter, AnswerFlags, AnswerReader, AnswerRewriter, MaybeDone, Request};
use crate::{Change, Conclusion, Envelope, Misread};

/// A request whose body was read in full.
pub trait Understanding {
    /// What it does.
    fn intent(&self) -> &Arc<Intent>;

    /// What is sent to the tool instead of the client's own bytes; with `attribution`, what it makes carries that user name, whatever the
    /// client wrote.
    fn envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread>;

    /// The body of a 200 that tells the tool's own pages, in words, that the request was refused; none where such clients read what the door
    /// says to any other.
    fn refusal(&self, _sentence: &str) -> Option<Bytes> {
        None
    }

    /// What tells the tool's own pages, in a 200, that what changes something may have been done though its answer is kept back; none where
    /// results have no way to say so.
    fn maybe_done(&self) -> Option<MaybeDone> {
        None
    }

    /// What lowers permission flags in the answer, if it holds any.
    fn answer_rewriter(&self) -> Option<AnswerRewriter> {
        None
    }

    /// The same request, asked so that the answer can be filtered for somebody who may not view everything, and what filters it; with that it
    /// may be asked by whoever may view any of it. `None` where the profile does not say how.
    fn filtered(&self) -> Option<Result<(Understood, AnswerFilter), Misread>> {
        None
    }

    /// The same request, asked so that it is known of which thing each permission flag in the answer is, and what lowers them thing by thing.
    /// `None` where there are none, or the profile does not say how.
    fn flagged(&self) -> Option<(Understood, AnswerFlags)> {
        None
    }

    /// Whether a request like this was made to ask for names before, and that is remembered: then it takes no time.
    fn knows(&self, _change: Change) -> bool {
        false
    }

    /// About how much room it takes, in bytes, beside what is kept of the body as it came.
    fn weight(&self) -> usize {
        self.intent().weight()
    }

    /// How much room that takes: the values of the body.
    fn values_weight(&self) -> usize;

    /// What reads the tool's answer to a state-changing request for the audit log, and gives the client its own; none where the status says
    /// it all.
    fn answer_reader(&self) -> Option<AnswerReader> {
        None
    }
}

/// A request that was understood from its body, ready to be sent as our own.
#[derive(Debug)]
pub enum Understood {
    /// By a tool's GraphQL.
    GraphQl(Request),
    /// By rules that look into a JSON body.
    Json(JsonRequest),
}

/// Each as its language has it, see [`Understanding`].
impl Understood {
    fn inner(&self) -> &dyn Understanding {
        match self {
            Self::GraphQl(request) => request,
            Self::Json(request) => request,
        }
    }

    /// What it does.
    pub fn intent(&self) -> &Arc<Intent> {
        self.inner().intent()
    }

    /// What is sent instead of the client's own bytes.
    pub fn envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread> {
        self.inner().envelope(attribution)
    }

    /// How the tool's own pages hear of a refusal, if in a way of their own.
    pub fn refusal(&self, sentence: &str) -> Option<Bytes> {
        self.inner().refusal(sentence)
    }

    /// How they hear that it may have been done, if in a way of their own.
    pub fn maybe_done(&self) -> Option<MaybeDone> {
        self.inner().maybe_done()
    }

    /// What lowers the permission flags in the answer, if it holds any.
    pub fn answer_rewriter(&self) -> Option<AnswerRewriter> {
        self.inner().answer_rewriter()
    }

    /// What reads the tool's answer to a state-changing request for the audit log, if it says more than its status.
    pub fn answer_reader(&self) -> Option<AnswerReader> {
        self.inner().answer_reader()
    }

    /// The same request for somebody who may not view everything, and what filters the answer; `None` where nobody says how.
    pub fn filtered(&self) -> Option<Result<(Self, AnswerFilter), Misread>> {
        self.inner().filtered()
    }

    /// The same request, asked so that permission flags in the answer can be lowered thing by thing, and what does that; `None` where there
    /// are none, or nobody says how.
    pub fn flagged(&self) -> Option<(Self, AnswerFlags)> {
        self.inner().flagged()
    }

    /// Whether one like it was changed so before, and that is remembered.
    pub fn knows(&self, change: Change) -> bool {
        self.inner().knows(change)
    }

    /// About how much room it takes, in bytes, beside what is kept of the body as it came.
    pub fn weight(&self) -> usize {
        self.inner().weight()
    }

    /// How much that is.
    pub fn values_weight(&self) -> usize {
        self.inner().values_weight()
    }

    /// Reads the tool's answer to a state-changing request for the audit log, when all of it is at hand.
    pub fn conclude(&self, status: u16, answer: &[u8]) -> Option<Conclusion> {
        let mut reader = self.answer_reader()?;
        reader.push(answer);
        Some(reader.conclude(status, true))
    }
}

impl Understanding for Request {
    fn intent(&self) -> &Arc<Intent> {
        self.own_intent()
    }

    fn envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread> {
        self.own_envelope(attribution)
    }

    fn refusal(&self, sentence: &str) -> Option<Bytes> {
        Some(self.own_refusal(sentence))
    }

    fn maybe_done(&self) -> Option<MaybeDone> {
        self.own_maybe_done()
    }

    fn answer_rewriter(&self) -> Option<AnswerRewriter> {
        self.own_rewriter()
    }

    fn answer_reader(&self) -> Option<AnswerReader> {
        Some(self.own_reader())
    }

    fn filtered(&self) -> Option<Result<(Understood, AnswerFilter), Misread>> {
        Some(self.own_filtered()?.map(|(request, filter)| (Understood::GraphQl(request), filter)))
    }

    fn flagged(&self) -> Option<(Understood, AnswerFlags)> {
        self.own_flagged().map(|(request, flags)| (Understood::GraphQl(request), flags))
    }

    fn knows(&self, change: Change) -> bool {
        self.own_knows(change)
    }

    fn weight(&self) -> usize {
        self.own_weight()
    }

    fn values_weight(&self) -> usize {
        self.variables_weight()
    }
}

impl Understanding for JsonRequest {
    fn intent(&self) -> &Arc<Intent> {
        self.own_intent()
    }

    fn envelope(&self, _attribution: Option<&str>) -> Result<Envelope, Misread> {
        Ok(self.own_envelope())
    }

    fn values_weight(&self) -> usize {
        self.text_weight()
    }
}
