//! Whether the audit log can be copied to the file that is configured.

use nix::unistd::{AccessFlags, access};
use std::path::Path;

use super::Findings;
use crate::config::Config;

pub fn look_at_audit_file(config: &Config, findings: &mut Findings) {
    if let Some(path) = &config.sections.audit.file {
        findings.add_result("audit file", can_be_written(path));
    }
}

/// Nothing is made or changed to find out.
fn can_be_written(path: &Path) -> Result<String, String> {
    let shown = path.display();
    if path.is_file() {
        let cannot = |error| format!("{shown} cannot be written: {error}");
        return access(path, AccessFlags::W_OK).map(|()| shown.to_string()).map_err(cannot);
    }
    if path.exists() {
        return Err(format!("{shown} is no file"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match access(folder, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) if folder.is_dir() => Ok(format!("{shown}, made with the first entry")),
        Ok(()) => Err(format!("{shown}: {} is no folder", folder.display())),
        Err(error) => Err(format!("{shown} cannot be made: {}: {error}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_missing_is_told_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        assert!(can_be_written(&file).is_ok_and(|told| told.ends_with("made with the first entry")));
        assert!(!file.exists());
        std::fs::write(&file, "").unwrap();
        assert!(can_be_written(&file).is_ok());
        assert!(can_be_written(&file.join("below")).is_err());
        assert!(can_be_written(folder.path()).is_err_and(|told| told.ends_with("is no file")));
        let missing = folder.path().join("missing/audit.jsonl");
        assert!(can_be_written(&missing).is_err_and(|told| told.contains("cannot be made")));
    }
}
