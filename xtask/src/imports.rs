//! One order of imports in every file: first what comes from outside the crate, an empty line, then the crate's own.
//!
//! rustfmt sorts the lines of a group, but sets up groups only on nightly (`group_imports`). So this moves the lines into their
//! groups, and rustfmt sorts them. `pub use` is no import but a part of what a module offers: it stays where it is.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, While};
use crate::steps;
use crate::workspace::Workspace;

/// Fails with the files whose imports are in another order.
pub fn check(workspace: &Workspace) -> Outcome {
    let wrong: Vec<String> = disordered(workspace)?.into_iter().map(|(path, _)| path.display().to_string()).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("imports out of order (`cargo xtask fix` sorts them):\n  {}", wrong.join("\n  "))))
    }
}

/// Puts them in order; rustfmt has to run afterwards.
pub fn fix(workspace: &Workspace) -> Outcome {
    for (path, text) in disordered(workspace)? {
        std::fs::write(workspace.root.join(&path), text).during(format_args!("writing {}", path.display()))?;
    }
    Ok(())
}

/// Each file that is out of order, with the text it should have.
fn disordered(workspace: &Workspace) -> Outcome<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for path in sources(&workspace.root)? {
        let text =
            std::fs::read_to_string(workspace.root.join(&path)).during(format_args!("reading {}", path.display()))?;
        let ordered = ordered(&text);
        if ordered != text {
            found.push((path, ordered));
        }
    }
    Ok(found)
}

/// Every Rust file that git knows or would take in, relative to the root.
pub fn sources(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut git = std::process::Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"]);
    let listed = steps::read(&mut git)?;
    Ok(listed.lines().map(PathBuf::from).filter(|path| root.join(path).is_file()).collect())
}

/// The same text with each run of imports in groups.
fn ordered(text: &str) -> String {
    let own = Own::of(text);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut rest = lines.as_slice();
    let mut out = String::with_capacity(text.len());
    while let Some((line, after)) = rest.split_first() {
        if let Some((run, after)) = take_run(rest) {
            write_groups(&run, &own, &mut out);
            rest = after;
        } else {
            out.push_str(line);
            rest = after;
        }
    }
    out
}

/// Imports that only empty lines stand between, each with the comments and attributes above it, and what follows.
fn take_run<'a, 't>(lines: &'a [&'t str]) -> Option<(Vec<&'a [&'t str]>, &'a [&'t str])> {
    let (first, mut rest) = take_import(lines)?;
    let mut run = vec![first];
    loop {
        let blank = rest.iter().take_while(|line| line.trim().is_empty()).count();
        let Some((import, after)) = rest.get(blank..).and_then(take_import) else { return Some((run, rest)) };
        run.push(import);
        rest = after;
    }
}

fn take_import<'a, 't>(lines: &'a [&'t str]) -> Option<(&'a [&'t str], &'a [&'t str])> {
    let is_attached = |line: &&&str| line.starts_with("#[") || (line.starts_with("//") && !line.starts_with("//!"));
    let above = lines.iter().take_while(is_attached).count();
    if !lines.get(above)?.starts_with("use ") {
        return None;
    }
    let more = lines.get(above..)?.iter().position(|line| line.trim_end().ends_with(';'))?;
    lines.split_at_checked(above + more + 1)
}

fn write_groups(run: &[&[&str]], own: &Own<'_>, out: &mut String) {
    let of_group = |inside: bool| run.iter().filter(move |import| own.has(import) == inside).copied().flatten();
    out.extend(of_group(false).copied());
    if of_group(true).count() > 0 && of_group(false).count() > 0 {
        out.push('\n');
    }
    out.extend(of_group(true).copied());
}

/// The names a path into the same crate begins with: the keywords, and the modules this file declares.
struct Own<'t>(Vec<&'t str>);

impl<'t> Own<'t> {
    fn of(text: &'t str) -> Self {
        let declared = text.lines().filter_map(|line| {
            let words = line.trim_end_matches([';', '{', ' ']);
            let (before, name) = words.rsplit_once("mod ")?;
            (before.is_empty() || (before.starts_with("pub") && before.ends_with(' '))).then_some(name)
        });
        Self(["crate", "super", "self"].into_iter().chain(declared).collect())
    }

    fn has(&self, import: &[&str]) -> bool {
        let path = import.iter().find_map(|line| line.strip_prefix("use ")).unwrap_or_default();
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
        let first = path.get(..end).unwrap_or_default();
        // A path that begins with a type is one to the variants of an enum of this file.
        self.0.contains(&first) || first.starts_with(char::is_uppercase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_the_crate_comes_first_and_in_one_group() {
        let mixed = "//! A.\n\nuse crate::b::{\n    C,\n};\nuse std::fmt;\n\nuse serde::Serialize;\n\nstruct A;\n";
        assert_eq!(
            ordered(mixed),
            "//! A.\n\nuse std::fmt;\nuse serde::Serialize;\n\nuse crate::b::{\n    C,\n};\n\nstruct A;\n"
        );
        assert_eq!(ordered(&ordered(mixed)), ordered(mixed));
    }

    #[test]
    fn a_module_of_the_file_is_the_crates_own() {
        let text = "mod near;\n\nuse near::A;\nuse far::B;\n";
        assert_eq!(ordered(text), "mod near;\n\nuse far::B;\n\nuse near::A;\n");
    }

    #[test]
    fn an_attribute_and_a_comment_go_with_their_import() {
        let text = "use super::A;\n// Why.\n#[cfg(test)]\nuse std::fmt;\n";
        assert_eq!(ordered(text), "// Why.\n#[cfg(test)]\nuse std::fmt;\n\nuse super::A;\n");
    }

    #[test]
    fn what_is_no_import_of_the_file_stays() {
        for text in
            ["pub use b::B;\nuse std::fmt;\n", "fn a() {\n    use crate::B;\n    use std::fmt;\n}\n", "use a::B;\n"]
        {
            assert_eq!(ordered(text), text);
        }
    }
}
