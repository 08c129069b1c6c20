//! Taking a secret in: from standard input when asked to, from a prompt on a terminal, never from an argument.

use doorward_domain::Secret;
use std::io::{IsTerminal as _, Read as _};

use crate::cli::{Failure, Outcome};

/// Longer than any password can be.
const LONGEST: u64 = 4096;

/// The password for somebody.
pub fn password(from_stdin: bool, whose: &str) -> Outcome<Secret> {
    if from_stdin {
        return read_stdin();
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("there is no terminal to ask for the password on; pass it with --password-stdin"));
    }
    let ask = |prompt: String| rpassword::prompt_password(prompt).map(Secret::new).map_err(Failure::failed);
    let first = ask(format!("Password for {whose}: "))?;
    let again = ask("The same again: ".to_owned())?;
    if first.expose() == again.expose() {
        Ok(first)
    } else {
        Err(Failure::refused("the two passwords are not the same"))
    }
}

/// The first line of standard input.
fn read_stdin() -> Outcome<Secret> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(Failure::failed)?;
    let text = Secret::new(text);
    let line = text.expose().trim_start_matches('\u{feff}').split(['\n', '\r']).next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage("standard input holds no password"));
    }
    Ok(Secret::new(line.to_owned()))
}
