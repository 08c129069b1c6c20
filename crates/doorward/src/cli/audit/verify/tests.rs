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
fn what_a_restore_took_back_is_told_and_no_difference() {
    let whole = Log::default().more(0, "ada", 9);
    let restored = whole.until(5).restore(20).more(21, "ada", 3);
    for after in [3, 5] {
        let compared = restored.against(&(whole.lines(0) + &restored.again(after)));
        assert_eq!(found(&compared), "back: 6 to 9", "goes on behind {after}");
        assert_eq!((compared.known, compared.present, compared.unchecked, compared.restored_by), (9, 9, 0, 6));
    }
    assert_eq!(found(&restored.against(&(whole.lines(7) + &restored.again(5)))), "back: 8 to 9");
    assert_eq!(found(&restored.against(&(whole.lines(0) + &restored.lines(5)))), "back: 6 to 9", "no line says so");
    // Twice, once behind the first and once before it.
    for backup in [8, 4] {
        let twice = restored.until(backup).restore(30).more(31, "ada", 1);
        let copy = whole.lines(0) + &restored.again(5) + &twice.again(backup.try_into().unwrap());
        let taken = found(&twice.against(&copy));
        assert!(taken.starts_with("back: ") && taken.ends_with('9'), "{taken}");
    }
    // Until the file says so, it is a difference that the log explains.
    let before = restored.against(&whole.lines(0));
    assert!(found(&before).ends_with("(4 by a restore)"), "{}", found(&before));
}

#[test]
fn a_restore_excuses_nothing_that_came_after_it() {
    let restored = Log::default().more(0, "ada", 5).restore(20).more(21, "root1", 4);
    let cut = restored.until(6).more(40, "ada", 2);
    let taken = format!("entries 7 to 10: {TAKEN_BACK}");
    // As far as the database says that the file was written, which whoever can write to it sets as they like.
    for after in [6, 5, 3] {
        assert_eq!(found(&cut.against(&(restored.lines(0) + &cut.again(after)))), taken, "behind {after}");
        assert_eq!(
            found(&cut.against(&(restored.lines(6) + &cut.again(after)))),
            taken,
            "of a later file, behind {after}"
        );
    }
    let not_started = found(&cut.until(6).against(&restored.lines(0)));
    assert!(!not_started.contains("restore"), "{not_started}");
    // Nor where the clock was set back since.
    let set_back = restored.until(6).more(10, "root1", 4);
    let copy = set_back.lines(0) + &cut.again(5);
    assert_eq!(found(&cut.against(&copy)), taken);
    let not_started = found(&cut.until(6).against(&set_back.lines(0)));
    assert!(!not_started.contains("restore"), "{not_started}");
    // One that is told of with a time long gone.
    let forged = restored.until(6).restore(10).more(40, "ada", 1);
    assert_eq!(found(&forged.against(&(restored.lines(0) + &forged.again(6)))), taken);
}

/// A history, a restore of its entry 9, and then one of its entry 16: the older backup, and then the newer one.
fn older_then_newer() -> (Log, Log, Log) {
    let whole = Log::default().more(0, "ada", 21);
    let older = whole.until(9).restore(30).more(31, "ada", 5);
    let newer = whole.until(16).restore(40).more(41, "ada", 5);
    (whole, older, newer)
}

#[test]
fn a_newer_backup_takes_back_what_stood_behind_an_older_one() {
    let (whole, older, newer) = older_then_newer();
    for after in [16, 14, 9] {
        let copy = whole.lines(0) + &older.again(9) + &newer.again(after);
        let compared = newer.against(&copy);
        assert_eq!(found(&compared), "back: 10 to 15, 17 to 21", "goes on behind {after}");
        assert_eq!((compared.known, compared.present, compared.restored_by), (22, 22, 17));
    }
    // What was kept when the wrong backup was put back, and then once more.
    let kept = whole.clone().restore(40).more(41, "ada", 1);
    let copy = whole.lines(0) + &older.again(9) + &kept.again(21);
    assert_eq!(found(&kept.against(&copy)), "back: 10 to 15");
    let again = older.clone().restore(50).more(51, "ada", 1);
    assert_eq!(found(&again.against(&(copy + &again.again(15)))), "back: 10 to 23");
    // The restore that took back some of it was itself taken back by one that put back less.
    let third = whole.until(12).restore(60).more(61, "ada", 1);
    let copy = whole.lines(0) + &older.again(9) + &newer.again(16) + &third.again(12);
    assert_eq!(found(&third.against(&copy)), "back: 10 to 22");
}

#[test]
fn a_history_that_was_left_before_comes_back_by_a_restore_alone() {
    let (whole, older, newer) = older_then_newer();
    let before = whole.lines(0) + &older.again(9);
    let taken = format!("entries 10 to 15: {TAKEN_BACK}");
    // Put back by hand.
    let by_hand = whole.clone().more(40, "ada", 2);
    assert_eq!(found(&by_hand.against(&(before.clone() + &by_hand.again(21)))), taken);
    // A restore of later explains nothing, nor one that is forged with a time long gone.
    let later = whole.until(16).more(40, "ada", 2).restore(42);
    assert_eq!(
        found(&later.against(&(before.clone() + &later.again(16)))),
        format!("{taken}; entries 17 to 18: {TAKEN_BACK}back: 19 to 21")
    );
    let forged = whole.until(16).restore(34).more(41, "ada", 1);
    let back = format!("entry 15: {TAKEN_BACK}back: 10 to 14, 17 to 21");
    assert_eq!(found(&forged.against(&(before.clone() + &forged.again(16)))), back);
    // A restore that was cut off again.
    let cut = whole.until(16).more(50, "ada", 2);
    let copy = before + &newer.again(16) + &cut.again(16);
    let told = found(&cut.against(&copy));
    assert!(told.contains(&taken), "{told}");
}

#[test]
fn an_honest_restore_hides_no_entry_that_was_changed_before_it() {
    let whole = Log::default().more(0, "ada", 16);
    let changed = whole.until(15).more(20, "eve", 1);
    let restored = changed.clone().restore(30).more(31, "ada", 1);
    let taken = format!("entry 16: {TAKEN_BACK}");
    // The file never saw the other entry, or saw it before and then the right one again.
    let unseen = whole.lines(0) + &restored.again(16);
    assert!(found(&restored.against(&unseen)).contains(&taken), "{}", found(&restored.against(&unseen)));
    let named = whole.lines(0) + &changed.again(16) + &whole.again(16) + &restored.again(16);
    assert!(found(&restored.against(&named)).contains(&taken), "{}", found(&restored.against(&named)));
    let seen = whole.lines(0) + &changed.again(15) + &whole.again(16) + &restored.again(16);
    assert_eq!(found(&restored.against(&seen)), taken);
    // One cut off on a branch that is put back.
    let (whole, older, _) = older_then_newer();
    let cut = whole.until(12).more(40, "eve", 4).restore(50);
    let copy = whole.lines(0) + &older.again(9) + &cut.again(16);
    let told = found(&cut.against(&copy));
    assert!(told.contains("entry 13: ") && told.contains("entry 10: "), "{told}");
}

#[test]
fn a_text_that_was_changed_under_its_hash_shows_also_where_the_log_has_it_no_more() {
    let whole = Log::default().more(0, "ada", 9);
    let restored = whole.until(5).restore(20).more(21, "ada", 3);
    let edit = |copy: &str, at: usize| -> String {
        let line = |(number, line): (usize, &str)| {
            if number == at { line.replace("ada", "eve") + "\n" } else { line.to_owned() + "\n" }
        };
        copy.lines().enumerate().map(line).collect()
    };
    let copy = whole.lines(0) + &restored.again(5);
    let found = |log: &Log, copy: &str| found(&log.against(copy));
    assert_eq!(found(&restored, &edit(&copy, 6)), format!("entry 7: {NOT_ITS_HASH}back: 6, 8 to 9"));
    let otherwise = "the copy says something else than the log, under the same hash";
    assert_eq!(
        found(&restored, &edit(&copy, 12)),
        format!("entry 8: {otherwise}back: 6 to 9"),
        "no restore explains it"
    );
    // Before the file went on too: three are gone with the backup, and one was changed.
    let before = found(&restored, &edit(&whole.lines(0), 7));
    assert!(before.contains(&format!("entry 8: {NOT_ITS_HASH}")) && before.ends_with("(3 by a restore)"), "{before}");
    // Written otherwise it says the same; the earlier of two lines counts too.
    assert_eq!(found(&restored, &copy.replace(',', " , ")), "back: 6 to 9");
    let twice = whole.lines(0) + &whole.lines(7);
    assert_eq!(found(&whole, &edit(&twice, 7)), format!("entry 8: {otherwise}"));
    // What was removed as announced has its own hash too, and no line can pass for another.
    let trim = json!({"through": 4, "chain_hash": "", "entries": 4, "kept_for_seconds": 60});
    let trimmed = whole.with(50, "system", AuditAction::AUDIT_TRIM, trim);
    let of_trimmed = |copy: &str| self::found(&trimmed.trimmed(4, copy));
    assert_eq!(of_trimmed(&trimmed.lines(0)), "");
    for at in [1, 3] {
        assert_eq!(of_trimmed(&edit(&trimmed.lines(0), at)), format!("entry {}: {NOT_ITS_HASH}", at + 1));
    }
}

#[test]
fn entries_that_are_announced_as_old_must_be_old() {
    let log =
        |at: i64, details: Value| Log::default().more(0, "ada", 9).with(at, "system", AuditAction::AUDIT_TRIM, details);
    let announced = |kept: u64| json!({"through": 7, "chain_hash": "", "entries": 7, "kept_for_seconds": kept});
    let of = |log: &Log| log.trimmed(7, &log.lines(2));
    let old = of(&log(8, announced(60)));
    assert_eq!((found(&old), old.known, old.present, old.removed, old.unchecked), (String::new(), 8, 3, 5, 1));
    assert_eq!(old.kept.map(|kept| kept.as_secs()), Some(60));
    let young = "removed as announced, and by the copy not as old as the announcement says";
    assert_eq!(found(&of(&log(8, announced(34_560_000)))), format!("entries 3 to 7: {young}"));
    assert_eq!(found(&of(&log(8, announced(180)))), format!("entries 6 to 7: {young}"), "as old is not older");
    assert_eq!(
        found(&of(&log(2_000_000, announced(60)))),
        format!("entries 3 to 7: {young}"),
        "it is not that late yet"
    );
    assert_eq!(found(&of(&log(8, json!({"through": 7, "chain_hash": ""})))), format!("entries 3 to 7: {young}"));
    // A restore still explains what it took back once the log no longer tells of it.
    let whole = Log::default().more(0, "ada", 9);
    let restored =
        whole.until(5).restore(20).more(21, "ada", 3).with(100, "system", AuditAction::AUDIT_TRIM, announced(60));
    assert_eq!(found(&restored.trimmed(7, &(whole.lines(0) + &restored.again(5)))), "back: 6 to 9");
}

#[test]
fn of_announcements_that_kept_as_long_the_last_says_all_and_one_of_an_earlier_time_its_own() {
    let announced =
        |through: i64, kept: u64| json!({"through": through, "chain_hash": "", "entries": 1, "kept_for_seconds": kept});
    let trim = |log: Log, at, through, kept| log.with(at, "system", AuditAction::AUDIT_TRIM, announced(through, kept));
    // Entries of the minutes 1 to 7; the clock was set back between two announcements.
    let whole = Log::default().more(1, "ada", 7);
    let log = trim(trim(trim(whole, 60, 2, 60), 61, 3, 60), 9, 7, 60);
    let copy = log.lines(0);
    let compared = log.trimmed(7, &copy);
    assert_eq!((found(&compared).as_str(), compared.removed, compared.present), ("", 7, 3));
    let early = trim(trim(Log::default().more(1, "ada", 7), 60, 2, 60), 5, 7, 60);
    let copy = early.lines(0);
    let young = "removed as announced, and by the copy not as old as the announcement says";
    assert_eq!(found(&early.trimmed(7, &copy)), format!("entries 4 to 7: {young}"));
}

#[test]
fn an_export_says_what_its_events_were_and_has_no_text_of_its_own() {
    let pending = |log: Log| log.with(0, "ada", AuditAction::REQUEST, json!({}));
    let log = pending(Log::default()).more(1, "ada", 2);
    let Ok(AuditEntry::Event(event)) = serde_json::from_str(&log.0[0].text) else { panic!("an event") };
    let ended = AuditConclusion { id: event.id, at: minute(3), outcome: AuditOutcome::Failure, details: Map::new() };
    let log = log.with_entry(&AuditEntry::Conclusion(ended));
    let export = |outcome: &str| {
        let copy = log.lines(0).replace("\"entry\":\"event\",", "");
        let first = copy.lines().next().expect("a line").replace("success", outcome);
        first + "\n" + copy.split_once('\n').expect("more").1
    };
    assert_eq!(found(&log.against(&export("failure"))), "");
    assert_eq!(
        found(&log.against(&export("denied"))),
        "entry 1: the copy says something else than the log, under the same hash"
    );
    // Exports of before and after.
    assert_eq!(found(&log.against(&(export("success") + &export("failure")))), "");
}

#[test]
fn lines_that_two_would_read_differently_are_refused() {
    let hash = "ab".repeat(32);
    let why = |text: &str| Copy::of(text.as_bytes()).expect_err(text);
    let line = |members: &str| format!("{{\"seq\":1,\"chain_hash\":\"{hash}\"{members}}}\n");
    assert!(Copy::of(line("").as_bytes()).is_ok());
    for twice in [
        line(",\"actor\":\"EVIL\",\"actor\":\"root1\""),
        line(",\"actor\":\"EVIL\",\"\\u0061ctor\":\"root1\""),
        line(",\"details\":{\"path\":\"/a\",\"path\":\"/b\"}"),
        line(",\"seq\":2"),
    ] {
        let why = why(&(line("") + &twice));
        assert!(
            why.starts_with("line 2 is none of an audit log, where each is an entry in JSON: it has `")
                && why.contains("twice"),
            "{why}"
        );
    }
    for number in ["0", "-3"] {
        let why = why(&line("").replace("\"seq\":1", &format!("\"seq\":{number}")));
        assert!(why.ends_with(&format!("entries are numbered from 1, and this one is {number}")), "{why}");
    }
    assert_eq!(why(&(line("") + &line("")[..20])), "line 2 is cut off: the copy ends in the middle of it");
    let restart = |after: &str| format!("{{\"entry\":\"restart\",{after}\"chain_hash\":\"{hash}\"}}\n");
    assert!(Copy::of(restart("\"after\":2,").as_bytes()).is_ok());
    for wrong in [
        "nonsense\n".to_owned(),
        "\n".to_owned(),
        "[]\n".to_owned(),
        "{\"chain_hash\":\"aa\"}\n".to_owned(),
        "{\"seq\":1}\n".to_owned(),
        line("").replace("ab", "xy"),
        line("").replace('1', "1.5"),
        restart(""),
        restart("\"after\":-1,"),
        restart("\"after\":2,\"seq\":3,"),
    ] {
        assert!(why(&wrong).starts_with("line 1 is none of an audit log, where each is an entry in JSON: "), "{wrong}");
    }
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
