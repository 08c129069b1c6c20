//! For whoever watches over the process: is it there, is it of use, what has it counted.

pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod ready;
