//! What documents and comments call a path of this repository exists in it.

use std::path::{Path, PathBuf};

use super::links::documents;
use crate::failure::{Failure, Outcome, While};
use crate::imports::sources;
use crate::workspace::Workspace;

/// What a path of this repository starts with.
const ROOTS: &[&str] =
    &[".ci/", "crates/", "docs/", "examples/", "fuzz/", "packaging/", "profiles/", "tests/", "xtask/"];

/// Looks up every path in backticks in the documents and in the comments of the sources.
pub fn check_paths(workspace: &Workspace) -> Outcome {
    let root = &workspace.root;
    let mut missing = Vec::new();
    for file in documents(root)?.into_iter().chain(sources(root)?.into_iter().map(|file| root.join(file))) {
        let text = std::fs::read_to_string(&file).during(format_args!("reading {}", file.display()))?;
        let said = if file.extension().is_some_and(|e| e == "rs") { comments(&text) } else { text };
        let bases = bases(root, &file);
        let unknown = paths(&said).filter(|path| !bases.iter().any(|base| base.join(path).exists()));
        let shown = file.strip_prefix(root).unwrap_or(&file).display();
        missing.extend(unknown.map(|path| format!("{shown}: {path}")));
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("paths that lead nowhere:\n  {}", missing.join("\n  "))))
    }
}

/// Where a path may start: at the root, or in a folder above the file that names it (`tests/` of its own crate).
fn bases(root: &Path, file: &Path) -> Vec<PathBuf> {
    file.ancestors().skip(1).take_while(|folder| folder.starts_with(root)).map(Path::to_owned).collect()
}

/// The text of the comments, each on its line.
fn comments(code: &str) -> String {
    let texts = code.lines().filter_map(|line| line.trim_start().strip_prefix("//"));
    texts.map(|text| text.trim_start_matches(['/', '!'])).collect::<Vec<_>>().join("\n")
}

/// What stands in backticks, begins and ends on one line, and looks like a path of this repository.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_path = |text: &&str| {
        ROOTS.iter().any(|root| text.starts_with(root))
            && !text.contains(|c: char| c.is_whitespace() || "*{<…".contains(c))
    };
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_backticks_are_found_and_patterns_left_alone() {
        let map = "See `crates/domain/src/lib.rs` and `docs/` but not `GET /x`, crates/other or `profiles/*.yaml`.";
        assert_eq!(paths(map).collect::<Vec<_>>(), ["crates/domain/src/lib.rs", "docs/"]);
    }

    #[test]
    fn comments_are_read_and_code_is_not() {
        let code = "//! See `tests/a.rs`.\nlet a = \"`tests/b.rs`\";\n    /// `tests/c.rs`\n";
        assert_eq!(paths(&comments(code)).collect::<Vec<_>>(), ["tests/a.rs", "tests/c.rs"]);
    }
}
