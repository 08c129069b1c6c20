//! The one task that writes. Group commit: while a group is on its way to the disk, the next one gathers.

use doorward_domain::NewAuditEvent;
use doorward_domain::audit::{AuditConclusion, AuditEntry};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

use super::AuditUnavailable;
use crate::ports::{AuditStore, StoreError};

/// How many entries may wait to be gathered; whoever records waits beyond that.
const QUEUE: usize = 4096;

/// How many entries a transaction takes.
const GROUP: usize = 512;

/// A commit that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between tries to write conclusions that could not be written.
const RETRY_AFTER: Duration = Duration::from_secs(1);

enum Message {
    Event(Box<NewAuditEvent>, oneshot::Sender<bool>),
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
    spilled: Arc<Mutex<Vec<AuditConclusion>>>,
    /// Conclusions that are still to be written.
    owed: Vec<AuditConclusion>,
    wake: Option<Arc<Notify>>,
}

#[derive(Default)]
struct Group {
    events: Vec<(Box<NewAuditEvent>, oneshot::Sender<bool>)>,
    flushes: Vec<oneshot::Sender<()>>,
}

/// Starts the writer on the current runtime; it ends, with everything written, when the queue is dropped.
pub(super) fn start(store: Arc<dyn AuditStore>, wake: Option<Arc<Notify>>) -> Queue {
    let (messages, receive) = mpsc::channel(QUEUE);
    let spilled = Arc::default();
    let writer = Writer { store, spilled: Arc::clone(&spilled), owed: Vec::new(), wake };
    tokio::spawn(writer.run(receive));
    Queue { messages, spilled }
}

impl Queue {
    pub(super) async fn event(&self, event: NewAuditEvent, done: oneshot::Sender<bool>) -> Result<(), AuditUnavailable> {
        self.messages.send(Message::Event(Box::new(event), done)).await.map_err(|_| AuditUnavailable)
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
            let _ = flushed.await;
        }
    }
}

impl Writer {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        loop {
            let first = tokio::select! {
                first = messages.recv() => first,
                () = tokio::time::sleep(RETRY_AFTER), if !self.owed.is_empty() => {
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
            self.owed.append(&mut self.spilled.lock());
            self.write(group).await;
            if !open {
                break;
            }
        }
        if !self.owed.is_empty() {
            tracing::error!(lost = self.owed.len(), "stopped with the outcome of requests not written to the audit log");
        }
    }

    fn gather(&mut self, message: Message, group: &mut Group) {
        match message {
            Message::Event(event, done) => group.events.push((event, done)),
            Message::Conclusion(conclusion) => self.owed.push(*conclusion),
            Message::Flush(done) => group.flushes.push(done),
        }
    }

    /// Commits conclusions that are owed and the group's events, answers those who wait.
    async fn write(&mut self, group: Group) {
        let (events, waiting): (Vec<_>, Vec<_>) = group.events.into_iter().unzip();
        let conclusions = self.owed.iter().cloned().map(AuditEntry::Conclusion);
        let entries: Vec<_> = conclusions.chain(events.into_iter().map(|event| AuditEntry::Event(*event))).collect();
        let written = entries.is_empty() || self.commit(entries).await;
        if written {
            self.owed.clear();
            if let Some(wake) = &self.wake {
                wake.notify_one();
            }
        }
        // Whoever gave up waiting does not mind.
        for done in waiting {
            let _ = done.send(written);
        }
        for done in group.flushes {
            let _ = done.send(());
        }
    }

    async fn commit(&self, entries: Vec<AuditEntry>) -> bool {
        let outcome = match tokio::time::timeout(PATIENCE, self.store.append(&entries)).await {
            Ok(Ok(_)) => return true,
            Ok(Err(why)) => why,
            Err(_) => StoreError::Unavailable("no answer in time".into()),
        };
        let cause = std::error::Error::source(&outcome);
        tracing::error!(why = %outcome, cause, entries = entries.len(), "the audit log cannot be written");
        false
    }
}
