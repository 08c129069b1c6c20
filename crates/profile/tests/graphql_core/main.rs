//! Our reading of GraphQL against the one that counts: graphql-core, out of Dagster's own environment.
//!
//! Whatever graphql-core would execute, we must read as the same operation with the same root fields. We may refuse more,
//! never see less.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod verdicts;
