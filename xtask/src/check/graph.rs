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
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Declared {
    name: String,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    rename: Option<String>,
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

    /// Whether it is linked with what it declares by this name, with these of its features. Cargo also lists what a feature only says something
    /// of in case it is linked anyway (`name?/feature`).
    fn links(&self, name: &str, enabled: &[String]) -> bool {
        let mut declared = self.dependencies.iter().filter(|declared| declared.name == name).peekable();
        declared.peek().is_none()
            || declared.any(|declared| {
                let name = declared.rename.as_deref().unwrap_or(&declared.name);
                let (own, with) = (format!("dep:{name}"), format!("{name}/"));
                let says = |said: &String| *said == own || said == name || said.starts_with(&with);
                !declared.optional
                    || enabled.iter().any(|feature| {
                        feature == name || self.features.get(feature).is_some_and(|said| said.iter().any(says))
                    })
            })
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
    #[serde(default)]
    features: Vec<String>,
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
        let packages: BTreeMap<&str, &Package> = self.packages.iter().map(|p| (p.id.as_str(), p)).collect();
        let counts = |dependency: &&Dependency| {
            with_dev || dependency.dep_kinds.iter().any(|k| k.kind.as_deref() != Some("dev"))
        };
        let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for node in &self.resolve.nodes {
            let Some(from) = packages.get(node.id.as_str()) else { continue };
            let to = node.deps.iter().filter(counts).filter_map(|d| Some(packages.get(d.pkg.as_str())?.name.as_str()));
            // Two versions of one package are one name here: the union can only forbid more.
            arrows.entry(&from.name).or_default().extend(to.filter(|name| from.links(name, &node.features)));
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
    fn what_a_feature_mentions_in_case_it_is_linked_anyway_is_not_linked_for_that() {
        let package: Package = serde_json::from_str(
            r#"{"id":"w","manifest_path":"/w/Cargo.toml","name":"w","version":"1","license":null,"source":"r",
                "dependencies":[{"name":"ring","optional":true},{"name":"pki","optional":false},{"name":"lc","optional":true}],
                "features":{"alloc":["ring?/alloc"],"ring":["dep:ring"],"aws":["dep:lc"],"both":["ring/std"]}}"#,
        )
        .unwrap();
        let links =
            |name, enabled: &[&str]| package.links(name, &enabled.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(!links("ring", &["alloc", "aws"]) && links("lc", &["aws"]) && links("pki", &[]));
        assert!(links("ring", &["ring"]) && links("ring", &["both"]));
    }

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
