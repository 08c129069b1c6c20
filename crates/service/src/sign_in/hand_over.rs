//! From the desk to an app at a host of its own: a code that one browser takes across, once, for an entry of its session.
//!
//! The browser is marked at the app's host first, with a cookie; only the mark's hash, its seal, goes to the desk, and the code is given
//! out for that seal and that host. So a code that is stolen, or forced upon another browser, opens nothing there, and none is good for
//! another host. (The same thought as PKCE, RFC 7636, with the cookie as the verifier.) A code lives in memory, as a hash, for a
//! minute; whatever comes of the first try, there is no second.
//!
//! Which hosts are ours and where a browser is sent is the desk's to know.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_domain::credential::ENTRY_TOKEN_PREFIX;
use doorward_domain::{AuditAction, Credential, HostName, Secret, Session, SessionId, Timestamp, TokenHash, Username};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::Authentication;
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, SessionStore, StoreError};

/// How long a code is good.
const LIFETIME: Duration = Duration::from_mins(1);

/// How many codes of one session, and of all, wait at a time; the oldest makes room.
const OF_SESSION: usize = 16;
const OF_ALL: usize = 10_000;

/// What a browser was marked with, as the desk may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal(TokenHash);

/// A seal is 32 bytes in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a seal")]
pub struct NotASeal;

impl Seal {
    /// Of a mark.
    pub fn of(mark: &str) -> Self {
        Self(TokenHash::of(mark.as_bytes()))
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl FromStr for Seal {
    type Err = NotASeal;

    fn from_str(text: &str) -> Result<Self, NotASeal> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotASeal)?;
        bytes.try_into().map(|bytes| Self(TokenHash::from_bytes(bytes))).map_err(|_| NotASeal)
    }
}

/// A code that has not come across yet.
struct Waiting {
    session: Session,
    username: Username,
    host: HostName,
    seal: Seal,
    until: Timestamp,
}

/// Somebody who came across with a good code, and is not let in yet.
#[must_use]
pub struct Arrival(Waiting);

impl Arrival {
    /// Whether they came from this session.
    pub fn is_of(&self, session: SessionId) -> bool {
        self.0.session.id == session
    }
}

/// A way into the apps at one host.
#[derive(Debug)]
pub struct Entered {
    /// For the cookie there.
    pub token: Secret,
    /// How long it can be good: as long as its session.
    pub lifetime: Duration,
}

/// Hands browsers over.
pub struct HandOver {
    sessions: Arc<dyn SessionStore>,
    authentication: Arc<Authentication>,
    context: Context,
    waiting: Mutex<HashMap<TokenHash, Waiting>>,
}

impl HandOver {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        let (sessions, authentication) = (Arc::clone(&core.stores.sessions), Arc::clone(&core.authentication));
        Self { sessions, authentication, context: core.context.clone(), waiting: Mutex::default() }
    }

    /// A mark for a browser that has none.
    pub fn mark(&self) -> Secret {
        self.context.token("")
    }

    /// Whether the text can be a mark that was given out.
    pub fn is_mark(text: &str) -> bool {
        text.parse::<Seal>().is_ok()
    }

    /// A code for the browser that was marked so, to be taken to this host.
    pub fn begin(&self, session: &Session, username: &Username, host: HostName, seal: Seal) -> Secret {
        let now = self.context.now();
        let code = self.context.token("");
        let waiting =
            Waiting { session: session.clone(), username: username.clone(), host, seal, until: now.plus(LIFETIME) };
        let mut all = self.waiting.lock();
        all.retain(|_, waiting| now < waiting.until);
        if all.values().filter(|waiting| waiting.session.id == session.id).count() >= OF_SESSION {
            drop_oldest(&mut all, Some(session.id));
        }
        if all.len() >= OF_ALL {
            drop_oldest(&mut all, None);
        }
        all.insert(TokenHash::of(code.expose().as_bytes()), waiting);
        code
    }

    /// Takes a code, if it is this host's and the browser bears its mark. `None` whatever was wrong. It is used up either way.
    pub fn take(&self, code: &str, mark: Option<&str>, host: &HostName) -> Option<Arrival> {
        let found = self.waiting.lock().remove(&TokenHash::of(code.as_bytes()));
        let (waiting, mark) = (found?, mark?);
        let is_good =
            waiting.host == *host && waiting.seal.0.matches(&Seal::of(mark).0) && self.context.now() < waiting.until;
        is_good.then_some(Arrival(waiting))
    }

    /// Lets in whoever came across, if their session still lives.
    pub async fn enter(&self, arrival: Arrival, client_ip: &str) -> Result<Option<Entered>, StoreError> {
        let Waiting { session, username, host, .. } = arrival.0;
        let now = self.context.now();
        let token = self.context.token(ENTRY_TOKEN_PREFIX);
        let hash = TokenHash::of_entry(token.expose().as_bytes(), &host);
        let event = self.context.event_by(username.as_str(), client_ip, AuditAction::SESSION_ENTER);
        let event = event.about(host.as_str()).with("session", session.id.to_string());
        let is_open = self.sessions.enter(session.id, &hash, &host, now, Effects::of(&event)).await?;
        if is_open {
            self.authentication.know(&Credential::Entry { token: token.clone(), host }).await;
        }
        Ok(is_open.then(|| Entered { token, lifetime: session.expires_at.since(now) }))
    }
}

fn drop_oldest(all: &mut HashMap<TokenHash, Waiting>, of: Option<SessionId>) {
    let oldest = all.iter().filter(|(_, waiting)| of.is_none_or(|session| waiting.session.id == session));
    if let Some(code) = oldest.min_by_key(|(_, waiting)| waiting.until).map(|(code, _)| *code) {
        all.remove(&code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::{BearerKey, Ports};
    use crate::fakes::{FakeChanges, FakeGroups, FakeKeys, FakeSessions, StillClock, context, signed_in};
    use doorward_domain::SessionLimits;

    async fn hand_over() -> (HandOver, Arc<StillClock>) {
        let (clock, sessions) = (StillClock::at_noon(), Arc::<FakeSessions>::default());
        let (changes, key) = (Arc::<FakeChanges>::default(), Arc::new(BearerKey::new(&[1; 32]).unwrap()));
        let (same, limits) = (Arc::<FakeSessions>::clone(&sessions), SessionLimits::default());
        let (keys, groups) = (Arc::<FakeKeys>::default(), Arc::<FakeGroups>::default());
        let ports = Ports { sessions: same, keys, groups, changes };
        let started = Authentication::start(ports, context(&clock), limits, key, Arc::default());
        let authentication = Arc::new(started.await.unwrap());
        (HandOver { sessions, authentication, context: context(&clock), waiting: Mutex::default() }, clock)
    }

    #[tokio::test]
    async fn a_session_keeps_few_codes_waiting_and_time_forgets_them() {
        let (hand_over, clock) = hand_over().await;
        let (ada, host) = (signed_in(1), HostName::of("app.test"));
        for _ in 0..100 {
            drop(hand_over.begin(&ada.session, &ada.user.username, host.clone(), Seal::of("mark")));
        }
        assert_eq!(hand_over.waiting.lock().len(), OF_SESSION);
        clock.advance(LIFETIME);
        let eve = signed_in(2);
        drop(hand_over.begin(&eve.session, &eve.user.username, host, Seal::of("mark")));
        assert_eq!(hand_over.waiting.lock().len(), 1);
    }

    #[test]
    fn a_seal_reads_as_it_is_written_and_nothing_else_does() {
        let seal = Seal::of("mark");
        assert_eq!(seal.to_string().parse(), Ok(seal));
        for text in ["", "mark", &format!("{seal}A"), &format!("{seal}="), &seal.to_string()[1..]] {
            assert_eq!(text.parse::<Seal>(), Err(NotASeal), "{text}");
        }
    }
}
