//! Whether there is room where the database is.

use std::path::Path;

/// With less than this, in bytes, writing soon fails: the log beside the database alone may take a quarter of it.
const LITTLE: u64 = 64 * 1024 * 1024;

/// How much is free, in words.
pub fn free(folder: &Path) -> Result<String, String> {
    let told = nix::sys::statvfs::statvfs(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    #[allow(clippy::useless_conversion, reason = "of another width on other systems")]
    let (blocks, size) = (u64::from(told.blocks_available()), u64::from(told.fragment_size()));
    verdict(folder, blocks.saturating_mul(size))
}

fn verdict(folder: &Path, free: u64) -> Result<String, String> {
    let shown = format!("{} MB in {}", free / 1_000_000, folder.display());
    if free < LITTLE {
        return Err(format!(
            "only {shown}: make room (`df -h`; old backups, the audit file), or changes will be refused"
        ));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_wrong_before_there_is_none() {
        assert!(verdict(Path::new("/data"), LITTLE).is_ok());
        assert!(verdict(Path::new("/data"), LITTLE - 1).unwrap_err().contains("make room"));
        assert!(free(Path::new("/")).is_ok_and(|told| told.contains(" MB in /")) || free(Path::new("/")).is_err());
        assert!(free(Path::new("/nowhere/at/all")).is_err());
    }
}
