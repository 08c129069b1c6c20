//! Who depends on whom, as cargo resolved it.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::failure::Outcome;
use crate::steps;
use crate::workspace::Workspace;

/// The part of `cargo metadata` that the checks read.
#[derive(Debug, Deserialize)]
pub struct Graph {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: BTreeSet<String>,
}

/// A package of ours or of others.
#[derive(Debug, Deserialize)]
pub struct Package {
    id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression, if it says one.
    pub license: Option<String>,
    /// Where it came from; nothing for our own.
    pub source: Option<String>,
    manifest_path: PathBuf,
    dependencies: Vec<Declared>,
}

#[derive(Debug, Deserialize)]
struct Declared {
    name: String,
}

impl Package {
    /// The folder of its manifest.
    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// What its manifest declares, for whatever purpose.
    pub fn depends_on(&self) -> BTreeSet<&str> {
        self.dependencies.iter().map(|declared| declared.name.as_str()).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    /// Nothing for an ordinary dependency, else `dev` or `build`.
    kind: Option<String>,
}

impl Graph {
    /// Asks cargo.
    pub fn read(workspace: &Workspace) -> Outcome<Self> {
        let text = steps::read(steps::cargo(&workspace.root).args(["metadata", "--format-version", "1", "--locked"]))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Every package.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Those of the workspace.
    pub fn own(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Ordinary and build dependencies (what ships); with `dev`, those for tests too. By package name.
    fn arrows(&self, with_dev: bool) -> BTreeMap<&str, BTreeSet<&str>> {
        let names: BTreeMap<&str, &str> = self.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
        let counts = |dependency: &&Dependency| {
            with_dev || dependency.dep_kinds.iter().any(|k| k.kind.as_deref() != Some("dev"))
        };
        let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for node in &self.resolve.nodes {
            let Some(from) = names.get(node.id.as_str()) else { continue };
            let to = node.deps.iter().filter(counts).filter_map(|d| names.get(d.pkg.as_str()).copied());
            // Two versions of one package are one name here: the union can only forbid more.
            arrows.entry(from).or_default().extend(to);
        }
        arrows
    }

    /// Each crate of ours with those of ours it names directly.
    pub fn own_arrows(&self, with_dev: bool) -> BTreeMap<&str, BTreeSet<&str>> {
        let own: BTreeSet<&str> = self.own().map(|package| package.name.as_str()).collect();
        let mut arrows = self.arrows(with_dev);
        arrows.retain(|from, _| own.contains(from));
        for to in arrows.values_mut() {
            to.retain(|name| own.contains(name));
        }
        arrows
    }

    /// Everything a crate ends up linked with.
    pub fn reach(&self, from: &str) -> BTreeSet<&str> {
        let arrows = self.arrows(false);
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = arrows.get(from).into_iter().flatten().copied().collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(arrows.get(name).into_iter().flatten());
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_dependencies_do_not_count_as_shipped() {
        let graph: Graph = serde_json::from_str(
            r#"{"workspace_members":["a"],"packages":[
                {"id":"a","manifest_path":"/a/Cargo.toml","dependencies":[],"name":"a","version":"1","license":null,"source":null},
                {"id":"b","manifest_path":"/b/Cargo.toml","dependencies":[],"name":"b","version":"1","license":null,"source":"r"},
                {"id":"c","manifest_path":"/c/Cargo.toml","dependencies":[],"name":"c","version":"1","license":null,"source":"r"},
                {"id":"d","manifest_path":"/d/Cargo.toml","dependencies":[],"name":"d","version":"1","license":null,"source":"r"}],
              "resolve":{"nodes":[
                {"id":"a","deps":[{"pkg":"b","dep_kinds":[{"kind":null}]},{"pkg":"c","dep_kinds":[{"kind":"dev"}]}]},
                {"id":"b","deps":[{"pkg":"d","dep_kinds":[{"kind":"dev"},{"kind":null}]}]}]}}"#,
        )
        .unwrap();
        assert_eq!(graph.reach("a"), BTreeSet::from(["b", "d"]));
        assert_eq!(graph.own_arrows(true).get("a"), Some(&BTreeSet::new()));
    }
}
