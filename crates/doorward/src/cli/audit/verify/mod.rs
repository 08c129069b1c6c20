//! `doorward audit verify`: whether the chain holds, and whether it is the one that a copy elsewhere knows.
//!
//! The chain alone shows what was changed within it. That its newest entries were cut off, or all of it made anew, shows only beside
//! something that whoever did it could not change: a line of an earlier `verify`, or the audit file.

mod against;
mod announced;
mod copy;
mod difference;
mod history;
mod line;
mod restored;
mod said;
#[cfg(test)]
mod tests;

use clap::Args;
use doorward_domain::span::show_duration;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::support::local::Local;
use crate::cli::support::output::{counted, print};
use crate::cli::support::printable::{safe, tell};
use crate::cli::{Failure, Outcome};
use against::{Compared, compare};
use copy::Copy;
use difference::{Difference, numbers, told};
use line::Hash;

/// Differences, and rows of numbers, told one by one.
const MOST: usize = 20;

/// Follows the chain of hashes and names every record that was changed, removed or moved
///
/// The last line is the newest number and hash, for --expect of a later time. Without --expect or --against nobody can tell whether the
/// newest entries were cut off.
#[derive(Debug, Args)]
pub struct Verify {
    /// The log must hold the entry of this number with this hash, as an earlier `verify` printed it
    #[arg(long, value_name = "NUMBER:HASH", value_parser = expected)]
    expect: Option<(i64, Hash)>,
    /// The log must hold every entry of this copy, by number and hash, and say of it what the copy says: what `audit.file` wrote, or
    /// `audit export` printed, line by line
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

impl Verify {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        // Read first: what comes to the log meanwhile is not missing from the copy, but what comes to the copy would be from the log.
        let mut copy = self.against.as_deref().map(Copy::read).transpose()?.unwrap_or_default();
        if let Some((seq, hash)) = self.expect {
            copy.expect(seq, hash);
        }
        let (faults, entries) = local.services.audit.verify(&local.actor).await?;
        for fault in &faults {
            print(&format!("entry {}: {}\n", fault.seq, safe(&fault.what)))?;
        }
        let compared = compare(local, copy).await?;
        let entries = counted(entries, "entry");
        told(&compared.differences).take(MOST).try_for_each(|line| print(&(line + "\n")))?;
        if !compared.taken_back.is_empty() {
            print(&taken_back(&compared))?;
        }
        if !faults.is_empty() || !compared.differences.is_empty() {
            let faults = counted(faults.len() as u64, "fault");
            let wrong = counted(compared.differences.len() as u64, "difference");
            let (known, hint) = (compared.known, hint(&compared.differences));
            return Err(Failure::failed(format!(
                "the audit log does not hold: {faults} in {entries}, and {wrong} from the {known} known elsewhere{hint}"
            )));
        }
        let before = match compared.start.seq {
            0 => String::new(),
            last => format!(" ({last} before them were kept long enough and removed as announced)"),
        };
        print(&format!("{entries}, none changed, removed or moved{before}\n"))?;
        match known_elsewhere(&compared) {
            Some(words) => print(&words)?,
            None => tell(
                "nothing elsewhere was compared, so newest entries that were cut off would not show: keep the next line",
            ),
        }
        print(&format!("newest: {}:{}\n", compared.newest.seq, hex::encode(compared.newest.hash)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What became of what is known elsewhere, where nothing is wrong.
fn known_elsewhere(compared: &Compared) -> Option<String> {
    let Compared { known, present, removed, kept, unchecked, .. } = compared;
    let mut words = match (known, removed) {
        (0, _) => return None,
        (1, 0) => "the entry that was known elsewhere is there".to_owned(),
        (_, 0) => format!("the {known} entries that were known elsewhere are all there"),
        _ => {
            let kept = kept.map(|kept| format!(", kept for {}", show_duration(kept))).unwrap_or_default();
            let are = if *present == 1 { "is" } else { "are" };
            let were = if *removed == 1 { "was" } else { "were" };
            format!(
                "{present} of the {known} entries that were known elsewhere {are} there; {removed} {were} removed as announced{kept}"
            )
        }
    };
    if *unchecked > 0 {
        let _ = write!(words, "; what the copy says of {unchecked} that are gone could not be checked");
    }
    Some(words + "\n")
}

/// What the copy has of a history that was left.
fn taken_back(compared: &Compared) -> String {
    let Compared { taken_back, restored_by, .. } = compared;
    let entries = counted(taken_back.len() as u64, "entry");
    let numbers = numbers(taken_back);
    format!(
        "{entries} of the copy ({numbers}) went with the database that a backup took the place of, as entry {restored_by} tells\n"
    )
}

/// Why a copy and a log that a backup was put in the place of part, and from when on they do not: said of that alone.
fn hint(differences: &[Difference]) -> String {
    let explained = differences.iter().filter(|difference| difference.restore.is_some()).count();
    let Some(seq) = differences.iter().filter_map(|difference| difference.restore).max() else { return String::new() };
    let of_them = if explained == differences.len() { String::new() } else { format!("{explained} of them because ") };
    format!(
        "; {of_them}entry {seq} tells that a backup was put back: what the copy has from there on was in the database before. The \
         audit file says so itself once Doorward has started again"
    )
}

fn expected(text: &str) -> Result<(i64, Hash), String> {
    let told = || "write it as `verify` printed it: a number, a colon, and a hash of 64 digits".to_owned();
    let (seq, written) = text.trim().split_once(':').ok_or_else(told)?;
    let mut hash = Hash::default();
    hex::decode_to_slice(written, &mut hash).map_err(|_| told())?;
    let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or("there is no number before the colon")?;
    Ok((seq, hash))
}
