//! The gate: the one place that judges. The door asks it for every request and every message of a WebSocket, `explain` for requests
//! that were only thought of.
//!
//! What is decided is `domain`'s; what is asked is put together here, so that nobody judges by other rules or leaves one out. The words of a
//! refusal are made here too, for all that show them.

mod bounds;
mod sentence;

use doorward_domain::{
    Action, Caller, Decision, DecisionId, Intent, Principal, Question, Timestamp, Verdict, Wanted, decide,
};
use std::sync::Arc;

pub use bounds::{Basis, Bounds, bounds, parts, reason};
pub use sentence::{held, sentence, sentence_alone, sentence_with};

use crate::App;

/// A request, as far as it matters to whether it may pass.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Names the decision.
    pub id: DecisionId,
    /// Who asks.
    pub caller: &'a Caller,
    /// For which app.
    pub app: &'a App,
    /// What it was understood to want.
    pub intent: &'a Arc<Intent>,
    /// When.
    pub now: Timestamp,
}

/// The decision.
#[expect(clippy::disallowed_methods, reason = "the one place that judges")]
pub fn judge(asked: &Asked<'_>) -> Decision {
    let Asked { id, caller, app, intent, now } = *asked;
    let mut decision = decide(&Question { id, caller, app: &app.name, default_role: app.default_role, intent, now });
    if let Decision::Refuse(refusal) = &mut decision
        && refusal.in_doubt.is_some()
        && !may_be_told(app, intent)
    {
        refusal.stays_in_doubt();
    }
    decision
}

/// Things that an app is asked about for one request, at most.
pub const MOST_ASKED: usize = 64;

/// Whether there is anything that the app could tell of what a request acts on, and not too much.
pub fn may_be_told(app: &App, intent: &Intent) -> bool {
    (1..=MOST_ASKED).contains(&app.profile.asks(intent, MOST_ASKED).len())
}

/// Whether somebody may look at all that a request acts on: what they are refused may be told by names that the tool gave.
pub fn may_view(who: &Principal, app: &App, intent: &Intent, now: Timestamp) -> bool {
    let is_seen = |targets| {
        let wanted = Wanted { app: &app.name, default: app.default_role, action: Action::View, targets, now };
        matches!(who.rights.verdict(&wanted), Verdict::Allowed(..))
    };
    intent.operations.iter().all(|operation| is_seen(&operation.targets))
}
