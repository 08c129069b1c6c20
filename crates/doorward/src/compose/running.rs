//! Which Doorwards of this user run, on which database and with which apps: a small file for each while it runs, so that commands need not guess.
//!
//! The files help people; nothing is decided by them. They are looked for in every place where one may be, because a service and a
//! shell of the same user often have different environments.

use doorward_service::App;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::known_apps::NotedApp;

/// A Doorward that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningDoor {
    /// Its process id.
    pub pid: u32,
    /// When that process began, in the kernel's ticks since boot: process ids are used again.
    began: u64,
    /// Where people reach it.
    pub address: String,
    /// Where it listens, which may be for a proxy only.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// Its database.
    pub database: String,
    /// How a shell calls a command that reads its configuration.
    #[serde(default)]
    pub command: String,
    /// Its apps.
    #[serde(default)]
    pub apps: Vec<NotedApp>,
}

/// Our own file; gone when this is dropped.
#[derive(Debug)]
pub struct Announced {
    file: PathBuf,
    door: RunningDoor,
}

impl Announced {
    /// Says which apps there are now.
    pub fn renew(&mut self, apps: &[Arc<App>]) {
        self.door.apps = noted(apps);
        if let (Some(folder), Ok(text)) = (self.file.parent(), serde_json::to_string(&self.door)) {
            // It only helps people.
            let _ = write(folder, self.door.pid, &text);
        }
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // A file that stays is seen to be stale by its process id.
        let _ = std::fs::remove_file(&self.file);
    }
}

fn noted(apps: &[Arc<App>]) -> Vec<NotedApp> {
    apps.iter().map(|app| NotedApp::from(app.as_ref())).collect()
}

/// Leaves a note that this process serves. Without a place for it there is none: it only helps people.
pub fn announce(
    (address, listen): (&str, SocketAddr),
    database: &str,
    command: &str,
    apps: &[Arc<App>],
) -> Option<Announced> {
    let pid = std::process::id();
    let (address, database, command) = (address.to_owned(), database.to_owned(), command.to_owned());
    let listen = Some(listen);
    let door = RunningDoor { pid, began: began(pid)?, address, listen, database, command, apps: noted(apps) };
    let text = serde_json::to_string(&door).ok()?;
    let file = folders(variable).into_iter().find_map(|folder| write(&folder, pid, &text).ok())?;
    Some(Announced { file, door })
}

/// The Doorwards of this user that run now. Notes of those that are gone are cleared away.
pub fn running_doors() -> Vec<RunningDoor> {
    let folders = folders(variable);
    let mut doors: Vec<RunningDoor> = folders.iter().flat_map(|folder| notes(folder)).collect();
    doors.sort_by_key(|door| door.pid);
    doors.dedup_by_key(|door| door.pid);
    doors
}

fn notes(folder: &Path) -> Vec<RunningDoor> {
    if !is_ours(folder) {
        return Vec::new();
    }
    let me = rustix::process::getuid().as_raw();
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let ours = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    ours.filter(|file| file.symlink_metadata().is_ok_and(|file| file.is_file() && file.uid() == me))
        .filter_map(|file| {
            let door: RunningDoor = serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok()?;
            if began(door.pid) == Some(door.began) {
                return Some(door);
            }
            let _ = std::fs::remove_file(&file);
            None
        })
        .collect()
}

fn write(folder: &Path, pid: u32, text: &str) -> std::io::Result<PathBuf> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if !is_ours(folder) {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let file = folder.join(format!("{pid}.json"));
    let _ = std::fs::remove_file(&file);
    let mut note = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
    std::io::Write::write_all(&mut note, text.as_bytes())?;
    Ok(file)
}

/// Whether a folder is this user's own, and nobody else can put anything into it or lead it elsewhere: in `/tmp`, whoever comes first
/// makes it.
fn is_ours(folder: &Path) -> bool {
    let me = rustix::process::getuid().as_raw();
    folder.symlink_metadata().is_ok_and(|found| found.is_dir() && found.uid() == me && found.mode() & 0o022 == 0)
}

/// Where a note may be, best first (XDG Base Directory Specification 0.8): places that the same user finds with another environment go
/// before those below a home. A system service has one of its own, which it is told of (`RuntimeDirectory=` in systemd.exec(5)), and a
/// `/tmp` that nobody else sees; with our own unit it is the last, which everybody looks into.
fn folders(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let me = rustix::process::getuid().as_raw();
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let of_login = || Some(PathBuf::from(format!("/run/user/{me}"))).filter(|folder| is_ours(folder));
    let runtime = absolute("XDG_RUNTIME_DIR").or_else(of_login).map(|folder| folder.join("doorward"));
    let temporary = absolute("TMPDIR").unwrap_or_else(|| "/tmp".into()).join(format!("doorward-{me}"));
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    let of_service = variable("RUNTIME_DIRECTORY").and_then(|all| std::env::split_paths(&all).next());
    of_service
        .filter(|path| path.is_absolute())
        .into_iter()
        .chain(runtime)
        .chain([temporary])
        .chain(state.map(|folder| folder.join("doorward/running")))
        .chain(["/run/doorward".into()])
        .collect()
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// The twenty-second field of `/proc/PID/stat`; `None` when there is no such process.
fn began(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A note of a door with these apps.
    pub fn door(address: &str, apps: &[&str]) -> RunningDoor {
        let app = |name: &&str| NotedApp {
            name: name.parse().expect("a name"),
            profile: "generic".into(),
            address: "/".into(),
            prefix: String::new(),
            default_role: None,
        };
        let (address, database, command) = (address.to_owned(), "sqlite:///x.db".to_owned(), "doorward".to_owned());
        RunningDoor { pid: 1, began: 1, address, listen: None, database, command, apps: apps.iter().map(app).collect() }
    }

    #[test]
    fn notes_of_processes_that_are_gone_are_cleared_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let note = |pid: u32, began: u64| {
            let (address, database) = ("http://127.0.0.1:1".into(), "sqlite:///x.db".into());
            let door =
                RunningDoor { pid, began, address, listen: None, database, command: String::new(), apps: Vec::new() };
            write(folder.path(), pid, &serde_json::to_string(&door).expect("JSON")).expect("written");
            door
        };
        let me = std::process::id();
        let stale = note(me, began(me).expect("we run") + 1);
        assert_eq!(notes(folder.path()), [], "another process had our id");
        assert!(!folder.path().join(format!("{}.json", stale.pid)).exists());
        let ours = note(me, began(me).expect("we run"));
        std::fs::write(folder.path().join("half.json"), "{").expect("written");
        assert_eq!(notes(folder.path()), [ours]);
    }

    #[test]
    fn a_note_has_a_place_whoever_starts_us() {
        let place = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), PathBuf::from(v))).collect();
            let all = folders(|name| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()));
            all.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        let me = rustix::process::getuid().as_raw();
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/7");
        assert_eq!(place(&[runtime]), format!("/run/user/7/doorward /tmp/doorward-{me} /run/doorward"));
        assert_eq!(
            place(&[("HOME", "/home/ada"), ("TMPDIR", "/scratch"), runtime]),
            format!(
                "/run/user/7/doorward /scratch/doorward-{me} /home/ada/.local/state/doorward/running /run/doorward"
            )
        );
    }

    /// Its `/tmp` is its own (`PrivateTmp=`), so what it leaves there is found by nobody.
    #[test]
    fn a_service_of_our_unit_leaves_its_note_where_a_command_of_its_user_looks() {
        let unit = include_str!("../../../../packaging/doorward.service");
        let folder = unit.lines().find_map(|line| line.strip_prefix("RuntimeDirectory="));
        let told = PathBuf::from("/run").join(folder.expect("a folder of its own"));
        let of_service = folders(|name| (name == "RUNTIME_DIRECTORY").then(|| told.clone()));
        assert_eq!(of_service.first(), Some(&told));
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/var/lib/doorward"));
        assert!(folders(home).contains(&told), "`sudo -u doorward doorward …`");
        let relative = folders(|name| (name == "RUNTIME_DIRECTORY").then(|| PathBuf::from("run")));
        assert!(relative.iter().all(|folder| folder.is_absolute()), "{relative:?}");
    }

    #[test]
    fn a_folder_that_somebody_else_prepared_is_left_alone() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (real, led, open) = (folder.path().join("real"), folder.path().join("led"), folder.path().join("open"));
        assert!(write(&real, 1, "{}").is_ok());
        symlink(&real, &led).expect("a link");
        assert!(write(&led, 1, "{}").is_err(), "a link leads where its maker wants");
        std::fs::create_dir(&open).expect("made");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("opened");
        assert!(write(&open, 1, "{}").is_err(), "everybody may write there");
        let me = std::process::id();
        let (address, database) = ("http://127.0.0.1:1".into(), "sqlite:///x.db".into());
        let began = began(me).expect("we run");
        let door =
            RunningDoor { pid: me, began, address, listen: None, database, command: String::new(), apps: Vec::new() };
        std::fs::write(open.join("1.json"), serde_json::to_string(&door).expect("JSON")).expect("written");
        assert_eq!(notes(&open), [], "and what is there is not believed");
    }
}
