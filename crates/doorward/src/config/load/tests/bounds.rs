//! What is read at all, how much of what is wrong is told, and that nothing is told twice.

use super::*;

#[test]
fn a_configuration_that_is_no_file_or_very_long_is_refused_at_once() {
    let (folder, mut request) = request("");
    let told = |request: &Request| load(request).expect_err("refused").to_string();
    std::fs::write(request.file.as_ref().expect("a file"), "a: b\n".repeat(300_000)).expect("written");
    assert!(told(&request).contains("it is longer than 1024 kB"), "{}", told(&request));

    let pipe = folder.path().join("pipe.yaml");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("made");
    request.file = Some(pipe);
    assert!(told(&request).contains("it is no regular file"), "{}", told(&request));

    let (_folder, request) = self::request(&format!("profiles: {}\n", folder.path().display()));
    assert!(told(&request).contains("pipe.yaml cannot be read: it is no regular file"), "{}", told(&request));
}

#[test]
fn of_very_many_problems_the_first_are_told_and_the_others_counted() {
    let told = problems(&"a: b\n".repeat(50_000), &[]);
    assert!(told.starts_with("the configuration has 49999 problems:\n"), "{}", &told[..100]);
    assert!(told.ends_with("\n  … and 49899 more"), "{}", &told[told.len() - 100..]);
    assert_eq!(told.lines().count(), 102);

    let different = (0..50_000).map(|number| format!("k{number}: b\n")).collect::<Vec<_>>().concat();
    assert_eq!(problems(&different, &[]).lines().filter(|line| line.contains("unknown key")).count(), 100);

    let apps = (0..1200)
        .map(|number| format!("  a{number}: {{upstream: \"http://127.0.0.1:1\", profile: generic, path: /{number}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(problems(&format!("apps:\n{apps}"), &[]).contains("there are more than 1000 apps"));
}

#[test]
fn a_place_that_cannot_be_read_is_one_problem_and_not_two() {
    let yaml = "\
public_url: https://auth.example.com
desk_host: auth.example.com
apps:
  a: {upstream: http://127.0.0.1:1, profile: generic, host: \"a b\"}
  b: {upstream: http://127.0.0.1:1, profile: generic, host: \"c d\"}
";
    let told = problems(yaml, &[]);
    assert!(told.starts_with("the configuration has 2 problems:"), "{told}");
    let yaml = yaml
        .lines()
        .filter(|line| !line.contains("auth."))
        .map(|line| line.to_owned() + "\n")
        .collect::<Vec<_>>()
        .concat();
    let told = problems(&yaml.replace("host: \"a b\"", "path: a").replace("host: \"c d\"", "path: b"), &[]);
    assert!(told.starts_with("the configuration has 2 problems:"), "{told}");
}

#[test]
fn what_is_not_yaml_is_told_once() {
    let told = problems("apps: {a: [}\n", &[]);
    assert!(told.starts_with("the configuration has a problem:") && told.contains("this is not YAML"), "{told}");
}

#[test]
fn a_variable_that_is_no_setting_is_not_likened_to_any() {
    assert!(problems("", &[("DOORWARD_FOO", "1")]).contains("no setting has this name; `doorward config schema`"));
    // Where a program finds its key is none of ours, and no mistake either.
    assert!(!problems("x: 1", &[("DOORWARD_KEY", "dw_x")]).contains("DOORWARD_KEY"));
    assert!(problems("", &[("DOORWARD_LISSTEN", "1")]).contains("did you mean DOORWARD_LISTEN?"));
}

#[test]
fn a_command_that_may_mean_the_port_is_doubted() {
    let doubt = |command: &str| {
        let yaml = format!("apps:\n  a: {{command: {command}, profile: generic}}\n");
        sound(&yaml, &[]).config.apps[0].doubt()
    };
    assert!(doubt("[tool, \"--port={prt}\"]").is_some_and(|told| told.contains("{prt}")));
    for fine in ["[tool, \"{port}\", \"{name}\"]", "[tool]", "[tool, \"}{\"]"] {
        assert_eq!(doubt(fine), None, "{fine}");
    }
}

#[test]
fn a_variable_cannot_set_something_for_all_apps_at_once() {
    let yaml = "apps: {a: {upstream: 'http://127.0.0.1:1', profile: generic}}\n";
    for all in ["DOORWARD_APPS__*__DEFAULT_ROLE", "DOORWARD_APPS__[]__DEFAULT_ROLE"] {
        assert!(problems(yaml, &[(all, "admin")]).contains("no setting has this name"), "{all}");
    }
}

#[test]
fn what_is_no_section_is_one_problem_among_the_others() {
    let told = problems("limits: 5\nlog: [a]\nlisten: x\napps: {a: 5}\nsessions: {idle: {a: b}}\n", &[]);
    for (place, what) in [
        ("1:9", "`limits` must be a section"),
        ("2:6", "`log` must be a section"),
        ("3:9", "`listen`: `x` is not an address"),
        ("4:11", "`apps.a` must be a section"),
        ("5:18", "`sessions.idle`: one value is expected here, not a section: a duration"),
    ] {
        assert!(told.contains(&format!("doorward.yaml:{place}: {what}")), "{told}");
    }
}

#[test]
fn whatever_is_written_is_taken_or_told_with_its_place() {
    for key in &table().keys {
        for odd in ["{}", "[null]", "[[a]]", "[{a: b}]", "{hunter2: [hunter2]}", "''", "-1", "99999999999999999999"] {
            let path = key.path.replace('*', "wiki");
            let yaml = path.rsplit('.').fold(odd.to_owned(), |value, name| format!("{{{name}: {value}}}"));
            let Err(problems) = load(&self::request(&yaml).1) else { continue };
            for problem in problems.iter() {
                assert!(matches!(problem.at, Origin::File { line: 1, .. }), "{yaml}: {problem}");
                assert!(key.secret.is_none() || !problem.what.contains("hunter2"), "{yaml}: {problem}");
            }
        }
    }
}

#[test]
fn nothing_else_is_where_doorward_listens() {
    let told = |yaml: &str| {
        problems(&format!("{yaml}\napps:\n  a: {{upstream: \"http://127.0.0.1:4180\", profile: generic}}\n"), &[])
    };
    for listen in ["listen: 4180", "listen: 127.0.0.1:4180", "listen: 0.0.0.0:4180"] {
        assert!(told(listen).contains("app `a` has Doorward itself as its `upstream`"), "{listen}: {}", told(listen));
    }
    for listen in ["listen: 4181", "listen: 192.0.2.7:4180", "listen: 0"] {
        let yaml = format!("{listen}\napps:\n  a: {{upstream: \"http://127.0.0.1:4180\", profile: generic}}\n");
        let (_folder, request) = self::request(&yaml);
        assert!(load(&request).is_ok(), "{listen}");
    }
    let same = told("listen: 4182\nadmin_listen: 0.0.0.0:4182");
    assert!(same.contains("`admin_listen` is 0.0.0.0:4182, where people come in"), "{same}");
}
