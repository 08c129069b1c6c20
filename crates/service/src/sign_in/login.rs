//! Signing in and out.

use doorward_domain::{
    AuditAction, AuditOutcome, AuditReason, Email, NewAuditEvent, Secret, SessionId, SessionKind, User, Username,
};
use std::{net::IpAddr, sync::Arc, time::Duration};

use super::admin_exists::AdminExists;
use super::passwords::{Busy, Origin, Passwords, Verdict};
pub use super::session_issuer::IssuedSession;
use super::session_issuer::{SessionIssuer, SignInOrigin};
use super::waits::{self, actor};
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, Proof, SessionStore, StoreError, UserStore};
use crate::throttle::{Attempt, Begun, Claimed, Throttle};
use crate::{AuditLog, Authenticated, Authentication, Counters};

/// Somebody tries a name and a password.
#[derive(Debug)]
pub struct PasswordAttempt {
    /// As typed: a username or an e-mail address.
    pub username: String,
    /// As typed.
    pub password: Secret,
    /// What will hold the session.
    pub kind: SessionKind,
    /// The settled client address.
    pub client_ip: IpAddr,
    /// As the program named itself.
    pub user_agent: String,
    /// The session the browser came with, ended by the new one (rotation).
    pub instead_of: Option<SessionId>,
    /// Whether to stay signed in for `sessions.remember`, where that is offered.
    pub remember: bool,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong, unknown, disabled: same words, same time.
    #[error("That username and password do not match.")]
    InvalidCredentials,
    /// Too many wrong tries.
    #[error("Too many tries. Wait a moment and try again.")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// No administrator exists yet.
    #[error("Doorward is not set up yet.")]
    SetupRequired,
    /// Too many sign-ins at once; nothing was checked.
    #[error("Too many sign-ins at once. Try again in a moment.")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs people in and out.
pub struct Login {
    users: Arc<dyn UserStore>,
    sessions: Arc<dyn SessionStore>,
    audit: Arc<AuditLog>,
    authentication: Arc<Authentication>,
    passwords: Arc<Passwords>,
    throttle: Arc<Throttle>,
    admin_exists: Arc<AdminExists>,
    session_issuer: SessionIssuer,
    counters: Arc<Counters>,
    context: Context,
}

/// What was typed as a name, looked up.
struct Account {
    /// In one spelling.
    typed: String,
    found: Option<Stored>,
}

impl Account {
    fn username(&self) -> Option<&str> {
        self.found.as_ref().map(|(user, _)| user.username.as_str())
    }

    /// What events are told under: the username; else what was typed.
    fn name(&self) -> &str {
        self.username().unwrap_or(&self.typed)
    }
}

/// A user, with the stored password hash.
type Stored = (User, Option<String>);

/// Somebody whose password was right, and the hash it is stored under.
struct Verified {
    user: User,
    hash: String,
}

/// Why a sign-in was refused; for the audit log, never for the caller.
#[derive(Clone, Copy)]
enum Why {
    NoSuchUser,
    WrongPassword,
    Disabled,
    /// The password was right when it was looked at; by now it is another, or the user is disabled, or the session over.
    Overtaken,
}

impl Login {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core, passwords: &Arc<Passwords>, admin_exists: &Arc<AdminExists>) -> Self {
        Self {
            users: Arc::clone(&core.stores.users),
            sessions: Arc::clone(&core.stores.sessions),
            audit: Arc::clone(&core.audit),
            authentication: Arc::clone(&core.authentication),
            passwords: Arc::clone(passwords),
            throttle: Arc::clone(&core.throttle),
            admin_exists: Arc::clone(admin_exists),
            session_issuer: SessionIssuer::new(core),
            counters: Arc::clone(&core.counters),
            context: core.context.clone(),
        }
    }

    /// Checks the password and opens a session. Wrong, unknown and disabled take the same time and the same words.
    pub async fn with_password(&self, attempt: PasswordAttempt) -> Result<IssuedSession, LoginError> {
        if !self.admin_exists.is_true().await? {
            return Err(LoginError::SetupRequired);
        }
        let account = self.account(&attempt.username).await?;
        let claimed = Claimed::by(&account.typed, account.username());
        match self.throttle.begin(claimed, attempt.client_ip, self.context.now()) {
            Begun::Try(a_try) => self.tried(a_try, &account, &attempt).await,
            Begun::Wait(wait, decoy) => {
                if let Some(decoy) = decoy {
                    // That there is too much to do is told to nobody who has to wait anyway.
                    self.look_busy(&attempt).await.ok();
                    decoy.came_to_nothing();
                }
                Err(self.too_soon(AuditAction::SIGN_IN, account.name(), attempt.client_ip, wait).await)
            }
            Begun::Unsaid(wait, a_try) => {
                if let Err(Busy) = self.look_busy(&attempt).await {
                    a_try.came_to_nothing();
                    return Err(LoginError::Busy);
                }
                a_try.failed(self.context.now());
                self.too_soon(AuditAction::SIGN_IN, account.name(), attempt.client_ip, wait).await;
                Err(LoginError::InvalidCredentials)
            }
        }
    }

    async fn tried(
        &self,
        a_try: Attempt<'_>,
        account: &Account,
        attempt: &PasswordAttempt,
    ) -> Result<IssuedSession, LoginError> {
        let instead = a_try.instead().map(|retry_after| LoginError::Throttled { retry_after });
        let from =
            if a_try.is_known() { Origin::known(Some(attempt.client_ip)) } else { Origin::stranger(attempt.client_ip) };
        match self.verify_and_open(account.found.clone(), attempt, from).await {
            Ok(Ok(issued)) => {
                a_try.succeeded();
                Ok(issued)
            }
            Ok(Err(why)) => {
                let wait = a_try.failed(self.context.now());
                self.note_failure(account.name(), attempt, why, wait).await;
                Err(instead.unwrap_or(LoginError::InvalidCredentials))
            }
            Err(trouble) => {
                a_try.came_to_nothing();
                Err(match trouble {
                    LoginError::Busy => instead.unwrap_or(LoginError::Busy),
                    trouble => trouble,
                })
            }
        }
    }

    async fn verify_and_open(
        &self,
        found: Option<Stored>,
        attempt: &PasswordAttempt,
        from: Origin,
    ) -> Result<Result<IssuedSession, Why>, LoginError> {
        let Verified { user, hash } = match self.check(found, &attempt.password, from).await? {
            Ok(verified) => verified,
            Err(why) => return Ok(Err(why)),
        };
        let PasswordAttempt { kind, client_ip, ref user_agent, instead_of, remember, .. } = *attempt;
        let from = SignInOrigin { kind, client_ip, user_agent, instead_of, remember };
        let opened = self.session_issuer.open(user, Proof::PasswordHash(&hash), from).await?;
        Ok(opened.ok_or(Why::Overtaken))
    }

    /// Whose account a username or an e-mail address means; a username goes before an address. Both are looked for whatever the first
    /// finds, so that the time tells nothing.
    async fn account(&self, typed: &str) -> Result<Account, StoreError> {
        let (name, email) = (typed.parse::<Username>().ok(), typed.parse::<Email>().ok());
        let by_name = match &name {
            Some(name) => self.users.find_by_name(name).await?,
            None => None,
        };
        let by_email = match &email {
            Some(email) => self.users.find_by_email(email).await?,
            None => None,
        };
        let found = by_name.or(by_email);
        let typed = name.map(|name| name.to_string()).or_else(|| email.map(|email| email.key()));
        Ok(Account { typed: typed.unwrap_or_else(|| UNNAMED.to_owned()), found })
    }

    /// Whether the password is that of the user who was found, if one was. Costs one hash, whatever comes out.
    async fn check(
        &self,
        found: Option<Stored>,
        password: &Secret,
        from: Origin,
    ) -> Result<Result<Verified, Why>, LoginError> {
        let stored = found.as_ref().and_then(|(_, stored)| stored.clone());
        let verdict =
            self.passwords.verify(password.clone(), stored.clone(), from).await.map_err(|Busy| LoginError::Busy)?;
        let Some((user, _)) = found else { return Ok(Err(Why::NoSuchUser)) };
        let hash = match stored {
            Some(hash) if verdict != Verdict::Wrong => hash,
            _ => return Ok(Err(Why::WrongPassword)),
        };
        if user.is_disabled {
            return Ok(Err(Why::Disabled));
        }
        let hash = match verdict {
            Verdict::RightButWeak => self.strengthen(&user, password, hash, from).await,
            Verdict::Right | Verdict::Wrong => hash,
        };
        Ok(Ok(Verified { user, hash }))
    }

    /// Stores today's parameters for a password that was stored with weaker ones; if that fails, the next sign-in tries again. Gives
    /// the hash under which the password is stored now.
    async fn strengthen(&self, user: &User, password: &Secret, old: String, from: Origin) -> String {
        let Ok(new) = self.passwords.hash(password.clone(), from).await else { return old };
        match self.users.upgrade_hash(user.id, &old, &new).await {
            Ok(true) => new,
            Ok(false) => old,
            Err(why) => {
                tracing::warn!(%why, user = %user.username, "a weak password hash could not be replaced");
                old
            }
        }
    }

    /// A try that has to wait: the password was not looked at.
    async fn too_soon(&self, action: AuditAction, account: &str, from: IpAddr, retry_after: Duration) -> LoginError {
        waits::note((&self.audit, &self.context), action, account, from, retry_after).await;
        LoginError::Throttled { retry_after }
    }

    /// As long as looking at a password takes.
    async fn look_busy(&self, attempt: &PasswordAttempt) -> Result<(), Busy> {
        let from = Origin::stranger(attempt.client_ip);
        self.passwords.verify(attempt.password.clone(), None, from).await.map(drop)
    }

    async fn note_failure(&self, account: &str, attempt: &PasswordAttempt, why: Why, wait: Duration) {
        self.counters.sign_in_failed.add_one();
        let actor = actor(account);
        let ip = attempt.client_ip.to_canonical().to_string();
        let mut event = self.context.event_by(&actor, &ip, AuditAction::SIGN_IN).with("reason", why.code());
        event.outcome = AuditOutcome::Failure;
        if !wait.is_zero() {
            event = event.with("next_try_in_seconds", wait.as_secs());
        }
        if self.audit.record(event).await.is_err() {
            tracing::error!(client_ip = %ip, "a failed sign-in could not be recorded");
        }
    }

    /// Somebody who is signed in proves again that it is they: for a while they may administer with the cookie. Slowed like signing in.
    pub async fn step_up(
        &self,
        authenticated: &Authenticated,
        client_ip: IpAddr,
        password: &Secret,
    ) -> Result<(), LoginError> {
        let name = &authenticated.who.name;
        let a_try = match self.throttle.begin(Claimed::own(name.as_str()), client_ip, self.context.now()) {
            Begun::Try(a_try) => a_try,
            Begun::Wait(wait, _) | Begun::Unsaid(wait, _) => {
                return Err(self.too_soon(AuditAction::STEP_UP, name.as_str(), client_ip, wait).await);
            }
        };
        let ip = client_ip.to_canonical().to_string();
        let mut event = self.context.event_by(name.as_str(), &ip, AuditAction::STEP_UP);
        let checked = match self.users.find_by_name(name).await {
            Ok(found) => self.check(found, password, Origin::known(Some(client_ip))).await,
            Err(failure) => Err(failure.into()),
        };
        let proved = match checked {
            Ok(Ok(Verified { hash, .. })) => self.note_proof(authenticated, &hash, &event).await,
            Ok(Err(why)) => Ok(Err(why)),
            Err(trouble) => Err(trouble),
        };
        match proved {
            Ok(Ok(())) => {
                a_try.succeeded();
                Ok(())
            }
            Ok(Err(why)) => {
                a_try.failed(self.context.now());
                event.outcome = AuditOutcome::Failure;
                if self.audit.record(event.with("reason", why.code())).await.is_err() {
                    tracing::error!(client_ip = %ip, "a wrong password could not be recorded");
                }
                Err(LoginError::InvalidCredentials)
            }
            Err(trouble) => {
                a_try.came_to_nothing();
                Err(trouble)
            }
        }
    }

    async fn note_proof(
        &self,
        authenticated: &Authenticated,
        hash: &str,
        event: &NewAuditEvent,
    ) -> Result<Result<(), Why>, LoginError> {
        let Some(session) = authenticated.who.session_id() else { return Ok(Err(Why::Overtaken)) };
        let event = event.clone().with("session", session.to_string());
        let proved =
            self.sessions.prove(session, Proof::PasswordHash(hash), self.context.now(), Effects::of(&event)).await?;
        Ok(if proved.told(&*self.authentication).await { Ok(()) } else { Err(Why::Overtaken) })
    }

    /// Ends the session they came with.
    pub async fn out(&self, authenticated: &Authenticated, client_ip: &str) -> Result<(), StoreError> {
        // A key is not signed in; it ends when it is revoked.
        let Some(session) = authenticated.who.session_id() else { return Ok(()) };
        let event = self.context.event_by(authenticated.who.name.as_str(), client_ip, AuditAction::SIGN_OUT);
        let ended = self.sessions.end(session, Effects::of(&event.with("session", session.to_string()))).await?;
        ended.told(&*self.authentication).await;
        Ok(())
    }
}

/// What stands for what can be neither a username nor an address: people type passwords into the wrong field.
const UNNAMED: &str = "(not a username)";

impl Why {
    const fn code(self) -> &'static str {
        let reason = match self {
            Self::NoSuchUser => AuditReason::UnknownUser,
            Self::WrongPassword => AuditReason::WrongPassword,
            Self::Disabled => AuditReason::Disabled,
            Self::Overtaken => AuditReason::Overtaken,
        };
        reason.as_str()
    }
}
