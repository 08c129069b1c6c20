//! `cargo xtask check`: everything that needs no running product.

use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::generate;
use crate::imports;
use crate::steps::{cargo, run, say, say_failed};
use crate::workspace::Workspace;

mod fuzz_lock;
mod graph;
mod layers;
mod licences;
mod links;
mod modules;
mod paths;
mod unused;

pub use layers::check_layers;

/// One check: its name and how it is made.
type Check = (&'static str, fn(&Workspace) -> Outcome);

/// In the order of how quickly they answer.
const CHECKS: &[Check] = &[
    ("formatting", formatting),
    ("order of imports", imports::check),
    ("layers", check_layers),
    ("unused dependencies", unused::check_unused),
    ("the fuzz targets' dependencies", fuzz_lock::check_fuzz_lock),
    ("licences", licences::check_licences),
    ("paths named in documents and comments", paths::check_paths),
    ("links among the documents", links::check_links),
    ("clippy", clippy),
    ("documentation of the code", rustdoc),
    ("generated files", |workspace| generate::generate(workspace, generate::Mode::Compare)),
];

/// Makes every check, and fails at the end if any of them did: one run shows all there is to mend.
pub fn check(workspace: &Workspace) -> Outcome {
    let mut failed = Vec::new();
    for (name, make) in CHECKS {
        say(name);
        if let Err(failure) = make(workspace) {
            say_failed(failure);
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        say("all checks passed");
        return Ok(());
    }
    Err(Failure::new(format!("{} of {} checks failed: {}", failed.len(), CHECKS.len(), failed.join(", "))))
}

fn formatting(workspace: &Workspace) -> Outcome {
    run(cargo(&workspace.root).args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Outcome {
    run(cargo(&workspace.root).args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn rustdoc(workspace: &Workspace) -> Outcome {
    let mut cargo: Command = cargo(&workspace.root);
    run(cargo
        .args(["doc", "--locked", "--workspace", "--no-deps", "--document-private-items", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links"))
}
