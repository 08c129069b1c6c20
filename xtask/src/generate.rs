//! `cargo xtask generate`: files in the repository that the binary itself prints. With `--check` they are compared, so that what
//! readers see is what the code does.

use std::{path::PathBuf, process::Command};

use crate::failure::{Failure, Outcome, While};
use crate::steps::{read, say};
use crate::workspace::Workspace;

/// Where the files are.
const FOLDER: &str = "docs/reference";

/// Each file and the arguments that make the binary print it.
const FILES: &[(&str, &[&str])] = &[
    ("openapi.json", &["openapi"]),
    ("config.schema.json", &["config", "schema"]),
    ("profile.schema.json", &["profile", "schema"]),
    ("configuration.md", &["__reference", "configuration"]),
    ("commands.md", &["__reference", "commands"]),
];

/// What to do about differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write the files.
    Write,
    /// Fail and name them.
    Compare,
}

/// Makes every generated file.
pub fn generate(workspace: &Workspace, mode: Mode) -> Outcome {
    let doorward = workspace.build_doorward(false)?;
    let folder = workspace.root.join(FOLDER);
    let mut stale = Vec::new();
    for (name, arguments) in FILES {
        let file = folder.join(name);
        let fresh = print(&doorward, arguments)?;
        if std::fs::read_to_string(&file).is_ok_and(|text| text == fresh) {
            continue;
        }
        match mode {
            Mode::Compare => stale.push(format!("{FOLDER}/{name}")),
            Mode::Write => {
                std::fs::create_dir_all(&folder).during(format_args!("making {FOLDER}"))?;
                std::fs::write(&file, fresh).during(format_args!("writing {FOLDER}/{name}"))?;
                say(format_args!("wrote {FOLDER}/{name}"));
            }
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("out of date: {}; run `cargo xtask generate` and commit", stale.join(", "))))
}

/// The same text on every machine: no configuration, no terminal, no colours.
fn print(doorward: &PathBuf, arguments: &[&str]) -> Outcome<String> {
    let text = read(
        Command::new(doorward)
            .args(arguments)
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100"),
    )?;
    Ok(format!("{}\n", text.trim_end()))
}
