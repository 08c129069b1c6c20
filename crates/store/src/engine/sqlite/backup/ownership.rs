//! Whether root may make files under a path: only where nobody else can put anything else under its name.
//!
//! Whoever owns a folder, or one above it, or a link on the way, can swap a file for a link between two steps of ours, and root would read,
//! fill or give away what it leads to. So nothing of the way to a file may be somebody else's. Any other account can harm only itself.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{BackupError, file_error};

/// Links followed one after another, as many as the operating system follows.
const LINKS: usize = 40;
/// Only who owns a file may rename or remove it there.
const STICKY: u32 = 0o1000;

/// Fails when this is root and somebody else could change what the path means, or owns what is there.
pub(super) fn must_be_roots(path: &Path) -> Result<(), BackupError> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let path = std::path::absolute(path).map_err(|cause| file_error(path, cause))?;
    every_step(&path, LINKS)
}

/// Looks at the path from the root on, through every link.
fn every_step(path: &Path, links: usize) -> Result<(), BackupError> {
    let mut step = PathBuf::new();
    for part in path.components() {
        let within = step.clone();
        step.push(part);
        let found = match step.symlink_metadata() {
            Ok(found) => found,
            // What is missing has nobody's content; whether it may be is for others to say.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(file_error(&step, cause)),
        };
        must_be_nobody_elses(&step, &found)?;
        if found.is_symlink() {
            let links = links.checked_sub(1).ok_or_else(|| file_error(&step, io::Error::other("too many links")))?;
            let leads_to = step.read_link().map_err(|cause| file_error(&step, cause))?;
            every_step(&within.join(leads_to), links)?;
        }
    }
    Ok(())
}

fn must_be_nobody_elses(step: &Path, found: &Metadata) -> Result<(), BackupError> {
    if found.uid() != 0 {
        return Err(BackupError::Owner { path: step.to_owned(), uid: found.uid() });
    }
    if found.is_dir() && others_may_write(found.mode(), found.gid()) {
        return Err(BackupError::Shared(step.to_owned()));
    }
    Ok(())
}

fn others_may_write(mode: u32, gid: u32) -> bool {
    let by_group = mode & 0o020 != 0 && gid != 0;
    (by_group || mode & 0o002 != 0) && mode & STICKY == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    #[test]
    fn a_folder_is_open_to_others_unless_only_owners_may_rename_there() {
        assert!(others_may_write(0o777, 0) && others_may_write(0o2775, 50));
        assert!(!others_may_write(0o1777, 0) && !others_may_write(0o755, 50) && !others_may_write(0o770, 0));
    }

    /// What root is told of a path. Only root can make what this is about.
    fn told(path: &Path) -> Option<&'static str> {
        match must_be_roots(path) {
            Ok(()) => None,
            Err(BackupError::Owner { uid: 1234, .. }) => Some("owner"),
            Err(BackupError::Shared(_)) => Some("shared"),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn root_makes_nothing_where_somebody_else_owns_any_step_of_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("theirs/inner")).unwrap();
        std::fs::create_dir_all(at("open")).unwrap();
        std::fs::create_dir_all(at("ours")).unwrap();
        if !nix::unistd::geteuid().is_root() {
            assert!(must_be_roots(&at("theirs/inner/d.db")).is_ok(), "who is not root is not asked");
            return;
        }
        chown(at("theirs"), Some(1234), Some(1234)).unwrap();
        std::fs::set_permissions(at("open"), PermissionsExt::from_mode(0o777)).unwrap();
        std::fs::write(at("ours/given.db"), "").unwrap();
        chown(at("ours/given.db"), Some(1234), None).unwrap();
        symlink(at("theirs/d.db"), at("ours/dangling.db")).unwrap();
        symlink(at("ours"), at("theirs/way")).unwrap();
        symlink("../theirs/way", at("ours/through")).unwrap();
        symlink("self", at("ours/self")).unwrap();
        assert_eq!(told(&at("ours/d.db")), None);
        assert_eq!(told(&at("ours/given.db")), Some("owner"));
        assert_eq!(told(&at("theirs/d.db")), Some("owner"));
        assert_eq!(told(&at("theirs/inner/d.db")), Some("owner"), "the owner of the folder above renames this one");
        assert_eq!(told(&at("ours/dangling.db")), Some("owner"));
        assert_eq!(told(&at("ours/through/d.db")), Some("owner"), "a link of theirs on the way to ours");
        assert_eq!(told(&at("theirs/../ours/d.db")), Some("owner"));
        assert_eq!(told(&at("open/d.db")), Some("shared"));
        assert!(must_be_roots(&at("ours/self/d.db")).is_err(), "without end");
    }
}
