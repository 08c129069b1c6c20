//! The project's own commands: `cargo xtask …`.
//!
//! Each command says what it does while it does it, prepares what it needs, and answers with its exit code. This crate knows the
//! repository and the programs around it; it must not depend on Doorward's own crates, so that it builds in seconds.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod check;
mod dagster;
mod failure;
mod generate;
mod python;
mod quickstart;
mod steps;
mod suite;
mod tools;
mod workspace;

use failure::Outcome;
use workspace::Workspace;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Build Doorward, fetch Dagster, and run the example behind Doorward until Ctrl-C.
    Quickstart {
        /// Where Doorward listens on 127.0.0.1.
        #[arg(long, default_value_t = 3000)]
        port: u16,
    },
    /// Prepare everything the tests need, then run all of them, or those whose name contains FILTER.
    Test {
        /// Part of a test's name.
        filter: Option<String>,
    },
    /// Formatting, clippy, layers, documents, generated files, licences.
    Check,
    /// Only the arrows between the crates.
    CheckLayers,
    /// Write the files that the binary prints (`docs/reference/`).
    Generate {
        /// Compare instead of writing.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match obey(&Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\x1b[1;31m✗\x1b[0m {failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(order: &Order) -> Outcome {
    let workspace = Workspace::find()?;
    match order {
        Order::Quickstart { port } => quickstart::quickstart(&workspace, *port),
        Order::Test { filter } => suite::test(&workspace, filter.as_deref()),
        Order::Check => check::check(&workspace),
        Order::CheckLayers => check::check_layers(&workspace),
        Order::Generate { check } => {
            generate::generate(&workspace, if *check { generate::Mode::Compare } else { generate::Mode::Write })
        }
    }
}
