//! Opening a session, once it is known who it is for.

use doorward_domain::credential::SESSION_TOKEN_PREFIX;
use doorward_domain::{
    AuditAction, Credential, Secret, Session, SessionId, SessionKind, SessionLimits, TokenHash, User, device,
};
use std::net::IpAddr;
use std::sync::Arc;

use crate::authentication::BearerKey;
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, Proof, SessionStore, StoreError};
use crate::{Authentication, Counters};

/// How much of what a program calls itself is kept.
const USER_AGENT: usize = 200;

/// Opens sessions.
pub(crate) struct SessionIssuer {
    sessions: Arc<dyn SessionStore>,
    authentication: Arc<Authentication>,
    bearer: Arc<BearerKey>,
    limits: SessionLimits,
    counters: Arc<Counters>,
    context: Context,
}

/// A session just opened, with the secrets that open it; shown once.
#[derive(Debug)]
pub struct IssuedSession {
    /// For the cookie: the opaque session token.
    pub cookie: Secret,
    /// For `Authorization: Bearer`: a JWT (RFC 7519) that carries the session's id and dies with it.
    pub bearer: Secret,
    /// The session.
    pub session: Session,
    /// Whose.
    pub user: User,
}

/// Where a sign-in comes from, and by which way.
pub(crate) struct SignInOrigin<'a> {
    pub(crate) kind: SessionKind,
    pub(crate) client_ip: IpAddr,
    pub(crate) user_agent: &'a str,
    /// The session the browser came with: ended by the new one.
    pub(crate) instead_of: Option<SessionId>,
    /// Whether they asked to stay signed in.
    pub(crate) remember: bool,
}

impl SessionIssuer {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            sessions: Arc::clone(&core.stores.sessions),
            authentication: Arc::clone(&core.authentication),
            bearer: Arc::clone(&core.bearer),
            limits: core.limits,
            counters: Arc::clone(&core.counters),
            context: core.context.clone(),
        }
    }

    /// Opens a session with fresh secrets; `None` when the user is gone or disabled by now, or the proof holds no longer.
    pub(crate) async fn open(
        &self,
        mut user: User,
        proof: Proof<'_>,
        from: SignInOrigin<'_>,
    ) -> Result<Option<IssuedSession>, StoreError> {
        let now = self.context.now();
        let is_remembered = from.remember && !self.limits.remember.is_zero();
        let lifetime = if is_remembered { self.limits.remember } else { self.limits.lifetime };
        let user_agent: String = from.user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT).collect();
        let session = Session {
            id: SessionId::generate(now, self.context.random()),
            user_id: user.id,
            kind: from.kind,
            factors: proof.factors(),
            created_at: now,
            proved_at: now,
            last_seen_at: now,
            expires_at: now.plus(lifetime),
            client_ip: from.client_ip.to_canonical().to_string(),
            device: device(&user_agent),
            user_agent,
            is_remembered,
        };
        let cookie = self.context.token(SESSION_TOKEN_PREFIX);
        let bearer = self.bearer.issue(&session, &cookie, self.context.random());
        let bearer = bearer.map_err(|why| StoreError::Unavailable(Box::new(why)))?;
        let event = self.context.event_by(user.username.as_str(), &session.client_ip, AuditAction::SIGN_IN);
        let event = event.with("session", session.id.to_string()).with("user_agent", session.user_agent.as_str());
        let hash = TokenHash::of(cookie.expose().as_bytes());
        let opened = self.sessions.open(&session, &hash, proof, from.instead_of, Effects::of(&event)).await?;
        if !opened.told(&*self.authentication).await {
            return Ok(None);
        }
        self.counters.signed_in.add_one();
        for credential in [Credential::Cookie(cookie.clone()), Credential::Bearer(bearer.clone())] {
            self.authentication.know(&credential).await;
        }
        user.last_sign_in_at = Some(now);
        Ok(Some(IssuedSession { cookie, bearer, session, user }))
    }
}
