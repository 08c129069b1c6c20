//! Lines and what they say.

use super::*;

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
    assert_eq!(found(&restored, &format!("\u{feff}{copy}")), "back: 6 to 9");
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
