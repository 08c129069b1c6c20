//! Entries that were kept long enough.

use super::*;

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
