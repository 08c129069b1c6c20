//! From the tree to a struct, telling everything that is wrong.

use serde::Deserialize;
use std::collections::BTreeSet;

use super::deserializer::{Instead, Place};
use super::{Node, Problems, Table};

/// Reads a struct. serde stops at the first error: with something in the place of what was at fault it is read again, until there is
/// none. `None` when nothing can stand in, or nobody would read more problems. The paths of all that something stands in for are kept.
pub fn read<'t, T: Deserialize<'t>>(
    tree: &'t Node,
    table: &'t Table,
    at_fault: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Option<T> {
    let mut instead: Vec<Instead<'t>> = Vec::new();
    loop {
        let error = match T::deserialize(Place::root(tree, &instead)) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if problems.is_full() {
            return None;
        }
        if !error.follows(at_fault) {
            problems.add(error.origin(), error.to_string());
        }
        at_fault.insert(error.path().to_owned());
        instead.push(error.instead(table)?);
    }
}

#[cfg(test)]
mod tests;
