//! A root of its own, to install things into: it begins as the machine is, and what is written to it is kept in memory and ends with the
//! test. Its mounts and processes are in namespaces of their own, so that nothing stays mounted or running whatever becomes of the test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::cli;
use super::process::descendants;

/// What is done in the namespaces, with the folder that all of it is in. `/run` is empty: there is no service manager.
const MAKE: &str = r#"
set -e
mount -t tmpfs -o mode=0755 tmpfs "$1"
mkdir -m 0755 "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$1/root/run"
mount -t tmpfs -o mode=1777 tmpfs "$1/root/tmp"
echo made
exec cat
"#;

/// It ends with the test.
#[derive(Debug)]
pub struct Root {
    keeper: Child,
    folder: tempfile::TempDir,
}

impl Root {
    /// As the machine is now.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "unshare", "--mount", "--pid", "--fork", "--kill-child"]);
        command.args(["sh", "-c", MAKE, "sh"]).arg(folder.path());
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("setpriv starts it");
        let mut said = String::new();
        let heard = BufReader::new(keeper.stdout.as_mut().expect("it is piped")).read_line(&mut said);
        assert!(
            heard.is_ok() && said == "made\n",
            "there is no root to install into: this test needs to be root, and a kernel that allows `unshare --mount --pid` and an \
             overlay file system over `/`"
        );
        Self { keeper, folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// A program in it, with nothing of our environment.
    pub fn command(&self, program: &str) -> Command {
        let inside = descendants(self.keeper.id()).first().expect("the keeper of the namespaces lives").to_string();
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--pid", "--target", &inside, "--", "chroot"]).arg(self.root()).arg(program);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C");
        command
    }

    /// Runs a program in it that must work: what it printed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        cli::run(self.command(program).args(arguments), "").done()
    }

    /// Where a file of it is for everybody else of this machine.
    pub fn file(&self, path: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        let inside = |path: &Path| path.strip_prefix("/").expect("an absolute path").to_owned();
        root.join(inside(&self.root())).join(inside(Path::new(path)))
    }

    /// Owner, group and mode of a file in it, as `root:root 755`.
    pub fn owner(&self, path: &str) -> String {
        self.run("stat", &["--format", "%U:%G %a", path]).trim().to_owned()
    }
}

impl Default for Root {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
