//! The one decision. Every shape of Doorward asks it and none has rules of its own.

use std::sync::Arc;

use crate::{Action, AppName, Caller, DecisionId, Intent, Operation, Role, SignedIn, Timestamp};

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
    pub intent: &'a Intent,
    /// When.
    pub now: Timestamp,
}

/// Proof that [`decide`] let this caller through. Nothing else can build one, and forwarding needs one.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permit {
    id: DecisionId,
    who: Arc<SignedIn>,
    role: Role,
}

impl Permit {
    /// The decision's id.
    pub fn id(&self) -> DecisionId {
        self.id
    }

    /// Who was let through.
    pub fn who(&self) -> &Arc<SignedIn> {
        &self.who
    }

    /// The role they hold on this app.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// Why a signed-in caller was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The decision's id.
    pub id: DecisionId,
    /// The user's name.
    pub username: String,
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

    /// The sentence the caller reads: "You are signed in as ada (viewer). Launching runs needs the role operator. Ask …".
    pub fn sentence(&self) -> String {
        let held = self.held.map_or_else(|| "no role here".to_owned(), |role| role.to_string());
        let doing =
            self.operation.called.as_ref().map_or_else(|| format!("“{}”", self.operation.name), ToString::to_string);
        format!(
            "You are signed in as {} ({held}). {doing} needs the role {}. Ask an administrator of this site if you need it.",
            self.username,
            self.required_role(),
        )
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
    let Caller::User(who, _) = question.caller else { return Decision::SignIn };
    let held = who.role_on(question.app, question.default_role, question.now);
    match (held, question.intent.strongest()) {
        (Some(role), Some(strongest)) if role.allows(strongest.action) => {
            Decision::Pass(Permit { id: question.id, who: Arc::clone(who), role })
        }
        (_, strongest) => Decision::Refuse(Refusal {
            id: question.id,
            username: who.user.username.to_string(),
            held,
            operation: strongest.cloned().unwrap_or_else(|| Operation {
                name: "nothing".into(),
                action: Action::Admin,
                rule: crate::RuleName::UNCLASSIFIED,
                called: None,
                family: None,
            }),
        }),
    }
}
