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
    let done =
        desk.command().args(["config", "show", "--output", "csv"]).env("DOORWARD_LOG__LEVEL", "debug").output().expect("run");
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
    assert!(desk.run("completions bash").out.contains("doorward"));
    let commands = desk.run("__reference commands").out;
    for name in ["dagster", "run", "serve", "init-db", "user set-password", "audit verify", "explain", "profile check", "doctor"] {
        assert!(commands.contains(&format!("## doorward {name}\n")), "{name}");
    }
    assert!(!commands.contains("__"), "what is hidden stays hidden");
    assert!(desk.run("__reference configuration").out.contains("DOORWARD_APPS__NAME__UPSTREAM"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let desk = Desk::new();
    assert_eq!(desk.run("init-db").code, 0);
    for line in ["", "nonsense", "user", "user add", "user list --output xml", "run --profile generic", "user add ada"] {
        assert_eq!(desk.run(line).code, 2, "{line}");
    }
}
