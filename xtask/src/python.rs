//! Python environments with pinned packages in them, under the build folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome, While};
use crate::steps::{read, run_quietly, say, which};
use crate::tools;
use crate::workspace::Workspace;

/// A Python environment with the tools of one purpose in it.
#[derive(Debug, Clone)]
pub struct Venv(PathBuf);

impl Venv {
    /// Dagster, as the quickstart shows it and the tests try it.
    pub fn dagster(workspace: &Workspace) -> Outcome<Self> {
        Self::ensure(workspace, "dagster", "examples/quickstart/requirements.txt")
    }

    /// Other tools that the tests put behind the door, and clients that they put before it.
    pub fn tools(workspace: &Workspace) -> Outcome<Self> {
        Self::ensure(workspace, "tools", "tests/tools/requirements.txt")
    }

    /// `dagster dev` and `dg`, which starts a whole deployment for a project.
    pub fn dg(workspace: &Workspace) -> Outcome<Self> {
        Self::ensure(workspace, "dg", "tests/dg/requirements.txt")
    }

    /// What packages are built and tried with.
    pub fn packaging(workspace: &Workspace) -> Outcome<Self> {
        Self::ensure(workspace, "packaging", "packaging/requirements.txt")
    }

    /// Makes it, or takes the one already made from the same pins. The file names every package with its exact version.
    fn ensure(workspace: &Workspace, name: &str, requirements: &str) -> Outcome<Self> {
        let pins = workspace.text(requirements)?;
        let venv = Self(workspace.scratch("venv")?.join(name));
        // Written last, so a half-made environment is made again.
        let made_from = venv.0.join("made-from.txt");
        if std::fs::read_to_string(&made_from).is_ok_and(|text| text == pins) {
            return Ok(venv);
        }
        let python = find_python()?;
        say(format_args!("putting what {requirements} names into {} (from PyPI; a minute or two)", venv.0.display()));
        make(&python, &venv.0)?;
        run_quietly(
            Command::new(venv.program("python"))
                .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "--requirement"])
                .arg(workspace.root.join(requirements)),
        )?;
        std::fs::write(&made_from, pins).during(format_args!("writing {}", made_from.display()))?;
        Ok(venv)
    }

    /// A program inside.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin().join(name)
    }

    /// Where its programs are, for `PATH`.
    pub fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// `PATH` with our programs first.
    pub fn path(&self) -> Outcome<std::ffi::OsString> {
        let old = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(self.bin()).chain(std::env::split_paths(&old))).during("building PATH")
    }
}

fn make(python: &Path, folder: &Path) -> Outcome {
    let venv = || run_quietly(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder));
    if read(Command::new(python).args(["-c", "import ensurepip, venv"])).is_ok() {
        return venv();
    }
    // Debian and Ubuntu split it off.
    say("this Python cannot make virtual environments: installing python3-venv");
    tools::install(&["python3-venv"])?;
    venv()
}

/// A Python that the pinned Dagster runs on.
fn find_python() -> Outcome<PathBuf> {
    let is_good = |path: &PathBuf| {
        let asked = read(
            Command::new(path)
                .args(["-c", "import sys; print(sys.version_info >= (3, 11) and sys.version_info < (3, 15))"]),
        );
        asked.is_ok_and(|answer| answer.trim() == "True")
    };
    let find =
        || ["python3", "python3.13", "python3.12", "python3.11", "python3.14"].iter().filter_map(which).find(is_good);
    if let Some(python) = find() {
        return Ok(python);
    }
    say("no Python 3.11 or newer in PATH: installing python3");
    tools::install(&["python3"])?;
    find().ok_or_else(|| {
        Failure::new("Python 3.11 or newer is needed to run Dagster and none is in PATH; please install one")
    })
}
