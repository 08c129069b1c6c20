//! All targets on the stable toolchain, one after the other; `DOORWARD_FUZZ_SECONDS` says for how long each.

use doorward_fuzz::{Bound, TARGETS, drive, seeds};
use std::path::Path;

#[test]
fn no_target_is_broken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in TARGETS {
        drive(target.body, &seeds(&folder, target.name).expect("seeds"), Bound::from_environment());
    }
}
