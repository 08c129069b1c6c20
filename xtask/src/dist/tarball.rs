//! The tarball: the binary, the unit, an example configuration and completions, in one folder. The same inputs give the same bytes.

use std::process::Command;

use super::{Built, version};
use crate::failure::{Outcome, While};
use crate::steps::{read, run_quietly};

/// Where files come from (in the sources, but for what the build made) and what they are called inside.
const FROM_SOURCES: &[(&str, &str)] = &[
    ("LICENSE", "LICENSE"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("packaging/wheel/README.md", "README.md"),
    ("packaging/doorward.service", "doorward.service"),
    ("packaging/doorward.yaml", "doorward.yaml"),
];
const COMPLETIONS: &[&str] = &["doorward.bash", "_doorward", "doorward.fish"];

pub(super) fn pack(built: &Built<'_>) -> Outcome {
    let name = format!("doorward-{}-{}", version(built.workspace)?, built.target);
    let stage = built.workspace.scratch("packaging/stage")?;
    let folder = stage.join(&name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("completions")).during("making the folder of the tarball")?;
    copy(&built.binary(), &folder.join("doorward"))?;
    for (from, to) in FROM_SOURCES {
        copy(&built.workspace.root.join(from), &folder.join(to))?;
    }
    for file in COMPLETIONS {
        copy(&built.generated().join(file), &folder.join("completions").join(file))?;
    }
    run_quietly(
        Command::new("tar")
            .current_dir(&stage)
            .env("GZIP", "-n")
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rwX,go=rX", "--format=gnu"])
            .arg(format!("--mtime=@{}", committed_at(built)))
            .args(["-czf"])
            .arg(built.folder.join(format!("{name}.tar.gz")))
            .arg(&name),
    )
}

/// Seconds since 1970 of the last commit; zero outside a clone.
fn committed_at(built: &Built<'_>) -> u64 {
    let said = read(Command::new("git").current_dir(&built.workspace.root).args(["log", "-1", "--format=%ct"]));
    said.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Outcome {
    std::fs::copy(from, to).map(drop).during(format_args!("copying {}", from.display()))
}
