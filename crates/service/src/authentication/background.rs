//! The background work of authentication: follows the change feed, ends what has expired, saves when sessions were last seen.

use async_trait::async_trait;
use doorward_domain::{AuditAction, AuditReason, BondId, Session, SessionLimits, User};
use std::sync::Arc;
use std::time::Duration;

use super::registry::Unsaved;
use super::{Authentication, Memberships};
use crate::background::Background;
use crate::context::Telling as _;
use crate::ports::{Caches, Change, StoreError};

/// Often enough that a change made elsewhere closes connections within a second.
const TICK: Duration = Duration::from_millis(500);

/// How long reading the feed may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// "Last seen" is right to within this.
const SAVE_EVERY: Duration = Duration::from_mins(1);

/// How often expired sessions and old changes are forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(5);

/// How many changes the feed keeps for slow readers.
const KEEP_CHANGES: u32 = 10_000;

/// At most this many at a time.
const SAVE_AT_ONCE: usize = 1000;

/// The least time left to others between two batches of writes.
const BREATH: Duration = Duration::from_millis(20);

/// How far the change feed has been read.
pub(super) struct Feed {
    pub(super) seen: i64,
    /// A group has changed, and groups could not be read since.
    pub(super) groups_are_stale: bool,
}

#[async_trait]
impl Caches for Authentication {
    async fn hear(&self, changes: &[Change]) {
        let applied = self.catch_up().await;
        for change in changes.iter().filter(|change| !applied.contains(change)) {
            self.apply(*change);
        }
    }
}

impl Authentication {
    /// Reads the feed to its end and applies what is new.
    async fn catch_up(&self) -> Vec<Change> {
        let mut feed = self.feed.lock().await;
        let asked_at = self.context.steady();
        let recent_changes = tokio::time::timeout(PATIENCE, self.ports.changes.since(feed.seen)).await;
        match recent_changes.unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into()))) {
            Ok((changes, newest)) => {
                for change in &changes {
                    self.apply(*change);
                }
                feed.seen = newest;
                feed.groups_are_stale |= changes.iter().any(|change| matches!(change, Change::Group(_)));
                if self.read_groups(&mut feed).await {
                    self.heard(asked_at);
                }
                changes
            }
            Err(StoreError::BadQuery(why)) => {
                tracing::warn!(why, "too far behind the change feed: everybody is looked up again");
                let newest = tokio::time::timeout(PATIENCE, self.ports.changes.latest()).await;
                self.registry.drop_all();
                if let Ok(Ok(newest)) = newest {
                    *feed = Feed { seen: newest, groups_are_stale: true };
                    if self.read_groups(&mut feed).await {
                        self.heard(asked_at);
                    }
                }
                Vec::new()
            }
            Err(why) => {
                tracing::warn!(%why, cause = std::error::Error::source(&why), "the change feed cannot be read");
                if self.is_out_of_touch() {
                    // Nothing cached is believed any more; this closes what was opened with it.
                    self.registry.drop_all();
                }
                Vec::new()
            }
        }
    }

    fn apply(&self, change: Change) {
        self.registry.apply(change);
        if matches!(change, Change::User(_) | Change::Key(_)) {
            self.negative_cache.wake();
        }
    }

    /// Reads the groups again if they have changed; whether what is known about them is right now. While it is not, nobody is believed for
    /// longer than usual.
    async fn read_groups(&self, feed: &mut Feed) -> bool {
        if !feed.groups_are_stale {
            return true;
        }
        match tokio::time::timeout(PATIENCE, self.ports.groups.graph()).await {
            Ok(Ok(graph)) => {
                self.registry.regroup(Memberships::new(graph));
                feed.groups_are_stale = false;
            }
            Ok(Err(why)) => {
                let cause = std::error::Error::source(&why);
                tracing::warn!(%why, cause, "groups cannot be read; trying again, and soon nobody gets in");
            }
            Err(_) => tracing::warn!("groups cannot be read in time; trying again"),
        }
        !feed.groups_are_stale
    }

    /// Follows the feed: once a tick, and whenever it is said that something changed.
    async fn follow(&self) {
        let mut tick = interval(TICK);
        loop {
            tokio::select! {
                _ = tick.tick() => self.tick().await,
                () = self.ports.changes.woken() => {
                    self.catch_up().await;
                }
            }
        }
    }

    /// One round of the background work.
    pub(super) async fn tick(&self) {
        let now = self.context.now();
        self.registry.sweep(now);
        self.negative_cache.sweep(now);
        self.budget.sweep(now);
        self.catch_up().await;
    }

    /// Tells the store when sessions were last seen, and when keys were last used.
    pub(crate) async fn save_last_seen(&self) {
        self.save_those(|_| true).await;
    }

    async fn save_those(&self, are_meant: impl Fn(&BondId) -> bool) {
        let mut unsaved = self.registry.unsaved();
        unsaved.retain(|one| are_meant(&one.bond));
        for some in unsaved.chunks(SAVE_AT_ONCE) {
            let began = tokio::time::Instant::now();
            match self.save(some).await {
                Ok(()) => {
                    self.registry.saved(some);
                    breathe(began.elapsed()).await;
                }
                Err(why) => {
                    tracing::warn!(%why, "when sessions were last seen could not be saved; trying again later");
                    return;
                }
            }
        }
    }

    async fn save(&self, some: &[Unsaved]) -> Result<(), StoreError> {
        let (mut sessions, mut keys) = (Vec::new(), Vec::new());
        for Unsaved { bond, seen, from } in some {
            match bond {
                BondId::Session(session) => sessions.push((*session, *seen)),
                BondId::Key(key) => keys.extend(from.map(|from| (*key, *seen, from))),
            }
        }
        if !keys.is_empty() {
            self.ports.keys.used(&keys).await?;
        }
        self.ports.sessions.touch(&sessions).await
    }

    /// Ends expired sessions and forgets old changes in the store.
    pub(crate) async fn tidy(&self) {
        if let Err(why) = self.end_expired().await {
            tracing::warn!(%why, "expired sessions could not be ended; trying again later");
        }
        if let Err(why) = self.ports.changes.trim(KEEP_CHANGES).await {
            tracing::warn!(%why, "old changes could not be forgotten; trying again later");
        }
    }

    /// Nobody has been let in with them since their time was over: what is left is to say so.
    async fn end_expired(&self) -> Result<(), StoreError> {
        let now = self.context.now();
        // "Last seen" may be late by a round of saving, here or in another process.
        let idle_since = now.minus(self.limits.idle).minus(2 * SAVE_EVERY);
        let tell = |session: &Session, user: &User| {
            let reason = if session.expires_at <= now { AuditReason::Expired } else { AuditReason::Idle };
            let event = self.context.own_event(AuditAction::SESSION_END).about(user.username.as_str());
            event.with("session", session.id.to_string()).with("reason", reason.as_str())
        };
        loop {
            let began = tokio::time::Instant::now();
            if self.ports.sessions.end_expired(now, idle_since, &tell).await? == 0 {
                return Ok(());
            }
            breathe(began.elapsed()).await;
        }
    }

    /// Starts the background work on the current runtime. Tasks of their own, so that none delays another: least of all saving and
    /// tidying, which take as long as there is something to write, the following of the feed. Only sessions end when they idle: keys are
    /// written down no more often than is said of them.
    pub(crate) fn keep(self: &Arc<Self>, background: &Background) {
        let save_every = save_every(&self.limits);
        let [following, of_sessions, of_keys, tidying] = [(); 4].map(|()| Arc::clone(self));
        let is_key = |bond: &BondId| matches!(bond, BondId::Key(_));
        background.spawn(async move { following.follow().await });
        background.spawn(every(save_every, async move || of_sessions.save_those(|bond| !is_key(bond)).await));
        background.spawn(every(SAVE_EVERY, async move || of_keys.save_those(is_key).await));
        background.spawn(every(TIDY_EVERY, async move || tidying.tidy().await));
    }
}

/// How often "last seen" of sessions is saved: a short idle limit needs it to be fresher than itself.
pub(crate) fn save_every(limits: &SessionLimits) -> Duration {
    SAVE_EVERY.min(limits.idle / 4).max(TICK)
}

/// Does it again and again.
async fn every(period: Duration, work: impl AsyncFn()) {
    let mut tick = interval(period);
    loop {
        tick.tick().await;
        work().await;
    }
}

/// Leaves the database to others for as long as it was just kept from them: a process that waits for the lock tries only now and then.
async fn breathe(wrote_for: Duration) {
    tokio::time::sleep(wrote_for.clamp(BREATH, PATIENCE)).await;
}

/// Ticks first after one period, and does not hurry after a pause.
fn interval(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}
