//! From rows to nouns, and back where several nouns need the same. Stored text is parsed like any other: what cannot be read is an error,
//! never a guess.

pub(crate) mod keys;
mod readable;

use doorward_domain::{
    Effect, Grant, GrantId, GroupId, KeyId, Member, Role, Scope, Session, SessionId, Subject, Timestamp, User, UserId,
};
use doorward_service::ports::StoreError;
use sea_orm::prelude::Uuid;
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QuerySelect, Select};

use crate::connection::damaged;
use crate::entity::words::{ALL_OF_IT, ALLOW, DENY, EVERYTHING, GROUP, KEY, NEVER_ENDS, USER};
use crate::entity::{grant, session, user};

/// A user with the role on everything, as [`UserRow::select`] reads it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    pub(crate) username: String,
    pub(crate) email: Option<String>,
    pub(crate) full_name: String,
    pub(crate) is_disabled: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_sign_in_at: i64,
    pub(crate) password_hash: Option<String>,
    pub(crate) role: Option<String>,
}

impl UserRow {
    /// Users with their role on everything.
    pub(crate) fn select() -> Select<user::Entity> {
        user::Entity::find()
            .column_as(grant::Column::Role, "role")
            .join(JoinType::LeftJoin, user::grant_on_everything())
    }
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
        last_sign_in_at: ever(row.last_sign_in_at),
    })
}

/// The user of a joined read, whose role is found among the grants read with it.
pub(crate) fn user_with(row: user::Model, grants: &[Grant]) -> Result<User, StoreError> {
    let own = Subject::User(UserId::from_uuid(row.id));
    let on_everything = grants.iter().find(|grant| grant.scope == Scope::Everything && grant.subject == own);
    let role = on_everything.and_then(|grant| grant.effect.role()).map(|role| role.as_str().to_owned());
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

pub(crate) fn session_of(row: session::Model) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        user_id: UserId::from_uuid(row.user_id),
        kind: row.kind.parse().map_err(|_| damaged("kind of a session"))?,
        factors: row.factors.parse().map_err(|_| damaged("proof of a session"))?,
        created_at: Timestamp::from_millis(row.created_at),
        proved_at: Timestamp::from_millis(row.proved_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        client_ip: row.client_ip,
        user_agent: row.user_agent,
        device: row.device,
        is_remembered: row.is_remembered,
    })
}

pub(crate) fn grant_of(row: &grant::Model) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: GrantId::from_uuid(row.id),
        subject: subject_of(&row.subject_kind, row.subject_id)?,
        effect: effect_of(&row.effect, row.role.as_deref())?,
        scope: scope_of(&row.app, &row.pattern)?,
        until: row.until.map(Timestamp::from_millis),
        reason: row.reason.as_str().into(),
        created_at: Timestamp::from_millis(row.created_at),
        created_by: row.created_by.as_str().into(),
    })
}

/// The columns that tell one subject from another.
pub(crate) fn subject_columns(subject: Subject) -> (&'static str, Uuid) {
    match subject {
        Subject::User(id) => (USER, id.as_uuid()),
        Subject::Group(id) => (GROUP, id.as_uuid()),
        Subject::Key(id) => (KEY, id.as_uuid()),
    }
}

fn subject_of(kind: &str, id: Uuid) -> Result<Subject, StoreError> {
    match kind {
        USER => Ok(Subject::User(UserId::from_uuid(id))),
        GROUP => Ok(Subject::Group(GroupId::from_uuid(id))),
        KEY => Ok(Subject::Key(KeyId::from_uuid(id))),
        _ => Err(damaged("subject of a grant")),
    }
}

/// The columns that tell one member from another.
pub(crate) fn member_columns(member: Member) -> (&'static str, Uuid) {
    match member {
        Member::User(id) => (USER, id.as_uuid()),
        Member::Group(id) => (GROUP, id.as_uuid()),
    }
}

/// The columns that tell one scope from another.
pub(crate) fn scope_columns(scope: &Scope) -> (&str, &str) {
    match scope {
        Scope::Everything => (EVERYTHING, ALL_OF_IT),
        Scope::App(app) => (app.as_str(), ALL_OF_IT),
        Scope::Resources(app, pattern) => (app.as_str(), pattern.as_str()),
    }
}

fn scope_of(app: &str, pattern: &str) -> Result<Scope, StoreError> {
    if (app, pattern) == (EVERYTHING, ALL_OF_IT) {
        return Ok(Scope::Everything);
    }
    let app = app.parse().map_err(|_| damaged("app name"))?;
    if pattern == ALL_OF_IT {
        return Ok(Scope::App(app));
    }
    Ok(Scope::Resources(app, pattern.parse().map_err(|_| damaged("pattern"))?))
}

/// The columns of an effect.
pub(crate) fn effect_columns(effect: Effect) -> (&'static str, Option<&'static str>) {
    match effect {
        Effect::Allow(role) => (ALLOW, Some(role.as_str())),
        Effect::Deny => (DENY, None),
    }
}

fn effect_of(word: &str, role: Option<&str>) -> Result<Effect, StoreError> {
    match (word, role) {
        (ALLOW, Some(role)) => role_of(role).map(Effect::Allow),
        (DENY, None) => Ok(Effect::Deny),
        _ => Err(damaged("effect of a grant")),
    }
}

fn role_of(word: &str) -> Result<Role, StoreError> {
    word.parse().map_err(|_| damaged("role"))
}

/// A moment that has come, where 0 says that it has not.
pub(crate) fn ever(millis: i64) -> Option<Timestamp> {
    (millis != 0).then(|| Timestamp::from_millis(millis))
}

/// An end, where [`NEVER_ENDS`] says that there is none.
pub(crate) fn end(millis: i64) -> Option<Timestamp> {
    (millis != NEVER_ENDS).then(|| Timestamp::from_millis(millis))
}

/// As it is stored.
pub(crate) fn end_column(end: Option<Timestamp>) -> i64 {
    end.map_or(NEVER_ENDS, Timestamp::as_millis)
}
