//! `cargo xtask dist`: what people install. One build of the binary, against a glibc old enough for every distribution that is still
//! looked after, packed as a wheel, a tarball and a Debian package, with checksums.
//!
//! Look next: `packaging/` (what goes into them), `wheel` (who builds), `tarball`, `deb`.

mod deb;
mod tarball;
mod wheel;

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, While};
use crate::steps::{self, say};
use crate::workspace::Workspace;

/// The binary that goes into every package.
#[derive(Debug)]
struct Built<'a> {
    workspace: &'a Workspace,
    /// cargo's profile.
    profile: &'a str,
    /// `x86_64-unknown-linux-gnu`.
    target: String,
    /// Where the packages go.
    folder: PathBuf,
}

impl Built<'_> {
    fn binary(&self) -> PathBuf {
        self.workspace.target.join(&self.target).join(self.profile).join("doorward")
    }

    /// A folder of files that only the binary knows. In `target` whatever the build folder is called: cargo-deb's manifest names it.
    fn generated(&self) -> PathBuf {
        self.workspace.root.join("target/packaging")
    }
}

/// Builds all packages with this cargo profile (`dist` is what ships, `packaging` is quickest to build), and says in which folder they are.
pub fn dist(workspace: &Workspace, profile: &str) -> Outcome<PathBuf> {
    let folder = workspace.target.join("packages");
    let _ = std::fs::remove_dir_all(&folder);
    let folder = workspace.scratch("packages")?;
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let built = Built { workspace, profile, target, folder };

    say(format_args!("building Doorward and its wheel (profile {profile}; the first time takes some minutes)"));
    wheel::build(&built)?;
    completions(&built)?;
    say("packing the tarball");
    tarball::pack(&built)?;
    say("packing the Debian package");
    deb::pack(&built)?;
    checksums(&built.folder)?;
    for name in names(&built.folder)? {
        say(built.folder.join(name).display());
    }
    Ok(built.folder)
}

/// Shell completions, as the binary prints them.
fn completions(built: &Built<'_>) -> Outcome {
    let folder = built.generated();
    std::fs::create_dir_all(&folder).during(format_args!("making {}", folder.display()))?;
    for (shell, file) in [("bash", "doorward.bash"), ("zsh", "_doorward"), ("fish", "doorward.fish")] {
        let text = steps::read(std::process::Command::new(built.binary()).args(["completions", shell]))?;
        std::fs::write(folder.join(file), text).during(format_args!("writing {file}"))?;
    }
    Ok(())
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
fn checksums(folder: &Path) -> Outcome {
    let mut command = std::process::Command::new("sha256sum");
    let sums = steps::read(command.current_dir(folder).args(names(folder)?))?;
    std::fs::write(folder.join("SHA256SUMS"), sums).during("writing SHA256SUMS")
}

fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = std::fs::read_dir(folder).during(format_args!("reading {}", folder.display()))?;
    let mut names = entries
        .map(|entry| {
            entry?.file_name().into_string().map_err(|name| Failure::new(format!("{} is no name", name.display())))
        })
        .collect::<Outcome<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// The version in the manifest.
fn version(workspace: &Workspace) -> Outcome<String> {
    let manifest = workspace.text("Cargo.toml")?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = "));
    line.map(|text| text.trim_matches('"').to_owned())
        .ok_or_else(|| Failure::new("the root Cargo.toml says no version"))
}
