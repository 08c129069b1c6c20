use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Profile;
use crate::rules::RuleText;

fn relation(one: &str, two: &str) -> Relation {
    let (one, two) = (Pattern::parse(one).unwrap(), Pattern::parse(two).unwrap());
    Demands { pattern: &one, condition: None }.relation(Demands { pattern: &two, condition: None })
}

#[test]
fn what_matches_less_is_more_specific() {
    for (special, general) in [
        ("GET /a/b", "GET /a/{x}"),
        ("GET /a/{x}", "GET /a/**"),
        ("GET /a/{x**}", "GET /a/**"),
        ("GET /a/b/**", "GET /a/{x**}"),
        ("GET /a", "GET|POST /a"),
        ("GET /a", "* /a"),
        ("* /a/b", "POST /a/**"),
        ("GET /", "GET /**"),
        ("WEBSOCKET /**", "GET /a"),
        ("WEBSOCKET /**", "* /a/b"),
        ("WEBSOCKET|POST /a", "GET /a"),
    ] {
        assert_eq!(relation(special, general), Relation::Ordered(Ordering::Less), "{special} and {general}");
        assert_eq!(relation(general, special), Relation::Ordered(Ordering::Greater), "{special} and {general}");
    }
}

#[test]
fn rules_that_share_no_request_need_no_order() {
    for (one, two) in
        [("GET /a", "POST /a"), ("GET /a/{x}", "GET /b/{x}"), ("GET /{x}", "GET /"), ("GET /a/{x**}", "GET /a")]
    {
        assert_eq!(relation(one, two), Relation::Apart, "{one} and {two}");
    }
}

#[test]
fn rules_of_which_each_matches_more_are_crossed() {
    for (one, two) in [("GET /a/{x}", "GET /{x}/b"), ("GET|POST /a", "POST|PUT /a"), ("GET /{x}/b", "GET /a/**")] {
        assert_eq!(relation(one, two), Relation::Crossed, "{one} and {two}");
    }
}

fn compiled(rules: &serde_json::Value) -> String {
    let rules: Vec<RuleText> = serde_json::from_value(rules.clone()).unwrap();
    RuleText::check(&rules).map_or_else(|error| error.to_string(), |()| "sound".to_owned())
}

#[test]
fn a_tie_is_a_mistake() {
    let told = [
        json!([{"match": "GET /a/{x}", "action": "view"}, {"match": "GET /{y}/b", "action": "run"}]),
        json!([{"match": "GET /a/{x}", "action": "view"}, {"match": "GET /a/{y}", "action": "run"}]),
        json!([{"match": "GET /a", "action": "view"}, {"match": "GET /a", "action": "view"}]),
        json!([
            {"match": "* /api/**", "action": "admin", "when": {"query": "node"}},
            {"match": "GET /api/logs", "action": "view", "when": {"query": {"download": "1"}}}
        ]),
        json!([
            {"match": "GET /**", "action": "admin", "when": {"header": "X-Node"}},
            {"match": "WEBSOCKET /**", "action": "view", "when": {"query": "live"}}
        ]),
    ];
    assert_snapshot!(told.iter().map(compiled).collect::<Vec<_>>().join("\n"), @r"
    rule 2: `GET /{y}/b`: it and `GET /a/{x}` both match `/a/b`, and neither is more specific; add a rule for that
    rule 2: `GET /a/{y}`: matches the same as `GET /a/{x}` before it
    rule 2: `GET /a`: matches the same as `GET /a` before it
    rule 2: `GET /api/logs`: it and `* /api/**` both match `/api/logs`, and neither is more specific; add a rule for that with what both ask for in `when`
    rule 2: `WEBSOCKET /**`: it and `GET /**` both match `/**`, and neither is more specific; add a rule for that with what both ask for in `when`
    ");
}

#[test]
fn a_third_rule_for_what_both_match_settles_a_tie() {
    let crossed = [json!({"match": "GET /a/{x}", "action": "view"}), json!({"match": "GET /{y}/b", "action": "run"})];
    for (third, settles) in [
        (json!({"match": "GET /a/b", "action": "admin"}), true),
        (json!({"match": "GET /a/c", "action": "admin"}), false),
        (json!({"match": "POST /a/b", "action": "admin"}), false),
        (json!({"match": "WEBSOCKET /a/b", "action": "admin"}), false),
        (json!({"match": "GET /a/b", "action": "admin", "when": {"query": "q"}}), false),
    ] {
        let rules = json!([crossed[0], crossed[1], third]);
        assert_eq!(compiled(&rules) == "sound", settles, "{third}");
    }
    let both = json!([
        {"match": "* /api/**", "action": "admin", "when": {"query": "node"}},
        {"match": "GET /api/logs", "action": "view", "when": {"query": {"download": "1"}}},
        {"match": "GET /api/logs", "action": "admin", "when": {"query": {"download": "1", "node": null}}}
    ]);
    assert_eq!(compiled(&both), "sound");
}

#[test]
fn what_needs_no_order_is_no_tie() {
    let same = json!([{"match": "GET /a/{x}", "action": "view"}, {"match": "GET /{y}/b", "action": "view"}]);
    assert_eq!(compiled(&same), "sound");
    let values = json!([
        {"match": "GET /**", "action": "view", "when": {"query": {"dry": "true"}}},
        {"match": "GET /a", "action": "run", "when": {"query": {"dry": "false"}}}
    ]);
    assert_eq!(compiled(&values), "sound");
}

#[test]
fn the_order_in_which_rules_are_written_decides_nothing() {
    let text = Profile::builtin_text("dagster").unwrap();
    let (before, rules) = text.split_once("\nrules:\n").unwrap();
    assert!(before.contains("graphql:") && rules.contains("WEBSOCKET /**"));
    let profile = Profile::from_yaml(text).unwrap();
    let rules: Vec<RuleText> = profile.rules().cloned().collect();
    let mut turned = rules.clone();
    turned.reverse();
    let find = |rules: &[RuleText], line: &str| {
        let rules = crate::rules::RuleSet::compile(&[rules], &crate::kinds::Kinds::default()).unwrap();
        let (method, path) = line.split_once(' ').unwrap();
        let mut headers = http::HeaderMap::new();
        if method == "WEBSOCKET" {
            headers.insert("upgrade", "websocket".parse().unwrap());
        }
        let method = if method == "WEBSOCKET" { "GET" } else { method }.parse().unwrap();
        let verb = Verb::of(&method, &headers).unwrap();
        let segments = path.strip_prefix('/').unwrap().split('/');
        rules
            .find(&crate::rules::Seen { verb, query: None, headers: &headers, body: None }, segments)
            .unwrap()
            .map(|rule| (rule.action(), rule.changes_state(verb)))
    };
    for line in [
        "GET /",
        "GET /runs",
        "GET /server_info",
        "GET /logs/a/b/c/out",
        "GET /logs/a",
        "GET /download_debug/x",
        "GET /notebook",
        "POST /report_asset_check/a/b",
        "POST /report_asset_check/",
        "POST /",
        "WEBSOCKET /server_info",
        "WEBSOCKET /",
    ] {
        assert_eq!(find(&rules, line), find(&turned, line), "{line}");
    }
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let methods = prop::sample::select(vec!["GET", "POST", "GET|POST", "WEBSOCKET", "WEBSOCKET|POST", "*"]);
    let segment = prop::sample::select(vec!["a", "b", "{x}", "{y}", "{z}"]);
    let tail = prop::sample::select(vec!["", "", "**", "{k**}"]);
    (methods, prop::collection::vec(segment, 0..4), tail).prop_filter_map("legal", |(methods, mut parts, tail)| {
        if !tail.is_empty() {
            parts.push(tail);
        }
        Pattern::parse(&format!("{methods} /{}", parts.join("/"))).ok()
    })
}

/// What the documentation says, path by path.
fn matches(pattern: &Pattern, verb: Verb, path: &str) -> bool {
    let segments = path[1..].split('/').collect::<Vec<_>>();
    let enough = match pattern.tail {
        Tail::Nothing => segments.len() == pattern.segments.len(),
        Tail::Anything => segments.len() >= pattern.segments.len(),
        Tail::Capture(_) => segments.get(pattern.segments.len()).is_some_and(|next| !next.is_empty()),
    };
    let each = pattern.segments.iter().zip(segments).all(|(wanted, there)| match wanted {
        Segment::Literal(text) => text == there,
        Segment::Capture(_) => !there.is_empty(),
    });
    pattern.methods.overlap(verb.matched_by()) && enough && each
}

proptest! {
    #[test]
    fn the_rank_agrees_with_the_relation(one in pattern(), two in pattern()) {
        let (a, b) = (Demands { pattern: &one, condition: None }, Demands { pattern: &two, condition: None });
        if let Relation::Ordered(order @ (Ordering::Less | Ordering::Greater)) = a.relation(b) {
            prop_assert_eq!(a.rank().cmp(&b.rank()), order);
        }
    }

    #[test]
    fn only_rules_that_share_a_request_are_related(
        one in pattern(), two in pattern(), path in "(/[abc]){1,4}/?", verb in prop::sample::select(Verb::ALL.to_vec()),
    ) {
        let (a, b) = (Demands { pattern: &one, condition: None }, Demands { pattern: &two, condition: None });
        if matches(&one, verb, &path) && matches(&two, verb, &path) {
            prop_assert_ne!(a.relation(b), Relation::Apart);
            let both = meet(&one, &two).unwrap();
            let reached = [&one, &two].iter().all(|own| matches(&own.narrowed(both.segments.clone(), both.tail.clone()), verb, &path));
            prop_assert!(reached);
        }
    }
}

#[test]
fn there_are_only_so_many_rules_to_compare() {
    let rules: Vec<_> =
        (0..20_000).map(|count| json!({"match": format!("GET /{{x}}/{count}"), "action": "view"})).collect();
    assert_snapshot!(compiled(&rules.into()), @"rule 5001: `GET /{x}/5000`: there are 20000 rules; 5000 are the most");
}
