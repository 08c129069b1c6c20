//! What somebody holds on an app, as it stands on pages: a role on all of it, roles and denials on single things.

use doorward_domain::{Principal, Role, Timestamp};
use doorward_service::App;

use crate::moment::Moment;

/// How many single things are named.
const NAMED: usize = 50;

/// What somebody holds on one app.
pub(super) struct Held {
    /// The role on all of it.
    pub whole: Option<Role>,
    /// Whether all of it is denied.
    pub is_denied: bool,
    /// When that role, or that denial, ends.
    pub until: Option<Timestamp>,
    /// Single things.
    pub things: Vec<Thing>,
    /// How many more there are.
    pub more: usize,
}

/// What is held on what a pattern reaches.
pub(super) struct Thing {
    pub pattern: String,
    /// None is a denial.
    pub role: Option<Role>,
    /// When that ends.
    pub until: Option<Moment>,
}

impl Held {
    /// By somebody, as things are now.
    pub fn on(app: &App, who: &Principal, now: Timestamp) -> Self {
        let things = who.rights.on_things(&app.name, app.default_role, now);
        let more = things.len().saturating_sub(NAMED);
        let things = things.into_iter().take(NAMED).map(|on| Thing {
            pattern: on.pattern.to_owned(),
            role: on.role,
            until: on.until.map(Moment::from),
        });
        Self {
            whole: who.role_on(&app.name, app.default_role, now),
            is_denied: who.rights.is_denied(&app.name, now),
            until: who.rights.until(&app.name, app.default_role, now),
            things: things.collect(),
            more,
        }
    }
}

impl Thing {
    /// In words: "operator on asset:thing_*".
    pub fn words(&self) -> String {
        match self.role {
            Some(role) => format!("{role} on {}", self.pattern),
            None => format!("denied: {}", self.pattern),
        }
    }
}

/// Whether the app's page opens for somebody: they hold something on it.
pub(super) fn opens(app: &App, who: &Principal, now: Timestamp) -> bool {
    who.rights.role_at_most(&app.name, app.default_role, now).is_some()
}
