//! `cargo xtask test`: prepares whatever the tests need, then runs all of them; with `--quick` those that need nothing prepared.
//!
//! Nothing is skipped for want of a tool: what is missing is installed, and what cannot be installed fails the run in words.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::dagster::Dagster;
use crate::databases::{self, DatabaseServer};
use crate::dist;
use crate::failure::{Failure, Outcome, While};
use crate::python::Venv;
use crate::steps::{cargo, run, say, which};
use crate::tools;
use crate::workspace::Workspace;

/// Runs every test whose name contains the filter.
pub fn test(workspace: &Workspace, filter: Option<&str>) -> Outcome {
    let began = Instant::now();
    // Before it is built again, which puts another file in its place.
    let xtask = std::env::current_exe().during("looking for this program")?;
    // Fetching waits for the network, building for the processor.
    let (fetched, built) = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| Fetched::all(workspace));
        let built = build(workspace, filter);
        (fetching.join().unwrap_or_else(|_| Err(Failure::new("fetching panicked"))), built)
    });
    let (fetched, (doorward, packages)) = (fetched?, built?);

    say("starting the Dagster, the PostgreSQL and the MariaDB that the tests share");
    let dagster = Dagster::start(workspace, &fetched.dagster, None)?;
    let (postgres, mariadb) = (DatabaseServer::postgres()?, DatabaseServer::mariadb()?);
    say(format_args!("running the tests: {}", filter.unwrap_or("all of them")));
    let result = run(runner(workspace)
        .arg("--workspace")
        .args(filter)
        .env("PATH", fetched.dagster.path()?)
        // A snapshot that differs is a failed test, not a new file among the sources.
        .env("INSTA_UPDATE", "no")
        .env("DOORWARD_TEST_BINARY", &doorward)
        .env("DOORWARD_TEST_XTASK", &xtask)
        .env("DOORWARD_TEST_PYTHON", fetched.dagster.program("python"))
        .env("DOORWARD_TEST_TOOLS_PYTHON", fetched.tools.program("python"))
        .env("DOORWARD_TEST_DG_PYTHON", fetched.dg.program("python"))
        .env("DOORWARD_TEST_DAGSTER", dagster.url())
        .env("DOORWARD_TEST_POSTGRES", postgres.url())
        .env("DOORWARD_TEST_MARIADB", mariadb.url())
        .env("DOORWARD_TEST_CHROMIUM", &fetched.chromium)
        .env("DOORWARD_TEST_BROWSER", &fetched.browser)
        .env("DOORWARD_TEST_IMAGES", images(workspace))
        .envs(packages));
    drop((dagster, postgres, mariadb));
    let result = result.and(examples_in_docs(workspace, filter));
    conclude(began, &result);
    result
}

/// What the tests need that others made.
struct Fetched {
    dagster: Venv,
    tools: Venv,
    dg: Venv,
    chromium: PathBuf,
    browser: PathBuf,
}

impl Fetched {
    fn all(workspace: &Workspace) -> Outcome<Self> {
        say("preparing: Debian packages, Dagster and other tools, browser test packages");
        let chromium = tools::CHROMIUM.ensure()?;
        for tool in [tools::NODE, tools::NPM, tools::NGINX, tools::SQLITE, tools::UTIL_LINUX] {
            tool.ensure()?;
        }
        databases::ensure()?;
        Ok(Self {
            dagster: Venv::dagster(workspace)?,
            tools: Venv::tools(workspace)?,
            dg: Venv::dg(workspace)?,
            chromium,
            browser: browser_packages(workspace)?,
        })
    }
}

/// The binary, and what the tests need of the packages.
fn build(workspace: &Workspace, filter: Option<&str>) -> Outcome<(PathBuf, Vec<(&'static str, PathBuf)>)> {
    let packages = packages(workspace, filter)?;
    say("building Doorward and the tests (debug)");
    let doorward = workspace.build_doorward(false)?;
    build_tests(workspace)?;
    Ok((doorward, packages))
}

/// Runs the tests that need nothing but cargo, and of those the ones that are not slow by what they are about: see `.config/nextest.toml`.
pub fn quick(workspace: &Workspace, filter: Option<&str>) -> Outcome {
    let began = Instant::now();
    say(format_args!("running the quick tests: {}", filter.unwrap_or("all of them")));
    let nextest: &[&[&str]] = &[&["--workspace", "--exclude", "doorward-tests", "--profile", "quick"]];
    // Cargo's own runner cannot leave out single tests, so the crates that have such name the programs it runs.
    let own: &[&[&str]] = &[
        &["--workspace", "--exclude", "doorward-tests", "--exclude", "doorward-profile", "--exclude", "doorward-store"],
        &["--package", "doorward-profile", "--lib", "--test", "golden"],
        &["--package", "doorward-store", "--lib", "--test", "contract"],
    ];
    let runs = if has_nextest() { nextest } else { own };
    let result = runs
        .iter()
        .try_for_each(|arguments| run(runner(workspace).args(*arguments).args(filter).env("INSTA_UPDATE", "no")))
        .and_then(|()| examples_in_docs(workspace, filter));
    conclude(began, &result);
    result
}

fn conclude(began: Instant, result: &Outcome) {
    let took = began.elapsed().as_secs();
    let verdict = if result.is_ok() { "all tests passed" } else { "TESTS FAILED" };
    say(format_args!("{verdict} ({} min {} s, with building and preparing)", took / 60, took % 60));
}

/// What people install, built from these sources, and what the tests need to try it. Building it takes minutes, so a filter that is
/// not about packages does without.
fn packages(workspace: &Workspace, filter: Option<&str>) -> Outcome<Vec<(&'static str, PathBuf)>> {
    if filter.is_some_and(|filter| !"packages".contains(filter) && !filter.contains("packages")) {
        return Ok(Vec::new());
    }
    tools::SYSTEMD.ensure()?;
    tools::ADDUSER.ensure()?;
    let tried_with = Venv::packaging(workspace)?.bin();
    Ok(vec![("DOORWARD_TEST_PACKAGES", dist::dist(workspace, "packaging")?), ("DOORWARD_TEST_PACKAGING", tried_with)])
}

fn build_tests(workspace: &Workspace) -> Outcome {
    let mut cargo = cargo(&workspace.root);
    if has_nextest() {
        cargo.args(["nextest", "run", "--no-run"]);
    } else {
        cargo.args(["test", "--no-run"]);
    }
    run(cargo.args(["--locked", "--workspace"]))
}

/// What the documentation shows as code, and says that it does not compile: cargo's own runner takes it with the rest, nextest does not.
fn examples_in_docs(workspace: &Workspace, filter: Option<&str>) -> Outcome {
    if !has_nextest() {
        return Ok(());
    }
    say("running the examples of the documentation");
    run(cargo(&workspace.root).args(["test", "--locked", "--workspace", "--doc", "--quiet", "--"]).args(filter))
}

/// cargo-nextest where it is installed (each test in a process of its own, a readable summary), else cargo's own runner.
fn runner(workspace: &Workspace) -> Command {
    let mut cargo = cargo(&workspace.root);
    if has_nextest() {
        cargo.args(["nextest", "run", "--locked", "--no-fail-fast", "--no-tests", "fail"]);
        if std::env::var_os("NEXTEST_TEST_THREADS").is_none() {
            // Tests of the whole product wait for servers, browsers and clocks more than they work.
            let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
            cargo.arg("--test-threads").arg((2 * cores).to_string());
        }
    } else {
        cargo.args(["test", "--locked", "--no-fail-fast"]);
    }
    cargo
}

/// Where the browser tests put pictures: where the caller says (`DOORWARD_TEST_IMAGES=docs/images` renews the README's), else
/// the build folder.
fn images(workspace: &Workspace) -> PathBuf {
    let wanted =
        std::env::var_os("DOORWARD_TEST_IMAGES").map_or_else(|| workspace.target.join("test-images"), PathBuf::from);
    workspace.root.join(wanted)
}

fn has_nextest() -> bool {
    which("cargo-nextest").is_some()
}

/// playwright-core and axe-core, exactly as the lock file says; neither downloads a browser.
fn browser_packages(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = workspace.root.join("tests/browser");
    let lock = read_text(&folder.join("package-lock.json"))?;
    let installed_from = folder.join("node_modules/.installed-from.json");
    if std::fs::read_to_string(&installed_from).is_ok_and(|text| text == lock) {
        return Ok(folder);
    }
    say("installing the browser test packages (npm ci, lock file in tests/browser)");
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    std::fs::write(&installed_from, lock).during("writing node_modules/.installed-from.json")?;
    Ok(folder)
}

fn read_text(file: &Path) -> Outcome<String> {
    std::fs::read_to_string(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
