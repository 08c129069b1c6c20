//! A disk so small that a test can fill it. It lives in a mount namespace of its own, so that nobody need be root and nothing stays
//! mounted whatever becomes of the test.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A file system in memory that ends with the test.
#[derive(Debug)]
pub struct Disk {
    keeper: Child,
    folder: tempfile::TempDir,
}

impl Disk {
    /// One of this many megabytes.
    pub fn of_megabytes(size: u32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script =
            format!("mount -t tmpfs -o size={size}m tmpfs '{}' && echo mounted && exec cat", folder.path().display());
        let mut command = Command::new("setpriv");
        command.args([
            "--pdeathsig",
            "KILL",
            "--",
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            &script,
        ]);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("setpriv starts it");
        let mut said = String::new();
        let heard = BufReader::new(keeper.stdout.as_mut().expect("it is piped")).read_line(&mut said);
        assert!(
            heard.is_ok() && said == "mounted\n",
            "no file system could be mounted in a user namespace: this kernel must allow `unshare --user --mount`"
        );
        Self { keeper, folder }
    }

    /// What a program must be started by to see it.
    pub fn enter(&self) -> Vec<String> {
        let target = self.keeper.id().to_string();
        ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", &target, "--"]
            .map(ToOwned::to_owned)
            .to_vec()
    }

    /// Where it is for those.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file on it, for everybody else of this user.
    fn file(&self, name: &str) -> PathBuf {
        let inside = self.folder.path().strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.keeper.id())).join(inside).join(name)
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut filler = std::fs::File::options().create(true).append(true).open(self.file("filler")).expect("a file");
        for size in [65_536, 4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub fn free(&self) {
        std::fs::remove_file(self.file("filler")).expect("it was filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
