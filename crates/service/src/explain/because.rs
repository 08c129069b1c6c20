//! What decided: a grant, or what an app gives to everybody.

use doorward_domain::{AppName, Effect, Grant, Role, Subject};

use crate::ports::NamedGrant;

/// A grant in a sentence: "group:data is given operator on job:nightly of etl until …".
pub(super) fn described(NamedGrant { grant, subject }: &NamedGrant) -> String {
    let whom = match grant.subject {
        Subject::User(_) => subject.clone(),
        Subject::Group(_) => format!("the group {subject}"),
        Subject::Key(_) => format!("the key {subject}"),
    };
    let what = match grant.effect {
        Effect::Allow(role) => format!("is given the role {role} on {}", on(grant)),
        Effect::Deny => format!("is denied {}", on(grant)),
    };
    let until = grant.until.map(|end| format!(" until {end}")).unwrap_or_default();
    let reason = if grant.reason.is_empty() { String::new() } else { format!(" ({})", grant.reason) };
    format!("{whom} {what}{until}{reason}")
}

/// The role that an app's `default_role` gives, in a sentence.
pub(super) fn given_to_everybody(role: Role, app: &AppName) -> String {
    format!("everybody who signs in is given the role {role} on all of {app} (default_role)")
}

fn on(grant: &Grant) -> String {
    match (grant.scope.app(), grant.scope.pattern()) {
        (None, _) => "everything".to_owned(),
        (Some(app), None) => format!("all of {app}"),
        (Some(app), Some(pattern)) => format!("{pattern} of {app}"),
    }
}
