//! The project's own commands: `cargo xtask …`.
//!
//! Each command says what it does while it does it, prepares what it needs, and answers with its exit code. This crate knows the
//! repository and the programs around it; it must not depend on Doorward's own crates, so that it builds in seconds.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

mod bench;
mod check;
mod dagster;
mod databases;
mod dist;
mod failure;
mod fix;
mod fuzz;
mod generate;
mod imports;
mod process;
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
        /// Only what needs nothing but cargo: no Dagster, no browser, no packages.
        #[arg(long)]
        quick: bool,
    },
    /// Measure the door beside nginx and bare Dagster, and print ratios.
    Bench {
        /// Shorter, for the direction and not for publishing.
        #[arg(long)]
        quick: bool,
        /// Only this build beside another one (its binary), such as that of before a change.
        #[arg(long, value_name = "FILE")]
        beside: Option<PathBuf>,
    },
    /// Load at a fixed rate; what `bench` runs on its own core.
    #[command(hide = true)]
    PacedLoad {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        path: String,
        #[arg(long)]
        cookie: Option<String>,
        #[arg(long)]
        rate: f64,
        #[arg(long)]
        seconds: f64,
    },
    /// Build what people install into `target/packages`: a wheel, a tarball, a Debian package, and their checksums.
    Dist {
        /// cargo's profile: `dist` is what ships, `packaging` is what the tests build, in a third of the time.
        #[arg(long, default_value = "dist")]
        profile: String,
    },
    /// Run the fuzz targets for longer than the tests do.
    Fuzz {
        /// For each target.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
    },
    /// Formatting, imports, clippy, layers, documents, generated files, licences.
    Check,
    /// Put right what a program can: imports, what clippy knows to mend, formatting, generated files.
    Fix {
        /// Only imports and formatting, for which nothing is compiled.
        #[arg(long)]
        quick: bool,
    },
    /// Only the arrows between the crates, and between the modules of the big ones.
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
            steps::say_failed(failure);
            ExitCode::FAILURE
        }
    }
}

fn obey(order: &Order) -> Outcome {
    let workspace = Workspace::find()?;
    match order {
        Order::Quickstart { port } => quickstart::quickstart(&workspace, *port),
        Order::Test { filter, quick: true } => suite::quick(&workspace, filter.as_deref()),
        Order::Test { filter, quick: false } => suite::test(&workspace, filter.as_deref()),
        Order::Bench { quick, beside } => bench::bench(&workspace, *quick, beside.as_deref()),
        Order::PacedLoad { port, path, cookie, rate, seconds } => {
            bench::paced_load(*port, path, cookie.as_deref(), *rate, *seconds)
        }
        Order::Dist { profile } => dist::dist(&workspace, profile).map(drop),
        Order::Fuzz { seconds } => fuzz::fuzz(&workspace, *seconds),
        Order::Check => check::check(&workspace),
        Order::Fix { quick } => fix::fix(&workspace, *quick),
        Order::CheckLayers => check::check_layers(&workspace),
        Order::Generate { check } => {
            generate::generate(&workspace, if *check { generate::Mode::Compare } else { generate::Mode::Write })
        }
    }
}
