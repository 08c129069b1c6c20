//! Feeds a file and standard output with every entry of the chain, in order, once it is committed, whoever wrote it.
//!
//! A line is the hashed text of the entry with its number and hash put in front. The file is opened for each batch, so that a rotated
//! file needs no signal. How far it has come is remembered in the store, so that after a restart nothing is missing, whether the file
//! was rotated meanwhile or not ([`super::resume`]); after a crash some lines of the last second may come twice, which their numbers
//! tell.

use doorward_domain::TokenHash;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

use super::not_copied::{Lasting, NotCopied};
use super::resume::resume;
use crate::ports::{AuditStore, ChainEntry, SettingStore, StoreError};

/// How often entries written by others are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const BATCH: u32 = 500;

/// Where entries go besides the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sinks {
    pub(crate) file: Option<PathBuf>,
    pub(crate) stdout: bool,
}

/// How often it is remembered how far it has come.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What the following task is asked.
struct Asked {
    /// Told when everything committed so far is in the file.
    done: oneshot::Sender<()>,
    /// And then the task ends.
    is_last: bool,
}

/// The handle of the following task.
pub(super) struct Exporter {
    wake: Arc<Notify>,
    asked: mpsc::Sender<Asked>,
}

impl Exporter {
    /// Starts following on the current runtime; `None` when there is nothing to feed.
    pub(super) async fn start(
        store: Arc<dyn AuditStore>,
        settings: Arc<dyn SettingStore>,
        sinks: Sinks,
    ) -> Result<Option<Self>, StoreError> {
        if sinks.file.is_none() && !sinks.stdout {
            return Ok(None);
        }
        let mut place = Place { settings, name: sinks.name(), after: 0, marker: None, saved: None };
        let remembered = place.remembered().await?;
        let resumed = resume(store.as_ref(), sinks.file.as_deref(), remembered).await?;
        (place.after, place.marker) = (resumed.after, resumed.marker);
        place.save(&sinks).await?;
        let removed = store.start().await?.seq;
        if removed > place.after {
            tracing::warn!(
                from = place.after + 1,
                to = removed,
                "entries were removed before they were in the audit file"
            );
        }
        let (asked, requests) = mpsc::channel(1);
        let wake = Arc::new(Notify::new());
        tokio::spawn(follow(store, sinks, place, Arc::clone(&wake), requests));
        Ok(Some(Self { wake, asked }))
    }

    pub(super) fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Returns when everything committed so far is in the file.
    pub(super) async fn catch_up(&self) {
        self.ask(false).await;
    }

    /// As [`Self::catch_up`], and nothing more is copied.
    pub(super) async fn stop(&self) {
        self.ask(true).await;
    }

    async fn ask(&self, is_last: bool) {
        let (done, caught_up) = oneshot::channel();
        if self.asked.send(Asked { done, is_last }).await.is_ok() {
            caught_up.await.ok();
        }
    }
}

async fn follow(
    store: Arc<dyn AuditStore>,
    sinks: Sinks,
    mut place: Place,
    wake: Arc<Notify>,
    mut requests: mpsc::Receiver<Asked>,
) {
    let mut save_at = tokio::time::Instant::now() + SAVE_EVERY;
    let mut outage = Lasting::default();
    loop {
        let asked = tokio::select! {
            () = wake.notified() => None,
            () = tokio::time::sleep(LOOK_EVERY) => None,
            asked = requests.recv() => match asked {
                Some(asked) => Some(asked),
                None => return,
            },
        };
        match feed(store.as_ref(), &sinks, &mut place).await {
            Ok(()) => outage.is_over(),
            Err(why) => outage.tell(&why),
        }
        if asked.is_some() || tokio::time::Instant::now() >= save_at {
            save_at = tokio::time::Instant::now() + SAVE_EVERY;
            if let Err(why) = place.save(&sinks).await {
                tracing::warn!(%why, "how far the audit log was copied could not be remembered; trying again");
            }
        }
        if let Some(Asked { done, is_last }) = asked {
            done.send(()).ok();
            if is_last {
                return;
            }
        }
    }
}

impl Sinks {
    /// Under which name it is remembered how far they were fed.
    fn name(&self) -> String {
        let file = self.file.as_deref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        let bytes = file.as_ref().map_or(&b"standard output"[..], |path| path.as_os_str().as_encoded_bytes());
        let hash = TokenHash::of(bytes);
        format!("audit_copied:{:.16}", hex::encode(hash.as_bytes()))
    }
}

/// How far the outlets were fed.
struct Place {
    settings: Arc<dyn SettingStore>,
    name: String,
    after: i64,
    /// The line that has to come before the next entry.
    marker: Option<String>,
    saved: Option<i64>,
}

impl Place {
    async fn remembered(&mut self) -> Result<Option<i64>, StoreError> {
        let stored = self.settings.find(&self.name).await?;
        self.saved = stored.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        Ok(self.saved)
    }

    /// Remembers it. What the file got is on disk before: after a power cut it must not be believed to hold what it lost.
    async fn save(&mut self, sinks: &Sinks) -> Result<(), StoreError> {
        if self.saved == Some(self.after) {
            return Ok(());
        }
        if let Some(path) = sinks.file.clone() {
            // A file that is gone was rotated away whole.
            let synced =
                tokio::task::spawn_blocking(move || std::fs::File::open(path).and_then(|file| file.sync_data())).await;
            drop(synced);
        }
        self.settings.put(&self.name, &self.after.to_be_bytes(), None).await?;
        self.saved = Some(self.after);
        Ok(())
    }
}

async fn feed(store: &dyn AuditStore, sinks: &Sinks, place: &mut Place) -> Result<(), NotCopied> {
    loop {
        let entries = store.read_chain(place.after, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        let seq = last.seq;
        let lines: String = place.marker.iter().cloned().chain(entries.iter().map(line)).collect();
        let sinks = sinks.clone();
        // A slow disk or a stopped reader of standard output must not hold up the runtime.
        tokio::task::spawn_blocking(move || write(&sinks, lines.as_bytes())).await??;
        (place.after, place.marker) = (seq, None);
    }
}

fn write(sinks: &Sinks, lines: &[u8]) -> Result<(), NotCopied> {
    if let Some(path) = &sinks.file {
        append(path, lines).map_err(|why| NotCopied::File { path: path.clone(), why })?;
    }
    if sinks.stdout {
        let mut out = std::io::stdout().lock();
        out.write_all(lines).and_then(|()| out.flush()).map_err(NotCopied::Stdout)?;
    }
    Ok(())
}

fn append(path: &Path, lines: &[u8]) -> std::io::Result<()> {
    let mut file = open(path)?;
    let before = file.metadata()?.len();
    // No half lines: what was not written whole is written again.
    file.write_all(lines).inspect_err(|_| drop(file.set_len(before)))
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
    let text = entry.text.strip_prefix('{').unwrap_or(&entry.text);
    format!("{{\"seq\":{},\"chain_hash\":\"{}\",{text}\n", entry.seq, hex::encode(entry.hash))
}
