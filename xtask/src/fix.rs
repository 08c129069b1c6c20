//! `cargo xtask fix`: puts right what a program can put right, so that `cargo xtask check` is about the rest.

use crate::failure::Outcome;
use crate::generate;
use crate::imports;
use crate::steps::{cargo, run, say};
use crate::workspace::Workspace;

/// What clippy knows how to mend, imports, formatting, generated files: in the order in which one needs the other. Quickly, only
/// what needs no compiling.
pub fn fix(workspace: &Workspace, quick: bool) -> Outcome {
    if !quick {
        say("what clippy can mend");
        let all = ["--locked", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"];
        run(cargo(&workspace.root).arg("clippy").args(all))?;
    }
    say("imports and formatting");
    imports::fix(workspace)?;
    run(cargo(&workspace.root).args(["fmt", "--all"]))?;
    if !quick {
        say("generated files");
        generate::generate(workspace, generate::Mode::Write)?;
    }
    Ok(())
}
