//! What a request acts on by its rule.

use doorward_domain::{Target, Targets};

use super::*;

/// What is acted on; `?` marks a thing that goes by names that are not told.
fn acts_on(profile: &Profile, request: &str) -> String {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let (method, path) = (Method::from_bytes(method.as_bytes()).unwrap(), CanonicalPath::parse(path).unwrap());
    let head = RequestHead { method: &method, path: &path, query, headers: &HeaderMap::new() };
    let Ok(HeadReading::Understood(intent)) = profile.read_head(&head) else { panic!("{request}") };
    let kinds = profile.kinds().names();
    let thing = |thing: &Target| {
        let names = thing.names().iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        if kinds.iter().any(|kind| thing.may_be_called(kind)) { names + "?" } else { names }
    };
    match &intent.operations[0].targets {
        Targets::These(things) => things.iter().map(thing).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn the_names_in_a_path_are_those_of_one_thing() {
    let profile = of_rules(concat!(
        "  - {match: \"GET /teams/{team}/jobs/{job}\", action: view, resource: [\"team:{team}\", \"job:{job}\"]}\n",
        "  - {match: \"GET /keys/{key**}\", action: view, resource: \"key:{key}\"}\n",
        "  - {match: \"GET /both/{a}/{b}\", action: view, resource: \"pair:{a}/{b}\"}\n",
        "  - {match: \"GET /page\", action: view, targets: shell}\n",
        "  - {match: \"GET /list\", action: view, targets: whole}\n",
        "  - {match: \"GET /some\", action: view, targets: unknown}\n",
        "  - {match: \"GET /else\", action: view}\n",
        "  - {match: \"GET /one\", action: view, resource: \"job:one\"}\n",
    ));
    for (request, targets) in [
        ("GET /teams/a/jobs/b", "team:a+job:b"),
        ("GET /keys/raw/orders", "key:raw/orders"),
        ("GET /both/a/b", "pair:a/b"),
        ("GET /both/50%25/b", "pair:50%25/b"),
        ("GET /teams/50%25/jobs/b", "team:50%+job:b"),
        ("GET /page", "shell"),
        ("GET /list", "whole"),
        ("GET /some", "unknown"),
        ("GET /else", "whole"),
        ("GET /one", "job:one"),
        ("GET /nothing", "unknown"),
    ] {
        assert_eq!(acts_on(&profile, request), targets, "{request}");
    }
    let long = |length: usize| acts_on(&profile, &format!("GET /keys/{}", "x".repeat(length)));
    assert_eq!(long(1024), format!("key:{}", "x".repeat(1024)));
    assert_eq!(long(1025), "unknown");
}

#[test]
fn all_that_a_path_could_mean_is_needed() {
    let profile = of_rules("  - {match: \"DELETE /keys/{key**}\", action: edit, resource: \"key:{key}\"}\n");
    // To some tools a slash at the end, two of them, or an escaped one are part of the name, to others not.
    for (request, targets) in [
        ("DELETE /keys/a/", "key:a/ key:a"),
        ("DELETE /keys/a%2Fb", "key:a%2Fb key:a/b"),
        ("DELETE /keys/a//b", "key:a//b key:a/b key:a/\u{fffd}/b"),
    ] {
        assert_eq!(acts_on(&profile, request), targets, "{request}");
    }
}

#[test]
fn a_slash_at_the_end_hides_no_thing() {
    let profile = of_rules(concat!(
        "  - {match: \"GET /jobs/{job}\", action: view, resource: \"job:{job}\"}\n",
        "  - {match: \"GET /jobs/**\", action: view, targets: shell}\n",
        "  - {match: \"GET /runs/{run}\", action: view, resource: \"run:{run}\"}\n",
        "  - {match: \"GET /runs/**\", action: view}\n",
        "  - {match: \"GET /teams/{team}\", action: run, resource: \"team:{team}\"}\n",
        "  - {match: \"GET /teams/{team}/{page}\", action: view}\n",
    ));
    for (request, targets) in [
        ("GET /jobs/a", "job:a"),
        ("GET /jobs/a/", "job:a"),
        ("GET /jobs/a/b", "shell"),
        ("GET /runs/1", "run:1"),
        ("GET /runs/1/", "unknown"),
        ("GET /teams/a/", "unknown"),
    ] {
        assert_eq!(acts_on(&profile, request), targets, "{request}");
    }
}

#[test]
fn a_path_names_what_graphql_names_and_no_more_is_told() {
    for (request, targets) in [
        ("GET /", "shell"),
        ("GET /server_info", "shell"),
        ("GET /runs/1", "shell"),
        ("GET /download_debug/1", "run:1?"),
        ("GET /logs/1/compute_logs/step/out", "log:1/compute_logs/step?"),
        ("GET /logs/exports/customers/csv", "unknown"),
        ("GET /notebook?path=a.ipynb", "unknown"),
        ("POST /report_asset_check/raw/50%25", "asset:raw/50%25?"),
        ("POST /report_asset_check/?asset_key=raw", "unknown"),
        ("POST /somewhere", "unknown"),
    ] {
        assert_eq!(acts_on(&dagster(), request), targets, "{request}");
    }
    for request in ["GET /", "POST /jobs/1", "WEBSOCKET /x"] {
        let generic = Profile::builtin("generic").unwrap();
        assert_eq!(acts_on(&generic, &request.replace("WEBSOCKET", "GET")), "whole", "{request}");
    }
    let own =
        RuleText::read(&serde_json::json!({"match": "GET /mine/{run}", "action": "view", "resource": "run:{run}"}))
            .unwrap();
    assert_eq!(acts_on(&dagster().with_rules(&[own]).unwrap(), "GET /mine/1"), "run:1?");
}

#[test]
fn what_a_rule_says_of_things_must_fit() {
    let mistakes = |rules: &str| Profile::from_yaml(&format!("profile: x\n{rules}")).unwrap_err().to_string();
    assert_snapshot!(mistakes("kinds: {job: {in: [team]}, team: {}}\nrules:\n  - {match: \"GET /{x}\", action: view, resource: \"jop:{x}\"}\n"), @"line 4, column 5: resource: `jop` is none of the `kinds`: job, team");
    assert_snapshot!(mistakes("kinds: {job: {in: [teem]}}\nrules: []\n"), @"line 2, column 8: kinds: `job` goes by `teem`, which is no kind");
    assert_snapshot!(mistakes("rules:\n  - {match: \"GET /{x}\", action: view, resource: \"job:{x}\", targets: whole}\n  - {match: \"GET /\", action: view, resource: []}\n"), @"
    line 3, column 5: `targets` is for requests that name nothing; here `resource` does
    line 4, column 5: `resource` is empty
    ");
    assert_snapshot!(mistakes("kinds: {job: {}}\ngraphql:\n  any_query: {action: view, called: Looking}\n  resources: {runId: run, jobs: {kind: job, narrows: team}}\n  reaches: {launch: [asset]}\n"), @"
    line 4, column 3: resources: jobs: `team` is none of the `kinds`: job
    line 4, column 3: resources: runId: `run` is none of the `kinds`: job
    line 4, column 3: reaches: launch: `asset` is none of the `kinds`: job
    ");
}
