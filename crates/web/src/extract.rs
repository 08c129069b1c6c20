//! Who may call, as a type in the handler's signature.
//!
//! A verb needs an [`Actor`], and only these extractors hand one out. For unsafe methods with a cookie they have also checked the
//! CSRF token, so an API handler cannot be reached without it. Pages have their own form of the same in
//! `pages/caller.rs`.

use axum::extract::{FromRef, FromRequestParts};
use doorward_domain::{Bond, Principal, Session, SessionId, SessionKind, Timestamp, UserId, Via};
use doorward_http::fetch_metadata::SEC_FETCH_MODE;
use doorward_http::key_refused;
use doorward_service::{Actor, Authenticated, Client, Right};
use http::HeaderMap;
use http::header::{ORIGIN, USER_AGENT};
use http::request::Parts;
use std::{marker::PhantomData, ops::Deref, sync::Arc};

use crate::app_state::AppState;
use crate::csrf;
use crate::error::{ApiError, Code};
use crate::identity::Identity;

const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody who is known, a person who is signed in or an API key; what they may do is left to the verb.
#[derive(Debug, Clone)]
pub(crate) struct KnownCaller {
    pub authenticated: Authenticated,
    actor: Actor,
}

impl KnownCaller {
    fn new(authenticated: Authenticated, client: &Client) -> Self {
        let actor = Actor::User {
            who: Arc::clone(&authenticated.who),
            via: authenticated.via,
            client_ip: client.ip.to_string(),
        };
        Self { authenticated, actor }
    }

    /// On whose behalf.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedInCaller {
    known: KnownCaller,
    session: Session,
}

impl SignedInCaller {
    /// The user.
    pub fn user_id(&self) -> UserId {
        self.session.user_id
    }

    /// The session they came with.
    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// The same person, who has proved that it is them just now.
    pub fn proved_at(mut self, now: Timestamp) -> Self {
        let mut who = Principal::clone(&self.known.authenticated.who);
        if let Bond::Session(session) = &mut who.bond {
            session.proved_at = now;
        }
        let who = Arc::new(who);
        self.session.proved_at = now;
        self.known.authenticated.who = Arc::clone(&who);
        if let Actor::User { who: of_actor, .. } = &mut self.known.actor {
            *of_actor = who;
        }
        self
    }

    /// The same, as it was read.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

impl TryFrom<KnownCaller> for SignedInCaller {
    type Error = ApiError;

    /// A key is nobody who has a session, a password or pages.
    fn try_from(known: KnownCaller) -> Result<Self, ApiError> {
        let session = known.authenticated.who.session().cloned();
        let session = session.ok_or_else(|| ApiError::new(Code::SessionRequired))?;
        Ok(Self { known, session })
    }
}

impl Deref for SignedInCaller {
    type Target = KnownCaller;

    fn deref(&self) -> &KnownCaller {
        &self.known
    }
}

/// A right as a type, for the signature of a handler.
pub(crate) trait Demand: Send + Sync {
    const RIGHT: Right;
}

/// What endpoints demand of their callers, on everything.
macro_rules! demands {
    ($($right:ident),*) => {
        $(
            #[doc = concat!("[`Right::", stringify!($right), "`].")]
            #[derive(Debug)]
            pub(crate) struct $right;

            impl Demand for $right {
                const RIGHT: Right = Right::$right;
            }
        )*
    };
}

demands! { SeeUsers, ChangeUsers, SeeGroups, ChangeGroups, SeeGrants, ChangeGrants, CheckAudit, ReadMetrics }

/// Somebody who has the right `D`.
#[derive(Debug)]
pub(crate) struct Allowed<D: Demand> {
    caller: KnownCaller,
    demand: PhantomData<D>,
}

impl<D: Demand> Allowed<D> {
    /// On whose behalf.
    pub fn actor(&self) -> &Actor {
        self.caller.actor()
    }
}

impl<S> FromRequestParts<S> for KnownCaller
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let known = known(parts)?.ok_or_else(|| nobody(&parts.headers))?;
        if known.authenticated.via == Via::Cookie && !parts.method.is_safe() {
            let presented = parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let caller = SignedInCaller::try_from(known.clone())?;
            check_csrf(&AppState::from_ref(state), &caller, presented)?;
        }
        Ok(known)
    }
}

impl<S> FromRequestParts<S> for SignedInCaller
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        KnownCaller::from_request_parts(parts, state).await?.try_into()
    }
}

impl<S, D: Demand> FromRequestParts<S> for Allowed<D>
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = KnownCaller::from_request_parts(parts, state).await?;
        let now = AppState::from_ref(state).now();
        caller.actor().may(D::RIGHT, now)?;
        Ok(Self { caller, demand: PhantomData })
    }
}

/// Nobody; a program with a key hears of the key.
fn nobody(headers: &HeaderMap) -> ApiError {
    match key_refused(headers) {
        Some(words) => ApiError::with_detail(Code::SignInRequired, words),
        None => ApiError::new(Code::SignInRequired),
    }
}

/// What `identify` found out; a request without it never reaches a handler, and would be refused here if it did.
fn known(parts: &mut Parts) -> Result<Option<KnownCaller>, ApiError> {
    let client = parts.extensions.get::<Client>().cloned();
    match (parts.extensions.get::<Identity>(), client) {
        (Some(Identity::Known(authenticated)), Some(client)) => {
            Ok(Some(KnownCaller::new(authenticated.clone(), &client)))
        }
        (Some(Identity::Unknown(_, failure)), _) => Err(ApiError::clone(failure)),
        _ => Ok(None),
    }
}

/// The person who is signed in, if one is.
pub(crate) fn signed_in(parts: &mut Parts) -> Result<Option<SignedInCaller>, ApiError> {
    Ok(known(parts)?.and_then(|known| known.try_into().ok()))
}

pub(crate) fn check_csrf(state: &AppState, caller: &SignedInCaller, presented: &str) -> Result<(), ApiError> {
    if csrf::matches(&state.services.csrf_key, caller.session_id(), presented) {
        return Ok(());
    }
    Err(ApiError::new(Code::Csrf))
}

/// For endpoints that anybody may call: who it happens to be, if anybody.
#[derive(Debug)]
pub(crate) struct Visitor(pub Option<SignedInCaller>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        signed_in(parts).map(Self)
    }
}

/// What will hold a session that is opened so: browsers name the origin of the page that sends something (Fetch standard, `Origin`).
pub(crate) fn session_kind(headers: &HeaderMap) -> SessionKind {
    if headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_MODE) {
        SessionKind::Browser
    } else {
        SessionKind::Program
    }
}

/// How the program named itself, cut to what a session keeps.
pub(crate) fn user_agent(headers: &HeaderMap) -> String {
    let named = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.chars().take(200).collect()
}
