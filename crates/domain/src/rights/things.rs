//! What is held on single things of an app, to be shown to whoever holds it.

use std::collections::BTreeMap;

use super::Rights;
use crate::{AppName, Role, Timestamp, grant_index::Things};

/// What somebody was given, or denied, on the things that a pattern reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnThings<'a> {
    /// The pattern.
    pub pattern: &'a str,
    /// The strongest role that is given; `None` when it is denied.
    pub role: Option<Role>,
}

impl Rights {
    /// Whether all of the app is denied.
    pub fn is_denied(&self, app: &AppName, now: Timestamp) -> bool {
        self.layers(app).iter().flatten().any(|here| here.denial.at(now).is_some())
    }

    /// Whether the role held on all of the app does not say everything: more is held on some things of it, or some is denied.
    pub fn differ_on_things(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> bool {
        let layers = self.layers(app);
        let mut things = layers.iter().flatten().filter_map(|here| here.things.as_deref());
        let differs = |held: &Things| {
            let on_all = || super::role(&layers, self.default(default), now);
            held.denials.on_anything(now).is_some()
                || held.roles.on_anything(now).is_some_and(|(role, _)| Some(role) > on_all())
        };
        things.any(differs) || self.within.as_ref().is_some_and(|owner| owner.differ_on_things(app, default, now))
    }

    /// What is held on single things of the app, in order of the patterns: roles that go beyond the one held on all of it, and denials.
    /// Of a person: nothing is said of what limits a key.
    pub fn on_things(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Vec<OnThings<'_>> {
        if self.is_denied(app, now) {
            return Vec::new();
        }
        let whole = self.role_on(app, default, now);
        let mut all: BTreeMap<&str, Option<Role>> = BTreeMap::new();
        let things: Vec<_> = self.layers(app).into_iter().flatten().filter_map(|here| here.things.as_deref()).collect();
        for (pattern, (role, _)) in things.iter().flat_map(|held| held.roles.held(now)) {
            if Some(role) > whole {
                let held = all.entry(pattern).or_default();
                *held = (*held).max(Some(role));
            }
        }
        all.extend(things.iter().flat_map(|held| held.denials.held(now)).map(|(pattern, _)| (pattern, None)));
        all.into_iter().map(|(pattern, role)| OnThings { pattern, role }).collect()
    }
}
