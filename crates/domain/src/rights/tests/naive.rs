//! Reads every grant for every question, as they are written down: the definition.

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Allowed,
    Refused,
    Untold,
}

fn reaches(scope: &Scope, on: &AppName, thing: &Target) -> bool {
    match scope {
        Scope::Resources(own, pattern) => own == on && thing.names().iter().any(|name| pattern.matches(name)),
        _ => scope.covers(on),
    }
}

pub fn verdict(grants: &[Grant], wanted: &Wanted<'_>) -> Answer {
    let Wanted { app, default, action, targets, now } = *wanted;
    let here: Vec<&Grant> =
        grants.iter().filter(|grant| grant.holds(now) && grant.scope.app().is_none_or(|own| own == app)).collect();
    let denials = || here.iter().filter(|grant| grant.effect == Effect::Deny);
    let allows = |grant: &&&Grant| grant.effect.role().is_some_and(|role| role.allows(action));
    let by_default = default.is_some_and(|role| role.allows(action));
    let on_whole = by_default || here.iter().filter(allows).any(|grant| grant.scope.covers(app));
    let on_any = by_default || here.iter().any(|grant| allows(&grant));
    let denies_any = denials().next().is_some();
    let answer = |is_allowed| if is_allowed { Answer::Allowed } else { Answer::Refused };
    if denials().any(|grant| grant.scope.covers(app)) {
        return Answer::Refused;
    }
    match targets {
        Targets::Shell => answer(on_any),
        Targets::Whole => answer(on_whole && (action == Action::View || !denies_any)),
        // Whether what nobody can tell is denied, or allowed, matters only where a role would do.
        Targets::Unknown if on_any && (denies_any || !on_whole) => Answer::Untold,
        Targets::Unknown => answer(on_whole),
        Targets::These(things) => {
            let all: Vec<Answer> = things
                .iter()
                .map(|thing| {
                    let might = |grant: &Grant| {
                        grant.scope.pattern().is_some_and(|pattern| thing.may_be_called(pattern.kind()))
                    };
                    let reached = |grant: &Grant| reaches(&grant.scope, app, thing);
                    let allowed = by_default || here.iter().filter(allows).any(|grant| reached(grant));
                    let might_be_allowed = allowed || here.iter().filter(allows).any(|grant| might(grant));
                    if denials().any(|grant| reached(grant)) || !might_be_allowed {
                        Answer::Refused
                    } else if denials().any(|grant| might(grant)) || !allowed {
                        Answer::Untold
                    } else {
                        Answer::Allowed
                    }
                })
                .collect();
            [Answer::Refused, Answer::Untold].into_iter().find(|answer| all.contains(answer)).unwrap_or(Answer::Allowed)
        }
    }
}
