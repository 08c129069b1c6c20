//! Grants, compiled: found by app and by thing instead of read one by one.

use std::collections::HashMap;

use crate::{
    AppName, Effect, Grant, GrantId, Role, Scope, Timestamp, held::Held, pattern::Pattern, pattern_map::PatternMap,
};

/// A role, and the grant that gives it; none is the app's own, for everybody.
pub(crate) type Given = (Role, Option<GrantId>);

/// What some grants come to, on every app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GrantIndex {
    everywhere: AppGrants,
    /// The apps with grants of their own; what is held everywhere counts there too.
    apps: HashMap<AppName, AppGrants>,
    /// When something of it lapses, soonest first.
    ends: Box<[Timestamp]>,
}

/// What some grants come to on one app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AppGrants {
    /// On all of it.
    pub(crate) role: Held<Given>,
    /// All of it is denied.
    pub(crate) denial: Held<GrantId>,
    /// On single things.
    pub(crate) things: Option<Box<Things>>,
}

/// What is held on single things of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Things {
    pub(crate) roles: PatternMap<Given>,
    pub(crate) denials: PatternMap<GrantId>,
}

impl GrantIndex {
    pub(crate) fn compile(grants: &[Grant]) -> Self {
        let mut everywhere = AppGrants::default();
        grants.iter().filter(|grant| grant.scope == Scope::Everything).for_each(|grant| everywhere.add(grant));
        let mut apps: HashMap<AppName, AppGrants> = HashMap::new();
        for (grant, app) in grants.iter().filter_map(|grant| Some((grant, grant.scope.app()?))) {
            let here = apps.entry(app.clone()).or_insert_with(|| everywhere.clone());
            match grant.scope.pattern() {
                Some(pattern) => here.things.get_or_insert_default().add(pattern, grant),
                None => here.add(grant),
            }
        }
        let mut ends: Vec<Timestamp> = grants.iter().filter_map(|grant| grant.until).collect();
        ends.sort_unstable();
        ends.dedup();
        Self { everywhere, apps, ends: ends.into() }
    }

    pub(crate) fn on(&self, app: &AppName) -> &AppGrants {
        if self.apps.is_empty() { &self.everywhere } else { self.apps.get(app).unwrap_or(&self.everywhere) }
    }

    pub(crate) fn everywhere(&self) -> &AppGrants {
        &self.everywhere
    }

    /// When something of it lapses.
    pub(crate) fn ends(&self) -> &[Timestamp] {
        &self.ends
    }
}

impl AppGrants {
    fn add(&mut self, grant: &Grant) {
        match grant.effect {
            Effect::Allow(role) => self.role.add((role, Some(grant.id)), grant.until),
            Effect::Deny => self.denial.add(grant.id, grant.until),
        }
    }
}

impl Things {
    fn add(&mut self, pattern: &Pattern, grant: &Grant) {
        match grant.effect {
            Effect::Allow(role) => self.roles.add(pattern, (role, Some(grant.id)), grant.until),
            Effect::Deny => self.denials.add(pattern, grant.id, grant.until),
        }
    }
}
