//! Every dependency that is declared is named by some source.

use std::collections::BTreeSet;

use super::graph::Graph;
use crate::failure::{Failure, Outcome, While};
use crate::imports::sources;
use crate::workspace::Workspace;

/// Crate and dependency that stand though no source names them, and why.
const KEPT: &[(&str, &str)] = &[
    // The room is still empty; its arrows are drawn.
    ("doorward-connect", "doorward-domain"),
    ("doorward-connect", "doorward-service"),
    ("doorward", "doorward-connect"),
];

/// Looks for each dependency of our crates among their sources, and for each that the workspace declares among its crates.
pub fn check_unused(workspace: &Workspace) -> Outcome {
    let graph = Graph::read(workspace)?;
    let files = sources(&workspace.root)?;
    let mut wanted = BTreeSet::new();
    let mut unused = Vec::new();
    for package in graph.own() {
        let folder = package.folder().strip_prefix(&workspace.root).unwrap_or(package.folder());
        let mut code = String::new();
        for file in files.iter().filter(|file| file.starts_with(folder)) {
            code += &std::fs::read_to_string(workspace.root.join(file))
                .during(format_args!("reading {}", file.display()))?;
        }
        for name in package.depends_on() {
            wanted.insert(name.to_owned());
            if !is_named(name, &code) && !KEPT.contains(&(package.name.as_str(), name)) {
                unused.push(format!("{}: {name}", package.name));
            }
        }
    }
    let declared = workspace.text("Cargo.toml")?;
    unused
        .extend(declared_in(&declared).filter(|name| !wanted.contains(*name)).map(|name| format!("workspace: {name}")));
    if unused.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("dependencies that nothing names:\n  {}", unused.join("\n  "))))
    }
}

/// The names under `[workspace.dependencies]`.
fn declared_in(manifest: &str) -> impl Iterator<Item = &str> {
    let (_, after) = manifest.split_once("[workspace.dependencies]\n").unwrap_or_default();
    let section = after.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.split_once([' ', '.', '=']))
        .map(|(name, _)| name)
        .filter(|name| *name != "#")
}

/// As the beginning of a path (`name::`), or imported whole (`use name;`, `use name as`), outside comments.
fn is_named(dependency: &str, code: &str) -> bool {
    let name = dependency.replace('-', "_");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(&name).any(|(at, _)| {
            let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + name.len()..).unwrap_or_default());
            let is_whole = before.trim_end().ends_with("use") && after.starts_with([';', ' ']);
            !before.ends_with(is_word) && (after.starts_with("::") || is_whole)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_named_as_a_path_or_whole() {
        for code in
            ["use serde_json::Value;", "let a = serde_json::json!({});", "use serde_json as json;", "use serde_json;"]
        {
            assert!(is_named("serde-json", code), "{code}");
        }
    }

    #[test]
    fn a_comment_and_another_name_do_not_count() {
        for code in ["// serde_json::Value", "my_serde_json::a()", "serde_jsons::a()", "let serde_json = 1;"] {
            assert!(!is_named("serde-json", code), "{code}");
        }
    }

    #[test]
    fn what_the_workspace_declares_is_read() {
        let manifest =
            "[workspace]\n[workspace.dependencies]\na = \"1\"\n# Why.\nb-c = { version = \"2\" }\n\n[profile]\nd = 1\n";
        assert_eq!(declared_in(manifest).collect::<Vec<_>>(), ["a", "b-c"]);
    }
}
