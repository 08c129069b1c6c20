//! The one decision. Every shape of Doorward asks it and none has rules of its own.

use std::sync::Arc;

use crate::{Action, AppName, Caller, DecisionId, Intent, Operation, Principal, Role, Timestamp, Username};

/// All a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Names this decision, for the caller and the audit log.
    pub id: DecisionId,
    /// Who asks.
    pub caller: &'a Caller,
    /// For which app.
    pub app: &'a AppName,
    /// The role the app gives to everybody signed in.
    pub default_role: Option<Role>,
    /// What the request was understood to want.
    pub intent: &'a Arc<Intent>,
    /// When.
    pub now: Timestamp,
}

/// Proof that [`decide`] let this caller do this, on this app. Nothing else can build one, and forwarding needs one.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permit {
    id: DecisionId,
    who: Arc<Principal>,
    app: AppName,
    intent: Arc<Intent>,
    role: Role,
}

impl Permit {
    /// The decision's id.
    pub fn id(&self) -> DecisionId {
        self.id
    }

    /// Who was let through.
    pub fn who(&self) -> &Arc<Principal> {
        &self.who
    }

    /// To which app, and to no other.
    pub fn app(&self) -> &AppName {
        &self.app
    }

    /// To do what, and nothing else.
    pub fn intent(&self) -> &Arc<Intent> {
        &self.intent
    }

    /// The role they hold on this app.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// Why somebody who is known was refused: codes and fields; the words are made where people read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The decision's id.
    pub id: DecisionId,
    /// The caller's name.
    pub name: Username,
    /// The role they hold on this app, if any.
    pub held: Option<Role>,
    /// The operation that was too much: the strongest one.
    pub operation: Operation,
}

impl Refusal {
    /// Stable word for `reason=` and problem `code`.
    pub const CODE: &'static str = "forbidden";

    /// The action that would have been needed.
    pub fn required_action(&self) -> Action {
        self.operation.action
    }

    /// The weakest role that would do.
    pub fn required_role(&self) -> Role {
        self.operation.action.required_role()
    }
}

/// The answer.
#[derive(Debug)]
pub enum Decision {
    /// Go ahead.
    Pass(Permit),
    /// Nobody is signed in: do that first.
    SignIn,
    /// Signed in, but not for this.
    Refuse(Refusal),
}

/// Allowed when one role held on the app includes every operation asked for. An intent without operations is refused as if
/// it needed `admin`, and then some: nothing was understood.
pub fn decide(question: &Question<'_>) -> Decision {
    let Caller::Known(who) = question.caller else { return Decision::SignIn };
    let held = who.role_on(question.app, question.default_role, question.now);
    match (held, question.intent.strongest()) {
        (Some(role), Some(strongest)) if role.allows(strongest.action) => Decision::Pass(Permit {
            id: question.id,
            who: Arc::clone(who),
            app: question.app.clone(),
            intent: Arc::clone(question.intent),
            role,
        }),
        (_, strongest) => Decision::Refuse(Refusal {
            id: question.id,
            name: who.name.clone(),
            held,
            operation: strongest.cloned().unwrap_or_else(Operation::nothing),
        }),
    }
}
