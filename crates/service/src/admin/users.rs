//! Administering people, and what people do with their own account.

mod draft;

use doorward_domain::{
    AuditAction, AuditOutcome, AuditReason, NewAuditEvent, Principal, Role, Secret, User, UserId, Username,
    user::InvalidUsername,
};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, Listed, Proof, StoreError, UserChange, UserQuery, UserStore};
use crate::sign_in::passwords::{self, Busy, Origin, Passwords, Verdict};
use crate::sign_in::waits;
use crate::throttle::{Begun, Claimed, Throttle};
use crate::{Actor, AuditLog, Authenticated, Authentication, NotAllowed, Right};
pub(crate) use draft::Draft;
use draft::parse_full_name;
pub use draft::{InvalidUser, mistake_in_new, mistakes};

/// Why a user was not administered.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// Something given cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidUser),
    /// The current password is wrong.
    #[error("the current password is not right")]
    WrongPassword,
    /// Too many wrong tries of the current password.
    #[error("too many tries; wait a moment")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many passwords at once; nothing was checked.
    #[error("too many passwords at once; try again in a moment")]
    Busy,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user to make.
#[derive(Debug)]
pub struct NewUser {
    /// The name.
    pub username: String,
    /// `None` makes a user who cannot sign in with a password (yet).
    pub password: Option<Secret>,
    /// The address.
    pub email: Option<String>,
    /// The name people call them.
    pub full_name: String,
    /// The role on everything.
    pub role: Option<Role>,
}

/// Administers people. Everything but [`Users::own`] and [`Users::change_own_password`] is for who has the right to.
pub struct Users {
    store: Arc<dyn UserStore>,
    authentication: Arc<Authentication>,
    audit: Arc<AuditLog>,
    passwords: Arc<Passwords>,
    throttle: Arc<Throttle>,
    context: Context,
}

impl Users {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core, passwords: &Arc<Passwords>) -> Self {
        Self {
            store: Arc::clone(&core.stores.users),
            authentication: Arc::clone(&core.authentication),
            audit: Arc::clone(&core.audit),
            passwords: Arc::clone(passwords),
            throttle: Arc::clone(&core.throttle),
            context: core.context.clone(),
        }
    }

    /// A page of users.
    pub async fn list(&self, actor: &Actor, query: &UserQuery) -> Result<Listed<User>, UserError> {
        self.may(actor, Right::SeeUsers)?;
        Ok(self.store.list(query).await?)
    }

    /// By id.
    pub async fn find(&self, actor: &Actor, id: UserId) -> Result<User, UserError> {
        self.may(actor, Right::SeeUsers)?;
        self.store.find(id).await?.ok_or(UserError::NotFound)
    }

    /// By name.
    pub async fn find_by_name(&self, actor: &Actor, name: &str) -> Result<User, UserError> {
        self.may(actor, Right::SeeUsers)?;
        let name = name.parse().map_err(|InvalidUsername| UserError::NotFound)?;
        Ok(self.store.find_by_name(&name).await?.ok_or(UserError::NotFound)?.0)
    }

    /// Makes a user.
    pub async fn create(&self, actor: &Actor, new: NewUser) -> Result<User, UserError> {
        self.may(actor, Right::ChangeUsers)?;
        let typed = (new.username.as_str(), new.email.as_deref(), new.full_name.as_str());
        let draft = Draft::parse(typed, new.role, new.password.as_ref())?;
        let hash = match new.password {
            Some(password) => Some(self.hash(password, &draft.username, actor.client_ip()).await?),
            None => None,
        };
        let user = draft.into_user(&self.context);
        let event =
            self.context.event(actor, Right::ChangeUsers, AuditAction::USER_CREATE).about(user.username.as_str());
        let event = event.with("role", role_word(user.role)).with("has_password", hash.is_some());
        // Nobody knows them yet; but a change heard of later would close what they open meanwhile.
        self.store.create(&user, hash.as_deref(), Effects::of(&event)).await?.told(&*self.authentication).await;
        Ok(user)
    }

    /// Changes a user.
    pub async fn update(&self, actor: &Actor, id: UserId, mut change: UserChange) -> Result<User, UserError> {
        self.may(actor, Right::ChangeUsers)?;
        let before = self.find(actor, id).await?;
        if let Some(name) = &mut change.full_name {
            *name = parse_full_name(name)?;
        }
        let action = match change.is_disabled {
            Some(true) if !before.is_disabled => AuditAction::USER_DISABLE,
            Some(false) if before.is_disabled => AuditAction::USER_ENABLE,
            _ => AuditAction::USER_UPDATE,
        };
        let event = self.context.event(actor, Right::ChangeUsers, action).about(before.username.as_str());
        let event = tell_change(event, &before, &change);
        let changed = self.store.update(id, &change, self.context.now(), Effects::of(&event)).await?;
        changed.told(&*self.authentication).await.ok_or(UserError::NotFound)
    }

    /// Sets a password; ends all the user's sessions.
    pub async fn set_password(&self, actor: &Actor, id: UserId, password: Secret) -> Result<(), UserError> {
        self.may(actor, Right::ChangeUsers)?;
        let user = self.find(actor, id).await?;
        let hash = self.hash(password, &user.username, actor.client_ip()).await?;
        let event =
            self.context.event(actor, Right::ChangeUsers, AuditAction::PASSWORD_CHANGE).about(user.username.as_str());
        let replaced = self.store.set_password(id, &hash, Effects::of(&event)).await?;
        if replaced.told(&*self.authentication).await { Ok(()) } else { Err(UserError::NotFound) }
    }

    /// The caller's own record.
    pub async fn own(&self, who: &Principal) -> Result<User, UserError> {
        let user = who.user_id().ok_or(UserError::NotFound)?;
        self.store.find(user).await?.ok_or(UserError::NotFound)
    }

    /// Deletes a user.
    pub async fn delete(&self, actor: &Actor, id: UserId) -> Result<(), UserError> {
        self.may(actor, Right::ChangeUsers)?;
        let user = self.find(actor, id).await?;
        let event =
            self.context.event(actor, Right::ChangeUsers, AuditAction::USER_DELETE).about(user.username.as_str());
        let event = event.with("id", id.to_string()).with("role", role_word(user.role));
        let deleted = self.store.delete(id, Effects::of(&event)).await?;
        if deleted.told(&*self.authentication).await { Ok(()) } else { Err(UserError::NotFound) }
    }

    /// Changes the caller's own password and ends all their other sessions.
    pub async fn change_own_password(
        &self,
        authenticated: &Authenticated,
        client_ip: &str,
        current: Secret,
        new: Secret,
    ) -> Result<(), UserError> {
        let name = &authenticated.who.name;
        let (Some(user), Some(session)) = (authenticated.who.user_id(), authenticated.who.session_id()) else {
            return Err(UserError::NotFound);
        };
        let unsuited = mistake_in_new(&new, Some(&current), name);
        let verified = self.prove_current(name, client_ip, current).await?;
        if let Some(unsuited) = unsuited {
            return Err(unsuited.into());
        }
        let hash = self.hash(new, name, client_ip).await?;
        let event = self.context.event_by(name.as_str(), client_ip, AuditAction::PASSWORD_CHANGE).about(name.as_str());
        let changed = self
            .store
            .change_password(user, session, Proof::PasswordHash(&verified), &hash, Effects::of(&event))
            .await?;
        // By now the current one is another, or the session over.
        if changed.told(&*self.authentication).await { Ok(()) } else { Err(UserError::WrongPassword) }
    }

    /// Whether that is the actor's own password, where nothing is changed for another reason: so that all that is wrong is told at once.
    /// Guessing is slowed as in [`Self::change_own_password`].
    pub async fn check_own_password(
        &self,
        authenticated: &Authenticated,
        client_ip: &str,
        current: Secret,
    ) -> Result<(), UserError> {
        self.prove_current(&authenticated.who.name, client_ip, current).await.map(drop)
    }

    /// Gives the hash that the current password is stored under.
    ///
    /// Guessing here is slowed like guessing at the door: who holds a session must not find out the password through it.
    async fn prove_current(&self, name: &Username, client_ip: &str, current: Secret) -> Result<String, UserError> {
        let ip = client_ip.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let a_try = match self.throttle.begin(Claimed::own(name.as_str()), ip, self.context.now()) {
            Begun::Try(a_try) => a_try,
            Begun::Wait(retry_after, _) | Begun::Unsaid(retry_after, _) => {
                let told_to = (&*self.audit, &self.context);
                waits::note(told_to, AuditAction::PASSWORD_CHANGE, name.as_str(), ip, retry_after).await;
                return Err(UserError::Throttled { retry_after });
            }
        };
        let stored = match self.store.find_by_name(name).await {
            Ok(found) => found.and_then(|(_, stored)| stored),
            Err(why) => {
                a_try.came_to_nothing();
                return Err(why.into());
            }
        };
        match (self.passwords.verify(current, stored.clone(), Origin::known(Some(ip))).await, stored) {
            (Ok(Verdict::Right | Verdict::RightButWeak), Some(stored)) => {
                a_try.succeeded();
                Ok(stored)
            }
            (Ok(_), _) => {
                a_try.failed(self.context.now());
                self.note_wrong_password(name, client_ip).await;
                Err(UserError::WrongPassword)
            }
            (Err(Busy), _) => {
                a_try.came_to_nothing();
                Err(UserError::Busy)
            }
        }
    }

    async fn note_wrong_password(&self, name: &Username, client_ip: &str) {
        let mut event =
            self.context.event_by(name.as_str(), client_ip, AuditAction::PASSWORD_CHANGE).about(name.as_str());
        event.outcome = AuditOutcome::Failure;
        if self.audit.record(event.with("reason", AuditReason::WrongPassword.as_str())).await.is_err() {
            tracing::error!(client_ip, "a wrong current password could not be recorded");
        }
    }

    async fn hash(&self, password: Secret, username: &Username, client_ip: &str) -> Result<String, UserError> {
        passwords::check(&password, username).map_err(InvalidUser::from)?;
        self.passwords.hash(password, Origin::known(client_ip.parse().ok())).await.map_err(|Busy| UserError::Busy)
    }

    fn may(&self, actor: &Actor, right: Right) -> Result<(), NotAllowed> {
        actor.may(right, self.context.now())
    }
}

/// What changes, from what to what. Names and addresses are said to have changed, not repeated.
fn tell_change(mut event: NewAuditEvent, before: &User, change: &UserChange) -> NewAuditEvent {
    if let Some(role) = change.role.filter(|role| *role != before.role) {
        event = event.with("old_role", role_word(before.role)).with("role", role_word(role));
    }
    if let Some(is_disabled) = change.is_disabled.filter(|now| *now != before.is_disabled) {
        event = event.with("is_disabled", is_disabled);
    }
    let email = change.email.as_ref().is_some_and(|email| *email != before.email).then_some("email");
    let name = change.full_name.as_ref().is_some_and(|name| *name != before.full_name).then_some("full_name");
    let fields: Vec<_> = email.into_iter().chain(name).collect();
    if fields.is_empty() { event } else { event.with("changed", fields) }
}

fn role_word(role: Option<Role>) -> Option<&'static str> {
    role.map(Role::as_str)
}
