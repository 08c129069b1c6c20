//! `cargo xtask check-layers`: the arrows between our crates, and between the modules of the big ones, are those of the
//! design, and the pure rooms stay pure.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use super::modules;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Each crate and whom it may name. A crate that is not here has no place yet: draw it in ARCHITECTURE.md first.
const ARROWS: &[(&str, &[&str])] = &[
    ("doorward-domain", &[]),
    ("doorward-http", &["doorward-domain"]),
    ("doorward-profile", &["doorward-domain"]),
    ("doorward-service", &["doorward-domain", "doorward-profile"]),
    ("doorward-store", &["doorward-domain", "doorward-profile", "doorward-service"]),
    ("doorward-connect", &["doorward-domain", "doorward-profile", "doorward-service"]),
    ("doorward-proxy", &["doorward-domain", "doorward-http", "doorward-profile", "doorward-service"]),
    ("doorward-web", &["doorward-domain", "doorward-http", "doorward-profile", "doorward-service"]),
    (
        "doorward",
        &[
            "doorward-domain",
            "doorward-http",
            "doorward-profile",
            "doorward-service",
            "doorward-store",
            "doorward-connect",
            "doorward-proxy",
            "doorward-web",
        ],
    ),
    // Only ever a dev-dependency: it sees what it builds test doubles of.
    (
        "doorward-testkit",
        &["doorward-domain", "doorward-http", "doorward-profile", "doorward-service", "doorward-store"],
    ),
    // What must hold for hostile input; run by its own tests and by cargo-fuzz, and named by nobody.
    ("doorward-fuzz", &["doorward-domain", "doorward-http", "doorward-profile", "doorward-service", "doorward-proxy"]),
    // These two see the product from outside, as its users do.
    ("doorward-tests", &[]),
    ("xtask", &[]),
];

/// What a room must not be linked with, however far away it is named.
const CLOSED_TO: &[(&str, &[&str])] = &[
    ("doorward-domain", PURE),
    ("doorward-http", PURE),
    ("doorward-profile", PURE),
    ("doorward-service", &["hyper", "axum", "sea-orm", "sqlx", "reqwest"]),
    ("doorward-proxy", &["sea-orm", "sqlx", "libsqlite3-sys", "axum", "reqwest"]),
    ("doorward-web", &["sea-orm", "sqlx", "libsqlite3-sys", "reqwest"]),
    ("doorward-store", &["hyper", "axum", "reqwest"]),
    ("doorward", &["doorward-testkit", "openssl-sys", "ring"]),
];

/// No async, no input or output, no database, no HTTP server.
const PURE: &[&str] =
    &["tokio", "mio", "socket2", "sea-orm", "sqlx", "libsqlite3-sys", "axum", "hyper", "tower", "reqwest"];

/// The crate that only tests may name.
const TESTKIT: &str = "doorward-testkit";

/// Compares what cargo resolved with what the design draws.
pub fn check_layers(workspace: &Workspace) -> Outcome {
    let graph = Graph::read(workspace)?;
    let mut wrong = forbidden_arrows(&graph.own_arrows(false), &graph.own_arrows(true));
    for (room, closed_to) in CLOSED_TO {
        let reached = graph.reach(room);
        wrong.extend(
            closed_to
                .iter()
                .filter(|name| reached.contains(*name))
                .map(|name| format!("{room} must not be linked with {name}")),
        );
    }
    wrong.extend(modules::wrong_arrows(workspace)?);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("the arrows are not those of the design:\n  {}", wrong.join("\n  "))))
    }
}

type Arrows<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn forbidden_arrows(shipped: &Arrows<'_>, with_tests: &Arrows<'_>) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (from, to) in with_tests {
        let Some(may) = allowed.get(from) else {
            wrong.push(format!("{from} has no place in the design (xtask/src/check/layers.rs)"));
            continue;
        };
        let named = shipped.get(from);
        for name in to.iter().filter(|name| !may.contains(name)) {
            let only_for_tests = !named.is_some_and(|shipped| shipped.contains(name));
            // A crate's tests may stand on the testkit, and the testkit's on what it is for.
            if !(only_for_tests && (*name == TESTKIT || *from == TESTKIT)) {
                wrong.push(format!("{from} → {name}"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows<'a>(list: &[(&'a str, &[&'a str])]) -> Arrows<'a> {
        list.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect()
    }

    #[test]
    fn an_arrow_that_points_outward_is_found() {
        let drawn = arrows(&[("doorward-service", &["doorward-domain", "doorward-store"])]);
        assert_eq!(forbidden_arrows(&drawn, &drawn), ["doorward-service → doorward-store"]);
    }

    #[test]
    fn neighbours_do_not_see_one_another() {
        let drawn = arrows(&[("doorward-proxy", &["doorward-web"])]);
        assert_eq!(forbidden_arrows(&drawn, &drawn), ["doorward-proxy → doorward-web"]);
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        let shipped = arrows(&[("doorward-web", &[])]);
        let with_tests = arrows(&[("doorward-web", &["doorward-testkit"])]);
        assert_eq!(forbidden_arrows(&shipped, &with_tests), [""; 0]);
        assert_eq!(forbidden_arrows(&with_tests, &with_tests), ["doorward-web → doorward-testkit"]);
    }

    #[test]
    fn a_crate_nobody_drew_is_found() {
        let drawn = arrows(&[("doorward-extras", &[])]);
        assert_eq!(forbidden_arrows(&drawn, &drawn).len(), 1);
    }
}
