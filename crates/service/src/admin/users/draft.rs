//! What is typed for somebody new, and all that is wrong with it at once.

use doorward_domain::text::steers;
use doorward_domain::{
    Email, Role, Secret, User, UserId, Username,
    user::{InvalidEmail, InvalidUsername},
};

use crate::context::Context;
use crate::sign_in::passwords::{self, Unsuitable};

/// A name, password or address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUser {
    /// The name.
    #[error(transparent)]
    Username(#[from] InvalidUsername),
    /// The name means something else here.
    #[error("`{0}` cannot be a username: it means something else here")]
    ReservedName(Username),
    /// The address.
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    /// The password; in words.
    #[error("{0}")]
    Password(String),
    /// The full name is too long.
    #[error(
        "a full name has at most 200 characters, none of them control characters or such as change the direction of text"
    )]
    FullName,
    /// Several of these: who typed them reads of all at once.
    #[error("{}", sentences(.0))]
    Several(Vec<Self>),
}

impl InvalidUser {
    /// Each mistake by itself.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    fn of(found: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut found: Vec<Self> = found.into_iter().flatten().collect();
        if found.len() > 1 { Some(Self::Several(found)) } else { found.pop() }
    }
}

fn sentences(mistakes: &[InvalidUser]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<Unsuitable> for InvalidUser {
    fn from(Unsuitable(why): Unsuitable) -> Self {
        Self::Password(why.to_owned())
    }
}

/// A new user's particulars, parsed.
pub(crate) struct Draft {
    pub(crate) username: Username,
    email: Option<Email>,
    full_name: String,
    role: Option<Role>,
}

impl Draft {
    /// From username, address and full name as they were typed. The password is only looked at.
    pub(crate) fn parse(
        (username, email, full_name): (&str, Option<&str>, &str),
        role: Option<Role>,
        password: Option<&Secret>,
    ) -> Result<Self, InvalidUser> {
        let email = email.map(str::trim).filter(|text| !text.is_empty());
        let username = parse_username(username);
        let is_suitable = password.map_or(Ok(()), |password| passwords::check_for(password, username.as_ref().ok()));
        let email = email.map(str::parse).transpose();
        match (username, email, parse_full_name(full_name), is_suitable) {
            (Ok(username), Ok(email), Ok(full_name), Ok(())) => Ok(Self { username, email, full_name, role }),
            (username, email, full_name, is_suitable) => {
                let email = email.err().map(InvalidUser::Email);
                let password = is_suitable.err().map(InvalidUser::from);
                // One of them is there.
                let all = InvalidUser::of([username.err(), email, password, full_name.err()]);
                Err(all.unwrap_or(InvalidUser::Username(InvalidUsername)))
            }
        }
    }

    pub(crate) fn into_user(self, context: &Context) -> User {
        let now = context.now();
        User {
            id: UserId::generate(now, context.random()),
            username: self.username,
            email: self.email,
            full_name: self.full_name,
            role: self.role,
            is_disabled: false,
            created_at: now,
            updated_at: now,
            last_sign_in_at: None,
        }
    }
}

/// All that is wrong with what was typed for somebody new.
pub fn mistakes(username: &str, email: Option<&str>, password: &Secret) -> Option<InvalidUser> {
    Draft::parse((username, email, ""), None, Some(password)).err()
}

/// Why a new password cannot take the place of the current one; `None`: nobody has told that one.
pub fn mistake_in_new(new: &Secret, current: Option<&Secret>, of: &Username) -> Option<InvalidUser> {
    if current.is_some_and(|current| new.matches(current)) {
        return Some(InvalidUser::Password("the new password is the current one; choose another".to_owned()));
    }
    passwords::check_for(new, Some(of)).err().map(InvalidUser::from)
}

fn parse_username(text: &str) -> Result<Username, InvalidUser> {
    let username: Username = text.parse()?;
    if username.is_reserved() { Err(InvalidUser::ReservedName(username)) } else { Ok(username) }
}

pub(super) fn parse_full_name(text: &str) -> Result<String, InvalidUser> {
    let text = text.trim();
    if text.chars().count() > 200 || text.chars().any(steers) {
        Err(InvalidUser::FullName)
    } else {
        Ok(text.to_owned())
    }
}
