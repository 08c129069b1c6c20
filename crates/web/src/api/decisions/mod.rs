//! What would be decided.

pub(super) mod explain;
