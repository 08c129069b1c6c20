//! Backups from the command line.

use crate::support::{Desk, Running};

#[test]
fn a_backup_is_made_verified_and_put_back_and_never_over_anything_or_under_anybody() {
    let desk = Desk::new();
    let b = desk.folder.path().join("b.db").display().to_string();
    assert_eq!(desk.run(&format!("backup create {b}")).code, 3, "there is no database yet");
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    assert_eq!(desk.run(&format!("backup create {b}")).code, 0);
    assert_eq!(desk.run(&format!("backup create {b}")).code, 4, "it is there already");
    let verified = desk.run(&format!("backup verify {b}"));
    assert!(verified.code == 0 && verified.err.contains("the audit chain holds over 2 entries"), "{}", verified.err);
    assert_eq!(desk.run(&format!("backup verify {b}.gone")).code, 3);
    desk.write("diary.txt", "mine");
    let diary = desk.folder.path().join("diary.txt").display().to_string();
    assert_eq!(desk.run(&format!("backup verify {diary}")).code, 1);

    assert_eq!(desk.run("user delete ada --yes").code, 0);
    let refused = desk.run(&format!("backup restore {b}"));
    assert!(refused.code == 4 && refused.err.contains("--replace"), "{}", refused.err);
    let mut tail = Running::start(desk.command().args(["audit", "tail", "--follow"]));
    tail.line_with("user.create root");
    let refused = desk.run(&format!("backup restore {b} --replace"));
    assert!(refused.code == 4 && refused.err.contains("is in use"), "{}", refused.err);
    tail.signal("-KILL");
    tail.end();

    let restored = desk.run(&format!("backup restore {b} --replace"));
    assert!(restored.code == 0 && restored.err.contains("is kept as"), "{}", restored.err);
    assert_eq!(desk.run("user show ada").code, 0, "she is back");
    assert!(desk.run("audit list --output csv").out.lines().nth(1).is_some_and(|line| line.contains("backup.restore")));
    assert_eq!(desk.run("audit verify").code, 0);
}
