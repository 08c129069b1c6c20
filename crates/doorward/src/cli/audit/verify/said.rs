//! What lines of a copy say, held against what the log says.
//!
//! A hash in a copy is only a claim about the text beside it: whoever changed the text could leave the hash. So what a line says is
//! compared with what the log says under that number, of which the chain has shown that nobody changed it.

use doorward_domain::audit::{AuditConclusion, AuditEntry};
use doorward_domain::{AuditEvent, EventId, NewAuditEvent};
use doorward_service::ports::ChainEntry;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// SHA-256 of what a line says, however it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said([u8; 32]);

impl Said {
    /// Members are in one order in every [`Value`]; number and hash stand beside what is said.
    pub(super) fn of(mut said: Map<String, Value>) -> Self {
        said.remove("seq");
        said.remove("chain_hash");
        Self(Sha256::digest(Value::Object(said).to_string()).into())
    }

    pub(super) fn of_text(text: &str) -> Option<Self> {
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
    unlike: HashMap<EventId, Vec<(i64, Said, NewAuditEvent)>>,
    /// The numbers of entries of which the copy says something else.
    differing: Vec<i64>,
}

impl Comparison {
    /// Looks at an entry of the log, read; of one that the copy knows, also at what that says of it.
    pub(super) fn look(&mut self, entry: &ChainEntry, read: Option<&AuditEntry>, said: &[Said]) {
        if let Some(AuditEntry::Conclusion(conclusion)) = read {
            self.conclude(conclusion);
        }
        if said.is_empty() {
            return;
        }
        let own = Said::of_text(&entry.text);
        for said in said.iter().filter(|said| own != Some(**said)) {
            match read {
                Some(AuditEntry::Event(event)) if Said::of_event(event) == Some(*said) => {}
                Some(AuditEntry::Event(event)) => {
                    self.unlike.entry(event.id).or_default().push((entry.seq, *said, event.clone()));
                }
                _ => self.differing.push(entry.seq),
            }
        }
    }

    /// An export shows an event with the outcome that it had by then.
    fn conclude(&mut self, conclusion: &AuditConclusion) {
        let Some(unlike) = self.unlike.get_mut(&conclusion.id) else { return };
        unlike.retain_mut(|(_, said, event)| {
            event.outcome = conclusion.outcome;
            event.details.extend(conclusion.details.clone());
            Said::of_event(event) != Some(*said)
        });
    }

    /// The numbers of the entries of which the copy says something else, in order.
    pub(super) fn differing(self) -> Vec<i64> {
        let unlike = self.unlike.into_values().flatten().map(|(seq, ..)| seq);
        let mut all: Vec<i64> = self.differing.into_iter().chain(unlike).collect();
        all.sort_unstable();
        all.dedup();
        all
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
            let said = copy.get(usize::try_from(seq).expect("a few") - 1);
            comparison.look(&ChainEntry { seq, text, hash: [0; 32] }, Some(entry), &Vec::from_iter(said.copied()));
        }
        comparison.differing()
    }

    #[test]
    fn a_line_that_was_edited_shows_and_one_that_is_only_written_otherwise_does_not() {
        let log = [AuditEntry::Event(event("root1", AuditOutcome::Success))];
        let line = serde_json::to_string(&log[0]).expect("JSON");
        let line = line.replacen('{', "{\"seq\":1,\"chain_hash\":\"aa\",", 1);
        let said = |line: &str| Said::of_text(line).expect("what it says");
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
}
