//! From rows to nouns. Stored text is parsed like any other: what cannot be read is an error, never a guess.

use doorward_domain::{Grant, GrantId, Role, Scope, Session, SessionId, Subject, Timestamp, User, UserId};
use doorward_service::ports::StoreError;
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use crate::connection::damaged;
use crate::entity::{grant, session, user};

/// A user with the role on everything, as `crate::users::select` reads it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    pub(crate) username: String,
    pub(crate) email: Option<String>,
    pub(crate) full_name: String,
    pub(crate) is_disabled: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_sign_in_at: Option<i64>,
    pub(crate) password_hash: Option<String>,
    pub(crate) role: Option<String>,
}

pub(crate) fn user_of(row: &UserRow) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        username: row.username.parse().map_err(|_| damaged("username"))?,
        email: row.email.as_deref().map(str::parse).transpose().map_err(|_| damaged("e-mail address"))?,
        full_name: row.full_name.clone(),
        role: row.role.as_deref().map(role_of).transpose()?,
        is_disabled: row.is_disabled,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        last_sign_in_at: row.last_sign_in_at.map(Timestamp::from_millis),
    })
}

/// The user of a joined read, whose role is found among the grants read with it.
pub(crate) fn user_with(row: user::Model, grants: &[Grant]) -> Result<User, StoreError> {
    let role = grants.iter().find(|g| g.scope == Scope::Everything).map(|g| g.role.as_str().to_owned());
    user_of(&UserRow {
        id: row.id,
        username: row.username,
        email: row.email,
        full_name: row.full_name,
        is_disabled: row.is_disabled,
        created_at: row.created_at,
        updated_at: row.updated_at,
        last_sign_in_at: row.last_sign_in_at,
        password_hash: None,
        role,
    })
}

pub(crate) fn session_of(row: session::Model) -> Session {
    Session {
        id: SessionId::from_uuid(row.id),
        user_id: UserId::from_uuid(row.user_id),
        created_at: Timestamp::from_millis(row.created_at),
        proved_at: Timestamp::from_millis(row.proved_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        client_ip: row.client_ip,
        user_agent: row.user_agent,
        is_remembered: row.is_remembered,
    }
}

pub(crate) fn grant_of(row: &grant::Model) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: GrantId::from_uuid(row.id),
        subject: Subject::User(UserId::from_uuid(row.user_id)),
        role: role_of(&row.role)?,
        scope: scope_of(&row.app)?,
        until: row.until.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

/// The column that tells one scope from another.
pub(crate) fn app_column(scope: &Scope) -> &str {
    match scope {
        Scope::Everything => EVERYTHING,
        Scope::App(app) => app.as_str(),
    }
}

/// `grants.app` of a grant on everything. No app has an empty name.
pub(crate) const EVERYTHING: &str = "";

fn scope_of(app: &str) -> Result<Scope, StoreError> {
    if app == EVERYTHING { Ok(Scope::Everything) } else { app.parse().map(Scope::App).map_err(|_| damaged("app name")) }
}

fn role_of(word: &str) -> Result<Role, StoreError> {
    word.parse().map_err(|_| damaged("role"))
}
