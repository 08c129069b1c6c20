//! What a path means that servers read differently.

use super::*;

#[test]
fn what_every_reading_takes_for_the_same_passes_as_it_came() {
    let generic = Profile::builtin("generic").unwrap();
    for path in [
        "/api/queues/%2F/x",
        "/a%2Fb",
        "/proxy/http://host/x",
        "/proxy/http:%2F%2Fhost%2Fx",
        "//api/v1",
        "/a//b//",
        "/a;x//b",
    ] {
        assert_eq!(read(&generic, &format!("GET {path}")), "view by look", "{path}");
        assert_eq!(read(&generic, &format!("DELETE {path}")), "edit by change changes", "{path}");
    }
    assert_eq!(read(&dagster(), "GET /assets//x"), "view by page");
    assert_eq!(read(&dagster(), "POST //graphql"), "refused: ambiguous_path");
    assert_eq!(read(&dagster(), "GET //graphql"), "refused: ambiguous_path");
    assert_eq!(read(&dagster(), "POST //host/graphql"), "refused: ambiguous_path");
    assert_eq!(read(&dagster(), "GET /notebook//"), "refused: ambiguous_path");
    assert_eq!(read(&dagster(), "GET //notebook"), "refused: ambiguous_path");
}

#[test]
fn no_reading_leads_to_a_rule_that_the_decision_did_not_see() {
    let profile = of_rules(concat!(
        "  - {match: \"GET /admin/**\", action: admin}\n",
        "  - {match: \"GET /sandboxed/**\", action: view, answer: {headers: {Content-Security-Policy: sandbox}}}\n",
        "  - {match: \"GET /steps/**\", action: view, changes_state: true}\n",
        "  - {match: \"GET /api/**\", when: {query: node}, action: admin}\n",
        "  - {match: \"GET /**\", action: view, name: rest}\n",
    ));
    for place in ["admin/x", "sandboxed/x", "steps/x"] {
        let (first, rest) = place.split_once('/').unwrap();
        for path in [
            format!("//{place}"),
            format!("///{place}"),
            format!("/%2F{place}"),
            format!("/{first}%2F{rest}"),
            format!("/{first};v/{rest}"),
            format!("//host/{place}"),
            format!("/%2Fhost/{place}"),
            format!("/;/{place}"),
            format!("/%252F{place}"),
            format!("/{first}%252F{rest}"),
            format!("/x%2F..%2F{place}"),
        ] {
            assert_eq!(read(&profile, &format!("GET {path}")), "refused: ambiguous_path", "{path}");
        }
    }
    let captures =
        of_rules("  - {match: \"DELETE /q/{a}/{b}\", action: manage}\n  - {match: \"DELETE /**\", action: edit}\n");
    assert_eq!(read(&captures, "DELETE /q//x"), "refused: ambiguous_path", "an empty name is a name to some");
    let deeper = of_rules("  - {match: \"GET /a/{x}/**\", action: view}\n  - {match: \"GET /**\", action: admin}\n");
    assert_eq!(read(&deeper, "GET /a//b"), "refused: ambiguous_path", "and none to others");
    // A server that decodes before it looks for the query sees this one there.
    assert_eq!(read(&profile, "GET /api/x%3Fnode=1"), "refused: ambiguous_path");
    assert_eq!(read(&profile, "GET /api/x%253Fnode=1"), "refused: ambiguous_path");
    assert_eq!(read(&profile, "GET /api/x%3Fnode=1?node=1"), "admin by GET /api/**");
    assert_eq!(read(&profile, "GET /a//b"), "view by rest");
}

#[test]
fn a_tool_that_keeps_spellings_apart_is_read_as_it_reads() {
    let rules = concat!(
        "rules:\n",
        "  - {match: \"* /api/queues/{vhost}/{queue}\", action: run, resource: \"queue:{vhost}/{queue}\", name: queue}\n",
        "  - {match: \"GET /**\", action: view, name: rest}\n",
    );
    let keeping = |key: &str| Profile::from_yaml(&format!("profile: x\n{key}{rules}")).unwrap();
    let queue = "GET /api/queues/%2F/x";
    assert_eq!(read(&keeping(""), queue), "refused: ambiguous_path");
    assert_eq!(read(&keeping("keeps_apart: []\n"), queue), "refused: ambiguous_path");
    let slashes = keeping("keeps_apart: [escaped_slash]\n");
    assert_eq!(read(&slashes, queue), "run by queue queue:%2F/x");
    assert_eq!(read(&slashes, "DELETE /api/queues/%2f/x%2Fy"), "run by queue queue:%2F/x%2Fy changes");
    assert_eq!(read(&slashes, "GET /api/queues//x/y"), "refused: ambiguous_path");
    let both = keeping("keeps_apart: [escaped_slash, double_slash]\n");
    assert_eq!(read(&both, "GET /api/queues//x/y"), "view by rest");
    assert_eq!(read(&both, "GET //host/api/queues/a/b"), "view by rest");
    // Dots lead up for whoever resolves them, whatever the tool keeps.
    for path in ["/api/%2F..%2Fx", "/a//../b", "/a%2F%2e", "/%252e%252e/a", "/a%5Cb"] {
        assert_eq!(read(&both, &format!("GET {path}")), "refused: ambiguous_path", "{path}");
    }
    assert_eq!(read(&both, "GET /api/queues/a;v/x"), "run by queue queue:a;v/x queue:a/x");
    let extra = [serde_json::from_value(serde_json::json!({"match": "GET /y", "action": "run"})).unwrap()];
    assert_eq!(
        read(&slashes.with_rules(&extra).unwrap(), queue),
        "run by queue queue:%2F/x",
        "rules of the configuration too"
    );
    let wrong = Profile::from_yaml("profile: x\nkeeps_apart: [slashes]\n").unwrap_err().to_string();
    assert_snapshot!(wrong, @"line 2, column 15: unknown word `slashes`; known here: escaped_slash, double_slash, case");
}

#[test]
fn no_spelling_in_capitals_leads_to_a_rule_that_the_decision_did_not_see() {
    let rules = concat!(
        "rules:\n",
        "  - {match: \"GET /admin/**\", action: admin}\n",
        "  - {match: \"GET /sandboxed/**\", action: view, answer: {headers: {Content-Security-Policy: sandbox}}}\n",
        "  - {match: \"GET /Steps/**\", action: view, changes_state: true}\n",
        "  - {match: \"GET /dags/{dag}\", action: view, resource: \"dag:{dag}\", name: dag}\n",
        "  - {match: \"GET /**\", action: view, name: rest}\n",
    );
    let profile = Profile::from_yaml(&format!("profile: x\n{rules}")).unwrap();
    for path in [
        "/Admin/x",
        "/ADMIN/x",
        "/aDmin",
        "/Admin/",
        "/%41dmin/x",
        "/adm%C4%B1n/x",
        "//ADMIN/x",
        "/Sandboxed/x",
        "/steps/x",
        "/STEPS/x",
    ] {
        assert_eq!(read(&profile, &format!("GET {path}")), "refused: ambiguous_path", "{path}");
    }
    assert_eq!(read(&profile, "GET /admin/X"), "admin by GET /admin/**");
    assert_eq!(read(&profile, "GET /Steps/X"), "view by GET /Steps/** changes");
    assert_eq!(read(&profile, "GET /Pages/About.html"), "view by rest");
    assert_eq!(read(&profile, "GET /dags/Etl"), "view by dag dag:Etl", "names stay as they are written");
    assert_eq!(read(&profile, "GET /dags/%45tl"), "view by dag dag:Etl");
    let keeping = Profile::from_yaml(&format!("profile: x\nkeeps_apart: [case]\n{rules}")).unwrap();
    assert_eq!(read(&keeping, "GET /Admin/x"), "view by rest");
    assert_eq!(read(&keeping, "GET /steps/x"), "view by rest");
    assert_eq!(read(&dagster(), "GET /Notebook/x"), "view by page", "Starlette tells them apart");
    let graphql = "profile: x\ngraphql: {path: /graphql, any_query: {action: view, called: Looking}}\nrules:\n  - {match: \"* /**\", action: view}\n";
    let graphql = Profile::from_yaml(graphql).unwrap();
    for path in ["/GraphQL", "/graphQL/", "/GRAPHQL?query=mutation{x}"] {
        assert_eq!(read(&graphql, &format!("GET {path}")), "refused: ambiguous_path", "{path}");
    }
}
