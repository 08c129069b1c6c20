//! How to call this program again, from anywhere, so that it works on the same configuration and database.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::database::{absolute_address, quoted};
use crate::config::{DatabaseUrl, Loaded, Origin};

/// The program and its options, as one would type them into a shell.
pub fn own_command(loaded: &Loaded) -> String {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let own = std::env::current_exe().ok();
    let searched: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let options =
        options(loaded.file.as_deref(), &loaded.values.origin("database"), loaded.config.sections.database.as_ref());
    format!("{}{options}", program(&called, own.as_deref(), &searched, home.as_deref()))
}

/// Where the `PATH` of every shell of a system leads.
const OF_SYSTEM: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Where that of a person's own shells does, below their home: by the usual profile, and by Rust's installer.
const OF_PERSON: &[&str] = &[".local/bin", "bin", ".cargo/bin"];

/// A name alone, where other shells find it too; else the whole path. A path may be relative to a folder that one leaves, and what was found
/// in `PATH` may have been found in one of nobody else's: `uvx`, `pipx run`, `nix run` and an activated environment each have their own.
fn program(called: &Path, own: Option<&Path>, searched: &[PathBuf], home: Option<&Path>) -> String {
    let Some(own) = own else { return "doorward".to_owned() };
    let whole = |path: &Path| quoted(&path.display().to_string());
    if called.components().count() != 1 {
        return whole(own);
    }
    let is_own = |file: &PathBuf| file.is_absolute() && file.canonicalize().is_ok_and(|real| real == *own);
    let first = searched.iter().map(|folder| folder.join(called)).find(|file| file.is_file());
    match first.filter(is_own) {
        Some(found) if found.parent().is_some_and(|folder| is_lasting(folder, home)) => {
            quoted(&called.display().to_string())
        }
        Some(found) => whole(&found),
        None => whole(own),
    }
}

/// Whether other shells look in that folder, and it is no Python environment's.
fn is_lasting(folder: &Path, home: Option<&Path>) -> bool {
    let of_person = home.into_iter().flat_map(|home| OF_PERSON.iter().map(|name| home.join(name)));
    let is_known = OF_SYSTEM.iter().map(PathBuf::from).chain(of_person).any(|known| known == folder);
    is_known && !folder.parent().is_some_and(|above| above.join("pyvenv.cfg").exists())
}

/// The file in its usual place for a system is found by itself; so is a database that nobody named, and one that the file names.
fn options(file: Option<&Path>, from: &Origin, database: Option<&DatabaseUrl>) -> String {
    let mut text = String::new();
    if let Some(file) = file.filter(|file| *file != Path::new("/etc/doorward/doorward.yaml")) {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let _ = write!(text, " --config {}", quoted(&file.display().to_string()));
    }
    if let Some(database) = database {
        let absolute = absolute_address(database);
        // What the file says counts, unless it is relative to the folder one is in; and a password is no argument.
        let is_read_again = matches!(from, Origin::File { .. }) && absolute == database.expose();
        if !is_read_again && !database.has_password() {
            let _ = write!(text, " --database {}", quoted(&absolute));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_what_would_not_be_found_by_itself() {
        let option = Origin::Option("--database");
        let options = |file, from: &Origin, database: Option<&str>| {
            options(file, from, database.map(|database| DatabaseUrl::new(database.to_owned())).as_ref())
        };
        assert_eq!(options(None, &Origin::Default, None), "");
        assert_eq!(options(None, &option, Some("sqlite:///srv/d.db")), " --database sqlite:///srv/d.db");
        assert_eq!(options(Some(Path::new("/etc/doorward/doorward.yaml")), &Origin::Default, None), "");
        let file = Origin::File { file: "/srv/d.yaml".into(), line: 1, column: 1 };
        assert_eq!(options(Some(Path::new("/srv/d.yaml")), &file, Some("sqlite:///srv/d.db")), " --config /srv/d.yaml");
        let here = std::env::current_dir().expect("a folder");
        let told = format!(" --config /srv/d.yaml --database sqlite://{}/d.db", here.display());
        assert_eq!(options(Some(Path::new("/srv/d.yaml")), &file, Some("sqlite://d.db")), told);
        // A password is in no line to copy, nor is a line that cannot work.
        for from in [&option, &file] {
            assert_eq!(options(None, from, Some("postgres://ada:secret@db/d")), "");
        }
        assert_eq!(options(None, &option, Some("postgres://ada@db/d")), " --database postgres://ada@db/d");
    }

    #[test]
    fn a_program_called_by_its_path_is_named_by_its_path() {
        let own = Path::new("/opt/door ward/doorward");
        for called in ["target/debug/doorward", "./doorward", "/opt/door ward/doorward", ""] {
            assert_eq!(program(Path::new(called), Some(own), &[], None), "'/opt/door ward/doorward'", "{called}");
        }
        assert_eq!(program(Path::new("doorward"), Some(own), &[], None), "'/opt/door ward/doorward'", "not in PATH");
        assert_eq!(program(Path::new("doorward"), None, &[], None), "doorward", "nothing better is known");
    }

    /// A home with the program in folders of several kinds, and the name it gets when it is found in one of them.
    struct Home {
        folder: tempfile::TempDir,
        own: PathBuf,
    }

    impl Home {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let home = folder.path().canonicalize().expect("a path");
            let own = home.join("share/uv/tools/doorward/bin/doorward");
            std::fs::create_dir_all(own.parent().expect("a folder")).expect("made");
            std::fs::write(&own, "").expect("written");
            std::fs::write(home.join("share/uv/tools/doorward/pyvenv.cfg"), "").expect("written");
            Self { folder, own }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().canonicalize().expect("a path")
        }

        fn linked(&self, folder: &str) -> PathBuf {
            let folder = self.path().join(folder);
            std::fs::create_dir_all(&folder).expect("made");
            std::os::unix::fs::symlink(&self.own, folder.join("doorward")).expect("linked");
            folder
        }

        fn named(&self, searched: &[PathBuf]) -> String {
            program(Path::new("doorward"), Some(&self.own), searched, Some(&self.path()))
        }
    }

    #[test]
    fn a_name_alone_is_one_that_other_shells_find() {
        let home = Home::new();
        let nothing = home.path().join("empty");
        for folder in [".local/bin", "bin", ".cargo/bin"] {
            let found = home.linked(folder);
            assert_eq!(
                home.named(&[nothing.clone(), found.clone()]),
                "doorward",
                "{folder}, as `uv tool install` leaves it"
            );
            let other = Home::new();
            std::fs::create_dir_all(other.path().join(folder)).expect("made");
            std::fs::write(other.path().join(folder).join("doorward"), "").expect("written");
            let before = [other.path().join(folder), found];
            assert_eq!(
                home.named(&before),
                home.own.display().to_string(),
                "another program of that name is before it"
            );
        }
    }

    #[test]
    fn a_program_found_where_other_shells_do_not_look_is_named_by_its_path() {
        let home = Home::new();
        let of_tool = home.own.parent().expect("a folder").to_owned();
        assert_eq!(home.named(std::slice::from_ref(&of_tool)), home.own.display().to_string(), "as `uvx` runs it");
        let lasting = home.linked(".local/bin");
        assert_eq!(home.named(&[of_tool.clone(), lasting.clone()]), home.own.display().to_string(), "`uvx` beside it");
        let opt = home.linked("opt/doorward/bin");
        assert_eq!(
            home.named(std::slice::from_ref(&opt)),
            opt.join("doorward").display().to_string(),
            "a PATH of this shell's own"
        );
        std::fs::write(home.path().join(".local/pyvenv.cfg"), "").expect("written");
        let found = lasting.join("doorward").display().to_string();
        assert_eq!(home.named(&[lasting]), found, "an environment in the usual place");
        assert_eq!(
            home.named(&[PathBuf::from("."), PathBuf::new()]),
            home.own.display().to_string(),
            "a relative PATH"
        );
    }
}
