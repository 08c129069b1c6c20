//! A house with a still clock and a store that counts, for the tests beside this.

mod credentials;
mod groups;
mod lifetime;
mod look_ups;
mod recent_changes;
mod registry;

use doorward_domain::{Secret, SessionId, Timestamp};
use std::sync::atomic::Ordering;

use super::*;
use crate::background::Background;
use crate::fakes::{FakeChanges, FakeGroups, FakeKeys, FakeSessions, NOON, StillClock, context, signed_in};
use crate::ports::{Caches as _, Change, Changed, LiveSession};

struct Desk {
    sessions: Arc<FakeSessions>,
    keys: Arc<FakeKeys>,
    groups: Arc<FakeGroups>,
    changes: Arc<FakeChanges>,
    clock: Arc<StillClock>,
    authentication: Arc<Authentication>,
    key: Arc<BearerKey>,
}

/// Where everybody is.
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

const IDLE: Duration = Duration::from_hours(8);

async fn desk() -> Desk {
    desk_with(SessionLimits::default()).await
}

async fn desk_with(limits: SessionLimits) -> Desk {
    let (sessions, changes, clock) =
        (Arc::<FakeSessions>::default(), Arc::<FakeChanges>::default(), StillClock::at_noon());
    let key = Arc::new(BearerKey::new(&[1; 32]).unwrap());
    let groups = Arc::<FakeGroups>::default();
    let keys = Arc::<FakeKeys>::default();
    let (s, k, g, c) = (Arc::clone(&sessions), Arc::clone(&keys), Arc::clone(&groups), Arc::clone(&changes));
    let ports = Ports { sessions: s, keys: k, groups: g, changes: c };
    let authentication =
        Authentication::start(ports, context(&clock), limits, Arc::clone(&key), Arc::default()).await.unwrap();
    Desk { sessions, keys, groups, changes, clock, authentication: Arc::new(authentication), key }
}

fn token(n: u8) -> String {
    format!("dws_{}", char::from(b'a' + n).to_string().repeat(43))
}

fn cookie(n: u8) -> Credential {
    Credential::Cookie(Secret::new(token(n)))
}

fn bearer(text: impl Into<String>) -> Credential {
    Credential::Bearer(Secret::new(text.into()))
}

impl Desk {
    /// Opens a session for user `n` in the store.
    fn open(&self, n: u8) -> Credential {
        self.sessions.live.lock().insert(TokenHash::of(token(n).as_bytes()), signed_in(n));
        cookie(n)
    }

    fn jwt(&self, n: u8) -> String {
        self.key.issue(&signed_in(n).session, &Secret::new(token(n)), [0; 16]).unwrap().expose().to_owned()
    }

    /// Ends it, as another process would.
    fn end_elsewhere(&self, n: u8) {
        self.sessions.live.lock().remove(&TokenHash::of(token(n).as_bytes()));
        self.changes.feed.lock().push(Change::Session(signed_in(n).session.id));
    }

    fn reads(&self) -> usize {
        self.sessions.reads.load(Ordering::SeqCst)
    }

    async fn admits(&self, credential: &Credential) -> bool {
        self.authentication.authenticate(credential, HERE).await.unwrap().is_some()
    }
}
