//! What somebody holds on an app, as it stands on pages: a role on all of it, roles and denials on single things.

use doorward_domain::{Principal, Role, Timestamp};
use doorward_service::App;

/// How many single things are named.
const NAMED: usize = 50;

/// What somebody holds on one app.
pub(super) struct Held {
    /// The role on all of it.
    pub whole: Option<Role>,
    /// Whether all of it is denied.
    pub is_denied: bool,
    /// Single things, by their patterns; no role is a denial.
    pub things: Vec<(String, Option<Role>)>,
    /// How many more there are.
    pub more: usize,
}

impl Held {
    /// By somebody, as things are now.
    pub fn on(app: &App, who: &Principal, now: Timestamp) -> Self {
        let things = who.rights.on_things(&app.name, app.default_role, now);
        let more = things.len().saturating_sub(NAMED);
        Self {
            whole: who.role_on(&app.name, app.default_role, now),
            is_denied: who.rights.is_denied(&app.name, now),
            things: things.into_iter().take(NAMED).map(|on| (on.pattern.to_owned(), on.role)).collect(),
            more,
        }
    }

    /// The single things in words: "operator on asset:thing_*".
    pub fn words(&self) -> Vec<String> {
        let named = self.things.iter().map(|(pattern, role)| match role {
            Some(role) => format!("{role} on {pattern}"),
            None => format!("denied: {pattern}"),
        });
        named.chain((self.more > 0).then(|| format!("and {} more", self.more))).collect()
    }
}

/// Whether the app's page opens for somebody: they hold something on it.
pub(super) fn opens(app: &App, who: &Principal, now: Timestamp) -> bool {
    who.rights.role_at_most(&app.name, app.default_role, now).is_some()
}
