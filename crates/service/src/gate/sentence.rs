//! The words of a refusal, for all that show them.

use doorward_domain::details::shortened;
use doorward_domain::text::readable;
use doorward_domain::{Lacking, Refusal, Remedy, Resource, Role, Targets, Unresolved, Why};

/// Bytes of a thing's name in a sentence.
const LONGEST_NAME: usize = 120;

/// The sentence somebody who was refused reads: "You are signed in as ada (viewer). Launching runs needs the role operator. Ask …".
/// Whom to ask, the operator says in `contact`, if anything.
pub fn sentence(refusal: &Refusal, contact: &str) -> String {
    let whom = match contact {
        _ if refusal.is_key && !refusal.is_capped && !matches!(refusal.remedy, Remedy::Lift(_)) => {
            "Whoever made the key can give it more."
        }
        "" => "Ask an administrator of this site if you need it.",
        contact => contact,
    };
    format!("{} {whom}", sentence_alone(refusal))
}

/// The same where nothing but the sentence can be shown: with the address at which they can ask for it.
pub fn sentence_with(refusal: &Refusal, address: &str) -> String {
    format!("{} Ask for it at {address}", sentence_alone(refusal))
}

/// The same where they can ask on the spot.
pub fn sentence_alone(refusal: &Refusal) -> String {
    let held = held(refusal.held, refusal.on_parts);
    let operation = &refusal.operation;
    let doing = operation.called.as_ref().map_or_else(|| format!("“{}”", operation.name), ToString::to_string);
    let why = match refusal.why {
        Why::TooWeak => format!("{doing} needs the role {}{}.", operation.action.required_role(), on_what(refusal)),
        Why::Denied(_) => format!("{doing} is denied to {}.", denied_what(refusal)),
        Why::Untold => untold(refusal, &doing),
    };
    let who = if refusal.is_key { "This is the API key" } else { "You are signed in as" };
    let capped = if refusal.is_capped { " A key does no more than its owner, who may not do this either." } else { "" };
    format!("{who} {} ({held}). {why}{}{capped}", refusal.name, denied_as_well(refusal))
}

/// Of somebody who lacks a role: that this is not all, or may not be.
fn denied_as_well(refusal: &Refusal) -> String {
    if refusal.why != Why::TooWeak {
        return String::new();
    }
    let who = if refusal.is_key { "the key" } else { "you" };
    match refusal.remedy {
        Remedy::Lift(_) => " The role alone would not do: a denial is in the way as well, or may be.".to_owned(),
        _ if refusal.in_doubt.is_some() => {
            format!(" Whether anything that it acts on is denied to {who} shows only then.")
        }
        _ => String::new(),
    }
}

/// Of something that is not told: what it takes where that may be known, and why nothing else can be said.
fn untold(refusal: &Refusal, doing: &str) -> String {
    let who = if refusal.is_key { "the key" } else { "you" };
    let because = match refusal.unresolved {
        None => "",
        Some(Unresolved::TooMany) => ", and names too many things to ask the app about",
        Some(Unresolved::NoAnswer) => ", and the app did not answer when it was asked",
        Some(Unresolved::NotFound) => ", and the app knows nothing of it that would tell",
    };
    match &refusal.lacks {
        Some(thing) => format!(
            "{doing} needs the role {} on {}: the request does not tell whether it acts on what {who} may already{because}.",
            refusal.operation.action.required_role(),
            named(thing)
        ),
        None => match &refusal.remedy {
            Remedy::Grant(_) => format!(
                "{doing} needs the role {} on what it acts on: the request does not tell whether {who} may already{because}.",
                refusal.operation.action.required_role()
            ),
            Remedy::Lift(_) => format!(
                "{doing} cannot be allowed: the request does not tell whether it acts on something that {who} {} denied{because}.",
                if refusal.is_key { "is" } else { "are" }
            ),
            Remedy::Nothing => format!(
                "{doing} cannot be allowed: the request does not tell whether it acts on something that {who} may not touch{because}."
            ),
        },
    }
}

/// What somebody holds on an app, in words.
pub fn held(role: Option<Role>, on_parts: Option<Role>) -> String {
    match (role, on_parts) {
        (Some(role), _) => role.to_string(),
        (None, Some(role)) => format!("{role} on parts of this app"),
        (None, None) => "no role here".to_owned(),
    }
}

/// On what the role is lacked. Whoever holds it elsewhere in the app, or other things alone, would not know what is wrong without.
fn on_what(refusal: &Refusal) -> String {
    let holds_it_elsewhere = refusal.on_parts.is_some_and(|role| role.allows(refusal.operation.action));
    let holds_parts_alone = refusal.held.is_none() && refusal.on_parts.is_some();
    match &refusal.remedy {
        Remedy::Grant(Lacking { resource, .. }) if holds_it_elsewhere || holds_parts_alone => match resource {
            Some(thing) => format!(" on {thing}"),
            None => " on all of this app".to_owned(),
        },
        _ => String::new(),
    }
}

/// A name that somebody sent, as far as it can be read in a sentence.
fn named(thing: &Resource) -> String {
    shortened(&readable(thing.as_str()), LONGEST_NAME)
}

/// To whom and on what: the tool's own page is denied with all of the app only.
fn denied_what(refusal: &Refusal) -> String {
    let whom = if refusal.is_key { "the key" } else { "you" };
    match (&refusal.operation.targets, &refusal.denied) {
        (Targets::Shell, _) => format!("{whom}, as all of this app is"),
        (_, Some(thing)) => format!("{whom} on {}", named(thing)),
        (_, None) => format!("{whom} on what this request acts on"),
    }
}
