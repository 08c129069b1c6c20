//! Backups that were put back: what they take back, and what they excuse.

use super::*;

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
