//! How to call this program again, from anywhere, so that it works on the same configuration and database.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::database::{absolute_address, quoted};
use crate::config::{Loaded, Origin};

/// The program and its options, as one would type them into a shell.
pub fn own_command(loaded: &Loaded) -> String {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let own = std::env::current_exe().ok();
    let options = options(loaded.file.as_deref(), &loaded.values.origin("database"), loaded.config.database.as_deref());
    format!("{}{options}", program(&called, own))
}

/// A name alone was found in `PATH` and will be again; a path may be relative to a folder that one leaves.
fn program(called: &Path, own: Option<PathBuf>) -> String {
    match own {
        Some(own) if called.components().count() > 1 => quoted(&own.display().to_string()),
        Some(_) | None => "doorward".to_owned(),
    }
}

/// The file in its usual place for a system is found by itself; so is a database that nobody named, and one that the file names.
fn options(file: Option<&Path>, from: &Origin, database: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(file) = file.filter(|file| *file != Path::new("/etc/doorward/doorward.yaml")) {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let _ = write!(text, " --config {}", quoted(&file.display().to_string()));
    }
    if let Some(database) = database {
        let absolute = absolute_address(database);
        // What the file says counts, unless it is relative to the folder one is in.
        if !matches!(from, Origin::File { .. }) || absolute != database {
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
        assert_eq!(options(None, &Origin::Default, None), "");
        assert_eq!(options(None, &option, Some("sqlite:///srv/d.db")), " --database sqlite:///srv/d.db");
        assert_eq!(options(Some(Path::new("/etc/doorward/doorward.yaml")), &Origin::Default, None), "");
        let file = Origin::File { file: "/srv/d.yaml".into(), line: 1, column: 1 };
        assert_eq!(options(Some(Path::new("/srv/d.yaml")), &file, Some("sqlite:///srv/d.db")), " --config /srv/d.yaml");
        let here = std::env::current_dir().expect("a folder");
        let told = format!(" --config /srv/d.yaml --database sqlite://{}/d.db", here.display());
        assert_eq!(options(Some(Path::new("/srv/d.yaml")), &file, Some("sqlite://d.db")), told);
    }

    #[test]
    fn a_program_called_by_its_path_is_named_by_its_path() {
        let own = || Some(PathBuf::from("/opt/door ward/doorward"));
        assert_eq!(program(Path::new("doorward"), own()), "doorward");
        assert_eq!(program(Path::new("target/debug/doorward"), own()), "'/opt/door ward/doorward'");
    }
}
