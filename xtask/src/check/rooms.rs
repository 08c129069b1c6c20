//! ARCHITECTURE.md is a map: every path it names must exist.

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Folders a path on the map starts with.
const ROOTS: &[&str] = &["crates/", "profiles/", "tests/", "xtask/", "docs/", "fuzz/", "examples/", ".ci/", "clients/"];

/// Looks up every path in backticks.
pub fn check_rooms(workspace: &Workspace) -> Outcome {
    let map = workspace.text("ARCHITECTURE.md")?;
    let missing: Vec<&str> = paths(&map).filter(|path| !workspace.root.join(path).exists()).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("ARCHITECTURE.md names what does not exist: {}", missing.join(", "))))
    }
}

/// What stands in backticks and looks like a path of this repository.
fn paths(map: &str) -> impl Iterator<Item = &str> {
    let is_path = |text: &&str| {
        ROOTS.iter().any(|root| text.starts_with(root))
            && !text.contains(|c: char| c.is_whitespace() || "*{<…".contains(c))
    };
    map.split('`').skip(1).step_by(2).filter(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_backticks_are_found_and_patterns_left_alone() {
        let map = "See `crates/domain/src/lib.rs` and `docs/` but not `GET /x`, crates/other or `profiles/*.yaml`.";
        assert_eq!(paths(map).collect::<Vec<_>>(), ["crates/domain/src/lib.rs", "docs/"]);
    }
}
