//! How commands know the apps: from the configuration, and from the Doorwards that run on the same database.

use crate::support::{Desk, Running, free_port};

const DATABASE: &str = "--database sqlite://here.db";

/// A door that wraps a tool, and is alone in knowing it.
fn wrapping(desk: &Desk) -> Running {
    let line = format!("{DATABASE} run --profile generic --name grafana --listen {} -- sleep 1000", free_port());
    let mut door = Running::start(desk.command().args(line.split(' ')));
    door.line_with("add people");
    door
}

fn stop(mut door: Running) {
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}

#[test]
fn a_mistyped_app_is_refused_with_those_that_there_are() {
    let desk = Desk::new();
    desk.write(
        "doorward.yaml",
        "apps:\n  dagster: {upstream: 'http://127.0.0.1:1', profile: dagster}\n  wiki: {upstream: 'http://127.0.0.1:2', profile: generic, path: /wiki}\n",
    );
    desk.add("ada", "viewer");
    let expected = "doorward: there is no app `dagstre`; did you mean `dagster`? (apps: dagster, wiki)\n";
    for line in [
        "grant add ada --role operator --app dagstre",
        "grant list --app dagstre",
        "audit list --app dagstre",
        "audit list --app dagstre --output json",
        "audit tail --app dagstre",
        "audit tail --app dagstre --follow",
        "audit export --app dagstre",
        "audit export --app dagstre --actor nobody",
        "key create ci --role operator --app dagstre",
        "explain --as ada --app dagstre GET /",
    ] {
        let done = desk.run(line);
        assert_eq!((done.code, done.err.as_str(), done.out.as_str()), (3, expected, ""), "{line}");
    }
    assert_eq!(desk.run("grant add ada --role operator --app dagster").code, 0);
    for line in ["grant list --app wiki", "audit list --app wiki", "audit tail --app wiki", "audit export --app wiki"] {
        assert_eq!(desk.run(line).code, 0, "known, and without anything: {line}");
    }
    let explained = desk.run("explain --as ada GET http://any.example.com/wiki/page --output json");
    assert!(explained.out.contains("\"app\": \"wiki\""), "{explained:?}");
}

#[test]
fn what_is_left_of_an_app_that_is_no_more_can_still_be_looked_at() {
    let desk = Desk::new();
    desk.write("doorward.yaml", "apps: {old: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    desk.add("ada", "viewer");
    assert_eq!(desk.run("grant add ada --role operator --app old").code, 0);
    desk.write("doorward.yaml", "apps: {new: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    for line in ["grant list --app old", "audit list --app old", "audit tail --app old", "audit export --app old"] {
        let done = desk.run(line);
        assert!(done.code == 0 && done.out.contains("old"), "{line}: {done:?}");
    }
    desk.add("bob", "viewer");
    for line in
        ["grant list --app old --user bob", "audit list --app old --actor bob", "audit export --app old --actor bob"]
    {
        let done = desk.run(line);
        assert!(done.code == 0 && !done.out.contains("old"), "there was an app of that name: {line}: {done:?}");
    }
}

#[test]
fn a_wrapped_app_is_known_while_it_runs_to_commands_on_its_database() {
    let desk = Desk::new();
    let door = wrapping(&desk);
    let run = |line: &str| desk.run(&format!("{line} {DATABASE}"));
    assert_eq!(run("user add ada --no-password").code, 0);
    let mistyped = run("grant add ada --role viewer --app grafna");
    assert_eq!(mistyped.code, 3, "{mistyped:?}");
    assert!(mistyped.err.contains("did you mean `grafana`? (apps: grafana)"), "{}", mistyped.err);
    let given = run("grant add ada --role viewer --app grafana");
    assert_eq!((given.code, given.err.as_str()), (0, "ada has the role viewer on grafana\n"));
    let explained = run("explain --as ada GET / --output json");
    assert!(explained.out.contains("\"app\": \"grafana\"") && explained.out.contains("\"allow\""), "{explained:?}");

    assert_eq!(desk.run("init-db --database sqlite://other.db").code, 0);
    assert_eq!(desk.run("user add ada --no-password --database sqlite://other.db").code, 0);
    let other = desk.run("grant add ada --role viewer --app grafna --database sqlite://other.db");
    assert_eq!(other.code, 0, "nothing is known of another database: {other:?}");
    assert!(other.err.contains("nobody can tell whether there is an app `grafna`"), "{}", other.err);
    stop(door);
    let gone = run("grant add ada --role viewer --app grafna");
    assert!(gone.code == 0 && gone.err.contains("nobody can tell"), "taken at its word: {gone:?}");
}

/// Two Doorwards on one database, and a configuration of which none runs.
#[test]
fn of_several_doors_on_a_database_the_one_that_is_asked_is_told_by_configuration_and_address() {
    let desk = Desk::new();
    let app = |name: &str| format!("apps: {{{name}: {{upstream: 'http://127.0.0.1:1', profile: generic}}}}\n");
    let ports = [("one", free_port()), ("two", free_port())];
    let doors = ports.map(|(name, port)| {
        desk.write(&format!("{name}.yaml"), &format!("listen: {port}\n{}", app(name)));
        let mut door = Running::start(desk.command().args(format!("{DATABASE} --config {name}.yaml serve").split(' ')));
        door.line_with("add people");
        door
    });
    desk.write("own.yaml", &format!("listen: {}\n{}", free_port(), app("own")));
    let app_of = |line: &str| {
        let done = desk.run(&format!("{DATABASE} {line} --output json"));
        done.out.split_once("\"app\": \"").and_then(|(_, rest)| rest.split('"').next()).map_or(done.err, str::to_owned)
    };
    for (name, port) in ports {
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(app_of(&format!("explain GET http://{host}:{port}/x")), name);
            assert_eq!(app_of(&format!("--config own.yaml explain GET http://{host}:{port}/x")), name);
        }
        assert_eq!(app_of(&format!("explain GET /x -H Host:127.0.0.1:{port}")), name);
        let asked = format!("explain GET http://localhost:{port}/x");
        let (alone, configured) =
            (desk.run(&format!("{DATABASE} {asked}")), desk.run(&format!("{DATABASE} --config {name}.yaml {asked}")));
        let way = format!("/{name}.yaml --database ");
        assert!(alone.err.contains("which was not read here") && alone.err.contains(&way), "{alone:?}");
        assert_eq!((configured.code, configured.err.as_str()), (0, ""));
        assert_eq!(app_of(&format!("--config {name}.yaml explain GET /")), name);
    }
    assert_eq!(app_of("--config own.yaml explain GET /"), "own", "what was given goes before what runs");
    assert_eq!(app_of("--config own.yaml explain GET http://any.example.com/"), "own");
    assert_eq!(app_of("--config own.yaml explain --app two GET /"), "two");
    let unknown = desk.run(&format!("{DATABASE} explain GET /"));
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(
        unknown.err.contains("several apps are at /: give its whole URL, or name the app with `--app`"),
        "{unknown:?}"
    );
    for (name, port) in ports {
        assert!(unknown.err.contains(&format!("{name} at http://127.0.0.1:{port}/")), "{unknown:?}");
    }
    for door in doors {
        stop(door);
    }
}

#[test]
fn apps_that_come_with_a_new_configuration_are_known_at_once() {
    let desk = Desk::new();
    let app = |name: &str| format!("{name}: {{upstream: 'http://127.0.0.1:1', profile: generic, path: /{name}}}");
    let write = |apps: &[&str]| {
        let apps: Vec<String> = apps.iter().map(|name| app(name)).collect();
        let text = format!("listen: 127.0.0.1:{}\napps: {{{}}}\n", free_port(), apps.join(", "));
        desk.write("served.yaml", &text);
    };
    write(&["one"]);
    let mut door = Running::start(desk.command().args(format!("{DATABASE} --config served.yaml serve").split(' ')));
    door.line_with("add people");
    assert!(desk.run(&format!("grant list --app twoo {DATABASE}")).err.contains("(apps: one)"));
    write(&["one", "two"]);
    door.signal("-HUP");
    door.line_with("is in force");
    assert!(
        desk.run(&format!("grant list --app twoo {DATABASE}")).err.contains("did you mean `two`? (apps: one, two)")
    );
    stop(door);
}

/// Rules and roles of a tool that only `doorward dagster` starts.
const ONLY_WRAPPED: &str = "
listen: 127.0.0.1:0
apps:
  dagster:
    default_role: viewer
    rules: [{match: 'POST /report/**', action: run}]
";

#[test]
fn commands_that_reach_no_tool_need_not_know_how_it_is_reached() {
    let desk = Desk::new();
    desk.write("doorward.yaml", ONLY_WRAPPED);
    desk.add("ada", "operator");
    for line in [
        "user list",
        "grant list",
        "session list",
        "audit list",
        "audit verify",
        "backup create copy.db",
        "config show",
    ] {
        let done = desk.run(line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
    }
    assert_eq!(desk.run("grant add ada --role manager --app dagster").code, 0);
    assert_eq!(desk.run("grant add ada --role manager --app dagstre").code, 3);
    let as_listed = desk.run("grant add key:ci --role viewer --app dagster");
    assert!(as_listed.code == 2 && as_listed.err.contains("for a key say `--key ci`"), "{as_listed:?}");
    let explained = desk.run("explain --as ada POST /report/day --output json");
    assert!(
        explained.out.contains("\"action\": \"run\"") && explained.out.contains("\"allow\""),
        "the rule counts: {explained:?}"
    );
    for line in ["serve", "config check"] {
        let done = desk.run(line);
        assert!(done.code == 2 && done.err.contains("app `dagster` needs `upstream`"), "{line}: {done:?}");
    }
    desk.write("doorward.yaml", &ONLY_WRAPPED.replace("run}", "rum}"));
    let wrong = desk.run("user list");
    assert!(wrong.code == 2 && wrong.err.contains("`rum` is no action"), "another mistake is told as ever: {wrong:?}");
}
