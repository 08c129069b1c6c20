//! `cargo xtask quickstart` from its first line to a sign-in, with programs in the place of those that would take minutes: what builds
//! Doorward hands out the one under test, what installs Dagster the one that the tests have. Both say as much as the real ones do, and more.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{assert_signs_in, set_up};
use crate::harness::dagster_home::programs_of;
use crate::harness::port::free_port;
use crate::harness::process::Process;
use crate::harness::{binary, eventually, prepared};

/// In the place of cargo.
const CARGO: &str = r#"#!/bin/sh
case "$1" in
metadata) exec {cargo} "$@" ;;
build)
    for n in $(seq 420); do echo "   Compiling crate-$n v1.0.0"; echo "warning: crate-$n says something" >&2; done
    mkdir -p "$CARGO_TARGET_DIR/release" && cp {doorward} "$CARGO_TARGET_DIR/release/doorward" ;;
*) echo "cargo $*: what is that for?" >&2; exit 1 ;;
esac
"#;

/// In the place of Python, of the system's and of the one in the environment that is made.
const PYTHON: &str = r#"#!/bin/sh
case "$1 $2" in
"-m venv")
    for folder; do :; done
    mkdir -p "$folder/bin" && ln -s {programs}/* "$folder/bin/" && rm "$folder/bin/python" && cp "$0" "$folder/bin/python" ;;
"-m pip") for n in $(seq 420); do echo "Collecting package-$n"; echo "Installing package-$n" >&2; done ;;
*) exec {programs}/python "$@" ;;
esac
"#;

/// What is printed at most, before anybody uses it: a line for each step, the first words of Doorward's and those of Dagster's.
const LINES: usize = 30;

/// Columns of a line of ours, beside what it names of the machine.
const COLUMNS: usize = 140;

fn program(file: &Path, text: &str) {
    std::fs::write(file, text).expect("written");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

/// Starts it as from a fresh clone, with a build folder in which there is nothing.
fn start(folder: &Path, port: u16) -> Process {
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).expect("made");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let doorward = binary::doorward().display().to_string();
    program(&folder.join("cargo"), &CARGO.replace("{cargo}", &cargo).replace("{doorward}", &doorward));
    let programs = programs_of("DOORWARD_TEST_PYTHON").display().to_string();
    program(&bin.join("python3"), &PYTHON.replace("{programs}", &programs));
    let mut command = Command::new(prepared("DOORWARD_TEST_XTASK"));
    command.args(["quickstart", "--port", &port.to_string()]);
    command.envs(std::env::vars().filter(|(name, _)| !name.starts_with("DOORWARD_")));
    command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH")));
    // What else runs on this machine is not to be told of.
    command.env("TMPDIR", folder).env("XDG_RUNTIME_DIR", folder);
    command.env("CARGO", folder.join("cargo")).env("CARGO_TARGET_DIR", folder.join("target"));
    // Nothing among the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Process::start(&mut command, &folder.join("terminal.log"))
}

/// Without what it names of this machine, whose length is not ours.
fn ours<'a>(line: &'a str, folder: &str) -> std::borrow::Cow<'a, str> {
    if line.contains(folder) { line.replace(folder, "").into() } else { line.into() }
}

#[tokio::test]
async fn one_command_says_a_short_line_for_each_step_and_last_how_to_sign_in() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().display().to_string();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut door = start(temporary.path(), port);
    let ways_in = || door.output().matches("/_doorward/setup?token=").count();
    assert!(eventually(Duration::from_mins(2), async || ways_in() >= 2).await, "never ready:\n{}", door.output());

    let said = door.output();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() <= LINES, "{} lines:\n{said}", lines.len());
    let steps: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("▸ ")).collect();
    assert_eq!(lines.iter().position(|line| !line.starts_with("▸ ")), Some(3), "first the steps:\n{said}");
    for (step, begins) in steps.iter().zip(["building Doorward", "putting what examples/", "starting Dagster behind"]) {
        assert!(step.starts_with(begins), "{step}");
    }
    assert_eq!(steps.len(), 3, "{said}");
    // What Dagster says is Dagster's own.
    let own: Vec<&str> = lines.into_iter().filter(|line| !line.starts_with("dagster | ")).collect();
    for line in &own {
        assert!(!line.contains('\x1b'), "colours where there is no terminal: {line:?}");
        assert!(ours(line, &folder).chars().count() <= COLUMNS, "a long line: {line}");
    }
    let [.., address, last] = own[..] else { panic!("{said}") };
    assert_eq!(address, format!("Dagster answers at {url}/"), "{said}");
    assert!(last.trim().starts_with(&format!("set up      {url}/_doorward/setup?token=")), "{said}");

    set_up(&url, &said).await;
    assert_signs_in(&url, "root").await;
    door.signal("TERM");
    let status = door.end_within(Duration::from_secs(90)).await.expect("what stops it reaches Doorward");
    assert_eq!(status.code(), Some(0), "{}", door.output());
}
