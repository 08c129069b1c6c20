//! A table, held against the one that is checked in.

use std::path::Path;

/// Fails where it differs from the file of that name in `tests/golden`; with `DOORWARD_GOLDEN=write` it is written there first.
pub fn compare(file: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("DOORWARD_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, table).expect("the table can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = table.lines().zip(checked_in.lines()).find(|(new, old)| new != old);
    assert!(table == checked_in, "the table has changed, first here: {differing:#?}");
}
