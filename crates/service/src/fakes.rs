//! For this crate's unit tests: a still clock, and ports that can be held up, made to fail and counted. What real stores do is
//! tested in `tests/`, on the real store.

mod groups;
mod keys;

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::{
    AuditEvent, EventId, HostName, NewAuditEvent, Session, SessionId, Timestamp, TokenHash, User, UserId,
};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

pub(crate) use groups::FakeGroups;
pub(crate) use keys::FakeKeys;

use crate::context::Context;
use crate::ports::{
    AuditQuery, AuditStore, ChainEntry, ChainFault, Change, Changed, Changes, Checkpoint, Clock, Effects, Entropy,
    Listed, LiveSession, Proof, SessionQuery, SessionStore, SettingStore, StoreError, TellOfEnd, TellOfTrim,
};

pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

pub(crate) struct StillClock {
    now: AtomicI64,
    steady: Mutex<Duration>,
}

impl StillClock {
    pub(crate) fn at_noon() -> Arc<Self> {
        Arc::new(Self { now: AtomicI64::new(NOON.as_millis()), steady: Mutex::default() })
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.now.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Time passes, whatever the hands of the clock show.
    pub(crate) fn pass(&self, span: Duration) {
        *self.steady.lock() += span;
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Duration {
        *self.steady.lock()
    }
}

/// Never the same twice, always the same again.
#[derive(Default)]
pub(crate) struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub(crate) fn context(clock: &Arc<StillClock>) -> Context {
    Context::new(Arc::<StillClock>::clone(clock), Arc::<Counting>::default())
}

/// Why a fake port fails.
pub(crate) fn broken() -> StoreError {
    StoreError::Unavailable("broken for the test".into())
}

/// Somebody signed in since noon, for a day.
pub(crate) fn signed_in(n: u8) -> LiveSession {
    let user = User {
        id: UserId::generate(NOON, [n; 10]),
        username: format!("user{n}").parse().unwrap(),
        email: None,
        full_name: String::new(),
        role: None,
        is_disabled: false,
        created_at: NOON,
        updated_at: NOON,
        last_sign_in_at: Some(NOON),
    };
    let session = Session {
        id: SessionId::generate(NOON, [n; 10]),
        user_id: user.id,
        kind: doorward_domain::SessionKind::Browser,
        factors: doorward_domain::Factors::default(),
        created_at: NOON,
        proved_at: NOON,
        last_seen_at: NOON,
        expires_at: NOON.plus(Duration::from_hours(24)),
        client_ip: String::new(),
        user_agent: String::new(),
        device: String::new(),
        is_remembered: false,
    };
    LiveSession { user, session, grants: Vec::new(), groups: Vec::new() }
}

/// Sessions that can be read, as slowly as the test likes.
pub(crate) struct FakeSessions {
    pub(crate) live: Mutex<HashMap<TokenHash, LiveSession>>,
    pub(crate) reads: AtomicUsize,
    pub(crate) fails: AtomicBool,
    /// Answers are given when there is a permit; plenty unless the test takes them.
    pub(crate) answers: Semaphore,
    pub(crate) touched: Mutex<Vec<(SessionId, Timestamp)>>,
    pub(crate) told: Mutex<Vec<NewAuditEvent>>,
    /// How many times there is more to end, each taking a tenth of a second.
    pub(crate) batches: AtomicUsize,
}

impl Default for FakeSessions {
    fn default() -> Self {
        Self {
            live: Mutex::default(),
            reads: AtomicUsize::new(0),
            fails: AtomicBool::new(false),
            answers: Semaphore::new(1_000_000),
            touched: Mutex::default(),
            told: Mutex::default(),
            batches: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl SessionStore for FakeSessions {
    async fn open(
        &self,
        _: &Session,
        _: &TokenHash,
        _: Proof<'_>,
        _: Option<SessionId>,
        _: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn find_live(&self, token: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let found = self.live.lock().get(token).filter(|who| now < who.session.expires_at).cloned();
        self.answers.acquire().await.unwrap().forget();
        if self.fails.load(Ordering::SeqCst) { Err(broken()) } else { Ok(found) }
    }

    async fn prove(
        &self,
        _: SessionId,
        _: Proof<'_>,
        _: Timestamp,
        _: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn find_live_by_entry(&self, entry: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        self.find_live(entry, now).await
    }

    async fn enter(
        &self,
        _: SessionId,
        _: &TokenHash,
        _: &HostName,
        _: Timestamp,
        _: Effects<'_>,
    ) -> Result<bool, StoreError> {
        Err(broken())
    }

    async fn find_live_by_id(&self, _: SessionId, _: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        Err(broken())
    }

    async fn list(&self, _: &SessionQuery, _: Timestamp) -> Result<Listed<(Session, User)>, StoreError> {
        Err(broken())
    }

    async fn end(&self, _: SessionId, _: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn end_all_of(&self, _: UserId, _: Option<SessionId>, _: Effects<'_>) -> Result<Changed<u64>, StoreError> {
        Err(broken())
    }

    async fn touch(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(broken());
        }
        self.touched.lock().extend_from_slice(seen);
        Ok(())
    }

    async fn end_expired(&self, now: Timestamp, idle_since: Timestamp, tell: TellOfEnd<'_>) -> Result<u64, StoreError> {
        if self.batches.load(Ordering::SeqCst) > 0 {
            self.batches.fetch_sub(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            return Ok(100);
        }
        let is_over = |session: &Session| {
            session.expires_at <= now || (!session.is_remembered && session.last_seen_at < idle_since)
        };
        let mut live = self.live.lock();
        let Some(token) = live.iter().find(|(_, who)| is_over(&who.session)).map(|(token, _)| *token) else {
            return Ok(0);
        };
        let who = live.remove(&token).unwrap();
        self.told.lock().push(tell(&who.session, &who.user));
        Ok(1)
    }
}

/// A change feed the test writes.
#[derive(Default)]
pub(crate) struct FakeChanges {
    pub(crate) feed: Mutex<Vec<Change>>,
    pub(crate) fails: AtomicBool,
    pub(crate) behind: AtomicBool,
    pub(crate) hangs: AtomicBool,
    pub(crate) wakes: Notify,
}

#[async_trait]
impl Changes for FakeChanges {
    async fn woken(&self) {
        self.wakes.notified().await;
    }

    async fn latest(&self) -> Result<i64, StoreError> {
        Ok(i64::try_from(self.feed.lock().len()).unwrap())
    }

    async fn since(&self, seen: i64) -> Result<(Vec<Change>, i64), StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(broken());
        }
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.behind.swap(false, Ordering::SeqCst) {
            return Err(StoreError::BadQuery("too far behind".into()));
        }
        let feed = self.feed.lock();
        Ok((feed[usize::try_from(seen).unwrap()..].to_vec(), i64::try_from(feed.len()).unwrap()))
    }

    async fn trim(&self, _: u32) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A log kept as groups of entries.
pub(crate) struct FakeAudit {
    pub(crate) groups: Mutex<Vec<Vec<AuditEntry>>>,
    pub(crate) fails: AtomicBool,
    /// Groups that hold one of these fail.
    pub(crate) bad: Mutex<Vec<AuditEntry>>,
    /// Commits happen when there is a permit; plenty unless the test takes them.
    pub(crate) commits: Semaphore,
    /// From this number on the hashes are those of another history.
    pub(crate) other_from: AtomicI64,
}

impl Default for FakeAudit {
    fn default() -> Self {
        Self {
            groups: Mutex::default(),
            fails: AtomicBool::new(false),
            bad: Mutex::default(),
            commits: Semaphore::new(1_000_000),
            other_from: AtomicI64::new(i64::MAX),
        }
    }
}

impl FakeAudit {
    fn chain(&self) -> Vec<ChainEntry> {
        let entries: Vec<_> = self.groups.lock().iter().flatten().cloned().collect();
        let text = |entry: &AuditEntry| serde_json::to_string(entry).unwrap();
        let hash = |seq| if seq < self.other_from.load(Ordering::SeqCst) { [0xab; 32] } else { [0xcd; 32] };
        let chained =
            entries.iter().zip(1..).map(|(entry, seq)| ChainEntry { seq, text: text(entry), hash: hash(seq) });
        chained.collect()
    }
}

#[async_trait]
impl AuditStore for FakeAudit {
    async fn append(&self, entries: &[AuditEntry]) -> Result<Vec<ChainEntry>, StoreError> {
        self.commits.acquire().await.unwrap().forget();
        let bad = self.bad.lock();
        if self.fails.load(Ordering::SeqCst) || entries.iter().any(|entry| bad.contains(entry)) {
            return Err(broken());
        }
        self.groups.lock().push(entries.to_vec());
        Ok(Vec::new())
    }

    async fn list(&self, _: &AuditQuery) -> Result<Listed<AuditEvent>, StoreError> {
        Ok(Listed { items: Vec::new(), next_cursor: None, total: 0, unreadable: Vec::new() })
    }

    async fn entries_of(&self, _: EventId) -> Result<Vec<ChainEntry>, StoreError> {
        Err(broken())
    }

    async fn read_chain(&self, after: i64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        let behind = self.chain().into_iter().filter(|entry| entry.seq > after);
        Ok(behind.take(usize::try_from(limit).unwrap()).collect())
    }

    async fn check(&self) -> Result<(Vec<ChainFault>, u64), StoreError> {
        Err(broken())
    }

    async fn start(&self) -> Result<Checkpoint, StoreError> {
        Ok(Checkpoint { seq: 0, hash: [0; 32] })
    }

    async fn end(&self) -> Result<Checkpoint, StoreError> {
        let newest = self.chain().pop().map(|entry| Checkpoint { seq: entry.seq, hash: entry.hash });
        newest.map_or(self.start().await, Ok)
    }

    async fn trim(&self, _: Timestamp, _: u32, _: TellOfTrim<'_>) -> Result<u64, StoreError> {
        Err(broken())
    }
}

/// Small things in memory.
#[derive(Default)]
pub(crate) struct FakeSettings(Mutex<HashMap<String, Vec<u8>>>);

impl FakeSettings {
    /// What they are now, for another database.
    pub(crate) fn copied(&self) -> Self {
        Self(Mutex::new(self.0.lock().clone()))
    }
}

#[async_trait]
impl SettingStore for FakeSettings {
    async fn find(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().get(name).cloned())
    }

    async fn put(&self, name: &str, value: &[u8], _: Option<Effects<'_>>) -> Result<(), StoreError> {
        self.0.lock().insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    async fn put_if_absent(&self, name: &str, value: &[u8], _: Option<Effects<'_>>) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.lock().entry(name.to_owned()).or_insert_with(|| value.to_vec()).clone())
    }

    async fn remove(&self, name: &str, _: Option<Effects<'_>>) -> Result<(), StoreError> {
        self.0.lock().remove(name);
        Ok(())
    }
}
