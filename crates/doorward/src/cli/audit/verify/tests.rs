mod announced;
mod lines;
mod restores;

use doorward_domain::audit::{AuditConclusion, AuditEntry};
use doorward_domain::{AuditAction, AuditOutcome, EventId, NewAuditEvent, Timestamp};
use doorward_service::ports::{ChainEntry, Checkpoint};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::against::{Compared, Walk};
use super::copy::Copy;
use super::difference::{numbers, told};
use super::expected;

const BEGINNING: Checkpoint = Checkpoint { seq: 0, hash: [0; 32] };

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// A log, each entry a minute after the one before.
#[derive(Clone, Default)]
struct Log(Vec<ChainEntry>);

impl Log {
    fn with_entry(mut self, entry: &AuditEntry) -> Self {
        let (seq, before) = self.0.last().map_or((1, [0; 32]), |last| (last.seq + 1, last.hash));
        let text = serde_json::to_string(entry).expect("JSON");
        let hash = Sha256::new_with_prefix(before).chain_update(&text).finalize().into();
        self.0.push(ChainEntry { seq, text, hash });
        self
    }

    fn with(self, at: i64, actor: &str, action: AuditAction, details: Value) -> Self {
        let Value::Object(details) = details else { panic!("no object") };
        let event = NewAuditEvent {
            id: EventId::generate(minute(at), [u8::try_from(self.0.len()).expect("a few"); 10]),
            at: minute(at),
            actor: actor.to_owned(),
            client_ip: String::new(),
            app: None,
            action,
            target: None,
            outcome: AuditOutcome::Success,
            decision_id: None,
            details,
            authority: None,
        };
        self.with_entry(&AuditEntry::Event(event))
    }

    /// So many entries more, a minute each from this one on.
    fn more(self, from: i64, actor: &str, entries: i64) -> Self {
        (from..from + entries).fold(self, |log, at| log.with(at, actor, AuditAction::REQUEST, json!({})))
    }

    fn restore(self, at: i64) -> Self {
        self.with(at, "cli:root", AuditAction::BACKUP_RESTORE, json!({}))
    }

    fn until(&self, seq: usize) -> Self {
        Self(self.0[..seq].to_vec())
    }

    fn hash(&self, seq: i64) -> [u8; 32] {
        self.0.iter().find(|entry| entry.seq == seq).map_or([0; 32], |entry| entry.hash)
    }

    /// As the audit file has them, behind this number.
    fn lines(&self, after: i64) -> String {
        let lines = self.0.iter().filter(|entry| entry.seq > after);
        let line = |entry: &ChainEntry| {
            let (seq, hash) = (entry.seq, hex::encode(entry.hash));
            format!("{{\"seq\":{seq},\"chain_hash\":\"{hash}\",{}\n", &entry.text[1..])
        };
        lines.map(line).collect()
    }

    /// What the audit file says when it goes on behind this number, and then has.
    fn again(&self, after: i64) -> String {
        let hash = hex::encode(self.hash(after));
        format!("{}\n{}", json!({"entry": "restart", "after": after, "chain_hash": hash}), self.lines(after))
    }

    fn against(&self, copy: &str) -> Compared {
        self.against_from(BEGINNING, copy)
    }

    /// Of a log of which the beginning was removed.
    fn against_from(&self, start: Checkpoint, copy: &str) -> Compared {
        let mut walk = Walk::from(start, Copy::of(copy.as_bytes()).expect("a copy"));
        self.0.iter().filter(|entry| entry.seq > start.seq).for_each(|entry| walk.entry(entry));
        walk.finish(minute(1_000_000))
    }

    fn trimmed(&self, through: i64, copy: &str) -> Compared {
        self.against_from(Checkpoint { seq: through, hash: self.hash(through) }, copy)
    }
}

/// What is wrong, and what a restore took back.
fn found(compared: &Compared) -> String {
    let all: Vec<String> = told(&compared.differences).collect();
    let explained = compared.differences.iter().filter(|difference| difference.restore.is_some()).count();
    let hint = if explained > 0 { format!(" ({explained} by a restore)") } else { String::new() };
    let back =
        if compared.taken_back.is_empty() { String::new() } else { format!("back: {}", numbers(&compared.taken_back)) };
    [all.join("; "), hint, back].concat()
}

const TAKEN_BACK: &str =
    "in the copy from before it went on from an earlier entry, and the log does not tell of a backup that was put back";
const NOT_ITS_HASH: &str = "the copy says something else than what its own hash stands for";

#[test]
fn entries_that_were_cut_off_show_although_the_file_went_on() {
    let whole = Log::default().more(0, "ada", 9);
    let cut = whole.until(5).more(20, "ada", 2);
    let taken = format!("entries 6 to 9: {TAKEN_BACK}");
    assert_eq!(found(&cut.against(&(whole.lines(0) + &cut.again(5)))), taken);
    assert_eq!(found(&cut.against(&(whole.lines(2) + &cut.again(5)))), taken, "from a file that begins later");
    assert_eq!(found(&cut.against(&(whole.lines(0) + &cut.lines(5)))), taken, "and no line says that it did");
    let other = whole.until(5).more(20, "ada", 6);
    let late = found(&other.against(&(whole.lines(0) + &other.again(9))));
    assert!(
        late.contains("entry 6: it has another hash") && late.contains(&format!("entry 9: {TAKEN_BACK}")),
        "{late}"
    );
    // What came twice after a crash is nothing.
    assert_eq!(found(&whole.against(&(whole.lines(0) + &whole.lines(6)))), "");
}

#[test]
fn an_entry_that_is_expected_is_looked_for_beside_what_the_copy_has() {
    let log = Log::default().more(0, "ada", 3);
    let looked = |seq: i64, hash: [u8; 32]| {
        let mut copy = Copy::of(log.lines(0).as_bytes()).expect("a copy");
        copy.expect(seq, hash);
        let mut walk = Walk::from(BEGINNING, copy);
        log.0.iter().for_each(|entry| walk.entry(entry));
        let compared = walk.finish(minute(10));
        (found(&compared), compared.known)
    };
    assert_eq!(looked(2, log.hash(2)), (String::new(), 3));
    assert_eq!(looked(0, [0; 32]), (String::new(), 4));
    assert_eq!(looked(2, [1; 32]), ("entry 2: it has another hash than the one that is known".to_owned(), 4));
    assert_eq!(looked(4, [1; 32]), ("entry 4: it is known, and the log does not have it".to_owned(), 4));
}

#[test]
fn a_number_and_a_hash_are_expected() {
    let hash = "0F".repeat(32);
    assert_eq!(expected(&format!("12:{hash}")), Ok((12, [0x0f; 32])));
    for wrong in [
        "12",
        "12:",
        &format!(":{hash}"),
        &format!("x:{hash}"),
        &format!("-1:{hash}"),
        &format!("12:{}g", &hash[1..]),
        &format!("12:{hash}0"),
    ] {
        assert!(expected(wrong).is_err(), "{wrong}");
    }
}
