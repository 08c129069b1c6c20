//! What the words mean that stand for an action or a reason in an event, for people who look at it.

use doorward_domain::{AuditAction, AuditReason, NewAuditEvent, Unresolved};
use serde_json::Value;

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
    Some(match AuditReason::of_word(word)? {
        AuditReason::AnswerWithheld => {
            "It was passed on, and the answer kept back: session, rights or rules had changed meanwhile, or could not be looked up."
        }
        AuditReason::UnknownUser => "There is nobody of that name.",
        AuditReason::WrongPassword => "It was not the right password.",
        AuditReason::Disabled => "The account is disabled.",
        AuditReason::Overtaken => "Meanwhile the password, the account or the session was changed.",
        AuditReason::TooManyTries => "There were too many tries before, so this one was not looked at.",
        AuditReason::Expired => "It had lasted as long as a session may.",
        AuditReason::Idle => "It was not used for as long as a session may be.",
        // These have the sentence that whoever asked was told.
        AuditReason::Forbidden
        | AuditReason::StepUpRequired
        | AuditReason::Csrf
        | AuditReason::CrossSite
        | AuditReason::ServiceWorker => return None,
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

/// Whether the reason of such an event is what somebody gave, and stays as it is. That of others is a code of ours.
pub(super) fn is_in_peoples_words(action: &AuditAction) -> bool {
    ["grant.", "access."].iter().any(|noun| action.as_str().starts_with(noun))
}

/// What Doorward did, in words; every action has some.
pub(super) fn did(action: &AuditAction) -> Option<&'static str> {
    DID.iter().find(|(known, _)| known == action).map(|(_, words)| *words)
}

/// In the order of [`AuditAction::ALL`].
static DID: [(AuditAction, &str); AuditAction::ALL.len()] = [
    (AuditAction::SIGN_IN, "Signing in"),
    (AuditAction::SIGN_OUT, "Signing out"),
    (AuditAction::STEP_UP, "Giving the password again"),
    (AuditAction::SETUP, "Setting up Doorward"),
    (AuditAction::SESSION_ENTER, "Entering an app's host"),
    (AuditAction::SESSION_END, "Ending a session"),
    (AuditAction::USER_CREATE, "Adding a user"),
    (AuditAction::USER_UPDATE, "Changing a user"),
    (AuditAction::USER_DISABLE, "Disabling a user"),
    (AuditAction::USER_ENABLE, "Enabling a user"),
    (AuditAction::USER_DELETE, "Deleting a user"),
    (AuditAction::PASSWORD_CHANGE, "Setting a password"),
    (AuditAction::GRANT_PUT, "Making a grant"),
    (AuditAction::GRANT_REMOVE, "Removing a grant"),
    (AuditAction::GROUP_CREATE, "Making a group"),
    (AuditAction::GROUP_UPDATE, "Changing a group"),
    (AuditAction::GROUP_DELETE, "Deleting a group"),
    (AuditAction::GROUP_JOIN, "Adding to a group"),
    (AuditAction::GROUP_LEAVE, "Taking out of a group"),
    (AuditAction::KEY_CREATE, "Making an API key"),
    (AuditAction::KEY_UPDATE, "Changing an API key"),
    (AuditAction::KEY_ROTATE, "Giving an API key another secret"),
    (AuditAction::KEY_REVOKE, "Revoking an API key"),
    (AuditAction::ACCESS_ASK, "Asking for access"),
    (AuditAction::ACCESS_APPROVE, "Approving access"),
    (AuditAction::ACCESS_DECLINE, "Declining access"),
    (AuditAction::ACCESS_LAPSE, "A request for access lapsed"),
    (AuditAction::REQUEST, "Asking an app"),
    (AuditAction::AUDIT_TRIM, "Removing old audit entries"),
    (AuditAction::BACKUP_RESTORE, "Putting a backup back"),
];

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_action_has_words() {
        let without: Vec<_> = AuditAction::ALL.into_iter().filter(|action| did(action).is_none()).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
