//! Role × operation for Dagster, as a table that is checked in and reviewed as a diff.
//!
//! The table is made by the same reading and the same decision that requests meet. After a change that is meant, write it anew
//! with `DOORWARD_GOLDEN=write cargo test -p doorward-profile --test golden` and read the diff.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test says what it misses by panicking")]

#[path = "golden/door.rs"]
mod door;
#[path = "golden/page.rs"]
mod page;
#[path = "golden/rows.rs"]
mod rows;
#[path = "golden/targets.rs"]
mod targets;

use doorward_domain::Role;
use doorward_profile::Profile;
use std::fmt::Write as _;
use std::path::Path;

use door::{Request, allows, read};
use rows::{examples, listed, sections};

fn dagster() -> Profile {
    Profile::builtin("dagster").expect("the built-in profile")
}

/// Whether the files are written anew instead of compared.
fn writing() -> bool {
    std::env::var_os("DOORWARD_GOLDEN").is_some_and(|value| value == "write")
}

fn table() -> String {
    let profile = dagster();
    let mut out = String::from(
        "# Dagster: who may do what\n\nWritten by `DOORWARD_GOLDEN=write cargo test -p doorward-profile --test golden`; every change is to be \
         reviewed.\n`refused` is 400 for everybody, also for admins.\n",
    );
    for (title, rows) in sections() {
        let roles = Role::ALL.map(Role::as_str).join(" | ");
        write!(
            out,
            "\n## {title}\n\n| request | action | rule | {roles} |\n|---|---|---|{}\n",
            "---|".repeat(Role::ALL.len())
        )
        .unwrap();
        for (name, request) in rows {
            writeln!(out, "| `{}` | {} |", name.replace('|', "\\|"), verdict(&profile, &request).join(" | ")).unwrap();
        }
    }
    out
}

/// Action, rule, and allow or deny for every role.
fn verdict(profile: &Profile, request: &Request) -> Vec<String> {
    match read(profile, request) {
        Ok(intents) => {
            let strongest = intents
                .iter()
                .filter_map(|intent| intent.strongest())
                .reduce(|best, next| if next.action > best.action { next } else { best });
            let strongest = strongest.expect("an operation");
            let mut cells = vec![strongest.action.to_string(), strongest.rule.to_string()];
            cells.extend(Role::ALL.map(|role| if allows(&intents, role) { "allow" } else { "deny" }.to_owned()));
            cells
        }
        Err(misread) => {
            [vec![format!("refused: {}", misread.code), String::new()], vec!["refused".to_owned(); Role::ALL.len()]]
                .concat()
        }
    }
}

/// The weakest role that is let through, if the request is understood and any is.
fn weakest(profile: &Profile, request: &Request) -> Option<Role> {
    let intents = read(profile, request).ok()?;
    let allowed = Role::ALL.map(|role| allows(&intents, role));
    assert!(allowed.is_sorted(), "a stronger role may do less: {request:?}");
    Role::ALL.into_iter().find(|role| allows(&intents, *role))
}

#[test]
fn the_table_is_what_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dagster.md");
    let table = table();
    if writing() {
        std::fs::write(&path, &table).expect("the table can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = table.lines().zip(checked_in.lines()).find(|(new, old)| new != old);
    assert!(table == checked_in, "the table has changed, first here: {differing:#?}");
}

#[test]
fn what_operations_act_on_is_what_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dagster_targets.md");
    let table = targets::table(&dagster());
    if writing() {
        std::fs::write(&path, &table).expect("the table can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = table.lines().zip(checked_in.lines()).find(|(new, old)| new != old);
    assert!(table == checked_in, "the table has changed, first here: {differing:#?}");
}

#[test]
fn the_roles_page_shows_what_is_decided() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/roles.md");
    let page = std::fs::read_to_string(&path).expect("docs/roles.md");
    let fresh = page::with_tables(&page, &dagster()).expect("the page has its marks");
    if writing() {
        std::fs::write(&path, &fresh).expect("the page can be written");
    }
    assert!(writing() || page == fresh, "docs/roles.md is out of date: run with DOORWARD_GOLDEN=write");
}

#[test]
fn every_mutation_and_subscription_has_exactly_the_role_of_the_list() {
    let profile = dagster();
    let mut count = 0;
    for own in listed().iter().filter(|own| own.kind != "route") {
        let document = format!("{} {{ {} }}", own.kind, own.field);
        let request = if own.kind == "mutation" {
            Request::graphql(&document, &serde_json::json!({}))
        } else {
            Request::socket(&document)
        };
        let expected: Role = own.role.parse().unwrap_or_else(|_| panic!("{}: not a role: {}", own.field, own.role));
        assert_eq!(weakest(&profile, &request), Some(expected), "{}", own.field);
        count += 1;
    }
    assert_eq!(count, 44);
}

#[test]
fn every_field_that_counts_wherever_it_stands_is_in_the_table() {
    let profile = dagster();
    let fields = &profile.graphql().expect("GraphQL").rules().fields;
    let shown: std::collections::BTreeSet<String> =
        rows::nested().iter().map(|(name, _)| name.split('(').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(fields.keys().cloned().collect::<std::collections::BTreeSet<_>>(), shown);
}

#[test]
fn every_route_has_exactly_the_role_of_the_list() {
    let profile = dagster();
    for own in listed().iter().filter(|own| own.kind == "route" && !own.field.contains("/graphql")) {
        let word = own.role.split([' ', '(']).next().expect("a word");
        let expected: Role = word.parse().unwrap_or_else(|_| panic!("{}: not a role: {}", own.field, own.role));
        let examples = examples(&own.field);
        assert!(!examples.is_empty(), "{}", own.field);
        for line in examples {
            assert_eq!(weakest(&profile, &Request::http(line)), Some(expected), "{line}");
        }
    }
}

#[test]
fn every_mutation_has_been_reviewed_with_the_arguments_of_the_list() {
    let profile = dagster();
    let reviewed = &profile.reviewed().expect("a review").arguments;
    let listed = listed().into_iter().filter(|own| own.kind == "mutation");
    let listed = listed.map(|own| (own.field, own.args.into_keys().collect::<Vec<_>>())).collect();
    assert_eq!(*reviewed, listed);
}

#[test]
fn the_permissions_shown_are_those_of_the_roles() {
    let matrix: serde_json::Value =
        serde_json::from_str(include_str!("data/dagster_permission_matrix.json")).expect("the matrix");
    let profile = dagster();
    let actions = &profile.graphql().expect("GraphQL").rules().permissions.actions;
    for role in Role::ALL {
        let expected = matrix["role_permissions"][role.as_str()].as_array().expect("a list");
        for (name, action) in actions {
            // Nobody has app-managed components in the open-source edition: the tool says so itself.
            let listed = expected.iter().any(|own| own == name.as_str())
                || name == "edit_app_managed_components" && role == Role::Admin;
            assert_eq!(role.allows(*action), listed, "{role} {name}");
        }
    }
    assert_eq!(actions.len(), 21);
}
