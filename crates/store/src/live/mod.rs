//! Who is there, and what they may do: sessions and keys that have not ended, read with all that is granted to whoever has them.

pub(crate) mod keys;
pub(crate) mod sessions;
