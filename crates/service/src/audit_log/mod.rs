//! Writing down what happens: durable before the act, in groups, so that it costs little.
//!
//! [`AuditLog::record`] and [`AuditLog::conclude`] hand entries to the one `writer` of this process, which commits together whatever
//! arrived while it was committing the group before. Entries that verbs write in their own transactions do not pass here. The
//! `export` reads the chain, so its file and standard output show all of them, in order. Refusals that repeat are counted together
//! (`refusals`); what is let through is not.

mod export;
mod in_words;
mod not_copied;
mod outage;
mod refusals;
mod resume;
mod retention;
mod shown;
pub mod summary;
mod told;
mod writer;

use doorward_domain::{AppName, AuditEvent, DecisionId, EventId, NewAuditEvent, Timestamp, audit::AuditConclusion};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

use crate::apps::UnknownApp;
use crate::background::Background;
use crate::context::Context;
use crate::ports::{
    AuditQuery, AuditStore, ChainEntry, ChainFault, Checkpoint, Listed, Paging, SettingStore, StoreError,
};
use crate::{Actor, Apps, NotAllowed, Right};
use export::Exporter;
pub(crate) use export::Sinks;
pub use in_words::in_words;
pub(crate) use refusals::Gathers;
use refusals::{Key, Noted, Refusals};
use retention::Retention;
use shown::may_read;
pub use shown::{Shown, ShownEntry};
pub(crate) use told::without_hidden;
pub use told::{ACTS_ON, ENDED, IS_HIDDEN};
use writer::Queue;

/// A decision and its event are not further apart than this.
const AROUND: Duration = Duration::from_mins(5);

/// How long a stop waits for file and standard output.
const PATIENCE: Duration = Duration::from_secs(5);

/// The event could not be written, so what it tells of must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditUnavailable {
    /// There is no room for it.
    #[error("the audit log cannot be written: the disk is full")]
    DiskFull,
    /// Something else; the log says what.
    #[error("the audit log cannot be written")]
    Failed,
}

/// Reading the log failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditError {
    /// Reading needs `manage`.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no app of that name, and none that is no more has been called so.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The audit log. One writer per process gathers what arrives while the last group is being committed, and commits it as one.
pub struct AuditLog {
    store: Arc<dyn AuditStore>,
    apps: Arc<Apps>,
    context: Context,
    queue: Queue,
    refusals: Arc<Refusals>,
    export: Option<Exporter>,
    /// The removal of old entries.
    background: Background,
}

/// Forgets an event that counts repetitions unless it gets written, whatever happens.
struct Counted<'a> {
    refusals: &'a Refusals,
    key: Key,
    id: EventId,
    is_written: bool,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            self.refusals.forget(&self.key, self.id);
        }
    }
}

impl AuditLog {
    /// Starts the writer, the export if there is anywhere to, and the removal of what is older than `keep`, on the current
    /// runtime. All end with the log.
    pub(crate) async fn start(
        store: Arc<dyn AuditStore>,
        settings: Arc<dyn SettingStore>,
        apps: Arc<Apps>,
        context: Context,
        sinks: Sinks,
        keep: Option<Duration>,
    ) -> Result<Self, StoreError> {
        let export = Exporter::start(Arc::clone(&store), settings, sinks).await?;
        let wake = export.as_ref().map(Exporter::waker);
        let refusals = Arc::<Refusals>::default();
        let queue = writer::start(Arc::clone(&store), context.clone(), Arc::clone(&refusals), wake);
        let background = Background::default();
        if let Some(keep) = keep {
            let retention = Retention { store: Arc::clone(&store), context: context.clone(), keep };
            background.spawn(retention.run());
        }
        Ok(Self { store, apps, context, queue, refusals, export, background })
    }

    /// Writes an event and returns when it is on disk. Callable from any runtime.
    pub async fn record(&self, event: NewAuditEvent) -> Result<(), AuditUnavailable> {
        let (done, written) = oneshot::channel();
        self.queue.event(event.bounded(), done).await?;
        written.await.unwrap_or(Err(AuditUnavailable::Failed))
    }

    /// Writes a refusal by a rule (or something not understood, by its code), unless it repeats one of the last second: then it is
    /// counted with that one. Gives the decision under which it is found, which is the event's own or the one it repeats. Returns
    /// when an event is on disk; a count follows within some seconds.
    pub async fn refused(&self, mut event: NewAuditEvent, rule: &str) -> Result<Option<DecisionId>, AuditUnavailable> {
        let (id, decision) = (event.id, event.decision_id);
        match self.refusals.note(&event, rule) {
            Noted::Again(decision) => Ok(decision),
            Noted::First(key, before) => {
                if key.gathers_names(&event) {
                    // The count names the first ones; none of them stands for the others.
                    event.actor.clear();
                }
                if let Some(several) = key.gathers().detail() {
                    event.details.insert(several.to_owned(), true.into());
                }
                let mut counted = Counted { refusals: &self.refusals, key, id, is_written: false };
                if let Some(before) = before {
                    self.conclude(before);
                }
                self.record(event).await?;
                counted.is_written = true;
                Ok(decision)
            }
        }
    }

    /// Ends a pending event, soon; does not wait. Nothing handed over is lost at a clean stop.
    pub fn conclude(&self, conclusion: AuditConclusion) {
        self.queue.conclusion(conclusion.bounded());
    }

    /// The same, and returns when it is written: for what somebody is about to look up. Where it cannot be written now, it is later.
    pub async fn conclude_now(&self, conclusion: AuditConclusion) {
        self.conclude(conclusion);
        self.queue.flush().await;
    }

    /// Writes everything handed over so far, and ends the copying to file and standard output and the removal: the store is about to be
    /// closed.
    pub(crate) async fn stop(&self) {
        self.background.end().await;
        self.queue.flush().await;
        if let Some(export) = &self.export {
            // Somebody may have stopped reading our standard output.
            tokio::time::timeout(PATIENCE, export.stop()).await.ok();
        }
    }

    /// Writes everything handed over so far.
    pub async fn flush(&self) {
        self.queue.flush().await;
        if let Some(export) = &self.export {
            // Somebody may have stopped reading our standard output.
            tokio::time::timeout(PATIENCE, export.catch_up()).await.ok();
        }
    }

    /// A page of events; needs `manage`: on an app for what happened there, else on everything. An app that is no more has its
    /// events; one that never was is refused.
    pub async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<Listed<AuditEvent>, ReadAuditError> {
        let now = self.context.now();
        match &query.app {
            Some(app) => actor.may_on(Right::ReadAudit, app, now)?,
            None => actor.may(Right::ReadAudit, now)?,
        }
        let listed = self.store.list(query).await?;
        if let (Some(app), true) = (&query.app, listed.items.is_empty()) {
            let may_know = actor.holds(Right::ReadAudit, now);
            self.apps.must_have_been(app, may_know, async || self.knows_of(app).await).await?;
        }
        Ok(listed)
    }

    /// Whether anything ever happened in an app, as far as the log is kept.
    async fn knows_of(&self, app: &AppName) -> Result<bool, ReadAuditError> {
        let paging = Paging { limit: 1, ..Paging::default() };
        let query = AuditQuery { app: Some(app.clone()), paging, ..AuditQuery::default() };
        Ok(!self.store.list(&query).await?.items.is_empty())
    }

    /// The event of one decision, for the page that explains a refusal: to the person it was about, or with `manage`, on its app or on
    /// everything; to everybody else it does not exist.
    pub async fn find_decision(&self, actor: &Actor, id: DecisionId) -> Result<Option<AuditEvent>, StoreError> {
        let now = self.context.now();
        let Some(mut found) = self.decision(id).await? else { return Ok(None) };
        if !may_read(actor, &found.event, now) {
            if found.event.actor != actor.name() {
                return Ok(None);
            }
            without_hidden(&mut found.event);
        }
        Ok(Some(found))
    }

    /// The event of one decision, whoever it was about.
    pub(crate) async fn decision(&self, id: DecisionId) -> Result<Option<AuditEvent>, StoreError> {
        // The id says when the decision was made; without that the whole log would have to be searched.
        let Some(made) = made_at(id) else { return Ok(None) };
        let (from, to) = (Some(made.minus(AROUND)), Some(made.plus(AROUND)));
        let found = self.store.list(&AuditQuery { decision_id: Some(id), from, to, ..AuditQuery::default() }).await?;
        Ok(found.items.into_iter().find(|found| found.event.decision_id == Some(id)))
    }

    /// At most `limit` entries after number `after` as they stand in the chain; needs `manage`.
    pub async fn chain(&self, actor: &Actor, after: i64, limit: u32) -> Result<Vec<ChainEntry>, ReadAuditError> {
        actor.may(Right::CheckAudit, self.context.now())?;
        Ok(self.store.read_chain(after, limit).await?)
    }

    /// The last entry that was removed because it was kept long enough; needs `manage`.
    pub async fn start_of_chain(&self, actor: &Actor) -> Result<Checkpoint, ReadAuditError> {
        actor.may(Right::CheckAudit, self.context.now())?;
        Ok(self.store.start().await?)
    }

    /// The newest entry, up to which the log can be followed; needs `manage`.
    pub async fn end_of_chain(&self, actor: &Actor) -> Result<Checkpoint, ReadAuditError> {
        actor.may(Right::CheckAudit, self.context.now())?;
        Ok(self.store.end().await?)
    }

    /// Follows the chain; every fault and how many entries there are; needs `manage`.
    pub async fn verify(&self, actor: &Actor) -> Result<(Vec<ChainFault>, u64), ReadAuditError> {
        actor.may(Right::CheckAudit, self.context.now())?;
        Ok(self.store.check().await?)
    }
}

/// When a decision was made, to the second, as its id says.
fn made_at(id: DecisionId) -> Option<Timestamp> {
    let (seconds, _) = id.as_uuid().get_timestamp()?.to_unix();
    Some(Timestamp::from_millis(i64::try_from(seconds).ok()?.saturating_mul(1000)))
}

#[cfg(test)]
mod tests;
