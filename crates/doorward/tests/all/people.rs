//! Users, grants, sessions from the command line.

use serde_json::Value;

use crate::support::Desk;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn users_are_made_shown_changed_and_deleted() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("Ada", "editor");
    let ada = json(&desk.run("user show ada --output json").out);
    assert_eq!(
        (&ada["username"], &ada["role"], &ada["is_disabled"]),
        (&"ada".into(), &"developer".into(), &false.into())
    );
    assert_eq!(desk.run("user set-role ada viewer").code, 0);
    assert_eq!(desk.run("user disable ada").code, 0);
    let ada = json(&desk.run("user show ada --output json").out);
    assert_eq!((&ada["role"], &ada["is_disabled"]), (&"viewer".into(), &true.into()));
    assert_eq!(desk.run("user enable ada").code, 0);
    assert_eq!(desk.run("user set-role ada none").code, 0);
    assert_eq!(json(&desk.run("user list --output json").out).as_array().map(Vec::len), Some(2));
    assert_eq!(desk.run("user export").out, "username,email,full_name,role\nada,,,\nroot,,,admin\n");
    assert_eq!(desk.run("user delete ada").code, 0);
    assert_eq!(desk.run("user show ada").code, 3);
}

#[test]
fn what_may_not_be_is_refused_with_exit_code_4() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let again = desk.run_with("user add root --password-stdin", "correct horse battery");
    assert_eq!(again.code, 4, "{again:?}");
    assert_eq!(desk.run_with("user add bob --password-stdin", "short").code, 4);
    assert_eq!(desk.run_with("user add b,b --password-stdin", "correct horse battery").code, 4);
    for name in ["system", "Me", "NOBODY", "\u{ff4d}\u{ff45}"] {
        let done = desk.run_with(&format!("user add {name} --password-stdin"), "correct horse battery");
        assert_eq!(done.code, 4, "{name}: {done:?}");
        let done = desk
            .command()
            .args(["init-db", "--with-admin", "--database", "sqlite://other.db"])
            .env("DOORWARD_ADMIN_USER", name)
            .output();
        let done: crate::support::Done = done.expect("run").into();
        assert!(done.code != 0 && done.out.is_empty(), "{name}: {done:?}");
    }
    for line in ["user disable root", "user delete root", "user set-role root viewer"] {
        let done = desk.run(line);
        assert_eq!(done.code, 4, "{line}: {done:?}");
        assert!(done.err.contains("admin"), "{}", done.err);
    }
}

#[test]
fn a_password_comes_from_standard_input_and_is_printed_nowhere() {
    let desk = Desk::new();
    assert_eq!(desk.run("init-db").code, 0);
    let done = desk.run_with("user add ada --role viewer --password-stdin", "correct horse battery\n");
    assert_eq!(done.code, 0);
    assert!(!(done.out + &done.err).contains("horse"));
    assert_eq!(desk.run_with("user set-password ada --password-stdin", "another horse battery").code, 0);
    assert_eq!(desk.run_with("user set-password ada --password-stdin", "").code, 2);
    let log = desk.run("audit export");
    assert!(log.out.contains("user.create") && !log.out.contains("horse"), "{}", log.out);
}

#[test]
fn grants_are_given_listed_and_taken_away() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let done = desk.run("grant add ada --role operator --app dagster --until 7d");
    assert_eq!(done.code, 0, "{done:?}");
    let grants = json(&desk.run("grant list --user ada --output json").out);
    let on_app = grants.as_array().expect("a list").iter().find(|g| g["app"] == "dagster").expect("the grant").clone();
    assert_eq!((&on_app["role"], &on_app["username"]), (&"operator".into(), &"ada".into()));
    let id = on_app["id"].as_str().expect("an id");
    assert_eq!(desk.run(&format!("grant remove {id}")).code, 0);
    assert_eq!(desk.run(&format!("grant remove {id}")).code, 3);
    assert_eq!(desk.run("grant add nobody --role viewer").code, 3);
    // Of year 9999 there, of a later one in UTC.
    let far = desk.run("grant add ada --role viewer --app dagster --until 9999-12-31T23:59:59-12:00");
    assert!(far.code == 2 && far.err.contains("9999-12-31T23:59:59-12:00"), "{far:?}");
    desk.write("doorward.yaml", "apps: {wiki: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    assert_eq!(desk.run("grant add ada --role viewer --app wikki").code, 3);
    assert_eq!(desk.run("grant add ada --role viewer --app wiki").code, 0);
}

#[test]
fn a_grant_that_changes_nothing_says_so() {
    let desk = Desk::new();
    let app = "{upstream: 'http://127.0.0.1:1', profile: generic, default_role: operator}";
    desk.write("doorward.yaml", &format!("apps: {{wiki: {app}}}\n"));
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    let told = |line: &str| desk.run(&format!("grant add {line} --app wiki")).err;
    let by_default = "everybody who is signed in has the stronger role operator on wiki (`apps.wiki.default_role`)";
    assert!(told("ada --role viewer").contains(by_default), "{}", told("ada --role viewer"));
    assert_eq!(told("ada --role developer"), "ada has the role developer on wiki\n");
    assert!(told("root --role manager").contains("root has the stronger role admin on everything"));
    assert!(!desk.run("grant add ada --role viewer").err.contains("stronger"), "on everything it counts");
}

#[test]
fn a_grant_that_has_ended_is_marked_wherever_grants_are_listed() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.add("ada", "viewer");
    assert_eq!(desk.run("group add data").code, 0);
    for line in [
        "grant add ada --role operator --app b",
        "grant add ada --role viewer --until 1s",
        "grant add ada --role operator --app a --until 1s",
        "grant add --group data --role operator --app a --until 1s",
    ] {
        assert_eq!(desk.run(line).code, 0, "{line}");
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !desk.run("grant list --group data").out.contains("ended 20") {
        assert!(std::time::Instant::now() < deadline, "{:?}", desk.run("grant list"));
    }
    for (line, ended) in [("grant list --user ada", 2), ("user show ada", 2), ("group show data", 1)] {
        let shown = desk.run(line).out;
        assert_eq!(shown.matches("ended 20").count(), ended, "{line}: {shown}");
    }
    let listed = json(&desk.run("grant list --user ada --output json").out);
    let of =
        |app: &str| listed.as_array().expect("a list").iter().find(|grant| grant["app"] == app).expect("it").clone();
    assert!(of("a")["ended"] == true && of("b")["ended"] == false && of("a")["until"].is_string(), "{listed}");
    // A role on everything that has ended is none.
    let ada = desk.run("user show ada").out;
    let role = ada.lines().find(|line| line.starts_with("role_on_everything")).expect("a line");
    assert_eq!(role.trim_end(), "role_on_everything", "{ada}");
    assert_eq!(json(&desk.run("user show ada --output json").out)["role"], Value::Null);
}

/// Whoever copies it works on what was worked on.
#[test]
fn a_command_that_is_told_leads_to_the_same_configuration_and_database() {
    let desk = Desk::new();
    let run = |line: &str| desk.run(&format!("--config own.yaml --database sqlite://own.db {line}"));
    desk.write("own.yaml", "apps: {wiki: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    let missing = run("user list");
    let folder = desk.folder.path().display();
    let options = format!(" --config {folder}/own.yaml --database sqlite://{folder}/own.db ");
    assert!(missing.code == 3 && missing.err.contains(&format!("{options}init-db`")), "{missing:?}");
    assert_eq!(run("init-db").code, 0);
    assert_eq!(run("user add ada --no-password").code, 0);
    assert_eq!(run("key create ci --role viewer --owner ada").code, 0);
    let with = format!("{} --config own.yaml --database sqlite://own.db", env!("CARGO_BIN_EXE_doorward"));
    let set = format!("echo 'correct horse battery' | {with} user set-password ada --password-stdin");
    let told = desk.command_of("sh").args(["-c", &set]).output().expect("a shell");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains(&format!("{options}key list --owner ada`")), "{told}");
    assert_eq!(run("grant add ada --role viewer --app wiki").code, 0);
    desk.write("own.yaml", "apps: {notes: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    let doctor = run("doctor");
    assert!(doctor.out.contains(&format!("{options}grant list --app wiki")), "{doctor:?}");
}

#[test]
fn the_first_administrator_is_made_once() {
    let desk = Desk::new();
    let first = desk.run("init-db --with-admin");
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.out.contains("password  "), "{}", first.out);
    let again = desk.run("init-db --with-admin");
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    assert_eq!(json(&desk.run("user show admin --output json").out)["role"], "admin");
}

#[test]
fn sessions_that_do_not_exist_are_exit_code_3() {
    let desk = Desk::new();
    desk.add("root", "admin");
    assert_eq!(json(&desk.run("session list --output json").out), Value::Array(Vec::new()));
    assert_eq!(desk.run("session end 0193a1a0-0000-7000-8000-000000000000").code, 3);
    assert_eq!(desk.run("session end not-an-id").code, 2);
    assert_eq!(desk.run("session end --user nobody").code, 3);
    assert_eq!(desk.run("session end --user root").code, 0);
}

/// Not even a password is asked for, or read, that would be of no use.
#[test]
fn a_name_that_is_taken_is_told_before_a_password_is_asked_for() {
    let desk = Desk::new();
    desk.add("bob", "viewer");
    for name in ["bob", "BOB"] {
        let taken = desk.run(&format!("user add {name}"));
        assert_eq!((taken.code, taken.out.as_str()), (4, ""), "{taken:?}");
        assert!(taken.err.contains("there is a user `bob` already") && !taken.err.contains("password"), "{taken:?}");
    }
    assert!(desk.run("user add eve").err.contains("no terminal to ask for the password on"), "a name that is free");
}

#[test]
fn a_decision_is_explained_without_the_tool() {
    let desk = Desk::new();
    desk.add("bob", "viewer");
    desk.write("launch.json", r#"{"query": "mutation { launchRun(executionParams: {}) { __typename } }"}"#);
    let denied = desk.run("explain --as bob --output json POST /graphql --body launch.json");
    assert_eq!(denied.code, 0, "{denied:?}");
    let denied = json(&denied.out);
    assert_eq!(
        (&denied["decision"], &denied["action"], &denied["required_role"]),
        (&"deny".into(), &"run".into(), &"operator".into())
    );
    assert!(desk.run("explain --as bob --profile dagster GET /server_info").out.contains("allow"));
    assert!(desk.run("explain --profile generic GET /").out.contains("sign-in"));
    assert!(desk.run("explain --as bob --profile generic DELETE /x").out.contains("deny"));
    assert_eq!(desk.run("explain --as nobody GET /").code, 3);
    assert_eq!(desk.run("explain --as bob --app unknown --output json GET /").code, 3);
}
