use http::{HeaderMap, HeaderName, HeaderValue, Method};
use insta::assert_snapshot;

use super::*;
use crate::{CanonicalPath, HeadReading, RequestHead};

mod readings;
mod targets;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    lines.iter().map(pair).collect()
}

/// What a request is read as, in one line.
fn read_with(profile: &Profile, request: &str, lines: &[(&str, &str)]) -> String {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let path = match CanonicalPath::parse(path) {
        Ok(path) => path,
        Err(misread) => return format!("refused: {}", misread.code),
    };
    let (method, headers) = (Method::from_bytes(method.as_bytes()).unwrap(), headers(lines));
    match profile.read_head(&RequestHead { method: &method, path: &path, query, headers: &headers }) {
        Ok(HeadReading::Understood(intent)) => shown(&intent),
        Ok(HeadReading::NeedsBody { .. }) => "body".into(),
        Ok(HeadReading::Socket { .. }) => "socket".into(),
        Err(misread) => format!("refused: {}", misread.code),
    }
}

fn shown(intent: &Intent) -> String {
    let operation = &intent.operations[0];
    let resources = intent.resources.iter().flat_map(|resource| [" ", resource.as_str()]).collect::<String>();
    let changes = if intent.changes_state { " changes" } else { "" };
    format!("{} by {}{resources}{changes}", operation.action, operation.rule)
}

fn read(profile: &Profile, request: &str) -> String {
    read_with(profile, request, &[])
}

fn dagster() -> Profile {
    Profile::builtin("dagster").unwrap()
}

fn of_rules(rules: &str) -> Profile {
    Profile::from_yaml(&format!("profile: x\nrules:\n{rules}")).unwrap()
}

#[test]
fn generic_looks_with_get_and_changes_with_the_rest() {
    let generic = Profile::builtin("generic").unwrap();
    for request in ["GET /", "HEAD /a/b", "OPTIONS /a", "GET /graphql"] {
        assert_eq!(read(&generic, request), "view by look", "{request}");
    }
    for request in ["POST /", "PUT /a", "PATCH /a", "DELETE /a/b%20c"] {
        assert_eq!(read(&generic, request), "edit by change changes", "{request}");
    }
    assert_eq!(read_with(&generic, "GET /ws", &[("upgrade", "websocket")]), "edit by open_websocket changes");
}

#[test]
fn a_method_nobody_named_needs_admin() {
    let generic = Profile::builtin("generic").unwrap();
    for request in ["PROPFIND /", "get /", "GETT /", "QUERY /a"] {
        assert_eq!(read(&generic, request), "admin by unclassified changes", "{request}");
    }
    assert_eq!(read(&generic, "TRACE /"), "refused: method");
    assert_eq!(read(&generic, "CONNECT /"), "refused: method");
}

#[test]
fn dagster_routes_are_read() {
    let dagster = dagster();
    let lines = [
        "GET /",
        "GET /runs",
        "GET /runs/",
        "HEAD /overview/activity",
        "GET /_next/static/a.js",
        "GET /server_info",
        "GET /dagit_info",
        "GET /logs/run/compute_logs/step/out",
        "GET /logs/run/a%2Fb/err",
        "GET /logs/exports/customers/csv",
        "GET /notebook?path=a.ipynb",
        "GET /dagit/notebook",
        "GET /notebook/",
        "GET /download_debug/abc",
        "GET /download_debug/abc/x",
        "POST /report_asset_materialization/raw/orders",
        "POST /report_asset_check/raw%2Forders",
        "POST /report_asset_observation/",
        "POST /report_asset_observation",
        "GET /report_asset_check/a",
        "POST /",
        "POST /server_info",
        "PUT /runs",
        "OPTIONS /runs",
        "DELETE /logs/a",
        "GET /GraphQL",
        "GET /assets/a%20b",
    ];
    let table = lines.iter().map(|line| format!("{line:<45} {}", read(&dagster, line))).collect::<Vec<_>>().join("\n");
    assert_snapshot!(table, @r#"
    GET /                                         view by page
    GET /runs                                     view by page
    GET /runs/                                    view by page
    HEAD /overview/activity                       view by page
    GET /_next/static/a.js                        view by page
    GET /server_info                              view by versions
    GET /dagit_info                               view by versions
    GET /logs/run/compute_logs/step/out           view by logs log:run/compute_logs/step
    GET /logs/run/a%2Fb/err                       refused: ambiguous_path
    GET /logs/exports/customers/csv               edit by stored files
    GET /notebook?path=a.ipynb                    edit by notebook
    GET /dagit/notebook                           edit by notebook
    GET /notebook/                                edit by notebook
    GET /download_debug/abc                       run by debug_file run:abc
    GET /download_debug/abc/x                     view by page
    POST /report_asset_materialization/raw/orders edit by report_asset asset:raw/orders changes
    POST /report_asset_check/raw%2Forders         edit by report_asset asset:raw%2Forders asset:raw/orders changes
    POST /report_asset_observation/               edit by report_asset changes
    POST /report_asset_observation                edit by report_asset changes
    GET /report_asset_check/a                     view by page
    POST /                                        admin by unclassified changes
    POST /server_info                             admin by unclassified changes
    PUT /runs                                     admin by unclassified changes
    OPTIONS /runs                                 admin by unclassified changes
    DELETE /logs/a                                admin by unclassified changes
    GET /GraphQL                                  view by page
    GET /assets/a%20b                             view by page
    "#);
}

#[test]
fn no_spelling_of_the_graphql_endpoint_is_read_as_a_page() {
    let dagster = dagster();
    for path in ["/graphql", "/%67raphql", "/%67%72%61%70%68%71%6c"] {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let reading = read(&dagster, &format!("{method} {path}"));
            assert!(!reading.contains(" by page") && !reading.contains("unclassified"), "{method} {path}: {reading}");
        }
    }
    for path in [
        // A `$` that ends a regular expression also matches before a line end: Starlette would route this.
        "/graphql%0A",
        "/graphql/",
        "/graphql;x",
        "/graphql%3Bx",
        "/graphql%3Fa",
        "/graphql%23",
        "/%2567raphql",
        "/graphql%2F",
        "/graphql/;x",
    ] {
        assert_eq!(read(&dagster, &format!("POST {path}")), "refused: ambiguous_path", "{path}");
        assert_eq!(read(&dagster, &format!("GET {path}?query=x")), "refused: ambiguous_path", "{path}");
    }
}

#[test]
fn a_dagster_socket_elsewhere_than_graphql_needs_admin() {
    assert_eq!(read_with(&dagster(), "GET /runs", &[("Upgrade", "WebSocket")]), "admin by socket");
}

#[test]
fn a_request_that_asks_to_be_taken_for_another_is_refused() {
    let generic = Profile::builtin("generic").unwrap();
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method",
        "X-Method-Override",
        "X_HTTP_Method_Override",
        "x-http_method",
        "X.HTTP.Method.Override",
        "X-HTTP~Method",
        "X-Original-Method",
    ] {
        assert_eq!(read_with(&generic, "POST /", &[(name, "DELETE")]), "refused: method_override", "{name}");
    }
    for name in [
        "X-Original-URL",
        "X-Original-URI",
        "X_Rewrite_Url",
        "X.Rewrite~Uri",
        "SCRIPT_NAME",
        "X-Script-Name",
        "Path_Info",
        "Path!Info",
    ] {
        assert_eq!(read_with(&generic, "GET /", &[(name, "/admin")]), "refused: path_override", "{name}");
    }
    for query in ["_method=DELETE", "a=b&_method", "%5fmethod=PUT", "a=b;_method=PUT"] {
        assert_eq!(read(&generic, &format!("POST /?{query}")), "refused: method_override", "{query}");
    }
    assert_eq!(read(&generic, "GET /?method=x&a_method=b"), "view by look");
    let tolerant =
        Profile::from_yaml("profile: x\nignores_overrides: true\nrules: [{match: \"* /**\", action: view}]").unwrap();
    assert_eq!(read(&tolerant, "GET /?_method=x"), "view by * /**");
}

#[test]
fn what_decides_how_a_request_is_read_cannot_be_taken_away_on_the_way() {
    let page = ("accept", "text/html");
    for value in
        ["accept", "close, Accept", "keep-alive,ACCEPT", "x ,\taccept\t, y", "Content-Type", "content-encoding"]
    {
        let lines = [page, ("connection", value)];
        assert_eq!(
            read_with(&dagster(), "GET /graphql?query=mutation{wipeAssets}", &lines),
            "refused: taken_away",
            "{value}"
        );
    }
    for value in ["keep-alive", "close", "Upgrade", "TE, close", "x-accept", ""] {
        assert_eq!(read_with(&dagster(), "GET /runs", &[page, ("connection", value)]), "view by page", "{value}");
    }
    let profile = of_rules(
        "  - {match: \"GET /**\", when: {header: X-Dry-Run}, action: view}\n  - {match: \"GET /**\", action: admin}\n",
    );
    assert_eq!(read_with(&profile, "GET /", &[("x-dry-run", "1")]), "view by GET /**");
    assert_eq!(read_with(&profile, "GET /", &[("x-dry-run", "1"), ("connection", "x-Dry-run")]), "refused: taken_away");
}

#[test]
fn an_escaped_slash_must_not_change_what_a_request_means() {
    let profile = of_rules(
        "  - {match: \"GET /dags/{dag}/secret\", action: admin}\n  - {match: \"GET /dags/{dag}\", action: view, resource: \"dag:{dag}\"}\n",
    );
    assert_eq!(read(&profile, "GET /dags/a%2Fsecret"), "refused: ambiguous_path");
    assert_eq!(read(&profile, "GET /dags/a;x/secret"), "admin by GET /dags/{dag}/secret");
    assert_eq!(read(&profile, "GET /dags/a%252Fsecret"), "refused: ambiguous_path");
    assert_eq!(read(&profile, "GET /dags/a;v=1"), "view by GET /dags/{dag} dag:a;v=1 dag:a");
    assert_eq!(read(&profile, "GET /dags/a%20b"), "view by GET /dags/{dag} dag:a b");
}

#[test]
fn an_escaped_character_of_a_literal_is_still_that_character() {
    let profile = of_rules(
        "  - {match: \"POST /a!b\", action: admin, name: own}\n  - {match: \"* /**\", action: view, name: rest}\n",
    );
    assert_eq!(read(&profile, "POST /a%21b"), "admin by own changes");
    assert_eq!(read(&profile, "POST /%61!b"), "admin by own changes");
}

#[test]
fn a_trailing_slash_does_not_weaken_a_rule() {
    let profile = of_rules("  - {match: \"GET /secret\", action: admin}\n  - {match: \"GET /**\", action: view}\n");
    assert_eq!(read(&profile, "GET /secret/"), "admin by GET /secret");
    assert_eq!(read(&profile, "GET /secret%2F"), "refused: ambiguous_path");
    assert_eq!(read(&profile, "GET /"), "view by GET /**");
}

#[test]
fn graphql_under_a_prefix_nobody_told_us_of_is_not_taken_for_a_page() {
    for path in ["/dg/graphql", "/dg/graphql/", "/dg%2Fgraphql", "/a/b/%67raphql"] {
        for query in ["query=mutation%7Bx%7D", "a=b&query=x", "%71uery=mutation%7Bx%7D", "query"] {
            let read = read(&dagster(), &format!("GET {path}?{query}"));
            assert!(read.contains("graphql_elsewhere") || read.contains("ambiguous_path"), "{path}?{query}: {read}");
        }
    }
    assert_eq!(read(&dagster(), "GET /assets/raw/graphql?view=events"), "view by page");
    assert_eq!(read(&dagster(), "GET /jobs/notgraphql?query=x"), "view by page");
}

#[test]
fn a_rule_with_a_condition_comes_before_all_without() {
    let profile = of_rules(concat!(
        "  - {match: \"GET /api/**\", action: view}\n",
        "  - {match: \"* /api/**\", when: {query: remoteNode}, action: admin, name: remote}\n",
    ));
    assert_eq!(read(&profile, "GET /api/dags?remoteNode=x"), "admin by remote");
    assert_eq!(read(&profile, "GET /api/dags?x=remoteNode"), "view by GET /api/**");
    let extra = [serde_json::from_value(serde_json::json!({"match": "GET /api/**", "action": "run"})).unwrap()];
    let profile = profile.with_rules(&extra).unwrap();
    assert_eq!(read(&profile, "GET /api/dags?remote%4eode=x"), "admin by remote");
    assert_eq!(read(&profile, "GET /api/dags"), "run by GET /api/**");
}

#[test]
fn rules_of_the_configuration_come_first_and_their_mistakes_have_a_number() {
    let rule = |value| serde_json::from_value::<RuleText>(value).unwrap();
    let extra = [rule(serde_json::json!({"match": "GET /download_debug/{run}", "action": "manage", "name": "own"}))];
    assert_eq!(read(&dagster().with_rules(&extra).unwrap(), "GET /download_debug/a"), "manage by own");
    let wrong = [extra[0].clone(), rule(serde_json::json!({"match": "GET download", "action": "view"}))];
    assert_snapshot!(dagster().with_rules(&wrong).unwrap_err(), @"rule 2: `GET download`: match: `GET download` is not of the form `METHOD /path/{capture}/**`");
}

#[test]
fn a_rule_without_captures_gives_the_same_intent_every_time() {
    let dagster = dagster();
    let intent = || match dagster.read_head(&head_of(&Method::GET, "/runs/abc")) {
        Ok(HeadReading::Understood(intent)) => intent,
        other => panic!("{other:?}"),
    };
    assert!(Arc::ptr_eq(&intent(), &intent()));
}

fn head_of<'a>(method: &'a Method, path: &str) -> RequestHead<'a> {
    let path = Box::leak(Box::new(CanonicalPath::parse(path).unwrap()));
    RequestHead { method, path, query: None, headers: Box::leak(Box::default()) }
}

#[test]
fn a_profile_tells_apart_the_kinds_that_it_or_its_rules_name() {
    let with = |resource: &str| {
        let rule = serde_json::json!({"match": "GET /p/{page}", "action": "view", "resource": resource});
        Profile::builtin("generic").unwrap().with_rules(&[serde_json::from_value(rule).unwrap()]).unwrap()
    };
    assert_eq!(Profile::builtin("generic").unwrap().tells_apart("page"), Err(Vec::new()));
    assert_eq!(with("page:{page}").tells_apart("page"), Ok(()));
    assert_eq!(with("page:{page}").tells_apart("pages"), Err(vec!["page".to_owned()]));
    assert_eq!(dagster().tells_apart("location"), Ok(()));
    assert!(dagster().tells_apart("locaton").unwrap_err().contains(&"location".to_owned()));
}
