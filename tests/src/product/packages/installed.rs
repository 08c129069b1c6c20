//! The Debian package as `dpkg` installs, removes and purges it, with all that its scripts do, in a root of its own; and the service that
//! it brings, started as its unit says.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{package, version};
use crate::harness::cli;
use crate::harness::port::free_port;
use crate::harness::process::{Process, descendants};
use crate::harness::root::Root;

const UNIT: &str = "/usr/lib/systemd/system/doorward.service";
const CONFIGURATION: &str = "/etc/doorward/doorward.yaml";
const DATA: &str = "/var/lib/doorward";
const DATABASE: &str = "/var/lib/doorward/doorward.db";

/// A root with the package in it.
struct Installed(Root);

impl Installed {
    fn new() -> Self {
        let installed = Self(Root::new());
        for there in ["/usr/bin/doorward", "/etc/doorward"] {
            assert!(
                !installed.is_there(there),
                "this machine has a Doorward already ({there}): nothing would be shown"
            );
        }
        assert!(!installed.knows_its_user(), "this machine has a user `doorward` already: nothing would be shown");
        std::fs::copy(package(".deb"), installed.0.file("/tmp/doorward.deb")).expect("copied");
        installed.dpkg(&["--install", "/tmp/doorward.deb"]);
        installed
    }

    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut command = self.0.command("dpkg");
        // Nobody is there to be asked which of two configurations to take.
        command.args(["--force-confold"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let printed = cli::run(&mut command, "");
        assert_eq!(printed.code, 0, "dpkg {arguments:?}: {}{}", printed.out, printed.err);
        printed.out + &printed.err
    }

    fn is_there(&self, path: &str) -> bool {
        self.0.file(path).symlink_metadata().is_ok()
    }

    fn knows_its_user(&self) -> bool {
        cli::run(self.0.command("getent").args(["passwd", "doorward"]), "").code == 0
    }

    /// What the installed unit says; the one value of this key.
    fn unit(&self, key: &str) -> String {
        let unit = std::fs::read_to_string(self.0.file(UNIT)).expect("the unit is where systemd looks for it");
        let values: Vec<_> =
            unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned).collect();
        assert_eq!(values.len(), 1, "{key} in the unit: {values:?}");
        values.into_iter().next().expect("one")
    }

    /// Does what the service manager would, as far as the unit says so: the folders, the user, the command. Only the port is another,
    /// because the machine's own may be in use.
    async fn serve(&self, port: u16) -> Process {
        let (user, group) = (self.unit("User"), self.unit("Group"));
        for (kind, place) in [("State", "/var/lib"), ("Logs", "/var/log"), ("Runtime", "/run")] {
            let folder = format!("{place}/{}", self.unit(&format!("{kind}Directory")));
            let mode = self.unit(&format!("{kind}DirectoryMode"));
            self.0.run("install", &["-d", "-o", &user, "-g", &group, "-m", &mode, &folder]);
        }
        let mut command = self.0.command("setpriv");
        command.args([
            "--reuid",
            &user,
            "--regid",
            &group,
            "--init-groups",
            "--no-new-privs",
            "--bounding-set=-all",
            "--",
        ]);
        command.args(self.unit("ExecStart").split(' '));
        command.env("HOME", DATA).env("DOORWARD_LISTEN", format!("127.0.0.1:{port}"));
        let mut service = Process::start(&mut command, &self.0.file("/tmp/doorward.log"));
        let health = format!("http://127.0.0.1:{port}/_doorward/health");
        let began = Instant::now();
        while !reqwest::get(&health).await.is_ok_and(|answer| answer.status() == 200) {
            let is_up = service.ended().is_none() && began.elapsed() < Duration::from_mins(1);
            assert!(is_up, "{:?} does not answer:\n{}", self.unit("ExecStart"), service.output());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        service
    }
}

/// Stops it as the service manager does.
async fn stop(mut service: Process) {
    let [process] = descendants(service.id())[..] else { panic!("one process: {:?}", descendants(service.id())) };
    let told = Command::new("kill").args(["-TERM", &process.to_string()]).status().expect("kill runs");
    assert!(told.success());
    let status = service.end_within(Duration::from_secs(30)).await.expect("it ends within TimeoutStopSec");
    assert_eq!(status.code(), Some(0), "{}", service.output());
}

#[test]
fn the_debian_package_installs_its_files_and_makes_its_user() {
    let installed = Installed::new();
    let root = &installed.0;
    assert_eq!(root.run("doorward", &["--version"]).trim(), version());
    for (file, owner) in [
        ("/usr/bin/doorward", "root:root 755"),
        (UNIT, "root:root 644"),
        (CONFIGURATION, "root:doorward 640"),
        ("/usr/share/bash-completion/completions/doorward", "root:root 644"),
        ("/usr/share/doc/doorward/copyright", "root:root 644"),
    ] {
        assert_eq!(root.owner(file), owner, "{file}");
    }
    let user = root.run("getent", &["passwd", "doorward"]);
    let fields: Vec<_> = user.trim().split(':').collect();
    let number: u32 = fields[2].parse().expect("a number");
    assert!((100..1000).contains(&number), "a user of the system's, not a person: {user}");
    assert_eq!(fields[5..], [DATA, "/usr/sbin/nologin"], "{user}");
    assert_eq!(root.run("id", &["--name", "--groups", "doorward"]).trim(), "doorward", "in no group but its own");
    assert!(root.run("passwd", &["--status", "doorward"]).contains(" L "), "no password opens it");
    root.run("systemd-analyze", &["verify", "--man=no", UNIT]);
    let state = root.run("dpkg", &["--status", "doorward"]);
    assert!(state.contains("Status: install ok installed"), "{state}");
    assert!(!installed.is_there("/etc/systemd/system/multi-user.target.wants/doorward.service"), "nobody asked for it");
}

#[tokio::test]
async fn the_installed_service_starts_as_its_user_with_the_configuration_that_came_with_it() {
    let installed = Installed::new();
    let service = installed.serve(free_port()).await;
    let number = installed.0.run("id", &["--user", "doorward"]);
    let [process] = descendants(service.id())[..] else { panic!("one process: {:?}", descendants(service.id())) };
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:")).expect("users");
    assert!(users.split_whitespace().all(|user| user == number.trim()), "it runs as {users}, not {number}");
    assert_eq!(installed.0.owner(DATABASE), "doorward:doorward 600");
    assert_eq!(installed.0.owner(DATA), "doorward:doorward 700");
    stop(service).await;
}

#[tokio::test]
async fn removing_the_package_keeps_data_and_configuration_and_purging_it_keeps_the_data() {
    let installed = Installed::new();
    let port = free_port();
    stop(installed.serve(port).await).await;
    let configuration = installed.0.file(CONFIGURATION);
    let mut ours = std::fs::read_to_string(&configuration).expect("the configuration");
    ours.push_str("contact: Ask data@example.com.\n");
    std::fs::write(&configuration, &ours).expect("an administrator edits it");
    let before = std::fs::read(installed.0.file(DATABASE)).expect("the database");

    let kept = || {
        assert_eq!(std::fs::read_to_string(&configuration).expect("the configuration is still there"), ours);
        assert_eq!(installed.0.owner(CONFIGURATION), "root:doorward 640");
        assert!(std::fs::read(installed.0.file(DATABASE)).expect("the database is still there") == before);
        assert_eq!(installed.0.owner(DATABASE), "doorward:doorward 600");
    };
    installed.dpkg(&["--install", "/tmp/doorward.deb"]);
    kept();
    installed.dpkg(&["--remove", "doorward"]);
    kept();
    assert!(!installed.is_there("/usr/bin/doorward") && !installed.is_there(UNIT), "it is removed");
    installed.dpkg(&["--install", "/tmp/doorward.deb"]);
    kept();
    stop(installed.serve(port).await).await;

    let said = installed.dpkg(&["--purge", "doorward"]);
    assert!(said.contains("/var/lib/doorward holds the people and the audit log and stays"), "{said}");
    for gone in ["/usr/bin/doorward", UNIT, "/etc/doorward", "/usr/share/doc/doorward"] {
        assert!(!installed.is_there(gone), "{gone} is left");
    }
    assert_eq!(installed.0.owner(DATABASE), "doorward:doorward 600", "and what is somebody's has a name");
    assert!(!installed.is_there("/etc/systemd/system/doorward.service"), "no mask is left");
}
