//! `doorward audit verify`: whether the chain holds, and whether it is the one that a copy elsewhere knows.
//!
//! The chain alone shows what was changed within it. That its newest entries were cut off, or all of it made anew, shows only beside
//! something that whoever did it could not change: a line of an earlier `verify`, or the audit file.

use clap::Args;
use doorward_service::ports::{ChainEntry, Checkpoint};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::support::local::Local;
use crate::cli::support::output::{counted, print};
use crate::cli::support::printable::{safe, tell};
use crate::cli::{Failure, Outcome};

/// Entries read at once.
const PAGE: u32 = 500;
/// The longest line of an audit file; ours are a few kilobytes.
const LONGEST_LINE: u64 = 1 << 20;
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
    /// The log must hold every entry of this copy, by number and hash: what `audit.file` wrote, or `audit export` printed. What else the
    /// copy says is not compared; the hash is over what the log says
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// What should stand where, by a copy.
type Known = BTreeMap<i64, String>;

impl Verify {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        // Read first: what comes to the log meanwhile is not missing from the copy, but what comes to the copy would be from the log.
        let mut known = self.against.as_deref().map(read).transpose()?.unwrap_or_default();
        known.extend(self.expect);
        let audit = &local.services.audit;
        let (faults, entries) = audit.verify(&local.actor).await?;
        let start = audit.start_of_chain(&local.actor).await?;
        for fault in &faults {
            print(&format!("entry {}: {}\n", fault.seq, safe(&fault.what)))?;
        }
        let copied = known.len();
        let (newest, wrong) = compare(local, start, known).await?;
        wrong.iter().take(MOST).try_for_each(|line| print(&(line.clone() + "\n")))?;
        if !faults.is_empty() || !wrong.is_empty() {
            let (faults, wrong) = (counted(faults.len() as u64, "fault"), counted(wrong.len() as u64, "difference"));
            return Err(Failure::failed(format!(
                "the audit log does not hold: {faults} in {entries} entries, and {wrong} from the {copied} that were known"
            )));
        }
        let before = if start.seq > 0 {
            format!(" ({} before them were kept long enough and removed as announced)", start.seq)
        } else {
            String::new()
        };
        print(&format!("{entries} entries, none changed, removed or moved{before}\n"))?;
        match copied {
            0 => tell(
                "nothing elsewhere was compared, so newest entries that were cut off would not show: keep the next line",
            ),
            copied => print(&format!("{} that were known elsewhere are all there\n", counted(copied as u64, "entry")))?,
        }
        print(&format!("newest: {}:{}\n", newest.seq, hex::encode(newest.hash)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest entry, and what is not as it is known.
async fn compare(local: &Local, start: Checkpoint, mut known: Known) -> Outcome<(Checkpoint, Vec<String>)> {
    let mut newest = start;
    let mut wrong = Vec::new();
    // What was removed as announced cannot be compared, but for the last of it.
    known = known.split_off(&start.seq);
    let mut look = |seq: i64, hash: &[u8; 32]| {
        if known.remove(&seq).is_some_and(|known| known != hex::encode(hash)) {
            wrong.push(format!("entry {seq}: it has another hash than the one that is known"));
        }
    };
    look(start.seq, &start.hash);
    loop {
        let page = local.services.audit.chain(&local.actor, newest.seq, PAGE).await?;
        let Some(ChainEntry { seq, hash, .. }) = page.last() else { break };
        newest = Checkpoint { seq: *seq, hash: *hash };
        for entry in &page {
            look(entry.seq, &entry.hash);
        }
    }
    wrong.extend(known.keys().map(|seq| format!("entry {seq}: it is known, and the log does not have it")));
    Ok((newest, wrong))
}

/// A line of a copy. Lines of both forms have more in them.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    entry: Option<String>,
    seq: Option<i64>,
    after: Option<i64>,
    chain_hash: String,
}

/// Every entry that a copy knows: of two with one number the later one, since after a restore numbers come again.
fn read(file: &Path) -> Outcome<Known> {
    let told = |error: std::io::Error| Failure::failed(format!("{}: {error}", file.display()));
    let mut reader = BufReader::new(std::fs::File::open(file).map_err(told)?);
    let mut known = Known::new();
    let mut number = 0_u64;
    loop {
        let mut text = String::new();
        let read = std::io::Read::take(&mut reader, LONGEST_LINE).read_line(&mut text).map_err(told)?;
        if read == 0 {
            return Ok(known);
        }
        number += 1;
        let line: Line = serde_json::from_str(&text).map_err(|error| {
            Failure::failed(format!("{}: line {number} is none of an audit log: {error}", file.display()))
        })?;
        let hash = line.chain_hash.to_ascii_lowercase();
        match (line.entry.as_deref(), line.seq, line.after) {
            (Some("restart"), _, Some(after)) => {
                drop(known.split_off(&after.saturating_add(1)));
                if after > 0 {
                    known.insert(after, hash);
                }
            }
            (_, Some(seq), _) => drop(known.insert(seq, hash)),
            _ => {
                let what = format!("{}: line {number} is none of an audit log: it has no number", file.display());
                return Err(Failure::failed(what));
            }
        }
    }
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

    #[test]
    fn of_a_copy_counts_what_stands_last_and_what_a_restart_leaves() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("audit.jsonl");
        let line = |seq: i64, hash: &str| format!("{{\"seq\":{seq},\"chain_hash\":\"{hash}\",\"entry\":\"event\"}}\n");
        let restart = "{\"entry\":\"restart\",\"after\":2,\"chain_hash\":\"bb\"}\n";
        let text =
            [line(1, "aa"), line(2, "bb"), line(3, "cc"), line(4, "dd"), restart.to_owned(), line(3, "ee")].concat();
        std::fs::write(&file, text).expect("written");
        let known = read(&file).expect("a copy");
        let expected = [(1, "aa"), (2, "bb"), (3, "ee")].map(|(seq, hash)| (seq, hash.to_owned()));
        assert_eq!(known, BTreeMap::from(expected));
        for wrong in ["nonsense\n", "{\"chain_hash\":\"aa\"}\n", "{\"seq\":1}\n"] {
            std::fs::write(&file, wrong).expect("written");
            assert!(read(&file).is_err(), "{wrong}");
        }
    }
}
