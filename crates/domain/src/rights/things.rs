//! What is held on single things of an app, to be shown to whoever holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Layers, Rights};
use crate::{AppName, Resource, Role, Timestamp, grant_index::Things, held::End};

/// Of more patterns than this [`Rights::outline`] does not tell one from another.
const MANY: usize = 200;
/// Nor where finding out which of them say as much as others would take more than so many steps: bytes of names times bytes of patterns.
const MOST_STEPS: usize = 1 << 25;

/// What somebody was given, or denied, on the things that a pattern reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnThings<'a> {
    /// The pattern.
    pub pattern: &'a str,
    /// The strongest role that is given; `None` when it is denied.
    pub role: Option<Role>,
    /// When that ends; `None` is never.
    pub until: Option<Timestamp>,
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
        let things: Vec<_> = self.layers(app).into_iter().flatten().filter_map(|here| here.things.as_deref()).collect();
        let given = things.iter().flat_map(|held| held.roles.held()).filter_map(|(pattern, held)| {
            let (role, _) = held.at(now).filter(|(role, _)| Some(*role) > whole)?;
            Some((pattern, (Some(role), held.end(now, |(other, _)| other >= role)?)))
        });
        let denied = things.iter().flat_map(|held| held.denials.held());
        let denied = denied.filter_map(|(pattern, held)| Some((pattern, (None, held.end(now, |_| true)?))));
        let mut all = last(given);
        all.extend(last(denied));
        all.into_iter().map(|(pattern, (role, end))| OnThings { pattern, role, until: end.moment() }).collect()
    }

    /// What is held on the app, in words that are the same as long as the same may be done: whatever gives it, and until whenever; but that a
    /// pattern with wildcards lies within another is not seen. Empty when nothing may be done. For comparing, not for reading, and asked
    /// often: of very many single things it says only that they are many.
    pub fn outline(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> String {
        if self.role_at_most(app, default, now).is_none() {
            return String::new();
        }
        let whole = self.role_on(app, default, now);
        let things: Vec<_> = self.layers(app).into_iter().flatten().filter_map(|here| here.things.as_deref()).collect();
        let mut outline = whole.map_or("none", Role::as_str).to_owned();
        if are_many(&things) {
            outline.push_str("\nmany things");
        } else {
            for held in self.on_things(app, default, now).iter().filter(|held| !is_said_by_others(held, &things, now)) {
                let _ = write!(outline, "\n{} {}", held.role.map_or("denied", Role::as_str), held.pattern);
            }
        }
        if let Some(owner) = &self.within {
            let _ = write!(outline, "\nwithin {}", owner.outline(app, default, now));
        }
        outline
    }

    /// The kinds of things of which some may be held while all of the app is not: what a key was given, and what its owner was, as either may
    /// be the less.
    pub fn held_kinds(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> BTreeSet<&str> {
        let own = self.on_things(app, default, now).into_iter().filter(|held| held.role.is_some());
        let own = own.filter_map(|held| Some(held.pattern.split_once(':')?.0));
        own.chain(self.within.as_ref().into_iter().flat_map(|owner| owner.held_kinds(app, default, now))).collect()
    }

    /// When the role held on all of the app ends, or that all of it is denied; `None` is never. Of a person.
    pub fn until(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Timestamp> {
        let layers = self.layers(app);
        let denied = layers.iter().flatten().filter_map(|here| here.denial.end(now, |_| true)).max();
        denied.or_else(|| role_ends(&layers, self.default(default), now))?.moment()
    }

    /// When the role held on everything ends; `None` is never. Of a person.
    pub fn until_everywhere(&self, now: Timestamp) -> Option<Timestamp> {
        role_ends(&self.everywhere(), None, now)?.moment()
    }
}

fn role_ends(layers: &Layers<'_>, default: Option<Role>, now: Timestamp) -> Option<End> {
    let (role, _) = super::given(layers, default, now)?;
    let ends = layers.iter().flatten().filter_map(|here| here.role.end(now, |(other, _)| other >= role));
    let by_default = default.filter(|default| *default >= role).map(|_| End::Never);
    ends.max().max(by_default)
}

/// Whether there are more patterns than are told apart, or longer ones.
fn are_many(things: &[&Things]) -> bool {
    if things.iter().map(|held| held.roles.len() + held.denials.len()).sum::<usize>() > MANY {
        return true;
    }
    let (mut names, mut patterns) = (0_usize, 0_usize);
    for held in things {
        let all = held.roles.held().map(|(pattern, _)| pattern).chain(held.denials.held().map(|(pattern, _)| pattern));
        for pattern in all {
            *(if pattern.contains('*') { &mut patterns } else { &mut names }) += pattern.len();
        }
    }
    names.saturating_mul(patterns) > MOST_STEPS
}

/// Whether it is about one thing, of which patterns that reach others too say as much.
fn is_said_by_others(held: &OnThings<'_>, things: &[&Things], now: Timestamp) -> bool {
    let Some((kind, name)) = held.pattern.split_once(':').filter(|_| !held.pattern.contains('*')) else { return false };
    let thing = Resource::new(kind, name);
    let is_denied = || things.iter().any(|other| other.denials.by_wildcards(&thing, now).is_some());
    let roles = || things.iter().filter_map(|other| other.roles.by_wildcards(&thing, now));
    is_denied() || held.role.is_some_and(|role| roles().any(|(other, _)| other >= role))
}

/// Of each pattern the strongest, and of the same the one that ends last.
fn last<'a>(held: impl Iterator<Item = (&'a str, (Option<Role>, End))>) -> BTreeMap<&'a str, (Option<Role>, End)> {
    let mut all = BTreeMap::new();
    for (pattern, held) in held {
        let known = all.entry(pattern).or_insert(held);
        *known = (*known).max(held);
    }
    all
}
