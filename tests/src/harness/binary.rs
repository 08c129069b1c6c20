//! Where the built binary is.

use std::path::PathBuf;

/// From the environment, else beside this test in the build folder.
pub fn doorward() -> PathBuf {
    if let Some(path) = std::env::var_os("DOORWARD_TEST_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test knows its own path");
    let path = test.ancestors().nth(2).expect("tests are built in deps/").join("doorward");
    assert!(path.exists(), "{} is missing: run the tests with `cargo xtask test`, or build it first", path.display());
    path
}
