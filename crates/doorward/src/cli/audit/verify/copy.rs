//! What a copy of the audit log knows, line after line: the history that it ends with, and what it took back on the way.

use doorward_domain::Timestamp;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::history::{Entries, History};
use super::line::{EntryLine, Hash, Line, Own};
use super::said::Said;
use crate::cli::{Failure, Outcome};

/// The longest line of an audit file; ours are a few kilobytes.
const LONGEST_LINE: u64 = 1 << 20;

/// Everything that is known elsewhere. After a restore numbers come again, so an entry is its number and its hash.
#[derive(Debug, Default)]
pub(super) struct Copy {
    pub(super) entries: Entries,
    history: History,
}

/// An entry that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What the copy says of it, each time; empty where only the hash is known.
    pub(super) said: Vec<Said>,
    pub(super) own: Own,
    /// When, by the copy.
    pub(super) at: Option<Timestamp>,
    pub(super) is_restore: bool,
    /// The hash of the entry before, where the copy proves which that was.
    pub(super) before: Option<Hash>,
    /// The restore that the copy went on with when it left the history of this entry.
    pub(super) left_for: Option<(i64, Hash)>,
    /// The lines where it stands first and last.
    pub(super) lines: (u64, u64),
    /// Whether somebody said on the command line that the log must hold it.
    pub(super) is_expected: bool,
}

impl Entry {
    fn on(line: u64) -> Self {
        let lines = (line, line);
        Self {
            said: Vec::new(),
            own: Own::Holds,
            at: None,
            is_restore: false,
            before: None,
            left_for: None,
            lines,
            is_expected: false,
        }
    }
}

impl Copy {
    /// Reads a copy whole.
    pub(super) fn read(file: &Path) -> Outcome<Self> {
        let told = |why: String| Failure::failed(format!("{}: {why}", file.display()));
        let opened = std::fs::File::open(file).map_err(|error| told(error.to_string()))?;
        let copy = Self::of(BufReader::new(opened)).map_err(told)?.without_empty();
        // Whoever emptied it would like to hear that all is well.
        if copy.entries.is_empty() {
            return Err(told("it has no entry that the log could be held against".to_owned()));
        }
        Ok(copy)
    }

    pub(super) fn of(mut reader: impl BufRead) -> Result<Self, String> {
        let mut copy = Self::default();
        let mut number = 0_u64;
        loop {
            let mut bytes = Vec::new();
            let mut limited = std::io::Read::take(&mut reader, LONGEST_LINE);
            if limited.read_until(b'\n', &mut bytes).map_err(|error| error.to_string())? == 0 {
                return Ok(copy);
            }
            number += 1;
            // A byte order mark, with which some programs save a text, is none of it.
            let line = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&bytes);
            copy.line(line, number).map_err(|why| format!("line {number} {why}"))?;
        }
    }

    fn line(&mut self, bytes: &[u8], number: u64) -> Result<(), String> {
        let whole = bytes.strip_suffix(b"\n");
        let none = |why: &str| format!("is none of an audit log, where each is an entry in JSON: {why}");
        let text = std::str::from_utf8(whole.unwrap_or(bytes)).map_err(|_| none("it is no UTF-8"));
        let line = text.and_then(|text| Line::read(text.trim_end_matches('\r')).map_err(|why| none(&why)));
        match line {
            Ok(Line::Entry(entry)) => self.entry(&entry, number),
            Ok(Line::Restart { after, hash }) => self.restart(after, hash, number),
            Err(_) if whole.is_none() && (bytes.len() as u64) < LONGEST_LINE => {
                return Err("is cut off: the copy ends in the middle of it".to_owned());
            }
            Err(why) => return Err(why),
        }
        Ok(())
    }

    fn entry(&mut self, line: &EntryLine, number: u64) {
        let EntryLine { seq, hash, at, .. } = *line;
        self.history.take_up(seq, hash, &self.entries);
        let before = self.history.hash_of(seq - 1);
        let own = line.own(before);
        self.history.add(seq, hash);
        let known = self.put(seq, hash, number);
        let is_new = known.said.is_empty();
        known.own = known.own.max(own);
        if own == Own::Holds {
            known.before = Some(before.unwrap_or_default());
        }
        // Who says two things of one entry is taken at the later one.
        known.at = known.at.max(at);
        known.is_restore |= line.is_restore;
        if !known.said.contains(&line.said) {
            known.said.push(line.said);
        }
        if is_new {
            self.tell_why_left((seq, hash), at.filter(|_| line.is_restore && own == Own::Holds));
        }
    }

    fn restart(&mut self, after: i64, hash: Hash, number: u64) {
        self.history.go_on_behind(after, hash, &self.entries);
        if after > 0 {
            self.put(after, hash, number);
        }
    }

    fn put(&mut self, seq: i64, hash: Hash, number: u64) -> &mut Entry {
        let known = self.entries.entry((seq, hash)).or_insert_with(|| Entry::on(number));
        known.lines.1 = number;
        known
    }

    /// Only the entry that is the first behind a backup, and a restore of this time, tells why what was left is gone.
    fn tell_why_left(&mut self, first: (i64, Hash), restored: Option<Timestamp>) {
        for left in self.history.left() {
            let Some(entry) = self.entries.get_mut(&left) else { continue };
            let is_older = restored.is_some_and(|restored| entry.at.is_some_and(|at| at <= restored));
            entry.left_for = Some(first).filter(|_| is_older);
        }
    }

    /// The log must hold this entry, whatever else is known.
    pub(super) fn expect(&mut self, seq: i64, hash: Hash) {
        self.entries.entry((seq, hash)).or_insert_with(|| Entry::on(0)).is_expected = true;
    }

    /// Whether the copy still has this entry where it ends, or somebody expects it.
    pub(super) fn stands_by(&self, seq: i64, hash: &Hash, entry: &Entry) -> bool {
        self.history.has(seq, hash) || entry.is_expected
    }

    /// Leaves out of what was taken back that of which a line only said that it goes on from there.
    pub(super) fn without_empty(mut self) -> Self {
        let Self { entries, history } = &mut self;
        entries.retain(|(seq, hash), entry| !entry.said.is_empty() || entry.is_expected || history.has(*seq, hash));
        self
    }
}
