//! What the words mean that stand for a reason in an event's details, for people who look at one event.

use doorward_domain::{NewAuditEvent, Unresolved};
use serde_json::Value;

use super::summary::is_in_peoples_words;

/// The sentence for what a member of the details says by a word; `None` where it is no such word, or has its sentence beside it.
pub fn in_words(event: &NewAuditEvent, member: &str) -> Option<&'static str> {
    let word = event.details.get(member).and_then(Value::as_str)?;
    match member {
        "reason" if !is_in_peoples_words(&event.action) => reason(word),
        "why" => why(word),
        "told" => told(word),
        _ => None,
    }
}

fn reason(word: &str) -> Option<&'static str> {
    Some(match word {
        "answer_withheld" => {
            "It was passed on, and the answer kept back: session, rights or rules had changed meanwhile, or could not be looked up."
        }
        "unknown_user" => "There is nobody of that name.",
        "wrong_password" => "It was not the right password.",
        "disabled" => "The account is disabled.",
        "overtaken" => "Meanwhile the password, the account or the session was changed.",
        "too_many_tries" => "There were too many tries before, so this one was not looked at.",
        "expired" => "It had lasted as long as a session may.",
        "idle" => "It was not used for as long as a session may be.",
        _ => return None,
    })
}

fn why(word: &str) -> Option<&'static str> {
    Some(match word {
        "denied" => "A grant denies it (`denied_by`).",
        "untold" => "The request does not tell all that it acts on, and not everything of that kind is theirs.",
        _ => return None,
    })
}

fn told(word: &str) -> Option<&'static str> {
    let all = [Unresolved::TooMany, Unresolved::NoAnswer, Unresolved::NotFound];
    Some(match all.into_iter().find(|why| why.as_str() == word)? {
        Unresolved::TooMany => "It names too many things to ask the app about all of them.",
        Unresolved::NoAnswer => "The app was asked, and gave no answer that could be understood in time.",
        Unresolved::NotFound => "The app was asked, and knows nothing of that name, or not enough.",
    })
}

#[cfg(test)]
mod tests {
    use doorward_domain::AuditAction;

    use super::*;
    use crate::context::Telling as _;
    use crate::fakes::{StillClock, context};

    #[test]
    fn words_of_ours_have_a_sentence_and_peoples_own_stay_as_they_are() {
        let of = |action: AuditAction, member: &str, word: &str| {
            in_words(&context(&StillClock::at_noon()).own_event(action).with(member, word), member)
        };
        assert!(of(AuditAction::REQUEST, "reason", "answer_withheld").is_some_and(|told| told.contains("kept back")));
        assert!(of(AuditAction::SIGN_IN, "reason", "wrong_password").is_some());
        assert_eq!(of(AuditAction::GRANT_PUT, "reason", "expired"), None);
        assert!(of(AuditAction::REQUEST, "told", "no_answer").is_some());
        assert!(of(AuditAction::REQUEST, "why", "denied").is_some());
        assert_eq!(of(AuditAction::REQUEST, "why", "else"), None);
        assert_eq!(of(AuditAction::REQUEST, "path", "denied"), None);
    }
}
