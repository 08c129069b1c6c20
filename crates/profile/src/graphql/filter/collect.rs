//! Which fields of a document answer an object, once its type is known: `CollectFields` of the specification (October 2021, section 6.3.2).
//!
//! What several selections ask for under one key is one place in the answer. Each place is put together once for each type of object
//! that stands there, however many there are in an answer. A short document may mean a great many of them, so that all together have a
//! bound, and what comes after it is not known.

use ahash::{HashMap, HashMapExt};
use std::sync::Arc;

use super::types::{TypeId, Types};
use crate::graphql::document::{Document, OperationDefinition, Selection};

/// How much may be put together for one answer: fields that stand somewhere, and selections looked into for them. Dagster's pages come
/// to a few thousand.
const MOST: usize = 50_000;

/// A place in an answer: which selections it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(usize);

/// The answer's root.
pub const ROOT: Place = Place(0);

/// What stands under a key.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key.
    pub key: Box<str>,
    /// The name of the field.
    pub field: Box<str>,
    /// Where that is.
    pub place: Place,
}

/// What stands under the keys of an object.
#[derive(Debug, Default)]
pub struct Members {
    /// In the order in which they are asked for.
    pub all: Vec<Member>,
    by_key: HashMap<Box<str>, usize>,
    /// The first that holds each field.
    by_field: HashMap<Box<str>, usize>,
}

impl Members {
    /// What stands under this key.
    pub fn get(&self, key: &str) -> Option<&Member> {
        self.all.get(*self.by_key.get(key)?)
    }

    /// The first that holds the field of this name.
    pub fn first(&self, field: &str) -> Option<&Member> {
        self.all.get(*self.by_field.get(field)?)
    }
}

/// The places of one document.
pub struct Places<'d> {
    types: &'d Types,
    document: &'d Document,
    operation: &'d OperationDefinition,
    /// The fields that ask for each place but the root.
    fields: Vec<Box<[usize]>>,
    known: HashMap<Box<[usize]>, Place>,
    members: HashMap<(Place, TypeId), Arc<Members>>,
    /// How much more may be put together.
    left: usize,
}

impl<'d> Places<'d> {
    /// Of an operation.
    pub fn new(types: &'d Types, document: &'d Document, operation: &'d OperationDefinition) -> Self {
        let fields = vec![Box::default()];
        Self { types, document, operation, fields, known: HashMap::new(), members: HashMap::new(), left: MOST }
    }

    /// Whether some of them are not known, because all would be too much.
    pub fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    /// What stands in an object of this type at this place.
    pub fn members(&mut self, place: Place, object: TypeId) -> Arc<Members> {
        if let Some(known) = self.members.get(&(place, object)) {
            return Arc::clone(known);
        }
        let (types, document) = (self.types, self.document);
        let visited = vec![false; document.fragments.len()];
        let (found, by_key) = (Vec::new(), HashMap::new());
        let mut collection = Collection { types, document, object, visited, found, by_key, left: self.left };
        if place == ROOT {
            collection.visit(&self.operation.selections);
        }
        for field in self.fields.get(place.0).cloned().unwrap_or_default() {
            collection.visit(document.field(field).map_or(&[], |field| &field.selections));
        }
        self.left = collection.left;
        let mut members = Members::default();
        for (key, fields) in collection.found {
            let mut named = fields.iter().filter_map(|field| Some(&*document.field(*field)?.name));
            let Some(field) = named.next() else { continue };
            // What the tool would refuse stands nowhere.
            if named.any(|other| other != field) {
                continue;
            }
            let place = self.place(fields.into());
            members.by_key.insert(key.into(), members.all.len());
            if !members.by_field.contains_key(field) {
                members.by_field.insert(field.into(), members.all.len());
            }
            members.all.push(Member { key: key.into(), field: field.into(), place });
        }
        let members = Arc::new(members);
        self.members.insert((place, object), Arc::clone(&members));
        members
    }

    fn place(&mut self, fields: Box<[usize]>) -> Place {
        if let Some(known) = self.known.get(&fields) {
            return *known;
        }
        let place = Place(self.fields.len());
        self.fields.push(fields.clone());
        self.known.insert(fields, place);
        place
    }
}

struct Collection<'d> {
    types: &'d Types,
    document: &'d Document,
    object: TypeId,
    visited: Vec<bool>,
    found: Vec<(&'d str, Vec<usize>)>,
    by_key: HashMap<&'d str, usize>,
    left: usize,
}

impl<'d> Collection<'d> {
    fn visit(&mut self, selections: &'d [Selection]) {
        for selection in selections {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            match selection {
                Selection::Field(place) => {
                    let Some(field) = self.document.field(*place) else { continue };
                    let at = *self.by_key.entry(&field.key).or_insert(self.found.len());
                    match self.found.get_mut(at) {
                        Some((_, fields)) => fields.push(*place),
                        None => self.found.push((&field.key, vec![*place])),
                    }
                }
                Selection::Inline(inner) => {
                    if inner.on.as_deref().is_none_or(|on| self.is_one(on)) {
                        self.visit(&inner.selections);
                    }
                }
                Selection::Spread(place) => {
                    let Some(fragment) = self.document.fragment(*place) else { continue };
                    let is_new = self.visited.get_mut(*place).is_some_and(|seen| !std::mem::replace(seen, true));
                    if is_new && self.is_one(&fragment.on) {
                        self.visit(&fragment.selections);
                    }
                }
            }
        }
    }

    fn is_one(&self, of: &str) -> bool {
        self.types.id(of).is_some_and(|of| self.types.is(self.object, of))
    }
}
