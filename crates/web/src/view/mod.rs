//! How nouns look in the API. Kept apart from the nouns, so that neither can change the other by accident.
//!
//! What commands print as well, as JSON, is one set of fields for both ([`GrantFields`], [`KeyFields`], [`AccessFields`]): they only name people in
//! their own ways.

mod access;
mod grant;
mod group;
mod key;

use doorward_domain::{Factor, Role, Session, SessionId, Timestamp, User, UserId};
use doorward_service::sign_in::login::IssuedSession;
use serde::Serialize;
use utoipa::ToSchema;

pub use access::AccessFields;
pub(crate) use access::AccessView;
pub use grant::GrantFields;
pub(crate) use grant::GrantView;
pub(crate) use group::{GroupView, MemberView};
pub use key::KeyFields;
pub(crate) use key::{KeyView, MadeKeyView};

/// A person who can sign in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    username: String,
    email: Option<String>,
    full_name: String,
    /// The role on everything.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    is_disabled: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sign_in_at: Option<Timestamp>,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            full_name: user.full_name.clone(),
            role: user.role,
            is_disabled: user.is_disabled,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_sign_in_at: user.last_sign_in_at,
        }
    }
}

/// Whose something is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UserName)]
pub(crate) struct UserNameView {
    #[schema(value_type = String, format = Uuid)]
    pub id: UserId,
    pub username: String,
}

/// A signed-in browser or program.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    user: UserNameView,
    /// What holds it: `browser` or `program`.
    kind: &'static str,
    /// With what its user showed who they are: `password`.
    factors: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// The absolute end, whatever happens.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    client_ip: String,
    user_agent: String,
    /// What that is called for people: "Firefox on Linux".
    device: String,
    /// Whether it is the one this request came with.
    is_current: bool,
}

impl SessionView {
    /// A session, seen from another (or the same).
    pub fn new(session: &Session, username: &str, seen_from: Option<SessionId>) -> Self {
        Self {
            id: session.id,
            user: UserNameView { id: session.user_id, username: username.to_owned() },
            kind: session.kind.as_str(),
            factors: session.factors.iter().map(Factor::as_str).collect(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            client_ip: session.client_ip.clone(),
            user_agent: session.user_agent.clone(),
            device: session.device.clone(),
            is_current: Some(session.id) == seen_from,
        }
    }
}

/// A session just opened. The token is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedSession)]
pub(crate) struct IssuedSessionView {
    /// For `Authorization: Bearer`.
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    user: UserView,
    /// For `X-CSRF-Token`, when the cookie is used instead of the token.
    csrf_token: String,
}

impl IssuedSessionView {
    /// What the program that signed in is told.
    pub fn new(opened: &IssuedSession, csrf_token: String) -> Self {
        Self {
            token: opened.bearer.expose().to_owned(),
            expires_at: opened.session.expires_at,
            user: UserView::from(&opened.user),
            csrf_token,
        }
    }
}
