//! Builders for grants.

use doorward_domain::{Effect, Grant, GrantId, Role, Scope, Subject, Timestamp, User};

use super::fresh_bytes;
use crate::NOON;

/// A grant of this role on everything to this user, for good, made at [`NOON`] by `root`.
pub fn grant(to: &User, role: Role) -> GrantBuilder {
    grant_to(Subject::User(to.id), role)
}

/// As [`grant`], to whomever.
pub fn grant_to(subject: Subject, role: Role) -> GrantBuilder {
    GrantBuilder(Grant {
        id: GrantId::generate(NOON, fresh_bytes()),
        subject,
        effect: Effect::Allow(role),
        scope: Scope::Everything,
        until: None,
        reason: "".into(),
        created_at: NOON,
        created_by: "root".into(),
    })
}

/// Builds a [`Grant`].
#[derive(Debug, Clone)]
pub struct GrantBuilder(Grant);

impl GrantBuilder {
    /// On this app only.
    #[must_use]
    pub fn on(mut self, app: &str) -> Self {
        self.0.scope = Scope::App(app.parse().expect("an app name"));
        self
    }

    /// Only on what this pattern reaches in the app it is [`Self::on`].
    #[must_use]
    pub fn reaching(mut self, pattern: &str) -> Self {
        let app = self.0.scope.app().expect("the app comes first").clone();
        self.0.scope = Scope::Resources(app, pattern.parse().expect("a pattern"));
        self
    }

    /// Denying instead.
    #[must_use]
    pub fn denying(mut self) -> Self {
        self.0.effect = Effect::Deny;
        self
    }

    /// Lapsing then.
    #[must_use]
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.0.until = Some(moment);
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// Made then.
    #[must_use]
    pub fn created_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self
    }

    /// The grant.
    pub fn build(self) -> Grant {
        self.0
    }
}
