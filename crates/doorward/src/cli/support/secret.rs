//! Taking a secret in: from standard input when asked to, from a prompt on a terminal, never from an argument.

use doorward_domain::Secret;
use std::io::{IsTerminal as _, Read};

use crate::cli::{Failure, Outcome};

/// Longer than any password can be.
const LONGEST: u64 = 4096;

/// The password for somebody.
pub fn password(from_stdin: bool, whose: &str) -> Outcome<Secret> {
    if from_stdin {
        return first_line(std::io::stdin());
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
fn first_line(input: impl Read) -> Outcome<Secret> {
    let mut text = String::new();
    input.take(LONGEST).read_to_string(&mut text).map_err(Failure::failed)?;
    let text = Secret::new(text);
    let line = text.expose().trim_start_matches('\u{feff}').split(['\n', '\r']).next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage("standard input holds no password"));
    }
    Ok(Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some editors begin a file with a byte order mark, and PowerShell what it passes on; nobody can type it.
    #[test]
    fn a_password_is_the_first_line_without_a_byte_order_mark() {
        for text in ["pass word", "pass word\n", "pass word\r\nmore\n", "\u{feff}pass word\n", "\u{feff}pass word"] {
            assert_eq!(first_line(text.as_bytes()).expect("a password").expose(), "pass word", "{text:?}");
        }
        for text in ["", "\n", "\u{feff}", "\u{feff}\r\npass word"] {
            assert!(first_line(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
