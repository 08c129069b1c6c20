//! Configuration commands, completions, references.

use crate::support::Desk;

#[test]
fn a_wrong_file_is_exit_code_2_with_every_problem() {
    let desk = Desk::new();
    desk.write("doorward.yaml", "lissten: 1\nsessions: {idle: never}\n");
    for command in ["config check", "config show", "user list", "serve", "doctor"] {
        let done = desk.run(command);
        let said = done.out + &done.err;
        assert!(said.contains("doorward.yaml:1:1") && said.contains("did you mean `listen`?"), "{command}: {said}");
        assert!(said.contains("doorward.yaml:2:18"), "{command}: {said}");
        assert_eq!(done.code, if command == "doctor" { 1 } else { 2 }, "{command}");
    }
}

#[test]
fn the_sound_file_is_found_where_it_was_named() {
    let desk = Desk::new();
    desk.write("other.yaml", "apps: {wiki: {upstream: 'http://127.0.0.1:1', profile: generic}}\n");
    let done = desk.run("config check --config other.yaml");
    assert_eq!((done.code, done.out.as_str()), (0, "other.yaml: sound; apps: wiki\n"));
    assert_eq!(desk.run("config check --config missing.yaml").code, 2);
}

#[test]
fn values_are_shown_with_their_sources() {
    let desk = Desk::new();
    let done = desk
        .command()
        .args(["config", "show", "--output", "csv"])
        .env("DOORWARD_LOG__LEVEL", "debug")
        .output()
        .expect("run");
    let out = String::from_utf8_lossy(&done.stdout);
    assert!(out.contains("log.level,debug,DOORWARD_LOG__LEVEL\n"), "{out}");
    assert!(out.contains("sessions.idle,8h,default\n"), "{out}");
}

#[test]
fn what_the_binary_says_about_itself_is_complete() {
    let desk = Desk::new();
    let schema: serde_json::Value = serde_json::from_str(&desk.run("config schema").out).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let openapi: serde_json::Value = serde_json::from_str(&desk.run("openapi").out).expect("JSON");
    assert!(openapi["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = desk.run(&format!("completions {shell}")).out;
        assert!(script.contains("doorward") && script.contains("set-password"), "{shell}");
        for own in ["__reference", "__keep", "__become"] {
            assert!(!script.contains(own), "{shell} offers {own}");
        }
    }
    let commands = desk.run("__reference commands").out;
    for name in [
        "dagster",
        "run",
        "serve",
        "init-db",
        "user set-password",
        "audit verify",
        "explain",
        "profile check",
        "doctor",
    ] {
        assert!(commands.contains(&format!("## doorward {name}\n")), "{name}");
    }
    assert!(!commands.contains("__"), "what is hidden stays hidden");
    assert!(desk.run("__reference configuration").out.contains("DOORWARD_APPS__NAME__UPSTREAM"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let desk = Desk::new();
    assert_eq!(desk.run("init-db").code, 0);
    for line in [
        "",
        "nonsense",
        "user",
        "user add",
        "user list --output xml",
        "run --profile generic",
        "user add ada",
        "audit list --limit 0",
        "audit list -n x",
    ] {
        assert_eq!(desk.run(line).code, 2, "{line}");
    }
}

#[test]
fn mistakes_in_rules_are_told_also_of_an_app_that_has_another() {
    let desk = Desk::new();
    desk.write(
        "doorward.yaml",
        "\
apps:
  a:
    rules:
      - {match: 'GET x', action: view}
      - {match: 'GET /x', acton: view}
  b:
    upstream: http://127.0.0.1:1
    profile: generc
    rules: [{match: 'GET /x', action: look}, {match: 'GET /y', action: view}, {match: 'GET /y', action: run}]
  C:
    rules: [just text]
",
    );
    let done = desk.run("config check");
    assert_eq!(done.code, 2);
    let told = [
        "doorward.yaml:2:3: app `a` needs `upstream`",
        "doorward.yaml:4:9: `GET x`: match: `GET x` is not of the form",
        "doorward.yaml:5:27: unknown key `acton`; did you mean `action`?",
        "doorward.yaml:8:14: `apps.b.profile`: there is no profile `generc`",
        "doorward.yaml:9:31: `look` is no action; actions are view, run, edit, manage, admin",
        "doorward.yaml:9:79: `GET /y`: matches the same as `GET /y` before it",
        "doorward.yaml:11:13: a rule is written `{match:",
    ];
    for words in told {
        assert!(done.err.contains(words), "{words} is missing in:\n{}", done.err);
    }
}

#[test]
fn examples_of_a_profile_are_tried_and_each_difference_told_on_a_line() {
    let desk = Desk::new();
    // Not in the way: a file is tried without any configuration.
    desk.write("doorward.yaml", "lissten: 1\n");
    desk.write("own/base.yaml", "profile: base\nrules: [{match: 'GET /**', action: view}]\n");
    desk.write("own/broken.yaml", "rulez: 7\n");
    let profile = |example: &str| format!("profile: x\nextends: base\nexamples:\n  - {{request: GET /a, {example}}}\n");
    desk.write("own/x.yaml", &profile("action: view"));
    let done = desk.run("profile test own/x.yaml");
    assert_eq!((done.code, done.out.trim()), (0, "1 of 1 examples of the profile x hold"));
    desk.write("own/x.yaml", &profile("action: run, changes_state: true"));
    let done = desk.run("profile test own/x.yaml");
    assert_eq!(done.code, 1);
    assert_eq!(
        done.out,
        "own/x.yaml:4:5: `GET /a`: its action is view, expected run\n\
         own/x.yaml:4:5: `GET /a`: its changes_state is false, expected true\n\
         0 of 1 examples of the profile x hold\n"
    );
    desk.write("own/x.yaml", &profile("action: look"));
    let done = desk.run("profile test own/x.yaml");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("own/x.yaml:4:5: "), "{}", done.err);
    desk.write("own/x.yaml", "profile: x\nextends: broken\n");
    let done = desk.run("profile test own/x.yaml");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("own/broken.yaml:1:1: "), "{}", done.err);
    assert_eq!(desk.run("profile test own/nowhere.yaml").code, 2);
    assert_eq!(desk.run("profile test dagster").code, 2, "the configuration is broken");
    assert!(desk.run("profile schema").out.contains("\"Doorward profile\""));
    desk.write("doorward.yaml", "");
    assert_eq!(desk.run("profile test dagster").code, 0);
    assert_eq!(desk.run("profile test dagstr").code, 3);
}

#[test]
fn profiles_of_a_folder_are_used_and_their_mistakes_told_with_file_and_line() {
    let desk = Desk::new();
    desk.write(
        "own/etl.yaml",
        "profile: etl\nextends: dagster\nabout: Ours\nrules: [{match: 'GET /logs/**', action: run}]\n",
    );
    desk.write("own/notes.txt", "not a profile");
    desk.write("doorward.yaml", "profiles: own\napps: {a: {upstream: 'http://127.0.0.1:1', profile: etl}}\n");
    assert_eq!(desk.run("config check").code, 0, "{}", desk.run("config check").err);
    assert!(desk.run("profile list").out.contains("own/etl.yaml"));
    assert!(desk.run("profile show etl").out.contains("extends: dagster"));
    assert_eq!(desk.run("profile check etl").code, 0);
    assert_eq!(desk.run("profile show etll").code, 3);
    assert_eq!(desk.run("profile test etl").out.trim(), "0 of 0 examples of the profile etl hold");
    desk.write("own/loop.yaml", "profile: loop\nextends: loop\n");
    desk.write("doorward.yaml", "profiles: own\napps: {a: {upstream: 'http://127.0.0.1:1', profile: etl}}\n");
    let done = desk.run("config check");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("loop.yaml:2:10: `extends` goes round in a circle: loop → loop"), "{}", done.err);
}

#[test]
fn a_doctor_tells_each_problem_on_a_line_of_its_own_and_counts_them_last() {
    let desk = Desk::new();
    desk.write("doorward.yaml", "lissten: 1\nsessions: {idle: never}\napps: {a: {profile: generic}}\n");
    let done = desk.run("doctor");
    let lines: Vec<&str> = done.out.lines().skip(1).collect();
    assert_eq!(lines.len(), 3, "{}", done.out);
    for (line, place) in lines.iter().zip(["doorward.yaml:1:1:", "doorward.yaml:2:18:", "doorward.yaml:3:8:"]) {
        assert!(line.starts_with("wrong") && line.contains(place), "{line}");
    }
    assert_eq!((done.code, done.err.as_str()), (1, "doorward: 3 things are wrong\n"));
    desk.write("doorward.yaml", "listen: 127.0.0.1:0\n");
    let well = desk.run("doctor");
    assert_eq!((well.code, well.err.as_str()), (0, "nothing is wrong\n"), "{}", well.out);
}

/// What a command writes to a terminal (a real one: `script` gives it a pseudo-terminal).
fn on_a_terminal(desk: &Desk, line: &str, no_color: Option<&str>) -> String {
    let command = format!("{} {line}", env!("CARGO_BIN_EXE_doorward"));
    let mut script = std::process::Command::new("script");
    script.args(["-qefc", &command, "/dev/null"]).current_dir(desk.folder.path()).env("TERM", "xterm-256color");
    script.env("HOME", desk.folder.path()).env_remove("NO_COLOR").stdin(std::process::Stdio::null());
    script.envs(no_color.map(|value| ("NO_COLOR", value)));
    String::from_utf8_lossy(&script.output().expect("util-linux's script").stdout).into_owned()
}

#[test]
fn colours_are_for_a_terminal_whose_owner_did_not_turn_them_off() {
    let desk = Desk::new();
    desk.write("doorward.yaml", "listen: 127.0.0.1:0\nlog: {level: debug}\n");
    // The last is a start that fails behind its first lines: its log goes to the terminal, and it ends by itself.
    desk.write("busy.yaml", "listen: 192.0.2.1:1\nlog: {level: debug}\n");
    for line in ["--help", "user --help", "frobnicate", "config show", "doctor", "--config busy.yaml serve"] {
        let plain = desk.run(line);
        assert!(!plain.out.contains('\u{1b}') && !plain.err.contains('\u{1b}'), "not a terminal: {line}: {plain:?}");
        let off = on_a_terminal(&desk, line, Some("1"));
        assert!(!off.contains('\u{1b}'), "turned off: {line}: {off}");
        assert!(!off.trim().is_empty(), "{line}");
    }
    for line in ["--help", "frobnicate"] {
        assert!(on_a_terminal(&desk, line, None).contains('\u{1b}'), "{line} has colours on a terminal");
        assert!(on_a_terminal(&desk, line, Some("")).contains('\u{1b}'), "{line}: an empty value turns nothing off");
    }
}
