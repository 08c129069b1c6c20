//! What one kind of body means, once it is read: the seam between the door and the languages of bodies.
//!
//! The door asks every request that its body decides the same things: what it does, what is sent instead of it, how a refusal looks to
//! whoever waits for it, what becomes of the answer, and how that tells the outcome. [`crate::graphql`] is one such language, [`crate::body`]
//! the other. Which of them a head asks for is the profile's to say ([`crate::HeadReading::NeedsBody`]).

use bytes::Bytes;
use doorward_domain::Intent;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::graphql::{AnswerFilter, AnswerFlags, AnswerReader, AnswerRewriter};
use crate::{Envelope, Misread, Understood};

/// The language of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// A GraphQL request, in whatever form.
    GraphQl,
    /// JSON that rules look into.
    Json,
}

/// What a request may be asked again for, in a way that takes time to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So that its answer can be filtered ([`Understanding::filtered`]).
    Filtered,
    /// So that its flags can be lowered thing by thing ([`Understanding::flagged`]).
    Flagged,
}

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

/// Why a request is refused before its body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread<'w> {
    /// Nobody is signed in.
    SignedOut(&'w str),
    /// Somebody is, who may not even look.
    Forbidden(&'w str),
}

impl BodyKind {
    /// What a problem document holds as well for clients of this language, by its key, when they are refused before their body was read: the
    /// shapes of its results are not known then.
    pub fn also_told(self, why: Unread<'_>) -> Option<(&'static str, Value)> {
        let (code, message) = match why {
            Unread::SignedOut(message) => ("UNAUTHENTICATED", message),
            Unread::Forbidden(message) => ("FORBIDDEN", message),
        };
        match self {
            // A GraphQL client shows nothing but this member; without it a page waits for an answer for ever.
            Self::GraphQl => Some(("errors", json!([{ "message": message, "extensions": { "code": code } }]))),
            Self::Json => None,
        }
    }
}
