//! Programs that are not Rust: found, or installed from Debian's or Ubuntu's packages, or a clear sentence.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::failure::{Failure, Outcome};
use crate::steps::{run, say, which};

/// A program and the packages that bring it, best first.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// As in `PATH`; any one of them will do.
    pub programs: &'static [&'static str],
    /// Package names; the first that installs is taken.
    pub packages: &'static [&'static str],
    /// What for.
    pub purpose: &'static str,
}

/// The browser of the browser tests.
pub const CHROMIUM: Tool = Tool {
    programs: &["chromium", "chromium-browser"],
    packages: &["chromium", "chromium-browser"],
    purpose: "the browser tests",
};
/// Runs the browser tests.
pub const NODE: Tool = Tool { programs: &["node"], packages: &["nodejs"], purpose: "the browser tests" };
/// Installs what the browser tests need.
pub const NPM: Tool = Tool { programs: &["npm"], packages: &["npm"], purpose: "the browser tests" };
/// Tampers with audit logs in tests, fills databases in benches.
pub const SQLITE: Tool = Tool {
    programs: &["sqlite3"],
    packages: &["sqlite3"],
    purpose: "tests that tamper with a database and the bench that fills one",
};
/// The load generator of the bench.
pub const WRK: Tool = Tool { programs: &["wrk"], packages: &["wrk"], purpose: "the bench" };
/// What the bench compares with.
pub const NGINX: Tool = Tool {
    programs: &["nginx"],
    packages: &["nginx-light", "nginx"],
    purpose: "the tests behind another proxy and the bench",
};
/// Pins the bench's parties to cores; starts helpers that die with us.
pub const UTIL_LINUX: Tool = Tool {
    programs: &["taskset", "setpriv"],
    packages: &["util-linux"],
    purpose: "pinning to cores and stopping helpers with us",
};

/// Keeps what tests on MariaDB keep.
pub const MARIADB: Tool = Tool::of_mariadb(&["mariadbd"]);
/// Speaks to it.
pub const MARIADB_CLIENT: Tool = Tool {
    programs: &["mariadb"],
    packages: &["mariadb-client-core", "mariadb-client"],
    purpose: "the tests on MariaDB",
};
/// Makes a place for it.
pub const MARIADB_INSTALL: Tool = Tool::of_mariadb(&["mariadb-install-db"]);

/// Makes the service's user.
pub const ADDUSER: Tool =
    Tool { programs: &["adduser"], packages: &["adduser"], purpose: "the tests that install the Debian package" };
/// Reads the service's unit as the service manager would.
pub const SYSTEMD: Tool =
    Tool { programs: &["systemd-analyze"], packages: &["systemd"], purpose: "the tests of the service's unit" };

impl Tool {
    /// The programs of MariaDB's server, without the service that its usual package makes of it.
    const fn of_mariadb(programs: &'static [&'static str]) -> Self {
        Self { programs, packages: &["mariadb-server-core", "mariadb-server"], purpose: "the tests on MariaDB" }
    }

    /// Makes sure it is there: installs it if it is missing, fails with a sentence if that is impossible.
    pub fn ensure(&self) -> Outcome<std::path::PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let name = self.programs.first().copied().unwrap_or_default();
        say(format_args!("`{name}` is missing; {} needs it: installing it", self.purpose));
        install(self.packages)?;
        self.find().ok_or_else(|| {
            Failure::new(format!(
                "`{name}` is needed for {} and is still not there after installing {:?}",
                self.purpose, self.packages
            ))
        })
    }

    fn find(&self) -> Option<std::path::PathBuf> {
        self.programs.iter().find_map(which)
    }
}

/// Installs the first of these packages that can be had.
pub fn install(packages: &[&str]) -> Outcome {
    // `apt-get` fails, rather than waits, beside another.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = packages.join(" or ");
    if which("apt-get").is_none() {
        return Err(Failure::new(format!("please install {wanted}: there is no apt-get here to do it with")));
    }
    // The lists of a fresh machine are empty; refreshing them is worth one try, not a failure.
    let _ = run(apt()?.args(["update", "-qq"]));
    for package in packages {
        if run(apt()?.args(["install", "-y", "-qq", "--no-install-recommends", package])).is_ok() {
            return Ok(());
        }
    }
    Err(Failure::new(format!("could not install {wanted}; please do it by hand")))
}

/// `apt-get`, as root or through sudo that asks nothing it cannot be answered.
fn apt() -> Outcome<Command> {
    let root = crate::steps::read(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = if root {
        Command::new("apt-get")
    } else if which("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        return Err(Failure::new("packages are missing, and neither root nor sudo is at hand to install them"));
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}
