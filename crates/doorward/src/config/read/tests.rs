//! Lists of sections and secrets, as sections of later versions have them.

use doorward_domain::Secret;
use insta::assert_snapshot;
use schemars::JsonSchema;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::config::setting::One;
use crate::config::settle::Settled;
use crate::config::value_type::{Span, Text};
use crate::config::{Layers, yaml};

/// An example.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Example {
    sign_in: SignIn,
}

/// Ways to sign in.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// Identity providers.
    #[schemars(extend("default" = "[]"))]
    providers: Vec<Provider>,
}

/// One of them.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Provider {
    /// What it is called.
    #[serde(with = "One::<Text>")]
    id: String,
    /// What it knows us by.
    #[serde(with = "One::<Secret>")]
    client_secret: Secret,
    /// How often it is asked.
    #[serde(with = "One::<Span<1000>>")]
    #[schemars(extend("default" = "1h"))]
    sync: Duration,
}

/// What stands in the tree, what was read of it, the paths that something stands in for, and what is wrong.
fn example(yaml: &str) -> (Node, Option<Example>, BTreeSet<String>, Problems) {
    let table: &Table = Box::leak(Box::new(Table::of::<Example>()));
    let mut problems = Problems::default();
    let mut layers = Layers::new(table);
    if let Some(root) = yaml::parse(&Arc::from("x.yaml"), yaml, &mut problems) {
        layers.add_file(root);
    }
    let of_file =
        |path: &str| if path == "/run/secret" { Ok("hunter2\n".to_owned()) } else { Err("no such file".to_owned()) };
    let Settled { tree, mut at_fault } = layers.settle(&of_file, &mut problems);
    let read = read(&tree, table, &mut at_fault, &mut problems);
    problems.sort();
    (tree, read, at_fault, problems)
}

#[test]
fn a_list_of_sections_has_the_defaults_of_each() {
    let (_, read, _, problems) =
        example("sign_in: {providers: [{id: a, client_secret: x}, {id: b, client_secret: y, sync: 2h}]}");
    assert!(problems.is_empty(), "{problems}");
    let providers = read.expect("read").sign_in.providers;
    let spans: Vec<_> = providers.iter().map(|provider| (provider.id.as_str(), provider.sync.as_secs())).collect();
    assert_eq!(spans, [("a", 3600), ("b", 7200)]);
    for nothing in ["", "sign_in:", "sign_in: {providers: null}", "sign_in: {providers: []}"] {
        let (_, read, _, problems) = example(nothing);
        assert!(problems.is_empty() && read.is_some_and(|read| read.sign_in.providers.is_empty()), "{nothing}");
    }
}

#[test]
fn every_item_tells_what_is_wrong_with_it_in_its_place() {
    let yaml = "\
sign_in:
  providers:
    - id: a
      client_secret: x
      sync: often
    - cleint_secret: hunter2
      id: [b]
    - c
    - id: d
      client_secret: {hunter2: hunter2}
";
    let (_, read, at_fault, problems) = example(yaml);
    assert_snapshot!(problems, @"
    the configuration has 5 problems:
      x.yaml:5:13: `sign_in.providers[0].sync`: `often` is not a duration; write it as 30s, 15m, 24h or 7d
      x.yaml:6:7: unknown key `sign_in.providers[1].cleint_secret`; did you mean `client_secret`?
      x.yaml:7:11: `sign_in.providers[1].id`: one value is expected here, not a list: text
      x.yaml:8:7: `sign_in.providers[2]` must be a section of `key: value` lines
      x.yaml:10:22: `sign_in.providers[3].client_secret`: one value is expected here, not a section: a secret
    ");
    let read = read.expect("something stands in");
    assert_eq!(read.sign_in.providers.len(), 1, "only the first has a default for what is wrong");
    assert!(at_fault.contains("sign_in.providers[0].sync"), "{at_fault:?}");
    let (.., problems) = example("sign_in: {providers: [{client_secret: x, sync: 1h}, {id: null, client_secret: y}]}");
    assert_snapshot!(problems, @"
    the configuration has 2 problems:
      x.yaml:1:23: `sign_in.providers[0]` needs `id`
      x.yaml:1:53: `sign_in.providers[1]` needs `id`
    ");
    let (.., problems) = example("sign_in: {providers: a}");
    assert_snapshot!(problems, @"
    the configuration has a problem:
      x.yaml:1:22: `sign_in.providers`: a list is expected here
    ");
}

#[test]
fn a_secret_shows_nowhere_and_may_be_in_a_file_of_its_own() {
    for yaml in [
        "sign_in: {providers: [{id: a, client_secret: hunter2}]}",
        "sign_in: {providers: [{id: a, client_secret_file: /run/secret}]}",
    ] {
        let (tree, read, _, problems) = example(yaml);
        assert!(problems.is_empty(), "{problems}");
        let read = read.expect("read");
        assert_eq!(read.sign_in.providers[0].client_secret.expose(), "hunter2");
        assert!(!format!("{tree:?} {read:?} {}", tree.to_json()).contains("hunter2"), "{tree:?}");
    }
    let (.., problems) = example("sign_in: {providers: [{id: a, client_secret_file: /nowhere}]}");
    assert_snapshot!(problems, @"
    the configuration has a problem:
      x.yaml:1:51: the file it names cannot be read: no such file
    ");
    let (.., problems) = example("sign_in: {providers: [{id: a, client_secret: x, client_secret_file: /run/secret}]}");
    assert_snapshot!(problems, @"
    the configuration has a problem:
      x.yaml:1:49: `sign_in.providers[0].client_secret_file`: `client_secret` is set too; use one of them
    ");
}

#[test]
fn very_many_mistakes_end_with_a_hundred() {
    let yaml = "sign_in:\n  providers:\n".to_owned() + &"  - {id: a, client_secret: x, sync: often}\n".repeat(5000);
    let (_, read, _, problems) = example(&yaml);
    assert!(read.is_none());
    assert_eq!(problems.iter().count(), 100);
}
