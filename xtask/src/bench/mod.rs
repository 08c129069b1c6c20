//! `cargo xtask bench`: how fast the door is, side by side with what one would use instead.
//!
//! The proxy under test has core 0 to itself; the load generator and the upstream share core 1. Everything that is compared is
//! measured in turns (A, B, A, B, …) in one run, and the figure is the median of the rounds' ratios, so that a machine that gets
//! slower or faster meanwhile does not decide the result. Nothing here is asserted in tests: figures depend on the machine.

use std::path::Path;
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::python::Venv;
use crate::steps::say;
use crate::tools;
use crate::workspace::Workspace;

mod company;
mod database;
mod door;
mod http;
mod load;
mod measure;
mod nginx;
mod paced;
mod report;
mod seed;

pub use paced::generate as paced_load;

/// The proxy's core.
const PROXY_CORE: usize = 0;
/// The core of load and upstream.
const LOAD_CORE: usize = 1;

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Turns of A and B.
    pub rounds: usize,
    /// Each turn.
    pub turn: Duration,
}

impl Effort {
    /// For figures to publish, or (`quick`) to see the direction.
    pub const fn of(quick: bool) -> Self {
        if quick {
            Self { rounds: 3, turn: Duration::from_secs(2) }
        } else {
            Self { rounds: 7, turn: Duration::from_secs(5) }
        }
    }
}

/// Measures everything, or this build beside another one; prints the table, writes `bench.json` into the build folder.
pub fn bench(workspace: &Workspace, quick: bool, beside: Option<&Path>) -> Outcome {
    if std::thread::available_parallelism()?.get() < 2 {
        return Err(Failure::new("the bench needs two cores: one for the proxy, one for load and upstream"));
    }
    for tool in [tools::WRK, tools::NGINX, tools::SQLITE, tools::UTIL_LINUX] {
        tool.ensure()?;
    }
    say("building Doorward (release)");
    let doorward = workspace.build_doorward(true)?;
    let folder = workspace.scratch("bench")?;
    let bench = measure::Bench { effort: Effort::of(quick), doorward, folder };
    let figures = match beside {
        Some(other) => bench.beside_build(other)?,
        None => everything(workspace, &bench)?,
    };
    report::publish(workspace, &figures, quick)
}

fn everything(workspace: &Workspace, bench: &measure::Bench) -> Outcome<Vec<report::Figure>> {
    let venv = Venv::dagster(workspace)?;
    let mut figures = bench.alone()?;
    figures.extend(bench.beside_nginx()?);
    figures.push(bench.keys()?);
    figures.extend(bench.rights()?);
    figures.push(bench.crowd()?);
    figures.extend(bench.beside_dagster(workspace, &venv)?);
    Ok(figures)
}
