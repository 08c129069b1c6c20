//! Asking for access: what somebody lacks, why they want it, and what came of it.

use std::time::Duration;

use crate::{
    AccessRequestId, AppName, DecisionId, GrantId, Lacking, Resource, Rights, Role, Target, Targets, Timestamp, UserId,
    Verdict, Wanted,
};

/// Somebody asks for what they were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Names it.
    pub id: AccessRequestId,
    /// Who asks.
    pub user: UserId,
    /// On which app.
    pub app: AppName,
    /// For what: the smallest grant that would have done.
    pub wanted: Lacking,
    /// What they were refused, in a line: "Launching runs · nightly".
    pub refused: Box<str>,
    /// The decision that refused it.
    pub decision_id: DecisionId,
    /// Why, in their words; may be empty.
    pub reason: Box<str>,
    /// When they asked.
    pub created_at: Timestamp,
    /// What came of it; `None` as long as it is open.
    pub answer: Option<AccessAnswer>,
}

impl AccessRequest {
    /// How long one stays open that nobody answers.
    pub const LIFETIME: Duration = Duration::from_hours(30 * 24);

    /// Whether it can still be answered at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && now < self.lapses_at()
    }

    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> AccessState {
        match self.answer.as_ref().map(|answer| &answer.outcome) {
            Some(AccessOutcome::Approved(_)) => AccessState::Approved,
            Some(AccessOutcome::Declined(_)) => AccessState::Declined,
            None if self.is_open(now) => AccessState::Open,
            Some(AccessOutcome::Lapsed) | None => AccessState::Lapsed,
        }
    }

    /// When it lapses if nobody answers.
    pub fn lapses_at(&self) -> Timestamp {
        self.created_at.plus(Self::LIFETIME)
    }
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessState {
    /// It waits for an answer.
    Open,
    /// A grant was made.
    Approved,
    /// It was not.
    Declined,
    /// Nobody answered in time, whether that was written down yet or not.
    Lapsed,
}

impl AccessState {
    /// The word used in API and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessAnswer {
    /// When.
    pub at: Timestamp,
    /// Who answered, by the name of the time; `system` when nobody did.
    pub by: Box<str>,
    /// What.
    pub outcome: AccessOutcome,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessOutcome {
    /// A grant was made.
    Approved(GivenAccess),
    /// It was not; for this reason, which may be empty.
    Declined(Box<str>),
    /// Nobody answered in time.
    Lapsed,
}

/// The grant that an approval made: what was asked for, or less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAccess {
    /// Names it.
    pub grant: GrantId,
    /// What it gives.
    pub given: Lacking,
    /// Until when; `None` is for good.
    pub until: Option<Timestamp>,
}

/// How somebody stands to what they might be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They hold it already.
    Held,
    /// This denial stands in its way: giving it would change nothing.
    Denied(GrantId),
    /// They lack it.
    Lacking,
}

impl Standing {
    /// Of somebody with these rights, to this on this app, which gives everybody signed in the role `default`.
    pub fn of(rights: &Rights, app: &AppName, wanted: &Lacking, default: Option<Role>, now: Timestamp) -> Self {
        let (role, scope) = (wanted.role, wanted.scope(app));
        let targets = match scope.pattern().filter(|pattern| pattern.is_exact()) {
            Some(pattern) => {
                let name = pattern.as_str().split_once(':').map_or("", |(_, name)| name);
                Targets::These(vec![Target::told([Resource::new(pattern.kind(), name)])])
            }
            None => Targets::Shell,
        };
        let action = role.own_action();
        match (rights.verdict(&Wanted { app, default, action, targets: &targets, now }), &targets) {
            (Verdict::Denied(grant), _) => Self::Denied(grant),
            (Verdict::Allowed(..), Targets::These(_)) => Self::Held,
            // The tool's own page opens for whoever holds any part; what is wanted is the whole.
            (_, Targets::Shell) if rights.role_on(app, default, now) >= Some(role) => Self::Held,
            _ => Self::Lacking,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, Grant, Scope, Subject};

    const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn grant(n: u128, effect: Effect, app: Option<&str>, pattern: Option<&str>) -> Grant {
        let app = app.map(|name| name.parse().unwrap());
        let scope = match (app, pattern) {
            (Some(app), Some(pattern)) => Scope::Resources(app, pattern.parse().unwrap()),
            (Some(app), None) => Scope::App(app),
            (None, _) => Scope::Everything,
        };
        Grant {
            id: GrantId::from_uuid(uuid::Uuid::from_u128(n)),
            subject: Subject::User(UserId::from_uuid(uuid::Uuid::nil())),
            effect,
            scope,
            until: None,
            reason: "".into(),
            created_at: NOON,
            created_by: "".into(),
        }
    }

    fn standing(grants: &[Grant], role: Role, resource: Option<&str>) -> Standing {
        let wanted = Lacking { role, resource: resource.map(|text| text.parse().unwrap()) };
        Standing::of(&Rights::compile(grants), &"etl".parse().unwrap(), &wanted, Some(Role::Viewer), NOON)
    }

    #[test]
    fn what_is_held_is_not_lacked() {
        let operator = Effect::Allow(Role::Operator);
        for held in [grant(1, operator, None, None), grant(1, operator, Some("etl"), None)] {
            assert_eq!(standing(std::slice::from_ref(&held), Role::Operator, Some("job:a")), Standing::Held);
            assert_eq!(standing(std::slice::from_ref(&held), Role::Operator, None), Standing::Held);
            assert_eq!(standing(std::slice::from_ref(&held), Role::Developer, None), Standing::Lacking);
        }
        let on_a = [grant(1, operator, Some("etl"), Some("job:a*"))];
        assert_eq!(standing(&on_a, Role::Operator, Some("job:ab")), Standing::Held);
        assert_eq!(standing(&on_a, Role::Operator, Some("job:b")), Standing::Lacking);
        assert_eq!(standing(&on_a, Role::Operator, None), Standing::Lacking, "a part is not the whole");
        assert_eq!(standing(&[], Role::Viewer, None), Standing::Held, "the app gives it to everybody");
    }

    #[test]
    fn what_is_denied_is_denied_whatever_would_be_given() {
        let id = |n| GrantId::from_uuid(uuid::Uuid::from_u128(n));
        let denials = [grant(7, Effect::Deny, Some("etl"), Some("job:a"))];
        assert_eq!(standing(&denials, Role::Operator, Some("job:a")), Standing::Denied(id(7)));
        assert_eq!(standing(&denials, Role::Operator, Some("job:b")), Standing::Lacking);
        assert_eq!(standing(&denials, Role::Operator, None), Standing::Lacking, "the rest of it would be given");
        let all = [grant(8, Effect::Deny, Some("etl"), None), grant(9, Effect::Allow(Role::Admin), None, None)];
        assert_eq!(standing(&all, Role::Operator, None), Standing::Denied(id(8)));
        assert_eq!(standing(&all, Role::Operator, Some("job:b")), Standing::Denied(id(8)));
    }
}
