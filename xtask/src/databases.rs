//! The database servers that tests use, started from Debian's packages for a whole run and stopped with it: PostgreSQL and MariaDB, on free
//! ports and with a folder of their own. They write nothing to disk at once, since what they hold ends with them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::process::{Companion, Recipe, free_port};
use crate::steps::{read, run_quietly};
use crate::tools;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server whose administrator anybody on this machine may be.
#[derive(Debug)]
pub struct DatabaseServer {
    // Stopped before its folder goes.
    _process: Companion,
    _folder: Folder,
    url: String,
}

impl DatabaseServer {
    /// PostgreSQL. It refuses to be run by root, so it then runs as the account that its package makes.
    pub fn postgres() -> Outcome<Self> {
        let programs = postgres_programs()?;
        let folder = Folder::fresh("postgres")?;
        let own = if is_root()? { Some("postgres") } else { None };
        if let Some(account) = own {
            run_quietly(Command::new("chown").arg(account).arg(&folder.0))?;
        }
        let data = folder.0.join("data");
        let mut initialise = Command::new("setpriv");
        initialise.args(as_account(own)).arg(programs.join("initdb")).arg("-D").arg(&data);
        initialise.args(["-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
        run_quietly(initialise.current_dir("/"))?;
        let port = free_port()?;
        let mut command: Vec<OsString> = vec!["setpriv".into()];
        command.extend(as_account(own).into_iter().map(OsString::from));
        command.extend(["--pdeathsig".into(), "INT".into(), "--".into()]);
        command.extend([
            programs.join("postgres").into(),
            "-D".into(),
            data.into(),
            "-p".into(),
            port.to_string().into(),
        ]);
        command.extend(["-k".into(), folder.0.clone().into()]);
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "shared_buffers=64MB", "max_connections=500"] {
            command.extend(["-c".into(), setting.into()]);
        }
        Self::start("PostgreSQL", &command, folder, port, format!("postgres://admin@127.0.0.1:{port}/postgres"))
    }

    /// MariaDB.
    pub fn mariadb() -> Outcome<Self> {
        let server = tools::MARIADB.ensure()?;
        let folder = Folder::fresh("mariadb")?;
        let account = read(Command::new("id").arg("-un"))?;
        let user = format!("--user={}", account.trim());
        let option = |name: &str, file: &str| {
            let mut option = OsString::from(format!("--{name}="));
            option.push(folder.0.join(file));
            option
        };
        let data = option("datadir", "data");
        fs::create_dir(folder.0.join("tmp")).during("making a folder")?;
        let mut install = Command::new(tools::MARIADB_INSTALL.ensure()?);
        install.args(["--no-defaults", &user, "--auth-root-authentication-method=normal", "--skip-test-db"]).arg(&data);
        run_quietly(&mut install)?;
        let start = folder.0.join("start.sql");
        let admin = "CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY '';\nGRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;\n";
        fs::write(&start, admin).during("writing start.sql")?;
        let port = free_port()?;
        let mut command: Vec<OsString> = vec![server.into(), "--no-defaults".into(), user.into(), data];
        command.extend([option("tmpdir", "tmp"), option("socket", "socket"), option("init-file", "start.sql")]);
        command.push(format!("--port={port}").into());
        for setting in [
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-method=nosync",
            "--innodb-buffer-pool-size=128M",
            "--max-connections=500",
        ] {
            command.push(setting.into());
        }
        Self::start("MariaDB", &command, folder, port, format!("mysql://admin@127.0.0.1:{port}/mysql"))
    }

    fn start(name: &str, command: &[OsString], folder: Folder, port: u16, url: String) -> Outcome<Self> {
        let command: Vec<&OsStr> = command.iter().map(OsString::as_os_str).collect();
        let log = folder.0.join("log");
        let recipe =
            Recipe { name, command: &command, environment: &[], core: None, folder: Path::new("/"), log: &log };
        let process = Companion::start(&recipe)?.listening(port, PATIENCE)?;
        Ok(Self { _process: process, _folder: folder, url })
    }

    /// Of the database from which others are made, as an administrator.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Makes sure that both can be started.
pub fn ensure() -> Outcome {
    postgres_programs()?;
    tools::MARIADB.ensure()?;
    tools::MARIADB_CLIENT.ensure()?;
    tools::MARIADB_INSTALL.ensure().map(drop)
}

/// Debian keeps the programs of a server out of the path.
fn postgres_programs() -> Outcome<PathBuf> {
    let found = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut folders: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
        folders.retain(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
        folders.sort();
        folders.pop()
    };
    if let Some(programs) = found() {
        return Ok(programs);
    }
    tools::install(&["postgresql"])?;
    found().ok_or_else(|| Failure::new("PostgreSQL is still not in /usr/lib/postgresql after installing postgresql"))
}

fn is_root() -> Outcome<bool> {
    Ok(read(Command::new("id").arg("-u"))?.trim() == "0")
}

fn as_account(account: Option<&str>) -> Vec<String> {
    account.map_or_else(Vec::new, |account| {
        vec![format!("--reuid={account}"), format!("--regid={account}"), "--clear-groups".to_owned()]
    })
}

/// A folder that anybody may look up things in, gone when this is.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn fresh(name: &str) -> Outcome<Self> {
        let made = read(Command::new("mktemp").args(["-d", "--tmpdir", &format!("doorward-{name}-XXXXXX")]))?;
        let folder = Self(PathBuf::from(made.trim()));
        run_quietly(Command::new("chmod").arg("711").arg(&folder.0))?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
