use insta::assert_snapshot;
use std::time::Duration;

use super::*;
use crate::config::{DatabaseUrl, Reach, show};

mod bounds;

fn request(yaml: &str) -> (tempfile::TempDir, Request) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("doorward.yaml");
    std::fs::write(&file, yaml).expect("written");
    (folder, Request { file: Some(file), ..Request::default() })
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn problems(yaml: &str, pairs: &[(&str, &str)]) -> String {
    let (folder, mut request) = request(yaml);
    request.variables = variables(pairs);
    let told = load(&request).expect_err("there are problems").to_string();
    told.replace(&format!("{}/", folder.path().display()), "")
}

fn sound(yaml: &str, pairs: &[(&str, &str)]) -> Loaded {
    let (_folder, mut request) = request(yaml);
    request.variables = variables(pairs);
    load(&request).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn nothing_at_all_is_a_sound_configuration() {
    let loaded = load(&Request::default()).expect("sound");
    assert_eq!(loaded.config.sections.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(loaded.config.sections.sessions, doorward_domain::SessionLimits::default());
    assert!(loaded.config.apps.is_empty());
    sound("", &[]);
    sound("# only a comment\n", &[]);
    sound("apps: null\nsessions:\n", &[]);
}

#[test]
fn a_number_is_no_text_unless_it_is_quoted() {
    let yaml = "contact: 5\napps:\n  a: {upstream: http://127.0.0.1:1, profile: generic, title: 20.48}\n  b: {upstream: http://127.0.0.1:2, profile: generic, path: /b, title: true}\n";
    assert_snapshot!(problems(yaml, &[]), @r#"
    the configuration has 3 problems:
      doorward.yaml:1:10: `contact`: `5` is no text; write "5" if it is meant so
      doorward.yaml:3:62: `apps.a.title`: `20.48` is no text; write "20.48" if it is meant so
      doorward.yaml:4:72: `apps.b.title`: `true` is no text; write "true" if it is meant so
    "#);
    let quoted = sound("contact: '5'\n", &[]);
    assert_eq!(quoted.config.sections.contact.as_deref(), Some("5"));
    let variable = sound("", &[("DOORWARD_CONTACT", "5")]);
    assert_eq!(variable.config.sections.contact.as_deref(), Some("5"), "there nothing can be quoted");
    for text in ["5 minutes away", "nan", "+", "ask 5", "~ada"] {
        let loaded = sound(&format!("contact: {text}\n"), &[]);
        assert_eq!(loaded.config.sections.contact.as_deref(), Some(text));
    }
}

#[test]
fn a_desk_host_is_where_no_app_is_and_every_app_says_where_it_is() {
    let yaml = "\
public_url: https://tools.example.com
desk_host: auth.example.com
apps:
  a: {upstream: http://127.0.0.1:1, profile: generic}
  b: {upstream: http://127.0.0.1:1, profile: generic, path: /b}
  c: {upstream: http://127.0.0.1:1, profile: generic, host: AUTH.example.com, path: /c}
  d: {upstream: http://127.0.0.1:1, profile: generic, host: d.example.com}
";
    assert_snapshot!(problems(yaml, &[]), @"
    the configuration has 4 problems:
      doorward.yaml:1:13: `public_url` is at tools.example.com, but with `desk_host` people reach Doorward itself at auth.example.com: they must name one host
      doorward.yaml:4:3: with `desk_host`, app `a` needs `host`: people are sent from auth.example.com only to hosts that are named
      doorward.yaml:5:3: with `desk_host`, app `b` needs `host`: people are sent from auth.example.com only to hosts that are named
      doorward.yaml:6:61: app `c` is at `desk_host`, auth.example.com, where scripts of its pages would reach Doorward's own; give one another host
    ");
    for port in ["auth.example.com:3000", "https://auth.example.com", "*.example.com", "auth..example.com"] {
        assert!(problems("", &[("DOORWARD_DESK_HOST", port)]).contains("is not a host name"), "{port}");
    }
    let fine = "\
public_url: https://auth.example.com:8443
desk_host: Auth.example.com
apps:
  d: {upstream: http://127.0.0.1:1, profile: generic, host: d.example.com}
";
    let desk = sound(fine, &[]).config.sections.desk_host;
    assert_eq!(desk.map(|host| host.to_string()).as_deref(), Some("auth.example.com"));
}

#[test]
fn every_problem_is_told_at_once_with_line_and_column() {
    let yaml = "\
lissten: 127.0.0.1:3000
listen: everywhere
trusted_proxies: [10.0.0.0/8, 0.0.0.0/0, proxies]
redis: redis://localhost
database: postgres://doorward:hunter2@db
sessions:
  idle: 8 hours
  lifetime: 24h
  lifetime: 48h
log: {level: loud}
apps:
  Dagster:
    upstream: ftp://127.0.0.1
    profile: dagstr
  wiki:
    upstream: http://127.0.0.1:8080
    command: [wiki]
    profile: generic
  nothing: {}
";
    assert_snapshot!(problems(yaml, &[("DOORWARD_SESSIONS__RENEW", "yes"), ("DOORWARD_SESIONS__IDLE", "1h")]));
}

#[test]
fn two_apps_cannot_be_at_one_place() {
    let yaml = "\
apps:
  a: {upstream: 'http://127.0.0.1:1', profile: generic}
  b: {upstream: 'http://127.0.0.1:2', profile: generic}
  c: {upstream: 'http://127.0.0.1:3', profile: generic, host: tools.example.com, path: /x}
  d: {upstream: 'http://127.0.0.1:4', profile: generic, host: Tools.Example.com, path: /x/}
";
    assert_snapshot!(problems(yaml, &[]));
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    assert_snapshot!(problems("listen: [\n  a: b\n", &[]));
    assert_snapshot!(problems("- a\n- b\n", &[]));
    assert_snapshot!(problems("a: &x 1\nb: *x\n", &[]));
    assert_snapshot!(problems("listen: 3000\n---\nlisten: 3001\n", &[]));
}

#[test]
fn a_variable_wins_over_the_file_and_an_option_over_both() {
    let yaml = "sessions: {idle: 1h}\napps:\n  my-wiki: {upstream: 'http://127.0.0.1:1', profile: generic}\n";
    let pairs = [
        ("DOORWARD_SESSIONS__IDLE", "30m"),
        ("DOORWARD_APPS__MY_WIKI__UPSTREAM", "http://127.0.0.1:2"),
        ("DOORWARD_APPS__ETL__UPSTREAM", "http://127.0.0.1:3"),
        ("DOORWARD_APPS__ETL__PROFILE", "dagster"),
        ("DOORWARD_APPS__ETL__PATH", "/etl"),
        ("DOORWARD_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
        ("DOORWARD_LISTEN", ""),
        ("DOORWARD_SERVICE_HOST", "10.0.0.1"),
        ("DOORWARD_PORT_3000_TCP", "tcp://10.0.0.1:3000"),
        ("DOORWARD_DB_SERVICE_HOST", "10.0.0.2"),
        ("DOORWARD_DAGSTER_PORT_5432_TCP_ADDR", "10.0.0.2"),
        ("DOORWARD_LOG__LEVEL_SERVICE_HOST", "10.0.0.3"),
        ("DOORWARD_LOG__LEVEL_SERVICE_PORT", "80"),
        ("DOORWARD_LOG__LEVEL_PORT", "tcp://10.0.0.3:80"),
        ("DOORWARD_LOG__LEVEL_PORT_80_TCP_ADDR", "10.0.0.3"),
    ];
    let (_folder, mut request) = request(yaml);
    request.variables = variables(&pairs);
    request.overrides = vec![("listen".into(), "--listen", OptionValue::Word("0.0.0.0:8080".into()))];
    let loaded = load(&request).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.config.sections.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(loaded.config.sections.sessions.idle, Duration::from_mins(30));
    assert_eq!(loaded.config.sections.trusted_proxies.len(), 2);
    let upstreams: Vec<String> = loaded.config.apps.iter().map(|app| format!("{} {:?}", app.name, app.reach)).collect();
    assert_eq!(loaded.config.apps.len(), 2, "{upstreams:?}");
    let wiki = loaded.config.apps.iter().find(|app| app.name.as_str() == "my-wiki").expect("still there");
    assert_eq!(wiki.reach, Reach::Upstream("http://127.0.0.1:2".into()));
}

#[test]
fn beside_a_tool_that_the_command_line_brings_another_still_has_to_say_how_it_is_reached() {
    let (_folder, mut request) = request("apps:\n  dagster: {profile: dagster}\n");
    let key = |name: &str| format!("apps.web.{name}");
    let command = OptionValue::Words(vec!["a-server".into()]);
    let profile = OptionValue::Word("generic".into());
    request.overrides = vec![(key("command"), "doorward run", command), (key("profile"), "doorward run", profile)];
    let told = load(&request).expect_err("dagster is not reached").to_string();
    assert!(told.contains("app `dagster` needs `upstream` (an address) or `command`"), "{told}");
    assert!(told.contains("`doorward run` brings `web` only") && told.contains("`--name dagster`"), "{told}");
}

#[test]
fn a_value_can_be_read_from_a_file() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), "sqlite:///srv/doorward.db\n").expect("written");
    let path = secret.path().display().to_string();
    let loaded = sound("", &[("DOORWARD_DATABASE_FILE", &path), ("DOORWARD_AUDIT__FILE", "/srv/audit.jsonl")]);
    assert_eq!(loaded.config.sections.database.as_ref().map(DatabaseUrl::expose), Some("sqlite:///srv/doorward.db"));
    assert_eq!(loaded.config.sections.audit.file.as_deref(), Some(Path::new("/srv/audit.jsonl")));
    let yaml = format!("database_file: {path}\n");
    let database =
        |pairs: &[(&str, &str)]| sound(&yaml, pairs).config.sections.database.map(|address| address.to_string());
    assert_eq!(database(&[]).as_deref(), Some("sqlite:///srv/doorward.db"));
    assert_eq!(
        database(&[("DOORWARD_DATABASE", "sqlite:x")]).as_deref(),
        Some("sqlite:x"),
        "a variable wins over the file"
    );
    assert_snapshot!(problems("", &[("DOORWARD_DATABASE_FILE", "/nonexistent"), ("DOORWARD_DATABASE", "sqlite:x")]));
    assert_snapshot!(problems("", &[("DOORWARD_DATABASE_FILE", "/nonexistent")]));
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let request = Request { file: Some("/nonexistent/doorward.yaml".into()), ..Request::default() };
    assert_snapshot!(load(&request).expect_err("missing"));
}

#[test]
fn every_default_and_example_of_the_table_can_be_read() {
    for key in &table().keys {
        for text in [&key.default_text, &key.example] {
            let mut found = Problems::default();
            let node = yaml::parse_value(&Origin::Default, text, &mut found);
            assert!(found.is_empty(), "{}: {found}", key.path);
            let mut layers = Layers::new(table());
            layers.set(&key.path.replace('*', "wiki"), &node.expect("something"), &mut found);
            let Settled { tree, mut at_fault } = layers.settle(&read_secret, &mut found);
            assert!(read::<Sections>(&tree, table(), &mut at_fault, &mut found).is_some(), "{}: {text}", key.path);
            assert!(found.is_empty(), "{}: {text}: {found}", key.path);
        }
        assert!(key.doc.ends_with('.'), "{} is described in sentences", key.path);
    }
}

#[test]
fn null_is_the_default_except_where_it_says_something_else() {
    let retention = |yaml: &str, pairs: &[(&str, &str)]| sound(yaml, pairs).config.sections.audit.retention;
    assert_eq!(retention("", &[]), Some(Duration::from_hours(400 * 24)));
    assert_eq!(retention("audit:\n", &[]), Some(Duration::from_hours(400 * 24)));
    assert_eq!(retention("audit: {retention: null}\n", &[]), None);
    assert_eq!(retention("audit: {retention: 1d}\n", &[("DOORWARD_AUDIT__RETENTION", "null")]), None);
    assert_eq!(sound("sessions: {idle: null}\n", &[]).config.sections.sessions.idle, Duration::from_hours(8));
}

#[test]
fn show_names_the_source_of_every_value() {
    let loaded = sound("listen: 127.0.0.1:8080\nsessions: {idle: 1h}\n", &[("DOORWARD_LOG__LEVEL", "debug")]);
    let shown = show(&loaded.values);
    let lines: Vec<String> = shown
        .iter()
        .map(|s| format!("{} = {} ({})", s.key, s.value, s.source.rsplit('/').next().unwrap_or_default()))
        .collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_schema_knows_every_key_and_nothing_else() {
    let schema = crate::config::schema();
    assert_eq!(schema["properties"]["sessions"]["properties"]["idle"]["default"], "8h");
    assert_eq!(schema["properties"]["apps"]["additionalProperties"]["additionalProperties"], false);
    assert_eq!(schema["additionalProperties"], false);
    for key in &table().keys {
        let pointer = key.path.split('.').fold(String::new(), |at, segment| match segment {
            "*" => format!("{at}/additionalProperties"),
            name => format!("{at}/properties/{name}"),
        });
        assert!(schema.pointer(&pointer).is_some_and(|s| s["description"].is_string()), "{}", key.path);
    }
}

#[test]
fn proxies_that_are_everything_together_are_refused() {
    for all in [
        "[0.0.0.0/1, 128.0.0.0/1]",
        "[\"::/1\", \"8000::/1\"]",
        "[10.0.0.1, 128.0.0.0/1, 64.0.0.0/2, 0.0.0.0/2, 0.0.0.0/3]",
    ] {
        let told = problems(&format!("trusted_proxies: {all}\n"), &[]);
        assert!(
            told.contains("doorward.yaml:1:18: `trusted_proxies`: together these networks are every address"),
            "{told}"
        );
    }
    sound("trusted_proxies: [0.0.0.0/1, 128.0.0.0/2, \"fc00::/7\"]\n", &[]);
}

#[test]
fn the_tokens_of_a_graphql_document_are_an_apps_to_say_where_there_is_graphql() {
    let of = |profile: &str, limits: &str| {
        format!(
            "apps:\n  a:\n    upstream: http://127.0.0.1:1\n    profile: {profile}\n    graphql: {{limits: {limits}}}\n"
        )
    };
    let tokens = |yaml: &str, pairs: &[(&str, &str)]| sound(yaml, pairs).config.apps[0].keys.graphql.limits.tokens;
    assert_eq!(tokens(&of("dagster", "{tokens: 100000}"), &[]), Some(100_000));
    assert_eq!(tokens(&of("dagster", "{tokens: null}"), &[]), None);
    assert_eq!(tokens(&of("dagster", "{}"), &[("DOORWARD_APPS__A__GRAPHQL__LIMITS__TOKENS", "2000")]), Some(2000));
    for wrong in ["{tokens: 999}", "{tokens: 250001}", "{tokens: many}", "{tokns: 1000}", "[]"] {
        assert!(problems(&of("dagster", wrong), &[]).contains("doorward.yaml:5:"), "{wrong}");
    }
    let told = problems(&of("generic", "{tokens: 2000}"), &[]);
    assert!(
        told.contains("doorward.yaml:5:32: `apps.a.graphql.limits.tokens`: the profile generic knows no GraphQL"),
        "{told}"
    );
}
