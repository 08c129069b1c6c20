//! `audit verify --against` the file that Doorward itself writes.

use crate::support::{Desk, Done, Running, free_port, sql};

/// A desk whose log is copied to `audit.jsonl` while it is served.
fn copied() -> Desk {
    let desk = Desk::new();
    assert_eq!(desk.run("init-db").code, 0);
    configure(&desk, "");
    desk
}

/// Writes its configuration, with this more said of the log.
fn configure(desk: &Desk, more: &str) {
    let (port, probes) = (free_port(), free_port());
    desk.write(
        "doorward.yaml",
        &format!("listen: {port}\nadmin_listen: {probes}\naudit: {{file: audit.jsonl{more}}}\n"),
    );
}

/// Serves, and meanwhile makes these users.
fn serve(desk: &Desk, users: &[&str]) {
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("probes");
    for user in users {
        desk.add(user, "admin");
    }
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}

fn file(desk: &Desk) -> String {
    std::fs::read_to_string(desk.folder.path().join("audit.jsonl")).expect("the audit file")
}

fn verify(desk: &Desk) -> Done {
    desk.run("audit verify --against audit.jsonl")
}

/// Takes the newest entries away, by the database alone.
fn cut(desk: &Desk, last: i64) {
    sql(
        desk,
        &format!(
            "DELETE FROM audit_operations WHERE seq > {last}; DELETE FROM audit_entries WHERE seq > {last};
             UPDATE sequences SET seq = {last}, hash = (SELECT hash FROM audit_entries WHERE seq = {last}) WHERE name = 'audit';
             UPDATE settings SET value = x'{last:016x}' WHERE name LIKE 'audit_copied:%'"
        ),
    );
}

#[test]
fn newest_entries_that_were_cut_off_show_also_after_the_next_start() {
    let desk = copied();
    serve(&desk, &["root", "ada", "eve", "bob"]);
    let sound = verify(&desk);
    assert!(
        sound.code == 0 && sound.out.contains("the 4 entries that were known elsewhere are all there"),
        "{sound:?}"
    );
    cut(&desk, 2);
    serve(&desk, &["carl"]);
    assert!(file(&desk).contains("\"restart\""), "{}", file(&desk));
    let done = verify(&desk);
    assert!(done.code == 1 && done.out.contains("entries 3 to 4: in the copy from before it went on"), "{done:?}");
    assert!(done.err.contains("and 2 differences from the 5 known elsewhere") && !done.err.contains(';'), "{done:?}");
}

#[test]
fn what_holds_no_entry_is_no_copy() {
    let desk = copied();
    serve(&desk, &["root", "ada"]);
    let csv = desk.run("audit export --format csv").out;
    let restart = |after: u8| format!("{{\"entry\":\"restart\",\"after\":{after},\"chain_hash\":\"{:064}\"}}\n", 0);
    let restarts = restart(5) + &restart(0);
    for (copy, said) in [
        ("", "audit.jsonl: it has no entry that the log could be held against"),
        (&restarts, "audit.jsonl: it has no entry that the log could be held against"),
        ("\n", "line 1 is none of an audit log, where each is an entry in JSON: it is not valid JSON"),
        (&csv, "line 1 is none of an audit log, where each is an entry in JSON: it is not valid JSON"),
    ] {
        desk.write("audit.jsonl", copy);
        let done = verify(&desk);
        assert!(done.code == 1 && done.err.contains(said) && done.out.is_empty(), "{copy:?}: {done:?}");
    }
}

#[test]
fn what_a_restore_took_back_is_told_and_its_text_still_holds() {
    let desk = copied();
    serve(&desk, &["root", "ada"]);
    assert_eq!(desk.run("backup create kept.db").code, 0);
    serve(&desk, &["eve", "bob"]);
    assert_eq!(desk.run("backup restore kept.db --replace").code, 0);
    let before = verify(&desk);
    assert!(before.code == 1 && before.err.contains("; entry 3 tells that a backup was put back"), "{before:?}");
    serve(&desk, &["carl"]);
    let whole = file(&desk);
    let done = verify(&desk);
    assert_eq!(done.code, 0, "{done:?}");
    let told =
        "2 entries of the copy (3 to 4) went with the database that a backup took the place of, as entry 3 tells\n";
    assert!(done.out.starts_with(told), "{done:?}");
    assert!(done.out.contains("the 4 entries that were known elsewhere are all there"), "{done:?}");
    for (edited, said) in [
        ("eve", "entry 3: the copy says something else than what its own hash"),
        ("carl", "entry 4: the copy says something else than the log"),
    ] {
        desk.write("audit.jsonl", &whole.replace(edited, "mallory"));
        let done = verify(&desk);
        assert!(done.code == 1 && done.out.contains(said), "{edited}: {done:?}");
        assert!(!done.err.contains("put back"), "no restore changes what a line says: {done:?}");
    }
}

#[test]
fn of_what_was_removed_as_announced_it_is_said_that_it_was_not_compared() {
    let desk = copied();
    serve(&desk, &["root", "ada"]);
    // Only from here on: a slow machine would be a second behind already while the entries are made.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    configure(&desk, ", retention: 1s");
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("that were kept long enough were removed");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
    let done = verify(&desk);
    let told = "1 of the 3 entries that were known elsewhere is there; 2 were removed as announced, kept for 1s\n";
    assert!(done.code == 0 && done.out.contains(told), "{done:?}");
    assert!(done.out.contains("(2 before them were kept long enough"), "{done:?}");
    let earlier = file(&desk).replace("\"at\":\"20", "\"at\":\"30");
    desk.write("audit.jsonl", &earlier);
    assert_eq!(verify(&desk).code, 1);
}
