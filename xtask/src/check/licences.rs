//! Licences of everything we link: cargo-deny where it is installed (it also checks bans and sources), else our own reading of
//! the same list.

use super::graph::{Graph, Package};
use crate::failure::{Failure, Outcome};
use crate::steps::{cargo, run, say, which};
use crate::workspace::Workspace;

/// Checks with cargo-deny or by ourselves, and says which.
pub fn check_licences(workspace: &Workspace) -> Outcome {
    if which("cargo-deny").is_some() {
        say("licences, bans and sources with cargo-deny (deny.toml)");
        return run(cargo(&workspace.root).args(["deny", "--offline", "check", "bans", "licenses", "sources"]));
    }
    say("cargo-deny is not installed: comparing licences and sources with deny.toml by ourselves");
    let allowed = allowed_in(&workspace.text("deny.toml")?)?;
    let graph = Graph::read(workspace)?;
    let wrong: Vec<String> = graph.packages().iter().filter_map(|package| complaint(package, &allowed)).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("not allowed by deny.toml:\n  {}", wrong.join("\n  "))))
    }
}

/// The one line of `deny.toml` both readers share.
fn allowed_in(deny: &str) -> Outcome<Vec<String>> {
    let inside = deny
        .split_once("\nallow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(inside, _)| inside)
        .ok_or_else(|| Failure::new("deny.toml has no `allow = [` list of licences"))?;
    Ok(inside.split(',').map(|word| word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty()).collect())
}

fn complaint(package: &Package, allowed: &[String]) -> Option<String> {
    let named = format!("{} {}", package.name, package.version);
    if package
        .source
        .as_deref()
        .is_some_and(|source| !source.starts_with("registry+https://github.com/rust-lang/crates.io-index"))
    {
        return Some(format!("{named}: comes from {}", package.source.as_deref().unwrap_or_default()));
    }
    match package.license.as_deref() {
        None => Some(format!("{named}: says no licence")),
        Some(expression) if !is_allowed(expression, allowed) => Some(format!("{named}: {expression}")),
        Some(_) => None,
    }
}

/// SPDX expressions as crates write them: `OR` (also `/`) binds weaker than `AND`; `WITH` belongs to its licence; brackets.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let verdict = reader.any();
    // Whatever could not be read to the end is not allowed.
    verdict && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn any(&mut self) -> bool {
        let mut verdict = self.all();
        while self.take("OR") {
            verdict |= self.all();
        }
        verdict
    }

    fn all(&mut self) -> bool {
        let mut verdict = self.one();
        while self.take("AND") {
            verdict &= self.one();
        }
        verdict
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            return self.any() && self.take(")");
        }
        let Some((name, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        let mut licence = (*name).to_owned();
        if self.take("WITH")
            && let Some((exception, rest)) = self.words.split_first()
        {
            self.words = rest;
            licence = format!("{licence} WITH {exception}");
        }
        self.allowed.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Apache-2.0) AND ISC",
            "MIT WITH Classpath",
            "",
            "(MIT",
            "MIT)",
            "MIT MIT",
        ] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn the_list_is_read_from_deny_toml() {
        assert_eq!(allowed_in("[licenses]\nallow = [\n  \"MIT\",\n  \"ISC\",\n]\n").unwrap(), ["MIT", "ISC"]);
        assert!(allowed_in("[licenses]\n").is_err());
    }
}
