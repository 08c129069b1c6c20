//! Asking before what cannot be undone, on a terminal only.

use std::io::{BufRead as _, IsTerminal as _};

use crate::cli::{Failure, Outcome};

/// Goes on when `yes` was given, when nobody is there to ask, or when the answer is yes.
pub fn confirm(yes: bool, question: &str) -> Outcome<()> {
    if yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Failure::failed)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failure::refused("nothing was done")) }
}
