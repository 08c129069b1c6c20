//! What somebody may do with single things that the tool's answers show: view them, or what a permission flag of theirs stands for.

use doorward_domain::{
    Action, AppName, Caller, Operation, Principal, Rights, Role, Subject, Targets, Timestamp, Verdict, Wanted,
};
use doorward_profile::Onlooker;
use std::sync::Arc;

use super::held;
use crate::App;

/// What somebody may do with single things of an app.
#[derive(Debug, Clone)]
pub struct Bounds {
    who: Arc<Principal>,
    app: AppName,
    default_role: Option<Role>,
    now: Timestamp,
}

/// What somebody's bounds depend on: on the same they are the same.
#[derive(Debug, Clone)]
pub struct Basis {
    rights: Rights,
    app: AppName,
    default_role: Option<Role>,
    /// Since when at least,
    from: Timestamp,
    /// and when something of it lapses.
    until: Option<Timestamp>,
}

/// What is out of bounds for somebody at an app whose answers are filtered; `None` where nothing is, or nothing is filtered.
pub fn bounds(caller: &Caller, app: &App, now: Timestamp) -> Option<Bounds> {
    let who = caller.principal().filter(|_| app.filter_answers)?;
    let sees_all = who.rights.view_everything(&app.name, app.default_role, now);
    (!sees_all).then(|| Bounds::of(who, app, now))
}

/// What somebody may do with single things of an app, where that is not the same with all of them.
pub fn parts(caller: &Caller, app: &App, now: Timestamp) -> Option<Bounds> {
    let who = caller.principal()?;
    who.rights.differ_on_things(&app.name, app.default_role, now).then(|| Bounds::of(who, app, now))
}

/// What stands beside a permission that needs a role, for somebody who holds the same on all of an app.
pub fn reason(needed: Role, who: &Principal, held: Role) -> String {
    format!("This needs the role {needed}; {} ({held}).", signed_in(who))
}

fn signed_in(who: &Principal) -> String {
    let (name, is_key) = (&who.name, who.user_id().is_none());
    if is_key { format!("this is the API key {name}") } else { format!("you are signed in as {name}") }
}

impl Bounds {
    /// Of somebody.
    pub fn of(who: &Arc<Principal>, app: &App, now: Timestamp) -> Self {
        Self { who: Arc::clone(who), app: app.name.clone(), default_role: app.default_role, now }
    }

    fn verdict(&self, action: Action, targets: &Targets) -> Verdict {
        let Self { who, app, default_role: default, now } = self;
        who.rights.verdict(&Wanted { app, default: *default, action, targets, now: *now })
    }

    /// Whose they are.
    pub fn subject(&self) -> Subject {
        self.who.subject
    }

    /// What they depend on.
    pub fn basis(&self) -> Basis {
        let Self { who, app, default_role, now } = self;
        let until = who.rights.next_change(*now);
        Basis { rights: who.rights.clone(), app: app.clone(), default_role: *default_role, from: *now, until }
    }

    /// Whether that is what they depend on.
    pub fn are_on(&self, basis: &Basis) -> bool {
        let Basis { rights, app, default_role, from, until } = basis;
        let holds = *from <= self.now && until.is_none_or(|until| self.now < until);
        holds && *app == self.app && *default_role == self.default_role && *rights == self.who.rights
    }

    /// The kinds of things of which they may hold some while they do not hold all of the app.
    pub fn held_kinds(&self) -> impl Iterator<Item = &str> {
        self.who.rights.held_kinds(&self.app, self.default_role, self.now).into_iter()
    }

    /// What they hold, in words.
    fn held(&self) -> String {
        let Self { who, app, default_role: default, now } = self;
        held(who.role_on(app, *default, *now), who.rights.role_at_most(app, *default, *now))
    }
}

impl Onlooker for Bounds {
    fn shows(&self, things: &Targets) -> bool {
        matches!(self.verdict(Action::View, things), Verdict::Allowed(..))
    }

    fn lacks(&self, operation: &Operation) -> Option<String> {
        let (action, targets) = (operation.action, &operation.targets);
        let (on, who) = (on_what(targets), || signed_in(&self.who));
        let said = match self.verdict(action, targets) {
            Verdict::Allowed(..) => return None,
            Verdict::TooWeak(_) => format!("This needs the role {}{on}", action.required_role()),
            Verdict::Denied(_) => "This is denied to you here".to_owned(),
            Verdict::Untold(_) => "Some of what this may act on may be out of bounds for you".to_owned(),
        };
        Some(format!("{said}; {} ({}).", who(), self.held()))
    }

    fn least(&self) -> Role {
        let may = |role: &&Role| matches!(self.verdict(role.own_action(), &Targets::Whole), Verdict::Allowed(..));
        Role::ALL.iter().rev().find(may).copied().unwrap_or(Role::Viewer)
    }

    fn needs(&self, role: Role) -> String {
        format!("This needs the role {role} on all of this app; {} ({}).", signed_in(&self.who), self.held())
    }
}

/// On what a role is lacked, as short as a tooltip has to be: by the name of the only thing.
fn on_what(targets: &Targets) -> String {
    let own = match targets {
        Targets::These(things) => match things.as_slice() {
            [thing] => thing.names().last(),
            _ => None,
        },
        _ => return " on all of this app".to_owned(),
    };
    own.map(|name| format!(" on {name}")).unwrap_or_default()
}
