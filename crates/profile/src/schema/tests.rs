//! The schema against the reader: what one takes the other takes, as far as a schema can say it.

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use super::schema;
use crate::Profile;

/// What the schema says of a text, `None` if it is content.
fn refused(text: &str) -> Option<String> {
    let value: Value = crate::yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("profile.json", schema()).unwrap();
    let at = compiler.compile("profile.json", &mut schemas).unwrap();
    schemas.validate(&value, at).err().map(|error| format!("{error}"))
}

/// A profile around a rule.
fn with_rule(rule: &str) -> String {
    format!("profile: x\nrules:\n  - {rule}\n")
}

#[test]
fn every_built_in_profile_is_by_the_schema() {
    for name in Profile::builtin_names() {
        assert_eq!(refused(Profile::builtin_text(name).unwrap()), None, "{name}");
    }
}

/// The pieces of YAML in the documentation that are a profile or sections of one.
fn documented() -> Vec<String> {
    let page = include_str!("../../../../docs/profiles.md");
    let pieces = page.split("```yaml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let unindented = |piece: &str| {
        let indent = piece.len() - piece.trim_start_matches(' ').len();
        let lines = piece.lines().map(|line| line.get(indent..).unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    let piece = |piece: &str| {
        let piece = unindented(piece);
        match piece.lines().find(|line| !line.starts_with('#')).unwrap_or_default() {
            // Of the configuration.
            line if line.starts_with("apps:") => None,
            line if line.starts_with("profile:") => Some(piece),
            line if line.starts_with("graphql:") => {
                let any = "any_query: {action: view, called: Looking}";
                let whole = if piece.contains("any_query") {
                    piece
                } else {
                    piece.replace("graphql:", &format!("graphql:\n  {any}"))
                };
                Some(format!("profile: x\n{whole}"))
            }
            // One mutation.
            line if line.starts_with("launchRun:") || line.starts_with("terminateRuns:") => Some(format!(
                "profile: x\ngraphql:\n  any_query: {{action: view, called: Looking}}\n  mutations: {{{}}}\n",
                piece.trim()
            )),
            _ => Some(format!("profile: x\n{piece}")),
        }
    };
    pieces.filter_map(piece).collect()
}

#[test]
fn every_example_of_the_documentation_can_be_read_and_is_by_the_schema() {
    let all = documented();
    assert!(all.len() >= 8, "{}", all.len());
    for text in all {
        assert_eq!(refused(&text), None, "{text}");
        if let Err(error) = Profile::from_yaml(&text) {
            panic!("{error}\n{text}");
        }
    }
}

#[test]
fn mistakes_that_a_schema_can_tell_it_tells() {
    let rules = [
        "{action: view}",
        "{match: \"GET /a\"}",
        "{match: \"GET /a\", action: look}",
        "{match: \"GET /a\", action: view, colour: red}",
        "{match: \"get /a\", action: view}",
        "{match: \"HEAD /a\", action: view}",
        "{match: \"GET a\", action: view}",
        "{match: \"/a\", action: view}",
        "{match: \"GET /a*\", action: view}",
        "{match: \"GET /x{a}\", action: view}",
        "{match: \"GET /{A}\", action: view}",
        "{match: \"GET /**/a\", action: view}",
        "{match: \"GET /{a**}/b\", action: view}",
        "{match: \"GET /a?b\", action: view}",
        "{match: \"GET|TRACE /a\", action: view}",
        "{match: \"GET /a\", action: view, resource: job}",
        "{match: \"GET /a\", action: view, resource: \"Job:x\"}",
        "{match: \"GET /a\", action: view, resource: []}",
        "{match: \"GET /a\", action: view, targets: all}",
        "{match: \"GET /a\", action: view, name: \" \"}",
        "{match: \"GET /a\", action: view, when: {}}",
        "{match: \"GET /a\", action: view, when: {query: \"\"}}",
        "{match: \"GET /a\", action: view, when: {query: {}}}",
        "{match: \"GET /a\", action: view, when: {query: {a: 1}}}",
        "{match: \"GET /a\", action: view, when: {header: \"a b\"}}",
        "{match: \"GET /a\", action: view, when: {cookie: a}}",
        "{match: \"POST /a\", action: view, when: {json: op}}",
        "{match: \"POST /a\", action: view, when: {json: /}}",
        "{match: \"POST /a\", action: view, when: {json: {}}}",
        "{match: \"POST /a\", action: view, when: {json: {/a: 1.5}}}",
        "{match: \"POST /a\", action: view, when: {json: {/a: [x]}}}",
        "{match: \"POST /a\", action: view, when: {json: {/a~2: x}}}",
        "{match: \"GET /a\", action: view, changes_state: \"yes\"}",
        "{match: \"GET /a\", action: view, answer: {status: 200}}",
        "just text",
    ];
    let files = [
        "profile: My Tool\n",
        "about: x\n",
        "profile: x\nrulez: []\n",
        "profile: x\nrules: 7\n",
        "profile: x\nmenu: []\n",
        "profile: x\nmenu: {corner: middle}\n",
        "profile: x\nmenu: {x: -1}\n",
        "profile: x\nkeeps_apart: [slash]\n",
        "profile: x\nhand_over: cookie\n",
        "profile: x\nhand_over: [all]\n",
        "profile: x\nkinds: {Job: {}}\n",
        "profile: x\nkinds: {job: {on: [x]}}\n",
        "profile: x\ngraphql: {}\n",
        "profile: x\ngraphql: {any_query: {action: view}}\n",
        "profile: x\ngraphql: {any_query: {action: view, called: A}, mutations: {a: {action: run}}}\n",
        "profile: x\ngraphql: {any_query: {action: view, called: A}, limits: {bodies: 1}}\n",
        "profile: x\njson: {limits: {tokens: 1}}\n",
        "profile: x\nexamples: [{action: view}]\n",
        "profile: x\nexamples: [{request: \"GET /\", targets: all}]\n",
        "profile: x\nexamples: [{request: \"GET /\", rule: a}]\n",
    ];
    let all = rules.into_iter().map(with_rule).chain(files.map(str::to_owned));
    for text in all {
        assert!(Profile::from_yaml(&text).is_err(), "the reader takes\n{text}");
        assert!(refused(&text).is_some(), "the schema takes\n{text}");
    }
    for text in [
        with_rule(
            "{match: \" GET|POST   /a/{b}/{c**} \", action: view, resource: [\"a:{b}\", \"c:{c}\"], when: {query: {a: null, b: \"1\"}, header: X-A}}",
        ),
        with_rule("{match: \"GET /\", action: view}"),
        with_rule(
            "{match: \"POST /a\", action: view, when: {json: {/a/b~1c: x, /n: 5, /t: true, /x: null}}, resource: \"job:{/job/name}@{query.x}\"}",
        ),
        with_rule("{match: \"DELETE /a\", action: view, when: {json: /a}}"),
        with_rule("{match: \"* /**\", action: view, name: it's all}"),
        with_rule("{match: \"GET /a/\", action: view, answer: {headers: {X-A: b}}}"),
        "profile: x\nhand_over: [remote-user, DOORWARD-Role]\nmenu: false\n".to_owned(),
    ] {
        Profile::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(refused(&text), None, "{text}");
    }
}

/// The keys that a struct takes, by its own word when it meets another.
fn keys_of(error: &str) -> Vec<String> {
    let known = ["expected one of ", "known here: "].iter().find_map(|before| Some(error.split_once(before)?.1));
    let known = known.unwrap_or_else(|| panic!("{error}"));
    let known = known.split(" at line").next().unwrap().replace('`', "");
    let mut keys: Vec<String> = known.split(", ").map(|key| key.trim().to_owned()).collect();
    keys.sort();
    keys
}

fn keys_at(pointer: &str) -> Vec<String> {
    let schema = schema();
    let mut keys: Vec<String> = schema.pointer(pointer).and_then(Value::as_object).unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

fn keys<T: serde::de::DeserializeOwned>() -> Vec<String> {
    keys_of(&serde_json::from_value::<T>(json!({"zzz": 1})).err().unwrap().to_string())
}

#[test]
fn the_schema_has_the_keys_that_can_be_written() {
    use crate::graphql::{nested::NestedRule, rules};
    let file = Profile::from_yaml("profile: x\nzzz: 1\n").unwrap_err().to_string();
    assert_eq!(keys_at("/properties"), keys_of(&file));
    let graphql = "/properties/graphql/properties";
    assert_eq!(keys_at(graphql), keys::<rules::Rules>());
    let at = |section: &str| keys_at(&format!("{graphql}/{section}"));
    assert_eq!(at("limits/properties"), keys::<rules::Limits>());
    assert_eq!(at("mutations/additionalProperties/properties"), keys::<rules::MutationRule>());
    assert_eq!(at("fields/additionalProperties/properties"), keys::<NestedRule>());
    assert_eq!(at("tells/additionalProperties/properties"), keys::<crate::graphql::tells::TellRule>());
    let found = "tells/additionalProperties/properties/found/items/properties";
    assert_eq!(at(found), keys::<crate::graphql::tells::FoundRule>());
    assert_eq!(at("tags/properties"), keys::<crate::graphql::tags::TagRules>());
    assert_eq!(at("attribution/properties"), keys::<rules::AttributionRule>());
    assert_eq!(at("refusal/properties"), keys::<rules::RefusalRule>());
    assert_eq!(at("permissions/properties"), keys::<crate::graphql::permissions::PermissionRules>());
    let standing = "permissions/properties/stands_for/additionalProperties/items/properties";
    assert_eq!(at(standing), keys::<crate::graphql::filter::flags::standing::StandingRule>());
    let containers = "filter/properties/containers/properties";
    assert_eq!(at(containers), keys::<crate::graphql::filter::containers::ContainerRules>());
    let held = format!("{containers}/asks/items/properties");
    assert_eq!(at(&held), keys::<crate::graphql::filter::containers::HeldRule>());
    assert_eq!(keys_at("/properties/rules/items/properties"), keys::<crate::RuleText>());
    assert_eq!(keys_at("/properties/kinds/additionalProperties/properties"), keys::<crate::kinds::KindText>());
    let mut examples = crate::profile::examples::KEYS.map(str::to_owned).to_vec();
    examples.sort();
    assert_eq!(keys_at("/properties/examples/items/properties"), examples);
}

#[test]
fn whoever_reads_it_in_an_editor_finds_words_at_every_key() {
    fn look(at: &str, value: &Value, bare: &mut Vec<String>) {
        for (name, property) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let at = format!("{at}.{name}");
            let has = |key: &str| property.get(key).and_then(Value::as_str).is_some_and(|words| !words.is_empty());
            if property.get("$ref").is_none() && !(has("title") && has("description")) {
                bare.push(at.clone());
            }
            look(&at, property, bare);
            for below in ["items", "additionalProperties"] {
                property.get(below).into_iter().for_each(|value| look(&at, value, bare));
            }
        }
    }
    let mut bare = Vec::new();
    look("", &schema(), &mut bare);
    assert_eq!(bare, Vec::<String>::new());
}
