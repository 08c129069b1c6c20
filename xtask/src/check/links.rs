//! Links from one document to another lead somewhere.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, While};
use crate::workspace::Workspace;

/// Follows every relative link and picture of the documents.
pub fn check_links(workspace: &Workspace) -> Outcome {
    let mut broken = Vec::new();
    for file in documents(&workspace.root)? {
        let text = std::fs::read_to_string(&file).during(format_args!("reading {}", file.display()))?;
        let shown = file.strip_prefix(&workspace.root).unwrap_or(&file).display().to_string();
        for target in targets(&text) {
            if let Some(complaint) = follow(&file, target) {
                broken.push(format!("{shown}: ({target}) {complaint}"));
            }
        }
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("links that lead nowhere:\n  {}", broken.join("\n  "))))
    }
}

/// The Markdown files at the root, under `docs/`, `fuzz/` and `examples/`.
pub fn documents(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.join("docs"), root.join("fuzz"), root.join("examples")];
    found.extend(markdown_in(root)?);
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        found.extend(markdown_in(&folder)?);
        let inside = std::fs::read_dir(&folder)?.filter_map(Result::ok).map(|entry| entry.path());
        open.extend(inside.filter(|path| path.is_dir() && !path.ends_with("target")));
    }
    Ok(found)
}

fn markdown_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).during(format_args!("reading {}", folder.display()))?;
    Ok(entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect())
}

/// What stands between `](` and `)`, outside code blocks.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

fn follow(from: &Path, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let file = if path.is_empty() { from.to_owned() } else { from.parent()?.join(path) };
    if !file.exists() {
        return Some("does not exist");
    }
    let heading = heading.filter(|_| file.extension().is_some_and(|e| e == "md"))?;
    let text = std::fs::read_to_string(&file).ok()?;
    let is_there = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
    (!is_there).then_some("has no such heading")
}

/// The anchor that forges make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_outside_code_are_found() {
        let text = "[a](docs/a.md) ![p](p.png)\n```\n[no](code.md)\n```\n[b](#b)";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md", "p.png", "#b"]);
    }

    #[test]
    fn anchors_are_made_as_forges_make_them() {
        assert_eq!(anchor("## Where do I add `X`?"), "where-do-i-add-x");
    }

    #[test]
    fn a_link_to_nothing_and_to_no_heading_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.md");
        std::fs::write(&file, "# One\n").unwrap();
        assert_eq!(follow(&file, "#one"), None);
        assert_eq!(follow(&file, "#two"), Some("has no such heading"));
        assert_eq!(follow(&file, "b.md"), Some("does not exist"));
        assert_eq!(follow(&file, "https://example.com/x"), None);
    }
}
