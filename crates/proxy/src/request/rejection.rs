//! Why a request was not forwarded, or not answered by the tool.
//!
//! Most requests are: what makes one of these is cold, and so put apart from what every request goes through.

use bytes::Bytes;
use doorward_domain::{DecisionId, Refusal};
use doorward_profile::{MaybeDone, Misread};
use doorward_service::NotAuthenticated;
use doorward_service::audit_log::AuditUnavailable;
use std::time::Duration;

use crate::upstream::{BodyFault, UpstreamError};

/// Why a walk ended at the door.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It cannot be understood.
    Misread(Misread),
    /// `TRACE` and `CONNECT` are not for apps.
    Method,
    /// No app is at this host and path.
    NoApp,
    /// The app is mounted further down: there.
    Elsewhere(String),
    /// There are as many connections as there may be, and nobody can go.
    Busy,
    /// Nobody can sign in before there is an administrator.
    SetupRequired,
    /// Nobody is signed in.
    SignIn,
    /// Another site's page made the browser send it.
    CrossSite,
    /// A page wants to install a service worker that no rule allows.
    ServiceWorker,
    /// Signed in, but not for this.
    Denied(Box<Refusal>),
    /// The same, in the words of the tool's own answers.
    DeniedInside(Box<Refusal>, Bytes),
    /// The tool is not up yet, or not any more; the sentence.
    NotUp {
        /// Worth waiting for.
        is_starting: bool,
        /// What is known.
        sentence: String,
    },
    /// The body did not arrive.
    Body(BodyFault),
    /// Its rest did not, when the tool may have got the beginning.
    RestOfBody(BodyFault),
    /// The tool did not answer.
    Tool(UpstreamError),
    /// It was passed on, and changes something; by what holds since, what came of it is not shown.
    AnswerWithheld {
        /// Nobody is signed in any more, so nobody can look.
        is_signed_out: bool,
        /// How a page of the tool hears of it, if in a way of its own.
        inside: Option<MaybeDone>,
    },
    /// What it would do cannot be written down.
    AuditUnavailable(AuditUnavailable),
    /// Who is asking cannot be looked up.
    StoreUnavailable,
    /// Nor will it be: their network asks about too many credentials that open nothing. How long to wait.
    TooMany(Duration),
}

impl Rejection {
    /// The same of something that was passed on. Of what only looks, nothing came, and it can be asked again; what changes something may have
    /// been done, which no other words may hide: neither that it is not permitted, nor that something is not available for now.
    pub(crate) fn after_passing_on(self, changes_state: bool) -> Self {
        if changes_state {
            Self::AnswerWithheld { is_signed_out: matches!(self, Self::SignIn), inside: None }
        } else {
            self
        }
    }

    /// The same, told so where it is that it may have been done.
    pub(crate) fn told_inside(self, how: Option<MaybeDone>) -> Self {
        match self {
            Self::AnswerWithheld { is_signed_out, .. } => Self::AnswerWithheld { is_signed_out, inside: how },
            other => other,
        }
    }

    /// Whether the audit log tells of it as a refusal. What passes by itself, and that somebody has to sign in, it does not.
    pub(crate) fn is_written_down(&self) -> bool {
        match self {
            Self::Denied(_) | Self::DeniedInside(..) | Self::CrossSite | Self::ServiceWorker | Self::Misread(_) => true,
            Self::Method
            | Self::NoApp
            | Self::Elsewhere(_)
            | Self::Busy
            | Self::SetupRequired
            | Self::SignIn
            | Self::NotUp { .. }
            | Self::Body(_)
            | Self::RestOfBody(_)
            | Self::Tool(_)
            | Self::AnswerWithheld { .. }
            | Self::AuditUnavailable(_)
            | Self::StoreUnavailable
            | Self::TooMany(_) => false,
        }
    }

    /// Has a refusal name the decision it is found under in the audit log, which may be an earlier one's; in a tool's own words it was
    /// named already.
    pub(crate) fn is_found_under(&mut self, id: DecisionId) {
        let (Self::Denied(refusal) | Self::DeniedInside(refusal, _)) = self else { return };
        let own = std::mem::replace(&mut refusal.id, id);
        if let Self::DeniedInside(_, body) = self
            && own != id
            && let Ok(text) = std::str::from_utf8(body)
        {
            *body = text.replace(&own.to_string(), &id.to_string()).into();
        }
    }
}

impl From<NotAuthenticated> for Rejection {
    #[cold]
    fn from(failure: NotAuthenticated) -> Self {
        match failure {
            NotAuthenticated::TooMany { retry_after } => Self::TooMany(retry_after),
            NotAuthenticated::Store(_) => Self::StoreUnavailable,
        }
    }
}

impl From<Misread> for Rejection {
    #[cold]
    fn from(misread: Misread) -> Self {
        Self::Misread(misread)
    }
}

impl From<BodyFault> for Rejection {
    #[cold]
    fn from(fault: BodyFault) -> Self {
        Self::Body(fault)
    }
}

impl From<UpstreamError> for Rejection {
    #[cold]
    fn from(trouble: UpstreamError) -> Self {
        match trouble {
            UpstreamError::Revoked => Self::SignIn,
            UpstreamError::Client(fault) => Self::RestOfBody(fault),
            other => Self::Tool(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither a refusal nor what passes by itself, as a database that is away: whoever waits and sends it again has it done twice.
    #[test]
    fn what_may_have_been_done_is_told_whatever_came_after() {
        let after = |changes_state| {
            [Rejection::NoApp, Rejection::SignIn, Rejection::StoreUnavailable, Rejection::TooMany(Duration::ZERO)]
                .map(|rejection| rejection.after_passing_on(changes_state))
        };
        assert!(after(true).iter().all(|told| matches!(told, Rejection::AnswerWithheld { .. })));
        assert!(!after(false).iter().any(|told| matches!(told, Rejection::AnswerWithheld { .. })));
    }
}
