//! What somebody may do, compiled from all they were given.
//!
//! Grants are how rights are written down; [`Rights`] is how they are asked. Compiled once when somebody is looked up, they answer for any
//! app and thing at any time: what lapses is told apart from what stays, and [`Rights::next_change`] says when to judge again whatever goes
//! on. What comes from groups is kept apart, so that all members of the same groups share it and a change of a group replaces nothing else.
//!
//! Must not know: who holds them. Look next: `decision` (who asks them), `grant_index` (how they are found).

mod things;

use std::sync::Arc;

use crate::{
    Action, AppName, Grant, GrantId, Role, Targets, Timestamp,
    grant_index::{AppGrants, Given, GrantIndex, Things},
    target::Target,
};

pub use things::OnThings;

/// Everything somebody may do, on every app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    own: Arc<GrantIndex>,
    groups: Option<Arc<GrantIndex>>,
    /// Whether what an app gives to everybody signed in counts.
    takes_default: bool,
    /// Whoever's rights these never exceed.
    within: Option<Arc<Rights>>,
}

/// What is wanted of an app, by whoever holds rights.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which app.
    pub app: &'a AppName,
    /// The role the app gives to everybody signed in.
    pub default: Option<Role>,
    /// What to do.
    pub action: Action,
    /// To what.
    pub targets: &'a Targets,
    /// When.
    pub now: Timestamp,
}

/// What rights say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// By this role, which this grant gives; none is the app's own, for everybody.
    Allowed(Role, Option<GrantId>),
    /// The strongest role there is does not do.
    TooWeak(Option<Role>),
    /// By this grant: a denial beats whatever allows.
    Denied(GrantId),
    /// It depends on names that the request does not tell: whether it is about what this grant denies, or what is allowed.
    Untold(Option<GrantId>),
}

impl Rights {
    /// Of a person who was given these.
    pub fn compile(grants: &[Grant]) -> Self {
        let own = Arc::new(GrantIndex::compile(grants));
        Self { own, groups: None, takes_default: true, within: None }
    }

    /// Of a key that was given these: what an app gives to everybody signed in is for people.
    pub fn of_key(grants: &[Grant]) -> Self {
        Self { takes_default: false, ..Self::compile(grants) }
    }

    /// With what all their groups were given.
    #[must_use]
    pub fn with_groups(self, groups: &GroupRights) -> Self {
        Self { groups: groups.0.clone(), ..self }
    }

    /// The same, but never more than the owner's.
    #[must_use]
    pub fn within(self, owner: Arc<Self>) -> Self {
        Self { within: Some(owner), ..self }
    }

    /// Whether both are one in memory, as those of one person's sessions are.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.own, &other.own)
    }

    /// Whose rights these never exceed, if anybody's.
    pub fn owner(&self) -> Option<&Arc<Self>> {
        self.within.as_ref()
    }

    /// Whether it is allowed.
    pub fn verdict(&self, wanted: &Wanted<'_>) -> Verdict {
        self.judged(&self.layers(wanted.app), wanted)
    }

    /// What it would be, with one more grant.
    pub(crate) fn verdict_with(&self, more: &Grant, wanted: &Wanted<'_>) -> Verdict {
        let more = GrantIndex::compile(std::slice::from_ref(more));
        let [own, groups] = self.layers(wanted.app);
        self.judged(&[own, groups, Some(more.on(wanted.app))], wanted)
    }

    fn judged(&self, layers: &Layers<'_>, wanted: &Wanted<'_>) -> Verdict {
        let verdict = judge(layers, &Wanted { default: self.default(wanted.default), ..*wanted });
        match &self.within {
            Some(owner) => weaker(verdict, owner.verdict(wanted)),
            None => verdict,
        }
    }

    /// The strongest role held on the whole app at `now`; `default` is what the app gives to everybody signed in.
    pub fn role_on(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Role> {
        self.limited(role(&self.layers(app), self.default(default), now), |owner| owner.role_on(app, default, now))
    }

    /// The strongest role held on anything of the app at `now`: with any, its pages open.
    pub fn role_at_most(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> Option<Role> {
        let wanted = Wanted { app, default, action: Action::View, targets: &Targets::Shell, now };
        match self.verdict(&wanted) {
            Verdict::Allowed(role, _) => Some(role),
            _ => None,
        }
    }

    /// Whether nothing of the app is out of bounds to look at: `view` is held on all of it, and none of it is denied.
    pub fn view_everything(&self, app: &AppName, default: Option<Role>, now: Timestamp) -> bool {
        let layers = self.layers(app);
        let mut things = layers.iter().flatten().filter_map(|here| here.things.as_deref());
        !things.any(|held| held.denials.on_anything(now).is_some())
            && role(&layers, self.default(default), now).is_some_and(|role| role.allows(Action::View))
            && self.within.as_ref().is_none_or(|owner| owner.view_everything(app, default, now))
    }

    /// The role held on everything, Doorward itself included.
    pub fn on_everything(&self, now: Timestamp) -> Option<Role> {
        self.limited(role(&self.everywhere(), None, now), |owner| owner.on_everything(now))
    }

    /// Whether others may be given this role on the app, or on things of it, by whoever holds these: `admin` on everything, or on all of the
    /// app `manager` and no less than what they give. Whoever is denied part of the app gives nothing there: nobody could tell whether
    /// it is more than they hold.
    pub fn may_give(&self, role: Role, app: &AppName, now: Timestamp) -> bool {
        if self.on_everything(now) == Some(Role::Admin) {
            return true;
        }
        let action = role.max(Role::Manager).own_action();
        let all = Wanted { app, default: None, action, targets: &Targets::Whole, now };
        matches!(self.verdict(&all), Verdict::Allowed(..))
    }

    /// When something of it lapses next, after `now`.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.indexes().filter_map(|index| index.ends().iter().copied().find(|end| *end > now));
        ends.chain(self.within.as_ref().and_then(|owner| owner.next_change(now))).min()
    }

    /// When something of it lapsed, the latest first.
    pub fn past_changes(&self, now: Timestamp) -> Vec<Timestamp> {
        let ends = self.indexes().flat_map(GrantIndex::ends).copied().filter(|end| *end <= now);
        let owners = self.within.as_ref().map(|owner| owner.past_changes(now));
        let mut all: Vec<_> = ends.chain(owners.into_iter().flatten()).collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.dedup();
        all
    }

    /// Whether something of it lapses just then.
    pub fn changes_at(&self, moment: Timestamp) -> bool {
        self.indexes().any(|index| index.ends().binary_search(&moment).is_ok())
            || self.within.as_ref().is_some_and(|owner| owner.changes_at(moment))
    }

    fn default(&self, of_app: Option<Role>) -> Option<Role> {
        of_app.filter(|_| self.takes_default)
    }

    fn everywhere(&self) -> [Option<&AppGrants>; 2] {
        [Some(self.own.everywhere()), self.groups.as_ref().map(|groups| groups.everywhere())]
    }

    fn layers(&self, app: &AppName) -> [Option<&AppGrants>; 2] {
        [Some(self.own.on(app)), self.groups.as_ref().map(|groups| groups.on(app))]
    }

    fn indexes(&self) -> impl Iterator<Item = &GrantIndex> {
        [Some(&self.own), self.groups.as_ref()].into_iter().flatten().map(AsRef::as_ref)
    }

    fn limited(&self, role: Option<Role>, most: impl FnOnce(&Self) -> Option<Role>) -> Option<Role> {
        self.within.as_ref().map_or(role, |owner| role.min(most(owner)))
    }
}

/// What the members of some groups may do by them: shared by all who are in the same ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRights(Option<Arc<GrantIndex>>);

impl GroupRights {
    /// Of groups that were given these.
    pub fn compile(grants: &[Grant]) -> Self {
        Self((!grants.is_empty()).then(|| Arc::new(GrantIndex::compile(grants))))
    }
}

/// What is held on an app, by oneself and by one's groups.
type Layers<'a> = [Option<&'a AppGrants>];

fn role(layers: &Layers<'_>, default: Option<Role>, now: Timestamp) -> Option<Role> {
    if layers.iter().flatten().any(|here| here.denial.at(now).is_some()) {
        None
    } else {
        given(layers, default, now).map(|(role, _)| role)
    }
}

/// The strongest role on the whole app, whatever is denied.
fn given(layers: &Layers<'_>, default: Option<Role>, now: Timestamp) -> Option<Given> {
    let default = default.map(|role| (role, None));
    layers.iter().flatten().filter_map(|here| here.role.at(now)).max().max(default)
}

fn judge(layers: &Layers<'_>, wanted: &Wanted<'_>) -> Verdict {
    let Wanted { default, action, targets, now, .. } = *wanted;
    if let Some(denial) = layers.iter().flatten().find_map(|here| here.denial.at(now)) {
        return Verdict::Denied(denial);
    }
    let whole = given(layers, default, now);
    if layers.iter().flatten().all(|here| here.things.is_none()) {
        return by_role(whole, action);
    }
    let things: Vec<&Things> = layers.iter().flatten().filter_map(|here| here.things.as_deref()).collect();
    let denied = things.iter().find_map(|held| held.denials.on_anything(now));
    let strongest = || things.iter().filter_map(|held| held.roles.on_anything(now)).max();
    match (targets, denied) {
        (Targets::Shell, _) => by_role(whole.max(strongest()), action),
        // What is denied is part of the whole. Lists of everything are looked at all the same: what they show is the answer's matter.
        (Targets::Whole, Some(denial)) if action > Action::View => Verdict::Denied(denial),
        (Targets::Whole, _) => by_role(whole, action),
        (Targets::Unknown, denied) => unless_denied(or_untold(by_role(whole, action), strongest(), action), denied),
        (Targets::These(all), _) => {
            let verdicts = all.iter().map(|thing| judge_thing(&things, whole, thing, wanted));
            verdicts.reduce(weaker).unwrap_or(Verdict::Untold(None))
        }
    }
}

fn judge_thing(things: &[&Things], whole: Option<Given>, thing: &Target, wanted: &Wanted<'_>) -> Verdict {
    let Wanted { action, now, .. } = *wanted;
    if let Some(denial) = things.iter().find_map(|held| held.denials.on(thing, now)) {
        return Verdict::Denied(denial);
    }
    let held = things.iter().filter_map(|held| held.roles.on(thing, now)).max();
    let might_be = things.iter().filter_map(|held| held.roles.might_be_on(thing, now)).max();
    let verdict = or_untold(by_role(whole.max(held), action), might_be, action);
    unless_denied(verdict, things.iter().find_map(|held| held.denials.might_be_on(thing, now)))
}

fn by_role(held: Option<Given>, action: Action) -> Verdict {
    match held {
        Some((role, because)) if role.allows(action) => Verdict::Allowed(role, because),
        held => Verdict::TooWeak(held.map(|(role, _)| role)),
    }
}

/// What would be allowed, if that denial were not about it, which nobody can tell. What is refused anyway does not depend on it.
fn unless_denied(verdict: Verdict, might_be: Option<GrantId>) -> Verdict {
    if might_be.is_some() && matches!(verdict, Verdict::Allowed(..)) { Verdict::Untold(might_be) } else { verdict }
}

/// What is refused only because a name is not told.
fn or_untold(verdict: Verdict, might_be: Option<Given>, action: Action) -> Verdict {
    let would_do = might_be.is_some_and(|(role, _)| role.allows(action));
    if would_do && matches!(verdict, Verdict::TooWeak(_)) { Verdict::Untold(None) } else { verdict }
}

/// Of two that are both needed: what stands in the way of one, else the weaker role. A denial goes before everything, as no grant
/// helps; and what is refused for good before what may come out either way once it is told.
fn weaker(first: Verdict, next: Verdict) -> Verdict {
    let weight = |verdict| match verdict {
        Verdict::Allowed(..) => 0,
        Verdict::Untold(_) => 1,
        Verdict::TooWeak(_) => 2,
        Verdict::Denied(_) => 3,
    };
    match (first, next) {
        (Verdict::Allowed(role, _), Verdict::Allowed(other, _)) if other < role => next,
        _ if weight(next) > weight(first) => next,
        _ => first,
    }
}

#[cfg(test)]
pub(crate) mod tests;
