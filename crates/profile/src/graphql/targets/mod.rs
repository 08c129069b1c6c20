//! What each operation of a request acts on.
//!
//! A root field acts on what its arguments name, wherever in them, through variables and defaults ([`things`]); all root fields of one name
//! are one operation, whatever their aliases and whether directives skip them. Where they name nothing, the profile's `acts_on` says what the field
//! acts on; what it does not say, nobody can tell. Arguments below the roots name things that are looked at as well: they are one more
//! operation ([`Naming::below`]).
//!
//! What a tool shows of one thing may lead to others without naming them: that is not seen here, but in the answer ([`super::filter`]).

mod node;
mod places;
mod tagged;
mod things;

use doorward_domain::{Resource, Targets};
use serde::Deserialize;

use super::{
    OperationKind,
    arguments::Variables,
    document::{Document, OperationDefinition},
    drafts::is_introspection,
    rules::Rules,
};
use crate::kinds::KindSet;
use node::Ground;
pub use places::{Fields, Places};
use things::{Found, Search};

/// What root fields act on whose arguments name nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActsOn {
    /// Fields that are part of the tool's own page.
    pub shell: Vec<String>,
    /// Fields that act on everything there is.
    pub whole: Vec<String>,
    /// Fields that act on single things, and must name them. What stands nowhere here nobody has looked at: it acts on what nobody can tell.
    pub named: Vec<String>,
}

/// What a root field acts on that names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unnamed {
    Shell,
    Whole,
    /// Single things, and it must name them.
    Unknown,
    /// Nobody has looked at it.
    Unlisted,
}

impl ActsOn {
    fn unnamed(&self, kind: OperationKind, field: &str) -> Unnamed {
        let is_in = |fields: &[String]| fields.iter().any(|own| own == field);
        if is_introspection(kind, field) || is_in(&self.shell) {
            Unnamed::Shell
        } else if is_in(&self.whole) {
            Unnamed::Whole
        } else if is_in(&self.named) {
            Unnamed::Unknown
        } else {
            Unnamed::Unlisted
        }
    }
}

/// Where the names of an operation stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// In root fields of one name, by its place among all such names; it reaches things of these kinds beside.
    Root(usize, KindSet),
    /// A field below, that only looks: in all of the request.
    Everywhere,
    /// A field below: in root fields of this name, and in arguments below.
    Below(Box<str>),
    /// Nobody can tell.
    Unknown,
}

/// The things that a request names.
pub struct Naming<'a> {
    rules: &'a Rules,
    roots: Vec<(&'a Fields, Found)>,
    below: Found,
}

impl<'a> Naming<'a> {
    /// Looks at all arguments.
    pub fn read(
        rules: &'a Rules,
        document: &'a Document,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
        places: &'a Places,
    ) -> Self {
        let search = Search::new(rules, Ground { text: &document.text, operation, variables });
        Self::found(search, document, places)
    }

    /// Looks at all arguments, but for the tags in them: those of who launches are not the client's to write, and are taken out.
    pub fn without_tags(
        rules: &'a Rules,
        document: &'a Document,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
        places: &'a Places,
    ) -> Self {
        let search = Search::new(rules, Ground { text: &document.text, operation, variables });
        Self::found(search.without_tags(), document, places)
    }

    fn found(mut search: Search<'a>, document: &'a Document, places: &'a Places) -> Self {
        let rules = search.rules;
        let Ground { operation, variables, .. } = search.ground;
        let mut look = |fields: &mut dyn Iterator<Item = usize>| {
            let mut found = Found::default();
            for field in fields.filter_map(|place| document.field(place)) {
                search.field(field, &mut found);
            }
            found.sorted()
        };
        let roots = places.roots.iter().map(|root| (root, look(&mut root.places.iter().copied()))).collect();
        Self { rules, roots, below: look(&mut places.below(operation, variables)) }
    }

    /// All names, each once and in their order, if all of them are clear.
    pub fn names(&self) -> Option<Vec<Resource>> {
        let found = || self.roots.iter().map(|(_, found)| found).chain([&self.below]);
        if found().any(|found| found.is_unclear) {
            return None;
        }
        let mut names: Vec<Resource> =
            found().flat_map(|found| &found.things).flat_map(|thing| &thing.names).cloned().collect();
        names.sort_unstable();
        names.dedup();
        Some(names)
    }

    /// The first root field's name.
    pub fn first(&self) -> Option<&str> {
        self.roots.first().map(|(root, _)| &*root.name)
    }

    /// What an operation acts on.
    pub fn targets(&self, basis: &Basis) -> Targets {
        let none = KindSet::default();
        match basis {
            Basis::Root(place, reaches) => {
                self.roots.get(*place).map_or(Targets::Unknown, |root| self.root(root, *reaches))
            }
            Basis::Everywhere => {
                self.roots.iter().map(|root| self.root(root, none)).reduce(Targets::and).unwrap_or_default()
            }
            Basis::Below(name) => {
                let root = self.roots.iter().find(|(root, _)| root.name == *name);
                let root = root.map_or(Targets::Unknown, |root| self.root(root, none));
                self.below().into_iter().fold(root, Targets::and)
            }
            Basis::Unknown => Targets::Unknown,
        }
    }

    /// What arguments below the roots name, if they name anything.
    pub fn below(&self) -> Option<Targets> {
        if self.below.is_unclear {
            return Some(Targets::Unknown);
        }
        let is_any = !self.below.things.is_empty();
        is_any.then(|| Targets::These(self.below.targets(self.rules, KindSet::default())))
    }

    fn root(&self, (root, found): &(&Fields, Found), reaches: KindSet) -> Targets {
        match root.unnamed {
            _ if found.is_unclear => Targets::Unknown,
            Unnamed::Whole | Unnamed::Unknown if !found.things.is_empty() => {
                Targets::These(found.targets(self.rules, reaches))
            }
            Unnamed::Whole => Targets::Whole,
            Unnamed::Shell if found.things.is_empty() => Targets::Shell,
            Unnamed::Shell | Unnamed::Unknown | Unnamed::Unlisted => Targets::Unknown,
        }
    }
}
