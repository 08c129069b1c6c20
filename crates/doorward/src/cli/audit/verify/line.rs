//! One line of a copy, read so that nobody can read it otherwise.
//!
//! The audit file has the very text that was hashed, with number and hash put in front; whatever passed the lines on may have written
//! them otherwise, and an export shows events as they had ended by then, which no hash is about.

use doorward_domain::audit::AuditEntry;
use doorward_domain::{AuditAction, Timestamp};
use doorward_profile::json::{Fault, Tree};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::said::Said;
use crate::cli::support::printable::safe;

/// What stands before the first entry.
const NOTHING_BEFORE: Hash = [0; 32];
/// Levels of JSON, as many as the log itself reads.
const DEEPEST: usize = 128;

/// A place in the chain.
pub(super) type Hash = [u8; 32];

/// A line of a copy.
pub(super) enum Line {
    /// Something that the log should hold.
    Entry(EntryLine),
    /// What follows continues this entry, and not the line above.
    Restart { after: i64, hash: Hash },
}

/// An entry as a line has it.
pub(super) struct EntryLine {
    pub(super) seq: i64,
    pub(super) hash: Hash,
    pub(super) said: Said,
    pub(super) at: Option<Timestamp>,
    /// Whether it tells that a backup was put back.
    pub(super) is_restore: bool,
    members: Map<String, Value>,
    /// The text that was hashed, without its first brace, if the line is as the audit file has it.
    rest: Option<String>,
}

/// Whether what a line says is what its own hash stands for; what is worse comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Own {
    Holds,
    /// The copy does not have the entry before, or shows no text that was hashed.
    Untold,
    Changed,
}

impl Line {
    /// Reads a line, without what ends it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        Tree::read(text.to_owned(), DEEPEST).map_err(|fault| match fault {
            Fault::Duplicate(name) => {
                format!("it has `{}` twice, and which of them counts nobody can tell", safe(&name))
            }
            fault => format!("it {fault}"),
        })?;
        let members: Map<String, Value> = serde_json::from_str(text).map_err(|_| "it is no object of JSON")?;
        let words = |name: &str| members.get(name).and_then(Value::as_str);
        let number = |name: &str| members.get(name).and_then(Value::as_i64);
        let written = words("chain_hash").ok_or("it has no `chain_hash`")?.to_ascii_lowercase();
        let mut hash = NOTHING_BEFORE;
        hex::decode_to_slice(&written, &mut hash).map_err(|_| "its `chain_hash` is no hash")?;
        if words("entry") == Some("restart") {
            let after = number("after").filter(|after| *after >= 0 && !members.contains_key("seq"));
            return Ok(Self::Restart { after: after.ok_or("it does not say after which entry")?, hash });
        }
        let seq = number("seq").ok_or("it has no number")?;
        if seq < 1 {
            return Err(format!("entries are numbered from 1, and this one is {seq}"));
        }
        let front = format!("{{\"seq\":{seq},\"chain_hash\":\"{written}\",");
        Ok(Self::Entry(EntryLine {
            seq,
            hash,
            said: Said::of(members.clone()),
            at: words("at").and_then(|at| at.parse().ok()),
            is_restore: words("action") == Some(AuditAction::BACKUP_RESTORE.as_str()),
            rest: text.strip_prefix(&front).map(str::to_owned),
            members,
        }))
    }
}

impl EntryLine {
    /// Holds it against its own hash, which follows from the one of the entry before.
    pub(super) fn own(&self, before: Option<Hash>) -> Own {
        let before = if self.seq == 1 { Some(NOTHING_BEFORE) } else { before };
        let Some(before) = before.filter(|_| self.members.contains_key("entry")) else { return Own::Untold };
        let follows =
            |text: &str| Hash::from(Sha256::new_with_prefix(before).chain_update(text).finalize()) == self.hash;
        let as_hashed = || self.rest.as_ref().is_some_and(|rest| follows(&format!("{{{rest}")));
        let as_we_write = || self.written_anew().is_some_and(|text| follows(&text));
        if as_hashed() || as_we_write() { Own::Holds } else { Own::Changed }
    }

    /// What the log would write for what the line says, if it can say just that.
    fn written_anew(&self) -> Option<String> {
        let entry: AuditEntry = serde_json::from_value(Value::Object(self.members.clone())).ok()?;
        let text = serde_json::to_string(&entry).ok()?;
        (Said::of_text(&text) == Some(self.said)).then_some(text)
    }
}
