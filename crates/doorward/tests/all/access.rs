//! Groups, API keys, denials and grants on single things, from the command line.

use serde_json::Value;

use crate::support::Desk;

const APPS: &str = "apps: {etl: {upstream: 'http://127.0.0.1:1', profile: dagster}}\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("doorward.yaml", APPS);
    desk.add("root", "admin");
    desk
}

/// All of these end well.
fn run_all(desk: &Desk, lines: &[&str]) {
    for line in lines {
        let done = desk.run(line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
    }
}

#[test]
fn a_group_holds_people_and_groups_and_what_it_is_given() {
    let desk = desk();
    assert_eq!(desk.run_with("user add ada --password-stdin", "correct horse battery").code, 0);
    run_all(
        &desk,
        &[
            "group add data --description pipelines",
            "group add all",
            "group add-member data --user ada",
            "group add-member all --group data",
            "grant add --group all --role operator --app etl",
        ],
    );
    let taken = desk.run("group add data");
    assert!(taken.code == 4 && taken.err.contains("there is a group `data` already"), "{taken:?}");
    assert_eq!(desk.run("group add-member data --group all").code, 4, "a group in itself");
    let unknown = desk.run("group add-member nowhere --user ada");
    assert!(unknown.code == 3 && unknown.err.contains("there is no group called `nowhere`"), "{unknown:?}");
    assert_eq!(desk.run("group add-member data").code, 2);
    let group = json(&desk.run("group show all --output json").out);
    assert_eq!((&group["members"][0]["name"], &group["grants"][0]["role"]), (&"data".into(), &"operator".into()));
    let ada = json(&desk.run("user show ada --output json").out);
    assert_eq!(ada["groups"], serde_json::json!(["data"]));
    let explained = json(&desk.run("explain --as ada GET /download_debug/x --output json").out);
    assert_eq!(explained["decision"], "allow", "{explained}");
    assert_eq!(explained["because"], "the group all is given the role operator on all of etl");
    run_all(&desk, &["group remove-member all --group data"]);
    let explained = json(&desk.run("explain --as ada GET /download_debug/x --output json").out);
    assert_eq!(explained["decision"], "deny", "{explained}");
    run_all(&desk, &["group delete all --yes"]);
    assert_eq!(desk.run("group show all").code, 3);
    assert_eq!(desk.run("grant list --app etl --output json").out.trim(), "[]");
}

#[test]
fn a_key_is_alone_on_standard_output_and_listed_without_its_secret() {
    let desk = desk();
    let made =
        desk.run("key create ci --role operator --app etl --resource location:a --expires 90d --from 10.0.0.0/8");
    assert_eq!(made.code, 0, "{made:?}");
    let is_key = |text: &str| text.len() == 86 && text.starts_with("dw_") && text.ends_with('\n');
    assert!(is_key(&made.out) && !made.err.contains("dw_"), "{made:?}");
    let listed = desk.run("key list --output json").out;
    let key = json(&listed)[0].clone();
    assert_eq!(
        (&key["role"], &key["resource"], &key["allowed_addresses"]),
        (&"operator".into(), &"location:a".into(), &serde_json::json!(["10.0.0.0/8"]))
    );
    let rotated = desk.run("key rotate ci --overlap 1h");
    assert!(is_key(&rotated.out) && rotated.out != made.out, "{rotated:?}");
    let table = desk.run("key list").out;
    assert!(table.contains("10.0.0.0/8") && table.contains("OLD UNTIL"), "{table}");
    let overlap = json(&desk.run("key list --output json").out)[0]["old_until"].clone();
    assert!(overlap.is_string() && key["old_until"].is_null(), "{overlap}");
    let told = desk.run("audit export").out + &listed;
    for text in [&made.out, &rotated.out] {
        assert!(!told.contains(&text[36..85]), "no secret is written down");
    }
    let explained = json(&desk.run("explain --as-key ci GET /download_debug/x --output json").out);
    assert_eq!((&explained["as"], &explained["decision"]), (&"key:ci".into(), &"deny".into()), "{explained}");
    let as_a_user = desk.run("explain --as key:ci GET /");
    assert!(as_a_user.code == 2 && as_a_user.err.contains("say --as-key ci"), "{as_a_user:?}");
    let taken = desk.run("key create ci --role viewer");
    assert!(taken.code == 4 && taken.err.contains("there is a key `ci` already"), "{taken:?}");
    assert_eq!(desk.run("key create x --role viewer --resource job:x").code, 2, "of no app");
    assert_eq!(desk.run("key create x --role viewer --app nowhere").code, 3);
    assert_eq!(desk.run("key create x --role viewer --owner nobody-here").code, 3);
    assert_eq!(desk.run("key revoke ci").code, 0);
    for command in [
        "key revoke ci",
        "key rotate ci",
        "grant add --key ci --role viewer",
        "grant list --key ci",
        "explain --as-key ci GET /",
    ] {
        let gone = desk.run(command);
        assert!(gone.code == 3 && gone.err.contains("there is no key `ci`"), "{command}: {gone:?}");
    }
    let id = "01890000-0000-7000-8000-000000000000";
    for command in ["grant remove", "session end", "access show"] {
        let gone = desk.run(&format!("{command} {id}"));
        assert!(gone.code == 3 && gone.err.contains(&format!("`{id}`")), "{command}: {gone:?}");
    }
}

#[test]
fn explain_names_the_grant_that_decided_and_the_smallest_that_would_do() {
    let desk = desk();
    desk.add("ada", "operator");
    run_all(&desk, &["grant add ada --deny --app etl --resource location:b --reason audit"]);
    let launch = |location: &str| {
        let selector = format!("{{repositoryLocationName:\"{location}\",repositoryName:\"r\",jobName:\"j\"}}");
        let query = format!("mutation{{launchRun(executionParams:{{selector:{selector}}}){{__typename}}}}");
        desk.write("body.json", &serde_json::json!({"query": query}).to_string());
        json(&desk.run("explain --as ada POST /graphql --body body.json --output json").out)
    };
    let (own, denied) = (launch("a"), launch("b"));
    assert_eq!(
        (&own["decision"], &own["because"]),
        (&"allow".into(), &"ada is given the role operator on everything".into())
    );
    assert_eq!(denied["because"], "ada is denied location:b of etl (audit)", "{denied}");
    let remedy = denied["remedy"].as_str().expect("a command");
    run_shell(&desk, remedy);
    assert_eq!(launch("b")["decision"], "allow", "what was said would do does");

    run_all(&desk, &["user set-role ada none"]);
    let refused = launch("b");
    let remedy = refused["remedy"].as_str().expect("a command");
    assert!(remedy.ends_with(" grant add ada --role operator --app etl --resource 'job:j'"), "{refused}");
    run_shell(&desk, remedy);
    assert_eq!(launch("b")["decision"], "allow");
}

/// A denial in the way, of somebody and of their group, and then a role that is lacking: one line to copy, which says all of it.
#[test]
fn the_remedy_is_whole_and_leads_to_the_same_configuration_from_anywhere() {
    let desk = desk();
    desk.add("ada", "viewer");
    run_all(
        &desk,
        &[
            "group add data",
            "group add-member data --user ada",
            "grant add --group data --deny --app etl --resource job:j",
            "grant add ada --deny --app etl --resource job:*",
        ],
    );
    std::fs::rename(desk.folder.path().join("doorward.yaml"), desk.folder.path().join("own.yaml")).expect("renamed");
    let selector = r#"{repositoryLocationName:"b",repositoryName:"r",jobName:"j"}"#;
    let query = format!("mutation{{launchRun(executionParams:{{selector:{selector}}}){{__typename}}}}");
    desk.write("body.json", &serde_json::json!({"query": query}).to_string());
    let explain = || {
        let line = "--config own.yaml explain --as ada POST /graphql --body body.json --output json";
        json(&desk.run(line).out)
    };
    let told = explain();
    let remedy = told["remedy"].as_str().expect("a command");
    assert_eq!((remedy.matches(" grant remove ").count(), remedy.matches(" grant add ").count()), (2, 1), "{told}");
    let file = format!("--config {}", desk.folder.path().join("own.yaml").display());
    assert_eq!(remedy.matches(&file).count(), 3, "{told}");
    let elsewhere = tempfile::tempdir().expect("a folder");
    run_shell_in(&desk, remedy, elsewhere.path());
    let told = explain();
    assert_eq!((&told["decision"], &told["remedy"]), (&"allow".into(), &serde_json::Value::Null), "{told}");
}

fn run_shell(desk: &Desk, line: &str) {
    run_shell_in(desk, line, desk.folder.path());
}

/// As somebody who copies it would.
fn run_shell_in(desk: &Desk, line: &str, folder: &std::path::Path) {
    let mut shell = desk.command_of("sh");
    let done = shell.args(["-c", line]).current_dir(folder).output().expect("a shell");
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_last_administrator_is_not_denied_everything() {
    let desk = desk();
    run_all(&desk, &["group add admins", "group add-member admins --user root"]);
    for line in ["grant add root --deny", "grant add --group admins --deny"] {
        let done = desk.run(line);
        assert!(done.code == 4 && done.err.contains("admin"), "{line}: {done:?}");
    }
    run_all(&desk, &["grant add root --deny --app etl"]);
}
