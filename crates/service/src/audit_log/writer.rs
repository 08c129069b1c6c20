//! The one task that writes. Group commit: while a group is on its way to the disk, the next one gathers.

use doorward_domain::NewAuditEvent;
use doorward_domain::audit::{AuditConclusion, AuditEntry};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

use super::AuditUnavailable;
use super::outage::Outage;
use super::refusals::Refusals;
use crate::context::Context;
use crate::ports::{AuditStore, StoreError};

/// How many entries may wait to be gathered; whoever records waits beyond that.
const QUEUE: usize = 4096;

/// How many entries a transaction takes.
const GROUP: usize = 512;

/// A commit that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between tries to write conclusions that could not be written, and between looks at what repeated.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// When so many tries in a row fail, it is not an entry that is bad but the store.
const FAILURES: u32 = 24;

/// Whether an event is on disk.
pub(super) type Written = Result<(), AuditUnavailable>;

enum Message {
    Event(Box<NewAuditEvent>, oneshot::Sender<Written>),
    Conclusion(Box<AuditConclusion>),
    Flush(oneshot::Sender<()>),
}

/// Where entries are handed over.
pub(super) struct Queue {
    messages: mpsc::Sender<Message>,
    /// Conclusions that found the queue full. Never lost, so not bounded; at most one for each request under way.
    spilled: Arc<Mutex<Vec<AuditConclusion>>>,
}

struct Writer {
    store: Arc<dyn AuditStore>,
    context: Context,
    spilled: Arc<Mutex<Vec<AuditConclusion>>>,
    refusals: Arc<Refusals>,
    /// Conclusions that are still to be written.
    owed: Vec<AuditConclusion>,
    wake: Option<Arc<Notify>>,
    outage: Outage,
}

#[derive(Default)]
struct Group {
    events: Vec<(Box<NewAuditEvent>, oneshot::Sender<Written>)>,
    flushes: Vec<oneshot::Sender<()>>,
}

/// What is written, and who waits for it.
struct Item {
    entry: AuditEntry,
    /// `None`: an outcome, which is owed until it is written.
    done: Option<oneshot::Sender<Written>>,
}

/// Starts the writer on the current runtime; it ends, with everything written, when the queue is dropped.
pub(super) fn start(
    store: Arc<dyn AuditStore>,
    context: Context,
    refusals: Arc<Refusals>,
    wake: Option<Arc<Notify>>,
) -> Queue {
    let (messages, receive) = mpsc::channel(QUEUE);
    let spilled = Arc::default();
    let owed = Vec::new();
    let writer =
        Writer { store, context, spilled: Arc::clone(&spilled), refusals, owed, wake, outage: Outage::default() };
    tokio::spawn(writer.run(receive));
    Queue { messages, spilled }
}

impl Queue {
    pub(super) async fn event(&self, event: NewAuditEvent, done: oneshot::Sender<Written>) -> Written {
        self.messages.send(Message::Event(Box::new(event), done)).await.map_err(|_| AuditUnavailable::Failed)
    }

    pub(super) fn conclusion(&self, conclusion: AuditConclusion) {
        use mpsc::error::TrySendError::{Closed, Full};
        if let Err(Full(Message::Conclusion(conclusion)) | Closed(Message::Conclusion(conclusion))) =
            self.messages.try_send(Message::Conclusion(Box::new(conclusion)))
        {
            self.spilled.lock().push(*conclusion);
        }
    }

    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).await.is_ok() {
            flushed.await.ok();
        }
    }
}

impl Writer {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        loop {
            let is_idle = self.owed.is_empty() && self.refusals.is_empty();
            let first = tokio::select! {
                first = messages.recv() => first,
                () = tokio::time::sleep(LOOK_EVERY), if !is_idle => {
                    self.look_around();
                    self.write(Group::default()).await;
                    continue;
                }
            };
            let open = first.is_some();
            let mut group = Group::default();
            if let Some(first) = first {
                self.gather(first, &mut group);
            }
            while group.events.len() + self.owed.len() < GROUP {
                let Ok(message) = messages.try_recv() else { break };
                self.gather(message, &mut group);
            }
            if !open || !group.flushes.is_empty() {
                self.owed.extend(self.refusals.all());
            }
            self.look_around();
            self.write(group).await;
            if !open {
                break;
            }
        }
        if !self.owed.is_empty() {
            tracing::error!(
                lost = self.owed.len(),
                "stopped with the outcome of requests not written to the audit log"
            );
        }
    }

    fn gather(&mut self, message: Message, group: &mut Group) {
        match message {
            Message::Event(event, done) => group.events.push((event, done)),
            Message::Conclusion(conclusion) => self.owed.push(*conclusion),
            Message::Flush(done) => group.flushes.push(done),
        }
    }

    /// What is to be written besides what was just handed over.
    fn look_around(&mut self) {
        self.owed.append(&mut self.spilled.lock());
        if !self.refusals.is_empty() {
            self.owed.extend(self.refusals.ended(self.context.now()));
        }
    }

    /// Commits conclusions that are owed and the group's events, answers those who wait.
    async fn write(&mut self, group: Group) {
        let owed = std::mem::take(&mut self.owed).into_iter();
        let owed = owed.map(|conclusion| Item { entry: AuditEntry::Conclusion(conclusion), done: None });
        let events = group.events.into_iter();
        let events = events.map(|(event, done)| Item { entry: AuditEntry::Event(*event), done: Some(done) });
        let items: Vec<_> = owed.chain(events).collect();
        if !items.is_empty() {
            self.commit(items).await;
            if let Some(wake) = &self.wake {
                wake.notify_one();
            }
        }
        for done in group.flushes {
            done.send(()).ok();
        }
    }

    /// Commits all in one transaction. When that fails, the halves are tried, down to single entries, so that a bad one does not take
    /// the others with it; when everything fails, or time is up, it is the store, and nothing more is tried.
    async fn commit(&mut self, items: Vec<Item>) {
        let until = tokio::time::Instant::now() + PATIENCE;
        let (mut left, mut failures, mut any) = (vec![items], 0, false);
        let mut failed = Vec::new();
        while let Some(mut items) = left.pop() {
            let entries: Vec<_> = items.iter().map(|item| item.entry.clone()).collect();
            let outcome = match tokio::time::timeout_at(until, self.store.append(&entries)).await {
                Ok(outcome) => outcome.map(drop),
                Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
            };
            let Err(why) = outcome else {
                any = true;
                failures = 0;
                answer(items, Ok(()));
                continue;
            };
            failures += 1;
            if failures >= FAILURES || tokio::time::Instant::now() >= until {
                let rest = left.drain(..).flatten().chain(items).collect();
                failed.push((rest, why));
            } else if items.len() > 1 {
                // The first half is tried first: entries stay in order.
                left.push(items.split_off(items.len() / 2));
                left.push(items);
            } else {
                failed.push((items, why));
            }
        }
        if failed.is_empty() {
            self.outage.is_over(self.context.now());
        }
        for (items, why) in failed {
            self.could_not(items, &why, any);
        }
    }

    /// Tells whoever waits, and keeps what is owed; of an outcome that is itself what cannot be written, all but that it is one.
    fn could_not(&mut self, items: Vec<Item>, why: &StoreError, others_could: bool) {
        let (owed, waiting): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.done.is_none());
        let told = self.outage.tell(why, owed.len() + waiting.len(), self.context.now());
        answer(waiting, Err(told));
        for item in owed {
            let AuditEntry::Conclusion(mut conclusion) = item.entry else { continue };
            let is_bad = others_could && !conclusion.details.is_empty();
            if is_bad {
                conclusion.details.clear();
            }
            if is_bad || !others_could {
                self.owed.push(conclusion);
            } else {
                tracing::error!(id = %conclusion.id, outcome = %conclusion.outcome, "an outcome cannot be written to the audit log");
            }
        }
    }
}

fn answer(items: Vec<Item>, written: Written) {
    for done in items.into_iter().filter_map(|item| item.done) {
        // Whoever gave up waiting does not mind.
        done.send(written).ok();
    }
}
