//! The operation that will really run, and what it asks the tool to do.

use std::collections::HashSet;

use super::document::{Document, Field, OperationDefinition, Selection};
use crate::Misread;

/// One root field of the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Under which its result appears: the alias, else the name.
    pub key: Box<str>,
    /// Place of the field in the document; the first of those that share the key.
    pub field: usize,
}

/// Picks the operation as the specification says (October 2021, section 6.1, `GetOperation`).
pub fn pick<'d>(document: &'d Document, name: Option<&str>) -> Result<(usize, &'d OperationDefinition), Misread> {
    let mut operations = document.operations.iter().enumerate();
    match name {
        None => match (operations.next(), operations.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Misread::new(
                "unknown_operation",
                "The GraphQL document has several operations: say which with operationName.",
            )),
        },
        Some(name) => operations.find(|(_, o)| o.name.as_deref() == Some(name)).ok_or_else(|| {
            Misread::new("unknown_operation", format!("The GraphQL document has no operation named “{name:.40}”."))
        }),
    }
}

/// Every root field that could run, whatever its fragment's type condition and its directives say, in the order of execution.
/// A root field asked for several times under one key runs once, with merged selections; it is listed for every place it
/// stands at, because each place has arguments of its own until the tool has checked that they agree.
pub fn roots(document: &Document, operation: &OperationDefinition) -> Result<Vec<Root>, Misread> {
    let mut collection = Collection { document, visited: vec![false; document.fragments.len()], roots: Vec::new() };
    collection.visit(&operation.selections);
    one_meaning_per_key(document, &collection.roots)?;
    Ok(collection.roots)
}

/// Names of the root fields that plainly do not run, wherever they stand: what they are asked for is still theirs to be allowed, but who
/// reads of it wants to know first what was done.
pub fn skipped(document: &Document, operation: &OperationDefinition, roots: &[Root]) -> HashSet<Box<str>> {
    let mut running = HashSet::new();
    let mut visited = vec![false; document.fragments.len()];
    let mut todo = vec![&operation.selections];
    while let Some(selections) = todo.pop() {
        for selection in selections {
            match selection {
                Selection::Field(place) => running.extend(document.field(*place).map(|field| &*field.name)),
                Selection::Inline(inner) if inner.is_skipped => {}
                Selection::Inline(inner) => todo.push(&inner.selections),
                Selection::Spread(place) => {
                    if let Some(seen @ false) = visited.get_mut(*place) {
                        *seen = true;
                        todo.extend(document.fragment(*place).map(|fragment| &fragment.selections));
                    }
                }
            }
        }
    }
    let names = roots.iter().filter_map(|root| document.field(root.field)).map(|field| &field.name);
    names.filter(|name| !running.contains(&***name)).cloned().collect()
}

struct Collection<'d> {
    document: &'d Document,
    visited: Vec<bool>,
    roots: Vec<Root>,
}

impl Collection<'_> {
    fn visit(&mut self, selections: &[Selection]) {
        let document = self.document;
        for selection in selections {
            match selection {
                Selection::Field(place) => {
                    self.roots.extend(document.field(*place).map(|f| Root { key: f.key.clone(), field: *place }));
                }
                Selection::Inline(inner) => self.visit(&inner.selections),
                Selection::Spread(place) => {
                    if let Some(seen @ false) = self.visited.get_mut(*place) {
                        *seen = true;
                        self.visit(document.fragment(*place).map_or(&[], |f| &f.selections));
                    }
                }
            }
        }
    }
}

/// Two different fields under one key cannot both be answered; whoever sends that wants readers to disagree.
fn one_meaning_per_key(document: &Document, roots: &[Root]) -> Result<(), Misread> {
    let mut meanings = std::collections::HashMap::new();
    for root in roots {
        let name = document.field(root.field).map_or("", |f: &Field| &f.name);
        if *meanings.entry(&*root.key).or_insert(name) != name {
            return Err(Misread::new(
                "conflicting_fields",
                format!("The GraphQL operation asks for different things under “{:.40}”.", root.key),
            ));
        }
    }
    Ok(())
}
