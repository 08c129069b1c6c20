//! What somebody may do, compiled from all they were given.
//!
//! Grants are how rights are written down; [`Rights`] is how they are asked. Compiled once when somebody is looked up, they answer for any
//! app in one look-up, at any time: what lapses is told apart from what stays, and [`Rights::next_change`] says when to judge again whatever
//! goes on.
//!
//! Must not know: who holds them. Look next: `decision` (who asks them).

use std::collections::HashMap;

use crate::{AppName, Grant, Role, Scope, Timestamp};

/// Everything somebody may do, on every app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    everywhere: OnApp,
    /// The apps with grants of their own; what is held everywhere counts there too.
    apps: HashMap<AppName, OnApp>,
    /// When something of it lapses, soonest first.
    ends: Box<[Timestamp]>,
}

/// What somebody may do on one app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnApp {
    /// For good.
    role: Option<Role>,
    /// Until then.
    lapsing: Vec<(Timestamp, Role)>,
}

impl OnApp {
    /// The strongest role held on the whole app at `now`; `default` is what the app gives to everybody signed in.
    pub fn role(&self, default: Option<Role>, now: Timestamp) -> Option<Role> {
        let lasting = self.role.max(default);
        if self.lapsing.is_empty() {
            return lasting;
        }
        self.lapsing.iter().filter(|(end, _)| now < *end).map(|(_, role)| *role).max().max(lasting)
    }

    fn add(&mut self, grant: &Grant) {
        match grant.until {
            Some(end) => self.lapsing.push((end, grant.role)),
            None => self.role = self.role.max(Some(grant.role)),
        }
    }
}

impl Rights {
    /// Of somebody who was given these.
    pub fn compile(grants: &[Grant]) -> Self {
        let mut everywhere = OnApp::default();
        grants.iter().filter(|grant| grant.scope == Scope::Everything).for_each(|grant| everywhere.add(grant));
        let mut apps: HashMap<AppName, OnApp> = HashMap::new();
        for grant in grants {
            if let Scope::App(app) = &grant.scope {
                apps.entry(app.clone()).or_insert_with(|| everywhere.clone()).add(grant);
            }
        }
        let mut ends: Vec<Timestamp> = grants.iter().filter_map(|grant| grant.until).collect();
        ends.sort_unstable();
        ends.dedup();
        Self { everywhere, apps, ends: ends.into() }
    }

    /// On this app.
    pub fn on(&self, app: &AppName) -> &OnApp {
        if self.apps.is_empty() { &self.everywhere } else { self.apps.get(app).unwrap_or(&self.everywhere) }
    }

    /// The role held on everything, Doorward itself included.
    pub fn on_everything(&self, now: Timestamp) -> Option<Role> {
        self.everywhere.role(None, now)
    }

    /// When something of it lapses next, after `now`.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.ends.iter().copied().find(|end| *end > now)
    }

    /// Whether something of it lapses just then.
    pub fn changes_at(&self, moment: Timestamp) -> bool {
        self.ends.binary_search(&moment).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GrantId, Subject, UserId};

    const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn later(minutes: i64) -> Timestamp {
        Timestamp::from_millis(NOON.as_millis() + minutes * 60_000)
    }

    fn app(name: &str) -> AppName {
        name.parse().unwrap()
    }

    fn grant(role: Role, on: Option<&str>, until: Option<Timestamp>) -> Grant {
        Grant {
            id: GrantId::generate(NOON, [0; 10]),
            subject: Subject::User(UserId::generate(NOON, [0; 10])),
            role,
            scope: on.map_or(Scope::Everything, |name| Scope::App(app(name))),
            until,
            created_at: NOON,
        }
    }

    /// Reads every grant for every question, as they are written down.
    fn naive(grants: &[Grant], on: &AppName, now: Timestamp) -> Option<Role> {
        grants.iter().filter(|grant| grant.scope.covers(on) && grant.holds(now)).map(|grant| grant.role).max()
    }

    #[test]
    fn compiled_they_say_what_the_grants_say() {
        let roles = [None, Some(Role::Viewer), Some(Role::Developer), Some(Role::Admin)];
        let ends = [None, Some(later(1)), Some(later(2))];
        let given = |role: Option<Role>, on, until| role.map(|role| grant(role, on, until));
        for everywhere in roles {
            for (here, there) in roles.into_iter().flat_map(|here| roles.map(|there| (here, there))) {
                for (first, second) in ends.into_iter().flat_map(|first| ends.map(|second| (first, second))) {
                    let grants = [
                        given(everywhere, None, first),
                        given(here, Some("etl"), second),
                        given(there, Some("wiki"), None),
                    ];
                    let grants: Vec<Grant> = grants.into_iter().flatten().collect();
                    for now in [NOON, later(1), later(2)] {
                        let rights = Rights::compile(&grants);
                        for name in ["etl", "wiki", "other"].map(app) {
                            assert_eq!(
                                rights.on(&name).role(None, now),
                                naive(&grants, &name, now),
                                "{grants:?} on {name}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn they_say_when_to_judge_again() {
        let grants = [
            grant(Role::Viewer, None, None),
            grant(Role::Admin, Some("etl"), Some(later(2))),
            grant(Role::Manager, None, Some(later(1))),
        ];
        let rights = Rights::compile(&grants);
        let next = [NOON, later(1), later(2)].map(|now| rights.next_change(now));
        assert_eq!(next, [Some(later(1)), Some(later(2)), None]);
        assert!(rights.changes_at(later(2)) && !rights.changes_at(NOON));
        assert_eq!(
            (rights.on_everything(NOON), rights.on_everything(later(1))),
            (Some(Role::Manager), Some(Role::Viewer))
        );
    }
}
