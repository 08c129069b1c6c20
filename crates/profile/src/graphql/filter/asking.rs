//! What is asked for beside what the client asks for, so that everything in the answer can be named.
//!
//! Every selection gets, before its end and under keys that stand nowhere in the client's document, what names the things that may answer it,
//! and of what may be one of several which it is. Where things may stand that are named by their own name alone, the list of all such
//! things is asked for as well. A document that asks for anything of which nobody has looked at what it shows cannot be asked so.

use ahash::{HashMap, HashMapExt};
use std::fmt::Write as _;

use super::{
    Count, Filter,
    types::{Holds, Told, TypeId, Types},
};
use crate::Misread;
use crate::graphql::{
    OperationKind, beside,
    document::{Document, OperationDefinition, Selection},
    drafts::is_introspection,
    json::Edits,
};

/// Longer than this much of what a client may send an edited document is not: what we ask for is little where honest clients ask.
pub(super) const LONGER: usize = 2;

/// A document that asks for names too.
pub(super) struct Named {
    pub(super) text: String,
    /// What our keys begin with.
    pub(super) prefix: Box<str>,
    /// Whether root fields of ours list what is named by its own name alone, or what is counted.
    pub(super) has_own_roots: bool,
    /// Whether one of them lists what is named by its own name alone.
    pub(super) has_list: bool,
    /// Whether what answers it may be shown for what is in it.
    pub(super) has_containers: bool,
}

/// The document with names asked for. `limit` is how long a client's own may be.
pub(super) fn ask(
    filter: &Filter,
    document: &Document,
    operation: &OperationDefinition,
    limit: usize,
) -> Result<Named, Misread> {
    let root = filter.types.id(match operation.kind {
        OperationKind::Query => "Query",
        OperationKind::Mutation => "Mutation",
        OperationKind::Subscription => "Subscription",
    });
    let prefix = beside::unused(&document.text);
    let (names, visited) = (HashMap::new(), vec![false; document.fragments.len()]);
    let mut asking = Asking {
        filter,
        document,
        operation,
        prefix: &prefix,
        names,
        visited,
        edits: Edits::default(),
        length: 0,
        needs_list: false,
        has_containers: false,
        counted: Vec::new(),
    };
    asking.visit(&operation.selections, root.ok_or_else(|| unseen("anything"))?, true)?;
    let (mut has_own_roots, mut has_list) = (false, false);
    if let Some(listed) = filter.listed.as_ref().filter(|_| asking.needs_list && operation.kind == OperationKind::Query)
    {
        let end = asking.end()?;
        let names = asking.names(listed.of);
        asking.edits.insert(end, format!(" {}:{}{{{names}}}", list_key(&prefix), listed.by));
        (has_own_roots, has_list) = (true, true);
    }
    for (place, edit) in asking.counts()? {
        asking.edits.insert(place, edit);
        has_own_roots = true;
    }
    if asking.length > LONGER * limit {
        return Err(Misread::new("graphql_too_large", "The GraphQL document asks for too much to be filtered."));
    }
    let text = asking.edits.apply(&document.text).ok_or_else(|| unseen("itself"))?;
    let has_containers = asking.has_containers;
    Ok(Named { text, prefix: prefix.into(), has_own_roots, has_list, has_containers })
}

/// The key under which things are listed.
pub(super) fn list_key(prefix: &str) -> String {
    format!("{prefix}list")
}

/// The key under which it says of which type an object is.
pub(super) fn type_key(prefix: &str) -> String {
    format!("{prefix}type")
}

/// The key under which what a root field counts is listed, by the key of that.
pub(super) fn count_key(prefix: &str, root: &str) -> String {
    format!("{prefix}count_{root}")
}

/// The key of something that names things of a type.
pub(super) fn name_key(prefix: &str, of: TypeId, place: usize) -> String {
    format!("{prefix}{of}_{place}")
}

fn unseen(what: &str) -> Misread {
    Misread::new(
        "cannot_be_filtered",
        format!(
            "This cannot be shown to somebody who may not view everything here: nobody has looked at what “{what:.60}” shows."
        ),
    )
}

struct Asking<'a> {
    filter: &'a Filter,
    document: &'a Document,
    operation: &'a OperationDefinition,
    prefix: &'a str,
    /// Root fields that count, by their places in the document.
    counted: Vec<usize>,
    /// What names things of a type.
    names: HashMap<TypeId, String>,
    visited: Vec<bool>,
    edits: Edits,
    length: usize,
    needs_list: bool,
    has_containers: bool,
}

impl Asking<'_> {
    /// Looks through selections on something of a type; each stands on one type only.
    fn visit(&mut self, selections: &[Selection], on: TypeId, is_root: bool) -> Result<(), Misread> {
        let (types, document) = (&self.filter.types, self.document);
        let other = |name: &str| types.id(name).ok_or_else(|| unseen(name));
        for selection in selections {
            match selection {
                Selection::Field(place) => self.field(*place, on, is_root)?,
                Selection::Inline(inner) => {
                    let on = inner.on.as_deref().map_or(Ok(on), other)?;
                    self.visit(&inner.selections, on, is_root)?;
                }
                Selection::Spread(place) => {
                    let Some(fragment) = document.fragment(*place) else { continue };
                    if self.visited.get_mut(*place).is_some_and(|seen| !std::mem::replace(seen, true)) {
                        self.visit(&fragment.selections, other(&fragment.on)?, is_root)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, place: usize, on: TypeId, is_root: bool) -> Result<(), Misread> {
        let Some(field) = self.document.field(place) else { return Ok(()) };
        if *field.name == *"__typename" || is_root && is_introspection(OperationKind::Query, &field.name) {
            return Ok(());
        }
        if is_root && self.filter.counts.contains_key(&field.name) {
            self.counted.push(place);
        }
        self.needs_list |= self.filter.looked_up.contains(&field.name);
        self.has_containers |= is_root && self.filter.containers.roots.contains(&field.name);
        self.has_containers |= self.filter.names_containers(on, &field.name);
        let of = self.filter.types.of_all(on, &field.name).ok_or_else(|| unseen(&field.name))?;
        match (of, field.ends_at) {
            (Holds::Leaf, None) => Ok(()),
            (Holds::Fields(of), Some(end)) => {
                let names = self.names(of);
                self.length += names.len();
                self.edits.insert(usize::try_from(end).unwrap_or(usize::MAX), names);
                self.visit(&field.selections, of, false)
            }
            _ => Err(unseen(&field.name)),
        }
    }

    /// Where the operation's selection ends.
    fn end(&self) -> Result<usize, Misread> {
        let span = self.operation.span;
        let end = span.end.saturating_sub(1);
        if self.document.text.get(end..span.end) == Some("}") { Ok(end) } else { Err(unseen("its operation")) }
    }

    /// What lists what is counted, with the arguments of what counts.
    fn counts(&mut self) -> Result<Vec<(usize, String)>, Misread> {
        let (filter, prefix) = (self.filter, self.prefix);
        let mut edits = Vec::new();
        for place in std::mem::take(&mut self.counted) {
            let Some(field) = self.document.field(place) else { continue };
            let Some(Count { by, more, of, field: items, items: item }) = filter.counts.get(&field.name) else {
                continue;
            };
            let mut given = more.to_string();
            for argument in &field.arguments {
                let _ = write!(given, " {}:{}", argument.name, argument.value.span.of(&self.document.text));
            }
            let (own, names) = (filter.types.get(*of).map_or("", |own| &own.name), self.names(*item));
            let key = count_key(prefix, &field.key);
            let edit = format!(" {key}:{by}({given}){{...on {own}{{{prefix}items:{items}{{{names}}}}}}}");
            self.length += edit.len();
            edits.push((self.end()?, edit));
        }
        Ok(edits)
    }

    /// What is asked for of something of a type.
    fn names(&mut self, of: TypeId) -> String {
        if let Some(known) = self.names.get(&of) {
            return known.clone();
        }
        let types = &self.filter.types;
        let things = types.possible(of).into_iter().filter_map(|own| types.get(own)?.thing.as_ref());
        let listed = self.filter.listed.as_ref();
        self.needs_list |= listed.is_some_and(|listed| things.into_iter().any(|thing| thing.needs_list(listed.kind)));
        let names = names(types, self.prefix, of);
        self.names.insert(of, names.clone());
        names
    }
}

impl Filter {
    /// Whether what a field holds may be shown for what is in it, or name what is.
    fn names_containers(&self, on: TypeId, field: &str) -> bool {
        let fields = self.types.possible(on).into_iter().filter_map(|own| self.types.field(own, field));
        fields.into_iter().any(|field| match (&field.told, field.of) {
            (Told::Names(kind, _), _) => self.containers.has_kind(*kind),
            (_, Some(of)) => self.types.possible(of).into_iter().any(|own| self.containers.has_type(own)),
            _ => false,
        })
    }
}

/// What is asked for of something of a type, so that it can be named.
pub(super) fn names(types: &Types, prefix: &str, of: TypeId) -> String {
    let possible = types.possible(of);
    let is_one_of_several = possible != [of];
    let mut names = if is_one_of_several { which(prefix) } else { String::new() };
    for own in possible {
        let Some((name, thing)) = types.get(own).and_then(|own| Some((&own.name, own.thing.as_ref()?))) else {
            continue;
        };
        let asks = thing.asks(&|place| name_key(prefix, own, place));
        // Writing to a string cannot fail.
        let _ = if is_one_of_several { write!(names, " ...on {name}{{{asks}}}") } else { write!(names, "{asks}") };
    }
    names
}

/// What is asked for of what may be one of several, to know which it is.
pub(super) fn which(prefix: &str) -> String {
    format!(" {}:__typename", type_key(prefix))
}
