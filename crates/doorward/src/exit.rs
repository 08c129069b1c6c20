//! How a command fails: a sentence and an exit code. For the command line and for what it puts together alike.

use doorward_service::access::AccessError;
use doorward_service::admin::grants::GrantError;
use doorward_service::admin::groups::GroupError;
use doorward_service::admin::keys::KeyError;
use doorward_service::admin::sessions::SessionError;
use doorward_service::admin::users::UserError;
use doorward_service::ports::StoreError;
use std::fmt::Display;
use std::process::ExitCode;

/// How a command ends.
pub type Outcome<T = ExitCode> = Result<T, Failure>;

/// A sentence and an exit code. Messages are taken by value: whoever fails is done with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// 1 failed, 2 wrong usage or configuration, 3 not found, 4 refused.
    pub code: u8,
    /// What the operator reads.
    pub message: String,
}

impl Failure {
    /// It was tried and did not work.
    pub fn failed(message: impl Display) -> Self {
        let mut message = format!("{message}");
        if message != FULL_DISK && is_of_full_disk(&message) {
            // Other parts tell of it in the engine's words.
            message = format!("{FULL_DISK} ({message})");
        }
        Self { code: 1, message }
    }

    /// It was asked for in a way that makes no sense, or the configuration does not.
    pub fn usage(message: impl Display) -> Self {
        Self { code: 2, message: format!("{message}") }
    }

    /// What it was about does not exist.
    pub fn not_found(message: impl Display) -> Self {
        Self { code: 3, message: format!("{message}") }
    }

    /// The same, and by which name it was looked for, where it does not exist.
    #[must_use]
    pub fn looking_for(self, kind: &str, name: impl Display) -> Self {
        if self.code == 3 { Self::not_found(format!("there is no {kind} `{name}`")) } else { self }
    }

    /// Something of that kind has the name already.
    pub fn taken(kind: &str, name: impl Display) -> Self {
        Self::refused(format!("there is a {kind} `{name}` already"))
    }

    /// It must not be done: invalid, in conflict, not allowed.
    pub fn refused(message: impl Display) -> Self {
        Self { code: 4, message: format!("{message}") }
    }
}

/// What to do about a disk without room.
pub const FULL_DISK: &str =
    "the disk is full, so nothing was changed: make room (`df -h`; old backups, the audit file) and try again";

/// Whether an engine or the operating system says that there is no room.
pub fn is_of_full_disk(text: &str) -> bool {
    StoreError::Unavailable(text.into()).is_full_disk()
}

/// An error with the causes behind it: whoever is at the command line may see them.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Conflict(_) | StoreError::LastAdmin | StoreError::NoLongerAllowed => Self::refused(error),
            StoreError::BadQuery(_) => Self::usage(error),
            StoreError::Unavailable(_) if error.is_full_disk() => Self::failed(FULL_DISK),
            StoreError::Unavailable(_) | StoreError::InDoubt(_) => Self::failed(with_causes(&error)),
        }
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        match error {
            UserError::NotFound => Self::not_found(error),
            UserError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::NotFound
            | GrantError::UnknownSubject(_)
            | GrantError::UnknownApp(_)
            | GrantError::UnknownKind(_) => Self::not_found(error),
            GrantError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<GroupError> for Failure {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NotFound
            | GroupError::UnknownName(_)
            | GroupError::UnknownMember(_)
            | GroupError::NotAMember(..) => Self::not_found(error),
            GroupError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NotFound | KeyError::UnknownOwner | KeyError::UnknownApp(_) | KeyError::UnknownKind(_) => {
                Self::not_found(error)
            }
            KeyError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound | AccessError::UnknownApp(_) | AccessError::AppGone(_) => Self::not_found(error),
            AccessError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotFound => Self::not_found(error),
            SessionError::Store(error) => error.into(),
            other @ SessionError::NotAllowed(_) => Self::refused(other),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever reads our output may stop reading: `doorward audit list | head`.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self { code: 0, message: String::new() }
        } else {
            Self::failed(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let engine = "error returned from database: (code: 13) database or disk is full";
        let of_store = Failure::from(StoreError::Unavailable(engine.into()));
        assert_eq!((of_store.code, of_store.message.as_str()), (1, FULL_DISK));
        let other = Failure::failed(format!("the database cannot be copied: {engine}"));
        assert!(
            other.message.starts_with(FULL_DISK) && other.message.contains("cannot be copied"),
            "{}",
            other.message
        );
        assert_eq!(Failure::failed("disk I/O error").message, "disk I/O error");
    }
}
