//! Why something came to what it came to, where the log says it by a word of ours.

/// `reason` in the details of an event: a stable word. What somebody gives as their reason is theirs, and none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditReason {
    /// Nobody has that name.
    UnknownUser,
    /// It was not the password.
    WrongPassword,
    /// The account is disabled.
    Disabled,
    /// The password, the account or the session was changed meanwhile.
    Overtaken,
    /// There were too many tries before.
    TooManyTries,
    /// The session had lasted as long as one may.
    Expired,
    /// The session was not used for as long as one may.
    Idle,
    /// The role does not include it.
    Forbidden,
    /// The password has to be given again first.
    StepUpRequired,
    /// The token was missing that our own pages send.
    Csrf,
    /// It came from another site's page.
    CrossSite,
    /// It would have become a service worker.
    ServiceWorker,
    /// It was passed on, and the answer kept back.
    AnswerWithheld,
}

impl AuditReason {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::UnknownUser,
        Self::WrongPassword,
        Self::Disabled,
        Self::Overtaken,
        Self::TooManyTries,
        Self::Expired,
        Self::Idle,
        Self::Forbidden,
        Self::StepUpRequired,
        Self::Csrf,
        Self::CrossSite,
        Self::ServiceWorker,
        Self::AnswerWithheld,
    ];

    /// The word. What the problem document of an answer says as well, it says by the same one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Disabled => "disabled",
            Self::Overtaken => "overtaken",
            Self::TooManyTries => "too_many_tries",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Forbidden => "forbidden",
            Self::StepUpRequired => "step_up_required",
            Self::Csrf => "csrf",
            Self::CrossSite => "cross_site",
            Self::ServiceWorker => "service_worker",
            Self::AnswerWithheld => "answer_withheld",
        }
    }

    /// What this word is, if it is one of these.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_word() {
        let lines = include_str!("reason.rs").lines();
        let worded = lines.filter(|line| line.trim_start().starts_with("Self::") && line.contains(" => \""));
        assert_eq!(worded.count(), AuditReason::ALL.len());
        for reason in AuditReason::ALL {
            assert_eq!(AuditReason::of_word(reason.as_str()), Some(reason));
        }
        assert_eq!(AuditReason::of_word("for on_call"), None);
    }
}
