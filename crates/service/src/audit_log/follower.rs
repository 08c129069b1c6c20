//! Feeds a file and standard output with every entry of the chain, in order, once it is committed, whoever wrote it.
//!
//! A line is the hashed text of the entry with its number and hash put in front. The file is opened for each batch, so that a rotated
//! file needs no signal. After a restart it goes on behind the file's last line.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::ports::{AuditQuery, AuditStore, ChainEntry, Paging, StoreError};

/// How often entries written by others are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const BATCH: u32 = 500;
/// Where the file's last line is looked for; entries are shorter.
const TAIL: u64 = 256 * 1024;

/// Where entries go besides the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outlets {
    pub(crate) file: Option<PathBuf>,
    pub(crate) stdout: bool,
}

/// The handle of the following task.
pub(super) struct Follower {
    wake: Arc<Notify>,
    asked: mpsc::Sender<oneshot::Sender<()>>,
}

impl Follower {
    /// Starts following on the current runtime; `None` when there is nothing to feed.
    pub(super) async fn start(store: Arc<dyn AuditStore>, outlets: Outlets) -> Result<Option<Self>, StoreError> {
        if outlets.file.is_none() && !outlets.stdout {
            return Ok(None);
        }
        let written = outlets.file.as_deref().and_then(last_seq);
        let after = match written {
            Some(seq) => seq,
            None => newest(store.as_ref()).await?,
        };
        let (asked, requests) = mpsc::channel(1);
        let wake = Arc::new(Notify::new());
        tokio::spawn(follow(store, outlets, after, Arc::clone(&wake), requests));
        Ok(Some(Self { wake, asked }))
    }

    pub(super) fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Returns when everything committed so far is in the file.
    pub(super) async fn catch_up(&self) {
        let (done, caught_up) = oneshot::channel();
        if self.asked.send(done).await.is_ok() {
            let _ = caught_up.await;
        }
    }
}

async fn follow(
    store: Arc<dyn AuditStore>,
    outlets: Outlets,
    mut after: i64,
    wake: Arc<Notify>,
    mut requests: mpsc::Receiver<oneshot::Sender<()>>,
) {
    loop {
        let asked = tokio::select! {
            () = wake.notified() => None,
            () = tokio::time::sleep(LOOK_EVERY) => None,
            asked = requests.recv() => match asked {
                Some(done) => Some(done),
                None => return,
            },
        };
        if let Err(why) = feed(store.as_ref(), &outlets, &mut after).await {
            tracing::error!(%why, "the audit log could not be copied to its file or standard output; trying again");
        }
        if let Some(done) = asked {
            let _ = done.send(());
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

async fn feed(store: &dyn AuditStore, outlets: &Outlets, after: &mut i64) -> Result<(), FeedError> {
    loop {
        let entries = store.read_chain(*after, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        let seq = last.seq;
        let lines: String = entries.iter().map(line).collect();
        let outlets = outlets.clone();
        // A slow disk or a stopped reader of standard output must not hold up the runtime.
        let written = tokio::task::spawn_blocking(move || write(&outlets, lines.as_bytes())).await;
        written.map_err(std::io::Error::other)??;
        *after = seq;
    }
}

fn write(outlets: &Outlets, lines: &[u8]) -> std::io::Result<()> {
    if let Some(path) = &outlets.file {
        let mut file = open(path)?;
        let before = file.metadata()?.len();
        if let Err(why) = file.write_all(lines) {
            // No half lines: what was not written whole is written again.
            let _ = file.set_len(before);
            return Err(why);
        }
    }
    if outlets.stdout {
        let mut out = std::io::stdout().lock();
        out.write_all(lines)?;
        out.flush()?;
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `{"seq":1,"chain_hash":"…",` and then the hashed text without its first brace.
fn line(entry: &ChainEntry) -> String {
    let mut line = format!("{{\"seq\":{},\"chain_hash\":\"", entry.seq);
    for byte in entry.hash {
        let _ = write!(line, "{byte:02x}");
    }
    line.push_str("\",");
    line.push_str(entry.text.strip_prefix('{').unwrap_or(&entry.text));
    line.push('\n');
    line
}

/// The number in the file's last line. Half a line, left by a crash, is cut off: its entry is written again.
fn last_seq(path: &Path) -> Option<i64> {
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let half = tail.split_off(whole);
    if !half.is_empty() {
        file.set_len(length.saturating_sub(half.len() as u64)).ok()?;
    }
    let last = tail.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?;
    serde_json::from_slice::<serde_json::Value>(last).ok()?.get("seq")?.as_i64()
}

/// The number of the newest entry.
async fn newest(store: &dyn AuditStore) -> Result<i64, StoreError> {
    let query = AuditQuery { paging: Paging { limit: 1, ..Paging::default() }, ..AuditQuery::default() };
    let mut newest = store.list(&query).await?.items.first().map_or(0, |event| event.seq);
    // Behind the newest event there can only be outcomes.
    while let Some(last) = store.read_chain(newest, BATCH).await?.last() {
        newest = last.seq;
    }
    Ok(newest)
}
