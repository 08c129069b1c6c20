//! What a copy of the audit log knows: of each entry its hash, and what it says.
//!
//! A hash in a copy is only a claim about the text beside it: whoever changed the text could leave the hash. So what a line says is
//! compared with what the log says under that number, of which the chain has shown that nobody changed it.

use doorward_domain::audit::{AuditConclusion, AuditEntry};
use doorward_domain::{AuditEvent, EventId, NewAuditEvent};
use doorward_service::ports::ChainEntry;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use crate::cli::{Failure, Outcome};

/// The longest line of an audit file; ours are a few kilobytes.
const LONGEST_LINE: u64 = 1 << 20;

/// What should stand where.
pub(super) type Known = BTreeMap<i64, Entry>;

/// An entry that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// In lower-case hex.
    pub(super) hash: String,
    /// What the copy says of it; `None` where only the hash is known.
    pub(super) said: Option<Said>,
}

/// SHA-256 of what a line says, however it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said([u8; 32]);

impl Said {
    /// Members are in one order in every [`Value`]; number and hash stand beside what is said.
    fn of(mut said: Map<String, Value>) -> Self {
        said.remove("seq");
        said.remove("chain_hash");
        Self(Sha256::digest(Value::Object(said).to_string()).into())
    }

    fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::of)
    }

    /// As `audit export` prints an event.
    fn of_event(event: &NewAuditEvent) -> Option<Self> {
        let event = AuditEvent { event: event.clone(), seq: 0, chain_hash: String::new() };
        match serde_json::to_value(&event) {
            Ok(Value::Object(said)) => Some(Self::of(said)),
            _ => None,
        }
    }
}

/// Compares what a copy says with the log, entry after entry.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// What the copy says of events as they were, or had ended, when it was made: with the event so far.
    unlike: HashMap<EventId, (i64, Said, NewAuditEvent)>,
    /// The numbers of entries of which the copy says something else.
    differing: Vec<i64>,
}

impl Comparison {
    /// Looks at an entry of the log; of one that the copy knows, what it says.
    pub(super) fn look(&mut self, entry: &ChainEntry, said: Option<Said>) {
        let read = serde_json::from_str::<AuditEntry>(&entry.text).ok();
        if let Some(AuditEntry::Conclusion(conclusion)) = &read {
            self.conclude(conclusion);
        }
        let Some(said) = said.filter(|said| Said::of_text(&entry.text) != Some(*said)) else { return };
        match read {
            Some(AuditEntry::Event(event)) if Said::of_event(&event) == Some(said) => {}
            Some(AuditEntry::Event(event)) => drop(self.unlike.insert(event.id, (entry.seq, said, event))),
            _ => self.differing.push(entry.seq),
        }
    }

    /// An export shows an event with the outcome that it had by then.
    fn conclude(&mut self, conclusion: &AuditConclusion) {
        let Some((_, said, event)) = self.unlike.get_mut(&conclusion.id) else { return };
        event.outcome = conclusion.outcome;
        event.details.extend(conclusion.details.clone());
        if Said::of_event(event) == Some(*said) {
            self.unlike.remove(&conclusion.id);
        }
    }

    /// The numbers of the entries of which the copy says something else, in order.
    pub(super) fn differing(self) -> Vec<i64> {
        let unlike = self.unlike.into_values().map(|(seq, ..)| seq);
        let mut all: Vec<i64> = self.differing.into_iter().chain(unlike).collect();
        all.sort_unstable();
        all
    }
}

/// Every entry that a copy knows: of two with one number the later one, since after a restore numbers come again.
pub(super) fn read(file: &Path) -> Outcome<Known> {
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
        line(&text, &mut known).map_err(|why| {
            Failure::failed(format!("{}: line {number} is none of an audit log: {why}", file.display()))
        })?;
    }
}

fn line(text: &str, known: &mut Known) -> Result<(), String> {
    let line: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let words = |name: &str| line.get(name).and_then(Value::as_str);
    let number = |name: &str| line.get(name).and_then(Value::as_i64);
    let hash = words("chain_hash").ok_or("it has no `chain_hash`")?.to_ascii_lowercase();
    if let (Some("restart"), Some(after)) = (words("entry"), number("after")) {
        drop(known.split_off(&after.saturating_add(1)));
        if after > 0 {
            expect(known, after, hash);
        }
        return Ok(());
    }
    let seq = number("seq").ok_or("it has no number")?;
    known.insert(seq, Entry { hash, said: Some(Said::of(line)) });
    Ok(())
}

/// That an entry has this hash. What a copy says of it stays, if it says so too.
pub(super) fn expect(known: &mut Known, seq: i64, hash: String) {
    if known.get(&seq).is_none_or(|entry| entry.hash != hash) {
        known.insert(seq, Entry { hash, said: None });
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::{AuditAction, AuditOutcome, Timestamp};

    use super::*;

    fn event(actor: &str, outcome: AuditOutcome) -> NewAuditEvent {
        let at = Timestamp::from_millis(0);
        NewAuditEvent {
            id: EventId::generate(at, [7; 10]),
            at,
            actor: actor.to_owned(),
            client_ip: String::new(),
            app: None,
            action: AuditAction::REQUEST,
            target: Some("launchRun".to_owned()),
            outcome,
            decision_id: None,
            details: Map::new(),
            authority: None,
        }
    }

    fn differing(log: &[AuditEntry], copy: &[Said]) -> Vec<i64> {
        let mut comparison = Comparison::default();
        for (seq, entry) in (1..).zip(log) {
            let text = serde_json::to_string(entry).expect("JSON");
            comparison.look(
                &ChainEntry { seq, text, hash: [0; 32] },
                copy.get(usize::try_from(seq).expect("a few") - 1).copied(),
            );
        }
        comparison.differing()
    }

    #[test]
    fn a_line_that_was_edited_shows_and_one_that_is_only_written_otherwise_does_not() {
        let log = [AuditEntry::Event(event("root1", AuditOutcome::Success))];
        let line = serde_json::to_string(&log[0]).expect("JSON");
        let line = line.replacen('{', "{\"seq\":1,\"chain_hash\":\"aa\",", 1);
        let said = |line: &str| {
            let mut known = Known::new();
            super::line(line, &mut known).expect("a line");
            known.remove(&1).and_then(|entry| entry.said).expect("what it says")
        };
        assert_eq!(differing(&log, &[said(&line)]), [0_i64; 0]);
        assert_eq!(differing(&log, &[said(&line.replace(',', " , "))]), [0_i64; 0]);
        assert_eq!(differing(&log, &[said(&line.replace("root1", "root2"))]), [1]);
        assert_eq!(differing(&log, &[said(&line.replacen('{', "{\"more\":1,", 1))]), [1]);
    }

    #[test]
    fn an_export_shows_an_event_as_it_was_or_had_ended_by_then_and_nothing_else() {
        let pending = event("ada", AuditOutcome::Pending);
        let ended = |outcome| AuditConclusion { id: pending.id, at: pending.at, outcome, details: Map::new() };
        let log = [
            AuditEntry::Event(pending.clone()),
            AuditEntry::Conclusion(ended(AuditOutcome::Pending)),
            AuditEntry::Conclusion(ended(AuditOutcome::Success)),
        ];
        let as_shown = |outcome| Said::of_event(&NewAuditEvent { outcome, ..pending.clone() }).expect("JSON");
        assert_eq!(differing(&log, &[as_shown(AuditOutcome::Pending)]), [0_i64; 0]);
        assert_eq!(differing(&log, &[as_shown(AuditOutcome::Success)]), [0_i64; 0]);
        assert_eq!(differing(&log, &[as_shown(AuditOutcome::Denied)]), [1], "it never was so");
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
        let hashes: Vec<_> = known.iter().map(|(seq, entry)| (*seq, entry.hash.as_str())).collect();
        assert_eq!(hashes, [(1, "aa"), (2, "bb"), (3, "ee")]);
        assert!(known.values().all(|entry| entry.said.is_some()));
        for wrong in ["nonsense\n", "{\"chain_hash\":\"aa\"}\n", "{\"seq\":1}\n"] {
            std::fs::write(&file, wrong).expect("written");
            assert!(read(&file).is_err(), "{wrong}");
        }
    }
}
