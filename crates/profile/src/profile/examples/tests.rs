use insta::assert_snapshot;

use crate::Profile;

fn told(text: &str) -> String {
    let trial = Profile::from_yaml(text).unwrap().try_examples();
    trial.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_examples_of_every_built_in_profile_hold() {
    for name in Profile::builtin_names() {
        let text = Profile::builtin_text(name).unwrap();
        assert_eq!(told(text), "", "{name}");
        let profile = Profile::from_yaml(text).unwrap();
        assert!(profile.examples() > 0 && profile.try_examples().held == profile.examples(), "{name}");
    }
}

#[test]
fn what_is_not_as_an_example_says_is_told_line_by_line() {
    let text = r#"
profile: x
extends: dagster
examples:
  - {request: "GET /runs", action: view, name: page, targets: shell, changes_state: false}
  - {request: "GET /runs", action: edit, name: pages, targets: ["run:x"], changes_state: true}
  - {request: "GET /a/..", refused: ambiguous_path}
  - {request: "GET /runs", refused: ambiguous_path}
  - {request: "POST /graphql", body: {query: "mutation { wipeAssets }"}, name: [wipeAssets], action: manage}
  - {request: "POST /graphql", body: {query: "mutation { wipeAssets }"}, name: [wipeAssets, launchRun], targets: [[a, b]]}
  - {request: "POST /graphql", body: {query: "mutation {"}, action: view}
  - {request: "WEBSOCKET /runs", action: view}
"#;
    assert_snapshot!(told(text), @"
    line 6, column 5: `GET /runs`: its action is view, expected edit
    line 6, column 5: `GET /runs`: its name is page, expected pages
    line 6, column 5: `GET /runs`: its targets are shell, expected [run:x]
    line 6, column 5: `GET /runs`: its changes_state is false, expected true
    line 8, column 5: `GET /runs`: it is understood, expected is that it is refused with ambiguous_path
    line 10, column 5: `POST /graphql`: its names are [wipeAssets], expected [wipeAssets, launchRun]
    line 10, column 5: `POST /graphql`: its targets are unknown, expected [[a, b]]
    line 11, column 5: `POST /graphql`: it is refused with graphql_syntax: The GraphQL document cannot be parsed (at byte 10): expected at least one Selection in Selection Set.
    line 12, column 5: `WEBSOCKET /runs`: its action is admin, expected view
    ");
}

#[test]
fn things_are_compared_by_their_own_name_or_by_all() {
    let text = |targets: &str| {
        format!(
            "profile: x\nrules: [{{match: \"GET /{{team}}/{{job}}\", action: run, resource: [\"team:{{team}}\", \"job:{{job}}\"]}}]\nexamples: [{{request: GET /a/b, targets: {targets}}}]\n"
        )
    };
    for holds in ["[job:b]", "[[team:a, job:b]]"] {
        assert_eq!(told(&text(holds)), "", "{holds}");
    }
    for differs in ["[]", "[team:a]", "[job:b, job:c]", "[[job:b]]", "unknown", "whole"] {
        assert!(told(&text(differs)).contains("its targets are [[team:a, job:b]]"), "{differs}");
    }
}

#[test]
fn what_is_no_example_is_a_mistake_in_the_file() {
    let text = r#"
profile: x
examples:
  - just text
  - {request: "/runs"}
  - {request: "GET /runs", rule: page}
  - {request: "GET /runs", action: look}
  - {request: "G=T /runs"}
  - {action: view}
  - {request: "GET /runs", headers: {"a b": c}}
  - {request: "GET /runs", targets: everything}
"#;
    assert_snapshot!(Profile::from_yaml(text).unwrap_err(), @r#"
    line 4, column 5: an example is written `{request: "GET /path", action: view}`
    line 5, column 5: an example is written `{request: "GET /path", action: view}`
    line 6, column 5: unknown key `rule`; known here: request, headers, body, action, name, targets, changes_state, refused
    line 7, column 5: this example cannot be read: unknown variant `look`, expected one of `view`, `run`, `edit`, `manage`, `admin`
    line 8, column 5: `G=T` is no method
    line 9, column 5: this example cannot be read: missing field `request`
    line 10, column 5: `a b` is not a header name
    line 11, column 5: `targets` must be one of shell, whole, unknown, or a list of things
    "#);
}
