//! The one decision. Every shape of Doorward asks it and none has rules of its own.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Action, AppName, Caller, DecisionId, GrantId, Intent, Operation, Principal, Remedy, Resource, Rights, Role, Target,
    Targets, Timestamp, Username, Verdict, Wanted,
};

/// How many of the last grants that have ended are looked at to tell a person what they no longer hold.
const LOOKED_BACK: usize = 16;

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
    because: Option<GrantId>,
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

    /// The role that lets them: of several, on different things, the weakest.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The grant that gives that role; none when the app gives it to everybody.
    pub fn because(&self) -> Option<GrantId> {
        self.because
    }
}

/// Why somebody who is known was refused: codes and fields; the words are made where people read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The decision's id.
    pub id: DecisionId,
    /// The caller's name.
    pub name: Username,
    /// Whether the caller is an API key, and so no person.
    pub is_key: bool,
    /// Whether it is a key whose owner may not do this either: nothing that is given to the key would help.
    pub is_capped: bool,
    /// The role they hold on what it acts on, or on the whole app, if any.
    pub held: Option<Role>,
    /// The strongest role they hold on anything there.
    pub on_parts: Option<Role>,
    /// The operation that was too much: the strongest one of those.
    pub operation: Operation,
    /// What stands in its way.
    pub why: Why,
    /// The thing that is denied, by a name that the request itself says: what a tool told is kept from whoever may not look at it.
    pub denied: Option<Resource>,
    /// Why the tool could not tell what the request does not, if it was asked.
    pub unresolved: Option<Unresolved>,
    /// What would let all of the request through.
    pub remedy: Remedy,
    /// The denial that may be in the way once they have what they lack, which the request does not tell.
    pub in_doubt: Option<GrantId>,
    /// The one thing of the request's own on which a role would do, where nothing tells whether it acts on what they hold the role on.
    pub lacks: Option<Resource>,
    /// Until when they were given all of it, if they were and that has ended.
    pub ended: Option<Timestamp>,
}

/// Why a tool that was asked could not tell what a request acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unresolved {
    /// The request names too many things.
    TooMany,
    /// The tool did not answer, or not in time, or with what cannot be understood.
    NoAnswer,
    /// The tool answered, and knows nothing of that name, or not enough.
    NotFound,
}

impl Unresolved {
    /// Stable word for the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::NoAnswer => "no_answer",
            Self::NotFound => "not_found",
        }
    }
}

/// What stands in the way of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It needs a stronger role.
    TooWeak,
    /// This grant denies what it acts on.
    Denied(GrantId),
    /// Nobody can tell whether it acts on what is denied, or on what is allowed.
    Untold,
}

impl Why {
    /// Stable word for the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooWeak => "too_weak",
            Self::Denied(_) => "denied",
            Self::Untold => "untold",
        }
    }
}

impl Refusal {
    /// The grant that denied it, if one did; or that may, where nobody can tell.
    pub fn because(&self) -> Option<GrantId> {
        match (self.why, &self.remedy) {
            (Why::Denied(grant), _) => Some(grant),
            (Why::Untold, Remedy::Lift(grant)) => Some(*grant),
            (Why::TooWeak | Why::Untold, _) => None,
        }
    }

    /// The tool was asked, and this is why it could not tell. Of what it does not know, nothing can be given.
    pub fn stays_untold(&mut self, why: Unresolved) {
        self.unresolved = Some(why);
        if why == Unresolved::NotFound && self.lacks.is_none() && matches!(self.remedy, Remedy::Grant(_)) {
            self.remedy = Remedy::Nothing;
        }
    }

    /// Nothing will ever tell whether the denial is in the way, so it goes before what is lacking.
    pub fn stays_in_doubt(&mut self) {
        if let Some(denial) = self.in_doubt.take() {
            self.remedy = Remedy::Lift(denial);
        }
    }

    /// The action that would have been needed.
    pub fn required_action(&self) -> Action {
        self.operation.action
    }

    /// The weakest role that would do, if one would.
    pub fn required_role(&self) -> Option<Role> {
        (self.why == Why::TooWeak || self.lacks.is_some()).then(|| self.operation.action.required_role())
    }
}

/// The answer.
#[derive(Debug)]
pub enum Decision {
    /// Go ahead.
    Pass(Permit),
    /// Nobody is signed in: do that first.
    SignIn,
    /// Signed in, but not for this. Boxed, as most requests pass and a refusal is much larger than a permit.
    Refuse(Box<Refusal>),
}

/// Allowed when every operation asked for is, on all it acts on. An intent without operations is refused as if it needed `admin`, and then
/// some: nothing was understood.
pub fn decide(question: &Question<'_>) -> Decision {
    let Caller::Known(who) = question.caller else { return Decision::SignIn };
    let mut least: Option<(Role, Option<GrantId>)> = None;
    let mut refused: Option<(&Operation, Verdict)> = None;
    for operation in &question.intent.operations {
        let verdict = question.verdict(who, operation);
        if let Verdict::Allowed(role, because) = verdict {
            least = least.filter(|(least, _)| *least <= role).or(Some((role, because)));
        } else if refused.is_none_or(|(other, _)| operation.action > other.action) {
            refused = Some((operation, verdict));
        }
    }
    match (refused, least) {
        (None, Some((role, because))) => Decision::Pass(Permit {
            id: question.id,
            who: Arc::clone(who),
            app: question.app.clone(),
            intent: Arc::clone(question.intent),
            role,
            because,
        }),
        (refused, _) => Decision::Refuse(Box::new(question.refusal(who, refused))),
    }
}

impl Question<'_> {
    fn verdict(&self, who: &Principal, operation: &Operation) -> Verdict {
        who.rights.verdict(&self.wanted(operation))
    }

    fn wanted<'a>(&'a self, operation: &'a Operation) -> Wanted<'a> {
        let Operation { action, targets, .. } = operation;
        Wanted { app: self.app, default: self.default_role, action: *action, targets, now: self.now }
    }

    fn refusal(&self, who: &Principal, refused: Option<(&Operation, Verdict)>) -> Refusal {
        let (operation, verdict) =
            refused.map_or((None, None), |(operation, verdict)| (Some(operation), Some(verdict)));
        let (held, why) = match verdict {
            Some(Verdict::TooWeak(held)) => (held, Why::TooWeak),
            Some(Verdict::Denied(grant)) => (self.held(who), Why::Denied(grant)),
            Some(Verdict::Untold(_)) => (self.held(who), Why::Untold),
            Some(Verdict::Allowed(..)) | None => (self.held(who), Why::TooWeak),
        };
        let operation = operation.cloned().unwrap_or_else(Operation::nothing);
        let on_parts = who.rights.role_at_most(self.app, self.default_role, self.now);
        let (remedy, in_doubt) = self.remedy(who);
        Refusal {
            id: self.id,
            name: who.name.clone(),
            is_key: who.user_id().is_none(),
            is_capped: self.is_capped(who),
            held,
            on_parts,
            denied: if let Why::Denied(_) = why { self.denied(who, &operation) } else { None },
            lacks: if why == Why::Untold { self.lacks(&remedy, &operation) } else { None },
            operation,
            why,
            unresolved: None,
            remedy,
            in_doubt,
            ended: if why == Why::TooWeak { self.ended(who) } else { None },
        }
    }

    fn denied(&self, who: &Principal, operation: &Operation) -> Option<Resource> {
        let Targets::These(things) = &operation.targets else { return None };
        let is_denied = |thing: &&Target| {
            let targets = Targets::These(vec![(*thing).clone()]);
            let verdict = who.rights.verdict(&Wanted { targets: &targets, ..self.wanted(operation) });
            matches!(verdict, Verdict::Denied(_))
        };
        let thing = things.iter().find(is_denied)?;
        thing.names().iter().rev().find(|name| self.intent.resources.contains(name)).cloned()
    }

    /// What the request names by itself alone, as a run by its id, might be anywhere; and what the tool told of it is not for whoever may not
    /// look at that.
    fn lacks(&self, remedy: &Remedy, operation: &Operation) -> Option<Resource> {
        let (Remedy::Grant(lacking), Targets::These(things)) = (remedy, &operation.targets) else { return None };
        let ([thing], wanted) = (&things[..], lacking.resource.as_ref()?.to_string()) else { return None };
        let mut named = thing.names().iter().filter(|name| self.intent.resources.contains(name));
        let own = named.next_back().filter(|own| own.as_str() == wanted)?;
        named.next().map(|_| own.clone())
    }

    /// When the last lapsed of what would have let all of the request through.
    fn ended(&self, who: &Principal) -> Option<Timestamp> {
        let operations = &self.intent.operations;
        let was_allowed = |end: &Timestamp| {
            let before = Question { now: end.minus(Duration::from_millis(1)), ..*self };
            operations.iter().all(|operation| matches!(before.verdict(who, operation), Verdict::Allowed(..)))
        };
        if operations.is_empty() {
            return None;
        }
        who.rights.past_changes(self.now).into_iter().take(LOOKED_BACK).find(was_allowed)
    }

    /// The smallest grant that would do, and none that would not: it is tried. Where a denial is in its way, that comes first; one that only may
    /// be is told with it, as the grant is needed whatever is told once somebody has it.
    fn remedy(&self, who: &Principal) -> (Remedy, Option<GrantId>) {
        let judged = self.intent.operations.iter().map(|operation| (operation, self.verdict(who, operation)));
        let remedy = Remedy::of(judged.filter(|(_, verdict)| !matches!(verdict, Verdict::Allowed(..))));
        let Remedy::Grant(lacking) = &remedy else { return (remedy, None) };
        let grant = lacking.as_grant(who.subject, self.app, self.now);
        let mut in_doubt = None;
        for operation in &self.intent.operations {
            let is_needed = || matches!(self.verdict(who, operation), Verdict::TooWeak(_));
            match who.rights.verdict_with(&grant, &self.wanted(operation)) {
                Verdict::Allowed(..) => {}
                Verdict::Untold(Some(denial)) if is_needed() => in_doubt = Some(denial),
                Verdict::Denied(denial) | Verdict::Untold(Some(denial)) => return (Remedy::Lift(denial), None),
                Verdict::TooWeak(_) | Verdict::Untold(None) => return (Remedy::Nothing, None),
            }
        }
        (remedy, in_doubt)
    }

    /// Whether the owner of a key is what stands in its way.
    fn is_capped(&self, who: &Principal) -> bool {
        let may = |owner: &Rights| {
            let mut operations = self.intent.operations.iter();
            operations.all(|operation| matches!(owner.verdict(&self.wanted(operation)), Verdict::Allowed(..)))
        };
        who.rights.owner().is_some_and(|owner| !may(owner))
    }

    fn held(&self, who: &Principal) -> Option<Role> {
        who.role_on(self.app, self.default_role, self.now)
    }
}

#[cfg(test)]
mod tests;
