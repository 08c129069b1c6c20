//! Where things are: the sources, the build folder, the binary.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, While};
use crate::steps;

/// The workspace this command was built from.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's build folder; everything we prepare lies under it too.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds both by asking cargo.
    pub fn find() -> Outcome<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let metadata =
            steps::read(steps::cargo(here).args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let folder = |key: &str| {
            metadata
                .get(key)
                .and_then(serde_json::Value::as_str)
                .map(PathBuf::from)
                .ok_or_else(|| Failure::new(format!("cargo metadata says no {key}")))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// Builds the binary and says where it is. Cargo is silent unless it fails.
    pub fn build_doorward(&self, release: bool) -> Outcome<PathBuf> {
        let mut cargo = steps::cargo(&self.root);
        cargo.args(["build", "--quiet", "--locked"]);
        if release {
            cargo.args(["--package", "doorward", "--release"]);
        } else {
            // With one small test, so that the libraries have the features that tests want of them: without it cargo builds most of
            // them a second time for the tests.
            cargo.args(["--workspace", "--bin", "doorward", "--test", "golden"]);
        }
        steps::run_quietly(&mut cargo)?;
        Ok(self.target.join(if release { "release" } else { "debug" }).join("doorward"))
    }

    /// A folder under the build folder, made if missing.
    pub fn scratch(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.target.join(name);
        std::fs::create_dir_all(&folder).during(format_args!("making {}", folder.display()))?;
        Ok(folder)
    }

    /// A file of the sources, as text.
    pub fn text(&self, path: &str) -> Outcome<String> {
        std::fs::read_to_string(self.root.join(path)).during(format_args!("reading {path}"))
    }
}
