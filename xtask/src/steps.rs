//! Running other programs so that the person watching sees what happens.

use std::{
    ffi::OsStr,
    io::IsTerminal as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::failure::{Failure, Outcome, While};

/// Says what comes next.
pub fn say(what: impl std::fmt::Display) {
    eprintln!("{} {what}", coloured("1;36", "▸"));
}

/// Says what failed.
pub fn say_failed(what: impl std::fmt::Display) {
    eprintln!("{} {what}", coloured("1;31", "✗"));
}

/// In a colour (ECMA-48 section 8.3.117), if a terminal reads it whose owner did not turn colours off (no-color.org).
fn coloured(colour: &str, text: &str) -> String {
    let is_off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if is_off || !std::io::stderr().is_terminal() { text.to_owned() } else { format!("\x1b[{colour}m{text}\x1b[0m") }
}

/// A command line as one would type it.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a program with our terminal; anything but exit code 0 is a failure that names the command.
pub fn run(command: &mut Command) -> Outcome {
    let line = shown(command);
    eprintln!("  $ {line}");
    let status = command.status().during(format_args!("cannot start `{line}`"))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{line}` failed ({status})"))) }
}

/// Runs a program without a word; only when it fails is what it said shown.
pub fn run_quietly(command: &mut Command) -> Outcome {
    let line = shown(command);
    let output = command.stdin(Stdio::null()).output().during(format_args!("cannot start `{line}`"))?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Failure::new(format!("`{line}` failed ({})", output.status)))
}

/// Runs a program quietly and hands back what it printed.
pub fn read(command: &mut Command) -> Outcome<String> {
    let line = shown(command);
    let output = command.stdin(Stdio::null()).output().during(format_args!("cannot start `{line}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("`{line}` failed ({}): {}", output.status, said.trim())));
    }
    String::from_utf8(output.stdout).during(format_args!("`{line}` printed something that is not UTF-8"))
}

/// Cargo, the one that runs us, in the workspace.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Where a program is, if it is in `PATH`.
pub fn which(program: impl AsRef<OsStr>) -> Option<std::path::PathBuf> {
    let program = program.as_ref();
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
