//! Backups from the command line.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use crate::support::{Desk, Running, free_port};

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
    assert!(verified.code == 0 && verified.err.contains("the audit chain is intact: 2 entries"), "{}", verified.err);
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

/// The default database.
fn database(desk: &Desk) -> PathBuf {
    desk.folder.path().join(".local/share/doorward/doorward.db")
}

fn names(desk: &Desk) -> Vec<String> {
    let folder = std::fs::read_dir(database(desk).parent().expect("a folder")).expect("listed");
    let mut names: Vec<_> =
        folder.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_put_back_under_a_doorward_whose_database_was_moved_or_removed() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let backup = desk.folder.path().join("b.db").display().to_string();
    assert_eq!(desk.run(&format!("backup create {backup}")).code, 0);
    let line = format!("run --profile generic --listen {} -- sleep 1000", free_port());
    let mut door = Running::start(desk.command().args(line.split(' ')));
    door.line_with("add people");
    let moved = desk.folder.path().join("moved.db");
    std::fs::rename(database(&desk), &moved).expect("moved");
    for arguments in ["", "--replace"] {
        let before = names(&desk);
        let refused = desk.run(&format!("backup restore {backup} {arguments}"));
        assert!(refused.code == 4 && refused.err.contains("stop"), "{}", refused.err);
        assert_eq!(names(&desk), before);
    }
    // Also for whoever does not see the note of the one that runs: another user, another home.
    let elsewhere = desk.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    let address = format!("sqlite://{}", database(&desk).display());
    let mut command = desk.command();
    let command =
        command.env("HOME", &elsewhere).args(["--database", &address, "backup", "restore", &backup, "--replace"]);
    let refused = command.output().expect("it runs");
    assert_eq!(refused.status.code(), Some(4), "{}", String::from_utf8_lossy(&refused.stderr));
    std::fs::rename(&moved, database(&desk)).expect("moved back");
    door.signal("-KILL");
    door.end();
    let restored = desk.run(&format!("backup restore {backup} --replace"));
    assert_eq!(restored.code, 0);
    assert!(format!("{}{}", restored.out, restored.err).contains("or revoked since, is so no more"), "{restored:?}");
}

/// Runs a command that fails because no file may be larger.
fn limited(desk: &Desk, blocks: u32, verb: &str) {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_doorward"), "backup"]).args(verb.split(' '));
    let failed = command.current_dir(desk.folder.path()).env("HOME", desk.folder.path()).output().expect("it runs");
    assert_eq!(failed.status.code(), Some(1), "{verb}: {}", String::from_utf8_lossy(&failed.stderr));
}

#[test]
fn a_backup_that_does_not_fit_on_the_disk_leaves_everything_as_it_was() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let backup = desk.folder.path().join("b.db").display().to_string();
    assert_eq!(desk.run(&format!("backup create {backup}")).code, 0);
    let files = || {
        names(&desk).into_iter().map(|name| (std::fs::read(database(&desk).with_file_name(&name)).expect("read"), name))
    };
    // In blocks of half a kilobyte: none of it, and part of it.
    for blocks in [0, 1, 100] {
        let before: Vec<_> = files().collect();
        limited(&desk, blocks, &format!("restore {backup} --replace"));
        assert!(files().eq(before), "changed by a restore with {blocks} blocks");
        limited(&desk, blocks, &format!("create {backup}.{blocks}"));
        let beside =
            std::fs::read_dir(desk.folder.path()).expect("listed").map(|entry| entry.expect("listed").file_name());
        let left: Vec<_> =
            beside.filter(|name| name.to_string_lossy().starts_with(&format!("b.db.{blocks}"))).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert_eq!(desk.run("user show root").code, 0);
}

#[test]
fn a_restore_that_was_cut_off_is_found_by_whoever_starts_doorward() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let backup = desk.folder.path().join("b.db").display().to_string();
    assert_eq!(desk.run(&format!("backup create {backup}")).code, 0);
    let restoring = format!("{}.restoring", database(&desk).display());
    std::fs::rename(database(&desk), format!("{}.replaced-1", database(&desk).display())).expect("moved");
    std::fs::copy(&backup, &restoring).expect("copied");
    let told = desk.run("user list");
    assert!(told.code == 3 && told.err.contains(&format!("{restoring} is there")), "{}", told.err);
    let refused = desk.run("init-db");
    assert!(refused.code == 1 && refused.err.contains(&format!("{restoring} is there")), "{}", refused.err);
    let refused = desk.run(&format!("backup restore {backup} --replace"));
    assert!(refused.code == 4 && refused.err.contains("remove it and try again"), "{}", refused.err);
    std::fs::remove_file(&restoring).expect("removed");
    assert_eq!(desk.run(&format!("backup restore {backup}")).code, 0);
    assert_eq!(desk.run("user show root").code, 0);
}

/// The account of a service.
const SERVICE: u32 = 1234;

/// Gives away a folder with all that is in it.
fn give(path: &Path, uid: u32) {
    chown(path, Some(uid), Some(uid)).expect("given");
    if path.is_dir() {
        std::fs::read_dir(path).expect("listed").for_each(|entry| give(&entry.expect("listed").path(), uid));
    }
}

#[test]
fn root_touches_nothing_in_a_folder_of_somebody_else_and_is_told_how_to_do_it_as_them() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let desk = Desk::new();
    desk.add("root", "admin");
    let own = tempfile::tempdir().expect("a folder");
    let backup = own.path().join("b.db");
    assert_eq!(desk.run(&format!("backup create {}", backup.display())).code, 0, "all of it is root's");
    // Where the service would have root read or fill something else.
    let secret = own.path().join("secret");
    std::fs::write(&secret, "of root").expect("written");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).expect("set");
    std::os::unix::fs::symlink(&secret, database(&desk).with_file_name("link.db")).expect("linked");
    give(desk.folder.path(), SERVICE);
    let before = names(&desk);
    let linked = database(&desk).with_file_name("link.db").display().to_string();
    let within = desk.folder.path().join("c.db").display().to_string();
    let b = backup.display().to_string();
    for line in [
        format!("backup restore {b} --replace"),
        format!("--database sqlite://{linked} backup restore {b} --replace"),
        format!("backup create {}", own.path().join("c.db").display()),
        format!("--database sqlite://{b} backup create {within}"),
    ] {
        let refused = desk.run(&line);
        assert!(refused.code == 4 && refused.err.contains("sudo -u '#1234'"), "{line}: {}", refused.err);
        assert!(refused.err.contains("--database sqlite://") && refused.err.contains("backup "), "{}", refused.err);
    }
    assert!(names(&desk) == before && !Path::new(&within).exists() && !own.path().join("c.db").exists());
    assert_eq!(std::fs::read_to_string(&secret).expect("read"), "of root");

    // As the owner, with a backup that only root can open.
    let mut command = desk.command();
    command.uid(SERVICE).gid(SERVICE).args(["backup", "restore", "-", "--replace"]);
    let done = command.stdin(std::fs::File::open(&backup).expect("opened")).output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(desk.run("user show root").code, 0);
}

#[test]
fn what_is_no_backup_and_where_none_can_be_are_told_in_words() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let nowhere = desk.run("backup create no/such/x.db");
    assert_eq!(nowhere.code, 3, "{nowhere:?}");
    assert!(nowhere.err.contains("there is no folder") && nowhere.err.contains("no/such"), "{}", nowhere.err);
    desk.write("notes.txt", &"not a database at all\n".repeat(100));
    let other = desk.run("backup verify notes.txt");
    assert_eq!((other.code, other.err.as_str()), (1, "doorward: notes.txt is not a Doorward backup\n"));
}
