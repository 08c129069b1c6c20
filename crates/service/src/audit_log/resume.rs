//! Where the audit file goes on after a start: behind its last line, if the log is still the one that line is from.
//!
//! A number alone does not tell: a database that was put back from a backup counts on from where the backup ended, and so writes other
//! entries under numbers that the file holds already. The hash of an entry stands for all that came before it, so a place in the log
//! is both.

use serde_json::{Value, json};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::ports::{AuditStore, StoreError};

/// Where the file's last line is looked for; entries are shorter.
const TAIL: u64 = 256 * 1024;

/// Where to go on.
#[derive(Debug)]
pub(super) struct Resumed {
    /// The last entry that needs not be written any more.
    pub(super) after: i64,
    /// A line that has to come before, because what follows does not continue what the file holds.
    pub(super) marker: Option<String>,
}

/// What the end of the file says, and if it is from another log, what the database remembers; if neither says anything, behind what
/// there is now.
pub(super) async fn resume(
    store: &dyn AuditStore,
    file: Option<&Path>,
    remembered: Option<i64>,
) -> Result<Resumed, StoreError> {
    let newest = store.end().await?.seq;
    // Nobody has written what there is not: then somebody else changed the record, or the log.
    let remembered = remembered.filter(|seq| *seq <= newest);
    let Some(last) = file.and_then(last_line) else {
        return Ok(Resumed { after: remembered.unwrap_or(newest), marker: None });
    };
    if is_held(store, &last).await? {
        return Ok(Resumed { after: last.seq.max(remembered.unwrap_or(last.seq)), marker: None });
    }
    // What is remembered was put back with the entries that it counts.
    let start = store.start().await?.seq;
    let after = remembered.unwrap_or(start).max(start);
    let hash = hash_at(store, after).await?;
    tracing::warn!(
        last = last.seq,
        after,
        "the audit file ends with an entry that is not in the database, which was put back or is another one; the file goes on with \
         what the database holds from there"
    );
    let marker = json!({
        "entry": "restart", "after": after, "chain_hash": hash,
        "detail": "the database was put back or is another one: what follows continues the entry `after`, not the line above",
    });
    Ok(Resumed { after, marker: Some(format!("{marker}\n")) })
}

/// The place in the log that a line of the file is for.
struct Line {
    seq: i64,
    /// In lower-case hex.
    hash: Option<String>,
}

/// Whether the log holds the entry of a line. One that was removed because it was old cannot be told any more, and there is nothing to
/// write again in any case.
async fn is_held(store: &dyn AuditStore, line: &Line) -> Result<bool, StoreError> {
    if line.seq < store.start().await?.seq {
        return Ok(true);
    }
    let held = hash_at(store, line.seq).await?;
    Ok(held.is_some_and(|held| line.hash.as_ref().is_none_or(|hash| *hash == held)))
}

/// The hash at a number, if the log knows it.
async fn hash_at(store: &dyn AuditStore, seq: i64) -> Result<Option<String>, StoreError> {
    let start = store.start().await?;
    if start.seq == seq {
        return Ok(Some(hex::encode(start.hash)));
    }
    let entry = store.read_chain(seq.saturating_sub(1), 1).await?.into_iter().next();
    Ok(entry.filter(|entry| entry.seq == seq).map(|entry| hex::encode(entry.hash)))
}

/// The file's last line. Half a line, left by a crash, is cut off: its entry is written again.
fn last_line(path: &Path) -> Option<Line> {
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
    let last: Value = serde_json::from_slice(last).ok()?;
    let seq = last.get("seq").or_else(|| last.get("after"))?.as_i64()?;
    Some(Line { seq, hash: last.get("chain_hash").and_then(Value::as_str).map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use crate::audit_log::{AuditLog, Sinks};
    use crate::fakes::{FakeAudit, FakeSettings, StillClock, context};
    use doorward_domain::{AuditAction, NewAuditEvent, audit::AuditEntry};
    use serde_json::Value;
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, atomic::Ordering};

    fn event() -> NewAuditEvent {
        context(&StillClock::at_noon()).own_event(AuditAction::REQUEST)
    }

    /// A log of so many entries, which has another history than the one before from some number on.
    fn log_of(entries: usize, other_from: i64) -> Arc<FakeAudit> {
        let store = Arc::<FakeAudit>::default();
        store.groups.lock().push((0..entries).map(|_| AuditEntry::Event(event())).collect());
        store.other_from.store(other_from, Ordering::SeqCst);
        store
    }

    /// Runs over the log, which gets one more entry.
    async fn run(store: &Arc<FakeAudit>, settings: &Arc<FakeSettings>, path: &Path) {
        let sinks = Sinks { file: Some(path.to_owned()), stdout: false };
        let (store, settings) = (Arc::<FakeAudit>::clone(store), Arc::<FakeSettings>::clone(settings));
        let log = AuditLog::start(store, settings, Arc::default(), context(&StillClock::at_noon()), sinks, None)
            .await
            .unwrap();
        log.record(event()).await.unwrap();
        log.stop().await;
    }

    /// The lines of the file: the number and the first byte of the hash, or `-` and behind which number.
    fn lines(path: &Path) -> String {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let hash = line["chain_hash"].as_str().map_or("", |hash| &hash[..2]).to_owned();
            line["seq"].as_i64().map_or_else(|| format!("-{}{hash}", line["after"]), |seq| format!("{seq}{hash}"))
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        (folder, path)
    }

    #[tokio::test]
    async fn after_a_database_was_put_back_the_file_goes_on_at_once_behind_what_both_have() {
        let (_folder, path) = file();
        let (store, settings) = (log_of(0, i64::MAX), Arc::<FakeSettings>::default());
        run(&store, &settings, &path).await;
        let of_backup = Arc::new(settings.copied());
        run(&store, &settings, &path).await;
        run(&store, &settings, &path).await;
        assert_eq!(lines(&path), "1ab 2ab 3ab");
        // The backup was made when there was one; fewer entries than the file holds, then as many, then more.
        for (entries, then) in [(1, "2cd"), (2, "2cd 3cd"), (4, "2cd 3cd 4cd 5cd")] {
            std::fs::write(&path, "").unwrap();
            run(&log_of(2, i64::MAX), &Arc::default(), &path).await;
            assert_eq!(lines(&path), "3ab");
            let restored = log_of(entries, 2);
            let settings = Arc::new(of_backup.copied());
            run(&restored, &settings, &path).await;
            assert_eq!(lines(&path), format!("3ab -1ab {then}"));
            run(&restored, &settings, &path).await;
            assert_eq!(lines(&path), format!("3ab -1ab {then} {}cd", entries + 2), "and without another marker");
        }
    }

    #[tokio::test]
    async fn what_is_remembered_counts_no_further_than_the_log() {
        let (_folder, path) = file();
        let (store, settings) = (log_of(0, i64::MAX), Arc::<FakeSettings>::default());
        for _ in 0..3 {
            run(&store, &settings, &path).await;
        }
        // The newest two were cut off, and not what counts them.
        run(&log_of(1, i64::MAX), &Arc::new(settings.copied()), &path).await;
        assert_eq!(lines(&path), "1ab 2ab 3ab -000 1ab 2ab");
        let hash = "ab".repeat(32);
        std::fs::write(&path, format!("{{\"seq\":1,\"chain_hash\":\"{hash}\"}}\n")).unwrap();
        run(&log_of(2, i64::MAX), &Arc::new(settings.copied()), &path).await;
        assert_eq!(lines(&path), "1ab 2ab 3ab");
    }

    #[tokio::test]
    async fn a_file_of_another_database_gets_all_of_this_one() {
        let (_folder, path) = file();
        run(&log_of(2, i64::MAX), &Arc::default(), &path).await;
        run(&log_of(1, 1), &Arc::default(), &path).await;
        assert_eq!(lines(&path), "3ab -000 1cd 2cd");
    }

    #[tokio::test]
    async fn a_file_that_ends_with_the_marker_goes_on_where_that_says() {
        let (_folder, path) = file();
        let hash = "ab".repeat(32);
        std::fs::write(&path, format!("{{\"entry\":\"restart\",\"after\":1,\"chain_hash\":\"{hash}\"}}\n")).unwrap();
        run(&log_of(2, i64::MAX), &Arc::default(), &path).await;
        assert_eq!(lines(&path), "-1ab 2ab 3ab");
    }
}
