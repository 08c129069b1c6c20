//! What a connection, its request and its answer can be in the middle of.

use doorward_service::Revocation;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

/// What something goes on by that was let in once, and may be asked whether it still is.
pub(crate) trait Renewable: fmt::Debug {
    /// Judges again: what to look at from now on, or `None` if it must end.
    fn renewed(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Option<Revocation>>>>;
}

/// What a connection goes on by after a 101.
#[derive(Debug, Clone)]
pub(crate) struct Lasting {
    pub(crate) session: Revocation,
    pub(crate) permit: Option<Rc<dyn Renewable>>,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Between requests.
    Idle,
    /// Some of a request's head has arrived, or the connection is new.
    Head,
    /// A request is being answered.
    Busy,
}

/// Whom a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The client, for more of the request's body.
    ClientBody,
    /// The tool, for more of the answer.
    Tool,
    /// Others, for room for the request's body.
    Room,
}

/// What is known of the end of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerEnd {
    /// It comes: the length is known, or the answer is being made.
    Comes,
    /// Nobody said. It may still come as long as the tool is not silent.
    Unsaid,
    /// There is none: an event stream.
    Never,
}

/// Why a request does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Abort {
    /// The client stopped sending the body, or takes too long over it.
    ClientTooSlow,
    /// The tool stopped answering.
    ToolTooSlow,
    /// The session ended, or the caller's rights changed.
    Revoked,
}

/// What looking at a connection found.
#[derive(Debug)]
#[must_use]
pub(crate) enum Checked {
    /// Nothing for the worker to do.
    Well,
    /// What a request was judged by has changed, and it was told.
    Revoked,
    /// Something goes on by this permit, and what it was given for has changed.
    JudgeAgain(Rc<dyn Renewable>),
}
