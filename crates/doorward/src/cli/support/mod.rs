//! What the verbs share: reading arguments and secrets, working on the database, and printing. Knows no noun.

pub mod arguments;
pub mod confirm;
#[cfg(test)]
mod documented;
pub mod local;
pub mod moment;
pub mod output;
pub mod printable;
pub mod role;
pub mod secret;
