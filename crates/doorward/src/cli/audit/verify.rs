//! `doorward audit verify`: whether the chain holds, and whether it is the one that a copy elsewhere knows.
//!
//! The chain alone shows what was changed within it. That its newest entries were cut off, or all of it made anew, shows only beside
//! something that whoever did it could not change: a line of an earlier `verify`, or the audit file.

use clap::Args;
use doorward_domain::AuditAction;
use doorward_domain::audit::AuditEntry;
use doorward_service::ports::{ChainEntry, Checkpoint};
use std::path::PathBuf;
use std::process::ExitCode;

use super::copy::{Comparison, Known, expect, read};
use crate::cli::support::local::Local;
use crate::cli::support::output::{counted, print};
use crate::cli::support::printable::{safe, tell};
use crate::cli::{Failure, Outcome};

/// Entries read at once.
const PAGE: u32 = 500;
/// Differences told one by one.
const MOST: usize = 20;

/// Follows the chain of hashes and names every record that was changed, removed or moved
///
/// The last line is the newest number and hash, for --expect of a later time. Without --expect or --against nobody can tell whether the
/// newest entries were cut off.
#[derive(Debug, Args)]
pub struct Verify {
    /// The log must hold the entry of this number with this hash, as an earlier `verify` printed it
    #[arg(long, value_name = "NUMBER:HASH", value_parser = expected)]
    expect: Option<(i64, String)>,
    /// The log must hold every entry of this copy, by number and hash, and say of it what the copy says: what `audit.file` wrote, or
    /// `audit export` printed, line by line
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

impl Verify {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        // Read first: what comes to the log meanwhile is not missing from the copy, but what comes to the copy would be from the log.
        let mut known = self.against.as_deref().map(read).transpose()?.unwrap_or_default();
        if let Some((seq, hash)) = self.expect {
            expect(&mut known, seq, hash);
        }
        let audit = &local.services.audit;
        let (faults, entries) = audit.verify(&local.actor).await?;
        let start = audit.start_of_chain(&local.actor).await?;
        for fault in &faults {
            print(&format!("entry {}: {}\n", fault.seq, safe(&fault.what)))?;
        }
        let copied = known.len();
        let Compared { newest, wrong, put_back } = compare(local, start, known).await?;
        wrong.iter().take(MOST).try_for_each(|line| print(&(line.clone() + "\n")))?;
        if !faults.is_empty() || !wrong.is_empty() {
            let (faults, wrong) = (counted(faults.len() as u64, "fault"), counted(wrong.len() as u64, "difference"));
            let entries = counted(entries, "entry");
            let put_back = put_back.map(|seq| format!("; {}", after_a_restore(seq))).unwrap_or_default();
            return Err(Failure::failed(format!(
                "the audit log does not hold: {faults} in {entries}, and {wrong} from the {copied} known elsewhere{put_back}"
            )));
        }
        let before = if start.seq > 0 {
            format!(" ({} before them were kept long enough and removed as announced)", start.seq)
        } else {
            String::new()
        };
        let entries = counted(entries, "entry");
        print(&format!("{entries}, none changed, removed or moved{before}\n"))?;
        match copied {
            0 => tell(
                "nothing elsewhere was compared, so newest entries that were cut off would not show: keep the next line",
            ),
            1 => print("the entry that was known elsewhere is there\n")?,
            copied => print(&format!("the {copied} entries that were known elsewhere are all there\n"))?,
        }
        print(&format!("newest: {}:{}\n", newest.seq, hex::encode(newest.hash)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What a copy and the log have to say to each other.
struct Compared {
    newest: Checkpoint,
    /// What is not as it is known, each in a sentence.
    wrong: Vec<String>,
    /// The number of the entry that tells that a backup was put back, if all that is wrong comes after it.
    put_back: Option<i64>,
}

async fn compare(local: &Local, start: Checkpoint, mut known: Known) -> Outcome<Compared> {
    let mut newest = start;
    let (mut wrong, mut put_back) = (Vec::new(), None);
    let mut comparison = Comparison::default();
    // What was removed as announced cannot be compared, but for the last of it.
    known = known.split_off(&start.seq);
    let mut look = |seq: i64, hash: &[u8; 32]| {
        let known = known.remove(&seq)?;
        let is_same = known.hash == hex::encode(hash);
        if !is_same {
            wrong.push((seq, format!("entry {seq}: it has another hash than the one that is known")));
        }
        known.said.filter(|_| is_same)
    };
    look(start.seq, &start.hash);
    loop {
        let page = local.services.audit.chain(&local.actor, newest.seq, PAGE).await?;
        let Some(ChainEntry { seq, hash, .. }) = page.last() else { break };
        newest = Checkpoint { seq: *seq, hash: *hash };
        for entry in &page {
            let said = look(entry.seq, &entry.hash);
            comparison.look(entry, said);
            if tells_of_a_restore(entry) {
                put_back = Some(entry.seq);
            }
        }
    }
    let differing = comparison.differing().into_iter();
    wrong.extend(
        differing
            .map(|seq| (seq, format!("entry {seq}: the copy says something else than the log, under the same hash"))),
    );
    wrong.extend(known.keys().map(|seq| (*seq, format!("entry {seq}: it is known, and the log does not have it"))));
    let first = wrong.iter().map(|(seq, _)| *seq).min();
    let put_back = put_back.filter(|seq| first >= Some(*seq));
    Ok(Compared { newest, wrong: wrong.into_iter().map(|(_, words)| words).collect(), put_back })
}

fn tells_of_a_restore(entry: &ChainEntry) -> bool {
    let word = AuditAction::BACKUP_RESTORE;
    // Few are read whole: the word alone stands in few.
    entry.text.contains(word.as_str())
        && matches!(serde_json::from_str(&entry.text), Ok(AuditEntry::Event(event)) if event.action == word)
}

/// Why a copy and a log that a backup was put in the place of part, and from when on they do not.
fn after_a_restore(seq: i64) -> String {
    format!(
        "entry {seq} tells that a backup was put back: what the copy has from there on was in the database before. The audit file \
         says so itself once Doorward has started again"
    )
}

fn expected(text: &str) -> Result<(i64, String), String> {
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.trim().split_once(':').filter(|(_, hash)| is_hash(hash));
    let (seq, hash) = parts.ok_or("write it as `verify` printed it: a number, a colon, and a hash of 64 digits")?;
    Ok((seq.parse().map_err(|_| "there is no number before the colon")?, hash.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_hash_are_expected() {
        let hash = "0F".repeat(32);
        assert_eq!(expected(&format!("12:{hash}")), Ok((12, hash.to_lowercase())));
        for wrong in [
            "12",
            "12:",
            &format!(":{hash}"),
            &format!("x:{hash}"),
            &format!("12:{}g", &hash[1..]),
            &format!("12:{hash}0"),
        ] {
            assert!(expected(wrong).is_err(), "{wrong}");
        }
    }
}
