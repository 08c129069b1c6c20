//! Which database a command works on, and that only commands that may make one do.

use crate::support::{Desk, Running, free_port, get};

/// Every command that works on a database, in a way that would be fine if there was one.
const COMMANDS: &[&str] = &[
    "user add ada --no-password",
    "user list",
    "user show ada",
    "user set-role ada viewer",
    "user set-password ada --password-stdin",
    "user disable ada",
    "user enable ada",
    "user delete ada --yes",
    "user end-sessions ada",
    "user export",
    "grant add ada --role viewer",
    "grant list",
    "grant remove 0193a1a0-0000-7000-8000-000000000000",
    "group add data",
    "group list",
    "group show data",
    "group delete data --yes",
    "group add-member data --user ada",
    "group remove-member data --user ada",
    "key create ci --role viewer",
    "key list",
    "key rotate ci",
    "key revoke ci",
    "access list",
    "access show 0193a1a0-0000-7000-8000-000000000000",
    "access approve 0193a1a0-0000-7000-8000-000000000000",
    "access decline 0193a1a0-0000-7000-8000-000000000000",
    "session list",
    "session end --user ada",
    "backup create copy.db",
    "audit list",
    "audit tail",
    "audit show 1",
    "audit verify",
    "audit export",
    "explain --as ada GET /",
];

/// Commands that make a database, or need none: what serves, what says how it is, and what reads files and profiles alone.
const OTHERS: &[&str] = &[
    "dagster",
    "run",
    "serve",
    "init-db",
    "backup verify",
    "backup restore",
    "config check",
    "config show",
    "config schema",
    "profile list",
    "profile show",
    "profile check",
    "profile test",
    "profile schema",
    "doctor",
    "openapi",
    "completions",
];

#[test]
fn every_command_is_tried_without_a_database_or_needs_none() {
    let told = Desk::new().run("__reference commands");
    assert_eq!(told.code, 0, "{told:?}");
    let all: Vec<&str> = told.out.lines().filter_map(|line| line.strip_prefix("## doorward ")).collect();
    assert!(all.len() > 40, "{all:?}");
    let is_noun = |name: &str| all.iter().any(|other| other.starts_with(&format!("{name} ")));
    for name in all.iter().filter(|name| !is_noun(name)) {
        let is_tried = COMMANDS.iter().any(|line| *line == *name || line.starts_with(&format!("{name} ")));
        assert!(is_tried != OTHERS.contains(name), "`{name}` is to stand in exactly one of the two lists");
    }
    for name in OTHERS {
        assert!(all.contains(name), "there is no `{name}`");
    }
}

#[test]
fn what_needs_no_database_makes_none() {
    let desk = Desk::new();
    desk.write("profile.yaml", "profile: own\nabout: Mine.\nrules:\n  - {match: \"GET /**\", action: view}\n");
    for line in [
        "backup verify no-such.db",
        "backup restore no-such.db",
        "config check",
        "config show",
        "config schema",
        "profile list",
        "profile show generic",
        "profile check dagster",
        "profile test profile.yaml",
        "profile schema",
        "doctor",
        "openapi",
        "completions bash",
    ] {
        let done = desk.run(&format!("{line} --database sqlite://none.db"));
        assert!(!desk.folder.path().join("none.db").exists(), "{line}: {done:?}");
    }
    let made: Vec<_> =
        std::fs::read_dir(desk.folder.path()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert_eq!(made, ["profile.yaml"]);
}

#[test]
fn a_command_makes_no_database_and_says_that_there_is_none() {
    let desk = Desk::new();
    for line in COMMANDS {
        let mistyped = desk.run(&format!("{line} --database sqlite://no/such.db"));
        assert_eq!(mistyped.code, 3, "{line}: {mistyped:?}");
        let expected = format!("there is no database at {}/no/such.db", desk.folder.path().display());
        assert!(mistyped.err.contains(&expected), "{line}: {}", mistyped.err);
        assert!(mistyped.err.contains(" init-db`"), "{line}: {}", mistyped.err);
        let default = desk.run(line);
        assert_eq!((default.code, default.out.as_str()), (3, ""), "{line}: {default:?}");
    }
    assert_eq!(desk.run("doctor").code, 0, "a doctor looks, and makes nothing");
    let made: Vec<_> = std::fs::read_dir(desk.folder.path()).expect("a folder").collect();
    assert!(made.is_empty(), "{made:?}");
}

#[test]
fn init_db_makes_one_where_it_is_told_to() {
    let desk = Desk::new();
    assert_eq!(desk.run("init-db --database sqlite://here.db").code, 0);
    assert!(desk.folder.path().join("here.db").exists());
    assert_eq!(desk.run("user list --database sqlite://here.db").code, 0);
}

#[test]
fn no_password_of_a_database_is_an_argument() {
    let desk = Desk::new();
    // Nobody listens on port 1.
    for engine in ["postgres", "mysql"] {
        let address = format!("{engine}://ada:hunter2@127.0.0.1:1/d?connect_timeout=1");
        let told = desk.run(&format!("user list --database {address}"));
        assert!(told.code == 2 && told.err.contains("DOORWARD_DATABASE_FILE"), "{told:?}");
        assert!(!told.err.contains("hunter2"), "{told:?}");
        let by_name = desk.run(&format!("user list --database {engine}://ada@127.0.0.1:1/d?connect_timeout=1"));
        assert!(by_name.err.contains("refused"), "{by_name:?}");
        desk.write("address", &address);
        let mut command = desk.command();
        let from_file =
            command.args(["user", "list"]).env("DOORWARD_DATABASE_FILE", desk.folder.path().join("address"));
        let from_file = from_file.output().expect("it runs");
        let told = String::from_utf8_lossy(&from_file.stderr);
        assert!(told.contains("refused") && told.contains("ada:***@") && !told.contains("hunter2"), "{told}");
    }
}

/// A Doorward on a database that nobody would guess.
fn elsewhere(desk: &Desk) -> (Running, u16) {
    let port = free_port();
    let line = format!("--database sqlite://else-where.db run --profile generic --listen {port} -- sleep 1000");
    let mut door = Running::start(desk.command().args(line.split(' ')));
    door.line_with("add people");
    (door, port)
}

#[test]
fn the_database_of_a_running_doorward_is_named() {
    let desk = Desk::new();
    let (mut door, port) = elsewhere(&desk);
    let database = format!("--database sqlite://{}/else-where.db", desk.folder.path().display());
    let told = desk.run("user list");
    assert_eq!(told.code, 3, "{told:?}");
    assert!(told.err.contains(&database) && told.err.contains(&format!("http://127.0.0.1:{port}")), "{}", told.err);
    assert_eq!(desk.run(&format!("user list {database}")).code, 0, "as named");

    assert_eq!(desk.run("init-db").code, 0);
    let other = desk.run("user list");
    assert_eq!(other.code, 0);
    assert!(other.err.contains(&database), "working on another one than the running Doorward's is said: {}", other.err);
    let named = desk.run("user list --database sqlite://.local/share/doorward/doorward.db");
    assert_eq!((named.code, named.err.as_str()), (0, ""), "who names a database means it");

    door.signal("-TERM");
    assert_eq!(door.end(), 0);
    assert_eq!(desk.run("user list").err, "", "it runs no more");
}

#[test]
fn the_database_is_named_also_to_who_has_another_home() {
    let desk = Desk::new();
    let (_door, _) = elsewhere(&desk);
    let home = desk.folder.path().join("other home");
    std::fs::create_dir(&home).expect("made");
    let told = desk.command().args(["user", "list"]).env("HOME", &home).output().expect("run");
    assert!(String::from_utf8_lossy(&told.stderr).contains("else-where.db"), "{told:?}");
}

#[test]
fn a_second_doorward_on_a_database_says_what_they_share() {
    let desk = Desk::new();
    let (_door, port) = elsewhere(&desk);
    let line = "--database sqlite://else-where.db run --profile generic --listen PORT -- sleep 1000";
    let line = line.replace("PORT", &free_port().to_string());
    let mut second = Running::start(desk.command().args(line.split(' ')));
    let told = second.line_with("uses this database too");
    assert!(told.contains(&format!("http://127.0.0.1:{port}")) && told.contains("audit log"), "{told}");
}

#[test]
fn a_killed_doorward_is_not_named() {
    let desk = Desk::new();
    let (mut door, _) = elsewhere(&desk);
    door.signal("-KILL");
    door.end();
    let told = desk.run("user list");
    assert!(told.code == 3 && !told.err.contains("else-where.db"), "{told:?}");
}

#[test]
fn the_line_that_start_prints_adds_people_from_anywhere() {
    let desk = Desk::new();
    let port = free_port();
    let app = "apps: {wiki: {command: [sleep, '1000'], profile: generic}}";
    desk.write("my config.yaml", &format!("listen: {port}\ndatabase: sqlite://data.db\n{app}\n"));
    let mut door = Running::start(desk.command().args(["serve", "--config", "my config.yaml"]));
    let line = door.line_with("add people");
    let line = line.trim().trim_start_matches("add people").trim().replace("NAME", "ada") + " --no-password";
    let mut shell = desk.command();
    let variables: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = std::process::Command::new("sh");
    for (name, value) in variables {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let done = shell.args(["-c", &line]).current_dir("/").output().expect("run");
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    let listed = desk.run("user list --database sqlite://data.db --output csv");
    assert!(listed.out.contains("ada,"), "{listed:?}");
    assert!(get(port, "/_doorward/health", "").expect("an answer").starts_with("HTTP/1.1 200"));
}

/// The note of a process, of a Doorward on this database.
fn note(folder: &std::path::Path, pid: u32, database: &str) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let began = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19)).expect("a number");
    let address = "http://127.0.0.1:1";
    let text = format!(r#"{{"pid": {pid}, "began": {began}, "address": "{address}", "database": "{database}"}}"#);
    std::fs::write(folder.join(format!("{pid}.json")), text).expect("written");
}

#[test]
fn other_doorwards_are_one_line_where_the_one_that_is_meant_runs() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.write("doorward.yaml", &format!("listen: {}\n", free_port()));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with(" at http");
    let others: Vec<_> = (0..3)
        .map(|_| {
            let other = Running::start(std::process::Command::new("sleep").arg("1000"));
            note(&desk.folder.path().join("doorward"), other.child.id(), "sqlite:///elsewhere.db");
            other
        })
        .collect();
    let told = desk.run("doctor");
    let lines: Vec<_> = told.out.lines().filter(|line| line.contains("other databases")).collect();
    assert!(lines.len() == 1 && lines[0].contains("3 more of your Doorwards"), "{told:?}");
    assert!(!told.out.contains("elsewhere.db"), "{told:?}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
    let told = desk.run("doctor").out;
    assert_eq!(told.matches("elsewhere.db").count(), others.len(), "none of them is meant, so each may be: {told}");
}

#[test]
fn a_command_on_a_database_that_none_of_several_doorwards_uses_names_theirs() {
    let desk = Desk::new();
    desk.add("root", "admin");
    std::fs::create_dir(desk.folder.path().join("doorward")).expect("made");
    let others: Vec<_> = (0..2)
        .map(|number| {
            let other = Running::start(std::process::Command::new("sleep").arg("1000"));
            note(&desk.folder.path().join("doorward"), other.child.id(), &format!("sqlite:///elsewhere{number}.db"));
            other
        })
        .collect();
    let told = desk.run("user list");
    for number in 0..others.len() {
        assert!(told.err.contains(&format!("uses another one: --database sqlite:///elsewhere{number}.db")), "{told:?}");
    }
}

#[test]
fn a_service_with_a_folder_of_its_own_is_found_there() {
    let desk = Desk::new();
    let folder = desk.folder.path().join("doorward");
    std::fs::create_dir(&folder).expect("made");
    let private = tempfile::tempdir().expect("a folder");
    let mut command = desk.command();
    command.env_remove("XDG_RUNTIME_DIR").env("TMPDIR", private.path()).env("RUNTIME_DIRECTORY", &folder);
    desk.write("doorward.yaml", &format!("listen: {}\n", free_port()));
    let mut door = Running::start(command.args(["--database", "sqlite://there.db", "serve"]));
    door.line_with(" at http");
    let other = desk.run("user list");
    assert!(other.err.contains(&format!("(process {})", door.child.id())), "{other:?}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}
