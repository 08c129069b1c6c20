//! What a permit is good for: the very request, or message, that was judged, and no other.
//!
//! One person's request for one thing and their next for another differ in nothing a permit's holder sees but the intent. So whoever sends
//! something shows what it was read as, and which permit that got; what does not belong together is not sent.

use doorward_domain::{Intent, Permit};
use std::sync::Arc;

use super::Resolved;

/// A permit, and what was read that it is for. What was judged may say more of it: what the tool told.
#[derive(Debug)]
#[must_use]
pub(crate) struct Bound {
    permit: Permit,
    read: Arc<Intent>,
}

impl Bound {
    /// `None` when the permit is of anything but what was read, or what was resolved from that.
    pub(crate) fn new(permit: Permit, read: &Arc<Intent>, resolved: Option<&Resolved>) -> Option<Self> {
        let is_of_another = |resolved: &Resolved| !Arc::ptr_eq(&resolved.of, read);
        if resolved.is_some_and(is_of_another) {
            return None;
        }
        let judged = resolved.map_or(read, |resolved| &resolved.intent);
        Arc::ptr_eq(permit.intent(), judged).then(|| Self { permit, read: Arc::clone(read) })
    }

    /// The permit, to look at.
    pub(crate) fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The permit, for whoever sends what was read as this.
    pub(crate) fn for_sending(self, read: &Arc<Intent>) -> Option<Permit> {
        Arc::ptr_eq(&self.read, read).then_some(self.permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::{
        Action, Bond, Caller, Decision, DecisionId, Operation, Principal, Question, Rights, Role, RuleName, Session,
        SessionId, Subject, Targets, Timestamp, UserId, decide,
    };
    use std::time::Duration;

    const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn intent() -> Arc<Intent> {
        let operation = Operation {
            name: "it".into(),
            action: Action::View,
            rule: RuleName::new("a rule"),
            called: None,
            family: None,
            targets: Targets::Whole,
        };
        Arc::new(Intent { operations: vec![operation], resources: Vec::new(), changes_state: false })
    }

    #[expect(clippy::disallowed_methods, reason = "only the decision makes a permit")]
    fn permit(intent: &Arc<Intent>) -> Permit {
        let user = UserId::generate(NOON, [0; 10]);
        let session = Session {
            id: SessionId::generate(NOON, [0; 10]),
            user_id: user,
            kind: doorward_domain::SessionKind::Browser,
            factors: doorward_domain::Factors::default(),
            created_at: NOON,
            proved_at: NOON,
            last_seen_at: NOON,
            expires_at: NOON.plus(Duration::from_hours(1)),
            client_ip: String::new(),
            user_agent: String::new(),
            device: String::new(),
            is_remembered: false,
        };
        let caller = Caller::Known(Arc::new(Principal {
            subject: Subject::User(user),
            name: "ada".parse().unwrap(),
            email: None,
            full_name: "".into(),
            groups: Arc::default(),
            bond: Bond::Session(session),
            rights: Rights::compile(&[]),
        }));
        let (id, app) = (DecisionId::generate(NOON, [0; 10]), "wiki".parse().unwrap());
        let question = Question { id, caller: &caller, app: &app, default_role: Some(Role::Viewer), intent, now: NOON };
        match decide(&question) {
            Decision::Pass(permit) => permit,
            refused => panic!("{refused:?}"),
        }
    }

    fn resolved(of: &Arc<Intent>) -> Resolved {
        Resolved { of: Arc::clone(of), intent: intent(), unresolved: None }
    }

    #[test]
    fn a_permit_sends_what_it_was_given_for_and_nothing_that_only_looks_the_same() {
        let (one, other) = (intent(), intent());
        assert_eq!(one, other);
        assert!(Bound::new(permit(&one), &one, None).unwrap().for_sending(&one).is_some());
        assert!(Bound::new(permit(&one), &one, None).unwrap().for_sending(&other).is_none());
        assert!(Bound::new(permit(&one), &other, None).is_none());
    }

    #[test]
    fn what_the_tool_told_of_a_request_is_good_for_that_one_alone() {
        let (one, other) = (intent(), intent());
        let told = resolved(&one);
        assert!(Bound::new(permit(&told.intent), &one, Some(&told)).unwrap().for_sending(&one).is_some());
        assert!(Bound::new(permit(&told.intent), &one, Some(&told)).unwrap().for_sending(&other).is_none());
        assert!(Bound::new(permit(&told.intent), &other, Some(&told)).is_none(), "it was told of another");
        assert!(Bound::new(permit(&one), &one, Some(&told)).is_none(), "that is not what was judged");
        assert!(Bound::new(permit(&told.intent), &one, None).is_none(), "nobody says what it was resolved from");
    }
}
