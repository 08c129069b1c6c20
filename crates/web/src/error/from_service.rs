//! Which failure of a verb has which public code.

use doorward_domain::{Member, Subject};
use doorward_http::desk_paths::STEP_UP;
use doorward_service::access::AccessError;
use doorward_service::admin::grants::GrantError;
use doorward_service::admin::groups::GroupError;
use doorward_service::admin::keys::KeyError;
use doorward_service::admin::sessions::SessionError;
use doorward_service::admin::users::{InvalidUser, UserError};
use doorward_service::explain::ExplainError;
use doorward_service::ports::StoreError;
use doorward_service::setup::SetupError;
use doorward_service::sign_in::login::LoginError;
use doorward_service::{NotAllowed, NotAuthenticated, audit_log::ReadAuditError};
use serde_json::json;

use super::{ApiError, Code};

impl From<NotAllowed> for ApiError {
    fn from(refused: NotAllowed) -> Self {
        let NotAllowed::Role { required } = refused else {
            return Self::new(Code::StepUpRequired).with("step_up_url", STEP_UP);
        };
        let role = required.required_role();
        Self::with_detail(Code::Forbidden, format!("This needs the role {role} on everything."))
            .with("required_action", required.as_str())
            .with("required_role", role.as_str())
    }
}

impl ApiError {
    /// Something in the body that cannot be used, and where it stands.
    fn unusable(failure: &impl ToString, field: &'static str) -> Self {
        Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", field)
    }
}

impl From<StoreError> for ApiError {
    fn from(failure: StoreError) -> Self {
        match failure {
            StoreError::Conflict(field) => Self::with_detail(Code::Conflict, failure.to_string()).with("field", field),
            StoreError::NoLongerAllowed => Self::with_detail(
                Code::SignInRequired,
                "You have been signed out, or may not do this any more. Nothing was changed.",
            ),
            StoreError::LastAdmin => Self::new(Code::LastAdmin),
            StoreError::BadQuery(words) => Self::with_detail(Code::InvalidQuery, words),
            StoreError::Unavailable(_) if failure.is_full_disk() => {
                let words = "The disk of this site is full, so nothing was changed. Tell an administrator.";
                Self::caused_in_words(Code::StoreUnavailable, words, failure)
            }
            StoreError::Unavailable(cause) => Self::caused(Code::StoreUnavailable, cause),
            StoreError::InDoubt(_) => {
                let words = "Doorward's database did not answer in time. This may have been done or not: look before you do it again.";
                Self::caused_in_words(Code::StoreUnavailable, words, failure)
            }
        }
    }
}

impl From<NotAuthenticated> for ApiError {
    fn from(failure: NotAuthenticated) -> Self {
        match failure {
            NotAuthenticated::TooMany { retry_after } => Self::new(Code::TooManyRequests).retry_after(retry_after),
            NotAuthenticated::Store(failure) => failure.into(),
        }
    }
}

impl From<InvalidUser> for ApiError {
    fn from(invalid: InvalidUser) -> Self {
        let error = Self::with_detail(Code::InvalidInput, invalid.to_string()).with("field", field_of(&invalid));
        let InvalidUser::Several(all) = &invalid else { return error };
        let errors = all.iter().map(|one| json!({"field": field_of(one), "detail": one.to_string()}));
        error.with("errors", errors.collect::<Vec<_>>())
    }
}

/// Where it was typed; of several the first.
fn field_of(invalid: &InvalidUser) -> &'static str {
    match invalid {
        InvalidUser::Username(_) | InvalidUser::ReservedName(_) => "username",
        InvalidUser::Email(_) => "email",
        InvalidUser::Password(_) => "password",
        InvalidUser::FullName => "full_name",
        InvalidUser::Several(all) => all.first().map_or("username", field_of),
    }
}

impl From<UserError> for ApiError {
    fn from(failure: UserError) -> Self {
        match failure {
            UserError::NotAllowed(refused) => refused.into(),
            UserError::NotFound => Self::new(Code::NotFound),
            UserError::Invalid(invalid) => invalid.into(),
            UserError::WrongPassword => Self::new(Code::WrongPassword),
            UserError::Throttled { retry_after } => Self::throttled(retry_after),
            UserError::Busy => Self::with_detail(Code::Busy, "Too many sign-ins at once. Try again in a moment."),
            UserError::Store(failure) => failure.into(),
        }
    }
}

impl From<SessionError> for ApiError {
    fn from(failure: SessionError) -> Self {
        match failure {
            SessionError::NotAllowed(refused) => refused.into(),
            SessionError::NotFound => Self::new(Code::NotFound),
            SessionError::Store(failure) => failure.into(),
        }
    }
}

impl From<GrantError> for ApiError {
    fn from(failure: GrantError) -> Self {
        match failure {
            GrantError::NotAllowed(refused) => refused.into(),
            GrantError::NotFound => Self::new(Code::NotFound),
            GrantError::UnknownSubject(subject) => {
                let field = match subject {
                    Subject::User(_) => "user",
                    Subject::Group(_) => "group",
                    Subject::Key(_) => "key",
                };
                Self::unusable(&failure, field)
            }
            GrantError::BadReason => Self::unusable(&failure, "reason"),
            GrantError::UnknownKind(_) => Self::unusable(&failure, "resource"),
            GrantError::UnknownApp(_) => {
                Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", "app")
            }
            GrantError::AlreadyOver => {
                Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", "until")
            }
            GrantError::Store(failure) => failure.into(),
        }
    }
}

impl From<GroupError> for ApiError {
    fn from(failure: GroupError) -> Self {
        match failure {
            GroupError::NotAllowed(refused) => refused.into(),
            GroupError::NotFound | GroupError::UnknownName(_) | GroupError::NotAMember(..) => Self::new(Code::NotFound),
            GroupError::UnknownMember(Member::User(_)) => Self::unusable(&failure, "user"),
            GroupError::UnknownMember(Member::Group(_)) => Self::unusable(&failure, "group"),
            GroupError::BadName => Self::unusable(&failure, "name"),
            GroupError::BadDescription => Self::unusable(&failure, "description"),
            GroupError::Cycle(..) => Self::with_detail(Code::Cycle, failure.to_string()),
            GroupError::ManagedElsewhere(..) => Self::with_detail(Code::ManagedElsewhere, failure.to_string()),
            GroupError::Store(failure) => failure.into(),
        }
    }
}

impl From<KeyError> for ApiError {
    fn from(failure: KeyError) -> Self {
        let field = match failure {
            KeyError::NotAllowed(refused) => return refused.into(),
            KeyError::NotFound => return Self::new(Code::NotFound),
            KeyError::TooMany => return Self::with_detail(Code::TooManyKeys, sentence(&failure)),
            KeyError::TooOften { retry_after } => return Self::throttled(retry_after),
            KeyError::Store(failure) => return failure.into(),
            KeyError::UnknownOwner => "owner",
            KeyError::UnknownApp(_) => "app",
            KeyError::UnknownKind(_) => "resource",
            KeyError::BadName => "name",
            KeyError::AlreadyOver => "expires_at",
            KeyError::LongOverlap => "overlap",
            KeyError::ManyAddresses => "allowed_addresses",
        };
        Self::unusable(&failure, field)
    }
}

impl From<AccessError> for ApiError {
    fn from(failure: AccessError) -> Self {
        let words = sentence(&failure);
        let code = match failure {
            AccessError::NotAllowed(refused) => return refused.into(),
            AccessError::Store(failure) => return failure.into(),
            AccessError::NotYours { role, .. } => {
                let refused = Self::with_detail(Code::Forbidden, words);
                return refused
                    .with("required_action", role.own_action().as_str())
                    .with("required_role", role.as_str());
            }
            AccessError::Own => {
                return Self::with_detail(Code::Forbidden, words).with("required_action", "manage");
            }
            AccessError::UnknownApp(_) => return Self::unusable(&failure, "app"),
            AccessError::BadReason => return Self::unusable(&failure, "reason"),
            AccessError::AlreadyOver => return Self::unusable(&failure, "until"),
            AccessError::More { is_role: true, .. } => return Self::unusable(&failure, "role"),
            AccessError::More { .. } => return Self::unusable(&failure, "resource"),
            AccessError::NotAPerson => Code::SessionRequired,
            AccessError::NotFound | AccessError::UnknownRefusal | AccessError::Several => Code::NotFound,
            AccessError::Denied { .. }
            | AccessError::NothingHelps
            | AccessError::Disabled(_)
            | AccessError::AppGone(_) => Code::NotGrantable,
            AccessError::Held(_) => Code::AlreadyAllowed,
            AccessError::TooMany => Code::TooManyOpen,
            AccessError::Closed(_) => Code::AlreadyAnswered,
        };
        Self::with_detail(code, words)
    }
}

/// With a capital at the start and a full stop at the end.
fn sentence(failure: &impl ToString) -> String {
    let words = failure.to_string();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

impl From<ReadAuditError> for ApiError {
    fn from(failure: ReadAuditError) -> Self {
        match failure {
            ReadAuditError::NotAllowed(refused) => refused.into(),
            ReadAuditError::UnknownApp(_) => Self::unusable(&failure, "app"),
            ReadAuditError::Store(failure) => failure.into(),
        }
    }
}

impl From<ExplainError> for ApiError {
    fn from(failure: ExplainError) -> Self {
        match failure {
            ExplainError::NotAllowed(refused) => refused.into(),
            ExplainError::UnknownUser => Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", "as"),
            ExplainError::UnknownKey => Self::unusable(&failure, "as_key"),
            ExplainError::UnknownApp(_) => {
                Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", "app")
            }
            ExplainError::NoApp(_) | ExplainError::NoAddress(_) => {
                Self::with_detail(Code::InvalidInput, failure.to_string()).with("field", "path")
            }
            ExplainError::Store(failure) => failure.into(),
        }
    }
}

impl From<LoginError> for ApiError {
    fn from(failure: LoginError) -> Self {
        match failure {
            LoginError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            LoginError::Throttled { retry_after } => Self::throttled(retry_after),
            LoginError::SetupRequired => Self::new(Code::SetupRequired),
            LoginError::Busy => Self::with_detail(Code::Busy, "Too many sign-ins at once. Try again in a moment."),
            LoginError::Store(failure) => failure.into(),
        }
    }
}

impl From<SetupError> for ApiError {
    fn from(failure: SetupError) -> Self {
        match failure {
            SetupError::WrongToken => Self::with_detail(Code::WrongSetupToken, failure.to_string()),
            SetupError::Throttled { retry_after } => Self::new(Code::Throttled).retry_after(retry_after),
            SetupError::AlreadyDone => Self::new(Code::AlreadySetUp),
            SetupError::Invalid(invalid) => invalid.into(),
            SetupError::Store(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_in_words_and_its_cause_to_the_log_only() {
        let full = ApiError::from(StoreError::Unavailable("(code: 13) database or disk is full".into()));
        assert_eq!(full.code(), Code::StoreUnavailable);
        assert!(full.detail().starts_with("The disk of this site is full") && !full.detail().contains("13"));
        assert!(full.cause().is_some_and(|cause| cause.contains("(code: 13)")));
        let other = ApiError::from(StoreError::Unavailable("disk I/O error".into()));
        assert_eq!(other.detail(), Code::StoreUnavailable.detail());
    }
}
