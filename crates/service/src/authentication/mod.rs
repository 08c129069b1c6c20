//! From a credential to the signed-in person, without a database on the hot path.
//!
//! [`Authentication::cached`] is a look-up in memory. Only a miss asks the store, once for all requests that wait for the same
//! credential. What was cached is dropped the moment a [`crate::ports::Change`] names its session or user, and whoever holds an
//! [`Authenticated`] sees it in [`Authenticated::revocation`].
//!
//! How changes are heard of: a verb of this process has what it committed as a [`crate::ports::Changed`] and must tell it here before it knows
//! what came of it ([`crate::ports::Caches`]); what other processes commit is found by the background work, which reads the change feed every 500 ms. Both read the same feed under one lock, so every change
//! is applied once. Whatever is cached is believed for half a minute after the feed was last read, by a clock that nobody can set, and
//! that is looked at wherever the cache is, and before anybody is looked up: a database that hangs, groups that cannot be read, or background
//! work that hangs, fail closed.
//!
//! Look next: `registry` (what is known), `background` (the background work), `bearer` (JWTs).

mod background;
mod bearer;
mod budget;
mod credential;
mod memberships;
mod negative_cache;
mod principal;
mod recent_changes;
mod registry;
mod revocation;
mod single_flight;

use doorward_domain::{Caller, Credential, Principal, SessionLimits, Timestamp, TokenHash, Via};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::context::Context;
use crate::counters::Counters;
use crate::ports::{Changes, GroupStore, KeyStore, LiveSession, SessionStore, StoreError};
use crate::throttle::network;
use background::Feed;
pub(crate) use background::save_every;
pub(crate) use bearer::BearerKey;
use bearer::Claimed;
use budget::Budget;
pub use credential::Digested;
use credential::{Form, form_of};
pub(crate) use memberships::Memberships;
use negative_cache::NegativeCache;
pub(crate) use principal::Placed;
use registry::{Cached, Registry};
pub use revocation::Revocation;
use single_flight::{Answer, SingleFlight};

/// How many sessions are kept in memory; more take turns.
const CAPACITY: usize = 200_000;

/// How long cached knowledge is believed while the change feed cannot be read.
const TRUST: Duration = Duration::from_secs(30);

/// How often a reading that a change overtook is begun again before the request fails.
const TRIES: usize = 5;

/// Somebody who was let in, and a way to hear when that ends.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub who: Arc<Principal>,
    /// How they showed it.
    pub via: Via,
    /// Comes when the session ends or the user's rights change: live connections must close.
    pub revocation: Revocation,
}

impl Authenticated {
    /// As the caller of a question.
    pub fn caller(&self) -> Caller {
        Caller::Known(Arc::clone(&self.who))
    }
}

/// What it asks of the store.
pub(crate) struct Ports {
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) keys: Arc<dyn KeyStore>,
    pub(crate) groups: Arc<dyn GroupStore>,
    pub(crate) changes: Arc<dyn Changes>,
}

/// Knows who is signed in.
pub struct Authentication {
    ports: Ports,
    context: Context,
    limits: SessionLimits,
    bearer: Arc<BearerKey>,
    registry: Registry,
    single_flight: SingleFlight,
    negative_cache: NegativeCache,
    budget: Budget,
    counters: Arc<Counters>,
    feed: tokio::sync::Mutex<Feed>,
    /// Until when, by the steady clock and in milliseconds, the cache is believed.
    believed_until: AtomicU64,
}

impl Authentication {
    /// Begins to listen for changes, before anything is cached.
    pub(crate) async fn start(
        ports: Ports,
        context: Context,
        limits: SessionLimits,
        bearer: Arc<BearerKey>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let asked_at = context.steady();
        let feed = Feed { seen: ports.changes.latest().await?, groups_are_stale: false };
        let memberships = Memberships::new(ports.groups.graph().await?);
        Ok(Self {
            ports,
            context,
            limits,
            bearer,
            registry: Registry::new(limits, CAPACITY, memberships),
            single_flight: SingleFlight::default(),
            negative_cache: NegativeCache::default(),
            budget: Budget::default(),
            counters,
            feed: tokio::sync::Mutex::new(feed),
            believed_until: AtomicU64::new(believed_until(asked_at)),
        })
    }

    /// From memory: `None` when it has to be looked up with [`Self::authenticate`] (or is nobody's).
    pub fn cached(&self, credential: &Credential, from: IpAddr) -> Option<Authenticated> {
        self.cached_under(&form_of(credential, &self.bearer)?.key(), credential.via(), from)
    }

    /// The same for a credential whose digest was made before: see [`Self::digested`].
    pub fn cached_by_digest(&self, digested: &Digested, from: IpAddr) -> Option<Authenticated> {
        self.cached_under(digested.digest.as_ref()?, digested.credential().via(), from)
    }

    /// The credential with its digest, for whoever asks for it again and again.
    pub fn digested(&self, credential: Credential) -> Digested {
        Digested::new(credential, &self.bearer)
    }

    fn cached_under(&self, key: &TokenHash, via: Via, from: IpAddr) -> Option<Authenticated> {
        let live = self.believed(key, self.context.now()).filter(|live| live.is_allowed_from(from))?;
        live.revocation.seen_from(from);
        Some(authenticated(&live, via))
    }

    /// What is known, as long as it may be believed.
    fn believed(&self, key: &TokenHash, now: Timestamp) -> Option<Cached> {
        if self.is_out_of_touch() { None } else { self.registry.cached(key, now) }
    }

    /// Whether the change feed was not read for too long.
    fn is_out_of_touch(&self) -> bool {
        self.context.steady().as_millis() >= u128::from(self.believed_until.load(Ordering::Acquire))
    }

    /// The feed was read to its end by somebody who began then.
    fn heard(&self, asked_at: Duration) {
        self.believed_until.fetch_max(believed_until(asked_at), Ordering::AcqRel);
    }

    /// Somebody as they would be admitted, with what their groups have.
    pub(crate) fn placed(&self, placed: Placed) -> Principal {
        self.registry.placed(placed)
    }

    /// From memory, without counting as a request: asking whether one is still signed in must not keep one signed in.
    pub fn peek(&self, credential: &Credential, from: IpAddr) -> Option<Authenticated> {
        let key = form_of(credential, &self.bearer)?.key();
        if self.is_out_of_touch() {
            return None;
        }
        let live = self.registry.peek(&key, self.context.now()).filter(|live| live.is_allowed_from(from))?;
        Some(authenticated(&live, credential.via()))
    }

    /// From memory or the store; `None` when the credential opens nothing (any more). `from` is the client's address, whose network has a
    /// budget of questions to the store. Callable from any runtime.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        from: IpAddr,
    ) -> Result<Option<Authenticated>, NotAuthenticated> {
        let authenticated = self.inspect(credential, from).await?;
        if let Some(authenticated) = &authenticated {
            authenticated.revocation.seen(self.context.now());
            authenticated.revocation.seen_from(from);
        }
        Ok(authenticated)
    }

    /// The same without counting as a request, for what [`Self::peek`] does not find.
    pub async fn inspect(
        &self,
        credential: &Credential,
        from: IpAddr,
    ) -> Result<Option<Authenticated>, NotAuthenticated> {
        self.authenticate_from(credential, from, Budgeted::Yes).await
    }

    /// The same for somebody who was let in with it before, whose right to go on is looked at again: no request, and on nobody's budget.
    pub async fn authenticate_again(
        &self,
        credential: &Credential,
        from: IpAddr,
    ) -> Result<Option<Authenticated>, NotAuthenticated> {
        self.authenticate_from(credential, from, Budgeted::No).await
    }

    /// Has a credential that was just given out in memory, so that whoever comes with it first pays for nothing that others sent. If that fails
    /// it is looked up like any other.
    pub(crate) async fn know(&self, credential: &Credential) {
        // Of sessions it does not matter from where.
        self.authenticate_again(credential, IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)).await.ok();
    }

    async fn authenticate_from(
        &self,
        credential: &Credential,
        from: IpAddr,
        budgeted: Budgeted,
    ) -> Result<Option<Authenticated>, NotAuthenticated> {
        let Some(form) = form_of(credential, &self.bearer) else { return Ok(None) };
        let key = form.key();
        let payer = (budgeted == Budgeted::Yes).then_some(from);
        // A key that may not be used from there opens nothing; that is not for others to hear who wait for the same answer.
        let allowed = |live: &Cached| live.is_allowed_from(from).then(|| authenticated(live, credential.via()));
        for _ in 0..TRIES {
            let now = self.context.now();
            if let Some(live) = self.registry.peek(&key, now).filter(|_| !self.is_out_of_touch()) {
                return Ok(allowed(&live));
            }
            if self.negative_cache.holds(&key, now) {
                return Ok(None);
            }
            match self.single_flight.join((key, payer.map(network)), self.look_up(form, key, payer)).await {
                Answer::Nobody => return Ok(None),
                Answer::TooMany(wait) => return Err(NotAuthenticated::TooMany { retry_after: wait }),
                Answer::Failed(why) => return Err(StoreError::Unavailable(Box::new(Shared(why))).into()),
                Answer::Known(live) if live.is_alive(&self.limits, self.context.now()) => {
                    return Ok(allowed(&live));
                }
                // Ended between the answer and now; whether something else took its place shows on the next round.
                Answer::Known(_) => {}
            }
        }
        Err(StoreError::Unavailable("rights changed faster than they could be read".into()).into())
    }

    async fn look_up(&self, form: Form<'_>, key: TokenHash, payer: Option<IpAddr>) -> Answer {
        let claimed = match form {
            Form::Token(_) | Form::Entry(..) | Form::Key(_) => None,
            Form::Jwt(jwt) => match self.bearer.open(jwt, self.context.now()) {
                None => return Answer::Nobody,
                claimed => claimed,
            },
        };
        let slip = match payer.map(|ip| self.budget.take(ip, &key, self.context.now())).transpose() {
            Ok(slip) => slip,
            Err(wait) => {
                self.counters.look_ups_refused.add_one();
                return Answer::TooMany(wait);
            }
        };
        self.counters.look_ups.add_one();
        let answer = match self.read(form, key, claimed).await {
            Ok(Some(live)) => Answer::Known(live),
            Ok(None) => {
                self.negative_cache.note(key, matches!(form, Form::Key(_)), self.context.now());
                return Answer::Nobody;
            }
            Err(why) => Answer::Failed(Arc::new(why)),
        };
        if let Some(slip) = slip {
            self.budget.give_back(slip);
        }
        answer
    }

    async fn read(
        &self,
        form: Form<'_>,
        key: TokenHash,
        claimed: Option<Claimed>,
    ) -> Result<Option<Cached>, StoreError> {
        for _ in 0..TRIES {
            if self.is_out_of_touch() {
                // What somebody holds by their groups, or is denied by them, is in memory alone.
                return Err(StoreError::Unavailable("it cannot be told whether groups have changed".into()));
            }
            let read_at = self.registry.reading();
            let now = self.context.now();
            let Some(placed) = self.find(form, key, claimed.as_ref(), now).await? else { return Ok(None) };
            if let Ok(live) = self.registry.insert(key, placed, read_at, now) {
                return Ok(live);
            }
        }
        Err(StoreError::Unavailable("rights changed faster than they could be read".into()))
    }

    /// Whoever the credential is of, as the store knows them.
    async fn find(
        &self,
        form: Form<'_>,
        key: TokenHash,
        claimed: Option<&Claimed>,
        now: Timestamp,
    ) -> Result<Option<Placed>, StoreError> {
        let token = claimed.map_or(key, |claimed| TokenHash::of(claimed.token.expose().as_bytes()));
        let live = match form {
            Form::Key(_) => return Ok(self.ports.keys.find_live(&token, now).await?.map(Placed::by_key)),
            Form::Entry(..) => self.ports.sessions.find_live_by_entry(&token, now).await?,
            Form::Token(_) | Form::Jwt(_) => self.ports.sessions.find_live(&token, now).await?,
        };
        let is_named =
            |live: &LiveSession| claimed.is_none_or(|c| c.session == live.session.id && c.user == live.user.id);
        Ok(live.filter(|live| is_named(live) && !live.user.is_disabled).map(Placed::by_session))
    }
}

/// Whether a question to the store is on the client's network's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Budgeted {
    Yes,
    No,
}

fn believed_until(asked_at: Duration) -> u64 {
    u64::try_from((asked_at + TRUST).as_millis()).unwrap_or(u64::MAX)
}

fn authenticated(live: &Cached, via: Via) -> Authenticated {
    Authenticated { who: Arc::clone(&live.who), via, revocation: live.revocation.clone() }
}

/// Why it cannot be said who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum NotAuthenticated {
    /// The client's network has asked about too many credentials that opened nothing.
    #[error("too many credentials from this network that open nothing")]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One failure, told to all who waited.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Shared(Arc<StoreError>);

#[cfg(test)]
mod tests;
