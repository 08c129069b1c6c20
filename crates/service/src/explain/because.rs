//! What decided: a grant, or what an app gives to everybody.

use doorward_domain::{AppName, Effect, Grant, Principal, Role, Subject};

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
    let reason = if grant.reason.is_empty() { String::new() } else { format!(" ({})", grant.reason) };
    format!("{whom} {what}{}{reason}", until(grant))
}

/// The same to whom it lets through or stops, as their own pages say it: neither why, nor which group has it. A key is told only of its own.
pub(super) fn told_to(who: &Principal, grant: &Grant) -> String {
    let is_key = matches!(who.subject, Subject::Key(_));
    let name = who.name_in_records();
    match (grant.effect, grant.subject) {
        (Effect::Deny, _) if is_key => format!("the denial {}", grant.id),
        (Effect::Deny, _) => format!("the denial {} of {}{}", grant.id, on(grant), until(grant)),
        (Effect::Allow(_), subject) if is_key && subject != who.subject => {
            format!("{name} does no more than its owner, whose role this is")
        }
        (Effect::Allow(role), subject) => {
            let whom = if matches!(subject, Subject::Group(_)) { "a group of " } else { "" };
            format!("{whom}{name} is given the role {role} on {}{}", on(grant), until(grant))
        }
    }
}

/// The role that an app's `default_role` gives, in a sentence.
pub(super) fn given_to_everybody(role: Role, app: &AppName) -> String {
    format!("everybody who signs in is given the role {role} on all of {app} (default_role)")
}

fn until(grant: &Grant) -> String {
    grant.until.map(|end| format!(" until {end}")).unwrap_or_default()
}

fn on(grant: &Grant) -> String {
    match (grant.scope.app(), grant.scope.pattern()) {
        (None, _) => "everything".to_owned(),
        (Some(app), None) => format!("all of {app}"),
        (Some(app), Some(pattern)) => format!("{pattern} of {app}"),
    }
}
