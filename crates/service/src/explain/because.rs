//! Which grant decided, and the smallest one that would do.

use doorward_domain::{AppName, Effect, Grant, Lacking, Principal, Refusal, Remedy, Subject};

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

fn on(grant: &Grant) -> String {
    match (grant.scope.app(), grant.scope.pattern()) {
        (None, _) => "everything".to_owned(),
        (Some(app), None) => format!("all of {app}"),
        (Some(app), Some(pattern)) => format!("{pattern} of {app}"),
    }
}

/// The command that would let the request through with the least: another role on what it acts on, or the end of a denial. `None` where no
/// grant would do. A name that cannot stand on a command line is left out.
pub(super) fn remedy(who: &Principal, app: &AppName, refusal: &Refusal) -> Option<String> {
    match &refusal.remedy {
        Remedy::Lift(grant) => Some(format!("doorward grant remove {grant}")),
        Remedy::Nothing => None,
        Remedy::Grant(Lacking { role, resource }) => {
            let whom = match who.subject {
                Subject::Key(_) => format!("--key {}", who.name),
                Subject::User(_) | Subject::Group(_) => who.name.to_string(),
            };
            let named = resource.as_ref().filter(|name| !name.as_str().contains('\''));
            let thing = named.map(|name| format!(" --resource '{name}'")).unwrap_or_default();
            Some(format!("doorward grant add {whom} --role {role} --app {app}{thing}"))
        }
    }
}
