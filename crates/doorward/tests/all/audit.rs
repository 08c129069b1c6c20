//! The audit log from the command line.

use crate::support::{Desk, Running, sql};

#[test]
fn what_happened_is_listed_newest_first_and_exported_oldest_first() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let list = desk.run("audit list --output csv");
    let lines: Vec<&str> = list.out.lines().collect();
    assert_eq!(lines[0], "at,actor,client_ip,app,action,target,outcome,id");
    assert!(lines[1].contains("user.create,ada"), "{}", list.out);
    assert!(lines[1].contains(",cli:"), "who sits at the machine is named: {}", list.out);
    let export = desk.run("audit export --format jsonl --action user.create");
    let targets: Vec<String> = export
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["target"].to_string())
        .collect();
    assert_eq!(targets, ["\"root\"", "\"ada\""]);
    let nothing = desk.run("audit export --format csv --from 2020-01-01 --to 2020-01-02").out;
    assert_eq!(nothing.lines().count(), 1, "only the names of the columns: {nothing}");
    assert_eq!(desk.run("audit list --from yesterday").code, 2);
}

#[test]
fn the_end_of_the_log_can_be_followed() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let mut tail = Running::start(desk.command().args(["audit", "tail", "--follow"]));
    tail.line_with("user.create root");
    desk.add("ada", "viewer");
    tail.line_with("user.create ada");
}

#[test]
fn a_changed_entry_is_named_with_exit_code_1() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let sound = desk.run("audit verify");
    assert_eq!(sound.code, 0, "{sound:?}");
    sql(&desk, "UPDATE audit_entries SET entry = replace(entry, 'root', 'eve') WHERE seq = 1");
    let broken = desk.run("audit verify");
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(broken.out.contains("entry 1"), "{}", broken.out);
}

#[test]
fn an_event_is_shown_in_full_and_times_are_the_readers() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let table = desk.run("audit list --action user.create").out;
    let row = table.lines().nth(1).expect("a row");
    assert!(row.contains("Adding a user · ada") && !row.contains('Z'), "{table}");
    // Written so that neither a time of the year nor a table of zones has a say; POSIX counts them the other way round.
    for (zone, ends) in [("EAST-9", "+09:00"), ("WEST3:30", "-03:30")] {
        let told = desk.command().args(["audit", "list", "--action", "user.create", "--output", "csv"]).output();
        let utc = String::from_utf8(told.expect("run").stdout).expect("UTF-8");
        let utc = utc.lines().nth(1).and_then(|row| row.split(',').next()).expect("when it was").to_owned();
        let utc: chrono::DateTime<chrono::Utc> = utc.parse().expect("a time");
        let told = desk.command().args(["audit", "list", "--action", "user.create"]).env("TZ", zone).output();
        let told = String::from_utf8(told.expect("run").stdout).expect("UTF-8");
        let offset: chrono::FixedOffset = ends.parse().expect("an offset");
        let there = utc.with_timezone(&offset).format("%Y-%m-%d %H:%M:%S").to_string();
        assert!(told.lines().nth(1).is_some_and(|row| row.contains(&there)), "{there} {ends} in {told}");
    }
    let nr = row.split_whitespace().next().expect("a number");
    let shown = desk.run(&format!("audit show {nr}")).out;
    for fact in ["id ", "when ", "user.create", "outcome", "entry "] {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    let exact: serde_json::Value =
        serde_json::from_str(&desk.run(&format!("audit show {nr} --output json")).out).expect("JSON");
    assert!(exact["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{exact}");
    assert_eq!(exact["entries"][0]["chain_hash"], exact["chain_hash"]);
    let id = exact["id"].as_str().expect("an id");
    assert_eq!(desk.run(&format!("audit show {id}")).out, shown);
    assert_eq!(desk.run("audit show 4711").code, 3);
}

/// The newest number and hash, as `audit verify` says them last.
fn newest(desk: &Desk) -> String {
    let done = desk.run("audit verify");
    assert_eq!(done.code, 0, "{done:?}");
    done.out.lines().last().and_then(|line| line.strip_prefix("newest: ")).expect("the newest entry").to_owned()
}

#[test]
fn newest_entries_that_were_cut_off_show_beside_what_is_known_elsewhere() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let early = newest(&desk);
    desk.add("ada", "viewer");
    let late = newest(&desk);
    desk.write("copy.jsonl", &desk.run("audit export").out);
    for known in [format!("--expect {early}"), format!("--expect {late}"), "--against copy.jsonl".to_owned()] {
        let done = desk.run(&format!("audit verify {known}"));
        let words = if known.contains("--against") {
            "entries that were known elsewhere are all there"
        } else {
            "the entry that was known elsewhere is there"
        };
        assert!(done.code == 0 && done.out.contains(words), "{known}: {done:?}");
    }
    let number = late.split_once(':').expect("a number").0;
    let other = desk.run(&format!("audit verify --expect {number}:{}", "0".repeat(64)));
    assert!(other.code == 1 && other.out.contains(&format!("entry {number}: it has another hash")), "{other:?}");

    let cut: i64 = number.parse::<i64>().expect("a number") - 1;
    sql(
        &desk,
        &format!(
            "DELETE FROM audit_operations WHERE seq > {cut}; DELETE FROM audit_entries WHERE seq > {cut}; \
             UPDATE sequences SET seq = {cut}, hash = (SELECT hash FROM audit_entries WHERE seq = {cut}) WHERE name = 'audit'"
        ),
    );
    let alone = desk.run("audit verify");
    assert!(alone.code == 0 && alone.err.contains("would not show"), "it cannot tell, and says so: {alone:?}");
    assert_eq!(desk.run(&format!("audit verify --expect {early}")).code, 0);
    for known in [format!("--expect {late}"), "--against copy.jsonl".to_owned()] {
        let done = desk.run(&format!("audit verify {known}"));
        assert!(
            done.code == 1 && done.out.contains(&format!("entry {number}: it is known, and the log does not")),
            "{done:?}"
        );
    }
    assert_eq!(desk.run("audit verify --expect 12").code, 2);
}

#[test]
fn a_copy_whose_text_was_edited_under_the_same_hash_shows() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let copy = desk.run("audit export").out;
    desk.write("edited.jsonl", &copy.replace("\"target\":\"ada\"", "\"target\":\"eve\""));
    let done = desk.run("audit verify --against edited.jsonl");
    assert!(done.code == 1 && done.out.contains("the copy says something else than the log"), "{done:?}");
    assert!(done.err.contains("1 difference from the") && !done.err.contains("backup"), "{done:?}");
    desk.write("copy.jsonl", &copy);
    assert_eq!(desk.run("audit verify --against copy.jsonl").code, 0);
}

#[test]
fn after_a_restore_it_is_said_why_a_newer_copy_differs() {
    let desk = Desk::new();
    desk.add("root", "admin");
    assert_eq!(desk.run("backup create kept.db").code, 0);
    desk.add("ada", "viewer");
    desk.write("copy.jsonl", &desk.run("audit export").out);
    let restored = desk.run("backup restore kept.db --replace");
    assert_eq!(restored.code, 0, "{restored:?}");
    let done = desk.run("audit verify --against copy.jsonl");
    assert!(done.code == 1 && done.err.contains("tells that a backup was put back"), "{done:?}");
    // What was changed before that is no matter of the backup.
    let edited = desk.run("audit export").out.replacen("\"target\":\"root\"", "\"target\":\"eve\"", 1);
    desk.write("edited.jsonl", &edited);
    let done = desk.run("audit verify --against edited.jsonl");
    assert!(done.code == 1 && !done.err.contains("backup"), "{done:?}");
}
