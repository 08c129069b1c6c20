//! Where in a document names may stand: found once, for all requests that send it.

use std::collections::{HashMap, HashSet};

use super::Unnamed;
use crate::graphql::{
    arguments::{Given, Variables, variable},
    document::{Document, Field, Literal, LiteralKind, OperationDefinition, Selection},
    json::Kind,
    names::Spot,
    operation::Root,
    rules::Rules,
};

/// All root fields of one name.
#[derive(Debug)]
pub struct Fields {
    /// The name.
    pub name: Box<str>,
    pub(super) places: Vec<usize>,
    pub(super) unnamed: Unnamed,
}

/// Where in a document names may stand.
#[derive(Debug, Default)]
pub struct Places {
    /// For each name of root fields, in the order of execution.
    pub roots: Vec<Fields>,
    /// Fields below whose arguments may name things.
    below: Vec<usize>,
    /// Fields below that name nothing unless a variable holds what names stand in.
    open: Vec<usize>,
    /// Those variables, each once.
    open_variables: Vec<Box<str>>,
}

impl Places {
    /// Of an operation.
    pub fn find(rules: &Rules, document: &Document, operation: &OperationDefinition, roots: &[Root]) -> Self {
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut roots_by_name: Vec<Fields> = Vec::new();
        let visited = vec![false; document.fragments.len()];
        let mut search = Below { rules, document, visited, variables: HashSet::new(), found: Self::default() };
        for (place, field) in roots.iter().filter_map(|root| Some((root.field, document.field(root.field)?))) {
            let group = *by_name.entry(&field.name).or_insert(roots_by_name.len());
            match roots_by_name.get_mut(group) {
                Some(fields) => fields.places.push(place),
                None => roots_by_name.push(Fields {
                    name: field.name.clone(),
                    places: vec![place],
                    unnamed: rules.acts_on.unnamed(operation.kind, &field.name),
                }),
            }
        }
        search.visit(&operation.selections, true);
        Self { roots: roots_by_name, ..search.found }
    }

    /// Whether any argument may name anything.
    pub fn may_name(&self, document: &Document) -> bool {
        let has_arguments = |place: &usize| document.field(*place).is_some_and(|field| !field.arguments.is_empty());
        !self.below.is_empty()
            || !self.open.is_empty()
            || self.roots.iter().any(|root| root.places.iter().any(has_arguments))
    }

    /// All fields whose arguments may name things.
    pub fn fields(&self) -> impl Iterator<Item = usize> {
        self.roots.iter().flat_map(|root| &root.places).chain(&self.below).chain(&self.open).copied()
    }

    /// Those below the roots whose arguments may name things, with these variables.
    pub(super) fn below(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> impl Iterator<Item = usize> + use<'_> {
        let holds_names = |name: &str| match variable(operation, variables, name) {
            Given::Nothing => false,
            Given::Literal(default) => is_deep(default),
            Given::Json(value) => matches!(value.kind(), Kind::Array | Kind::Object),
            Given::Unknown => true,
        };
        let open = if self.open_variables.iter().any(|name| holds_names(name)) { &*self.open } else { &[] };
        self.below.iter().chain(open).copied()
    }

    /// How much room it takes, in bytes.
    pub fn weight(&self) -> usize {
        let root = |root: &Fields| root.name.len() + size_of_val(&*root.places) + size_of_val(root);
        let variables = self.open_variables.iter().map(|name| name.len() + size_of_val(name)).sum::<usize>();
        self.roots.iter().map(root).sum::<usize>() + size_of_val(&*self.below) + size_of_val(&*self.open) + variables
    }
}

struct Below<'r, 'd> {
    rules: &'r Rules,
    document: &'d Document,
    visited: Vec<bool>,
    variables: HashSet<&'d str>,
    found: Places,
}

impl<'d> Below<'_, 'd> {
    fn visit(&mut self, selections: &'d [Selection], are_roots: bool) {
        let document = self.document;
        for selection in selections {
            match selection {
                Selection::Inline(inline) => self.visit(&inline.selections, are_roots),
                Selection::Spread(place) => {
                    if let (Some(seen @ false), Some(fragment)) =
                        (self.visited.get_mut(*place), document.fragment(*place))
                    {
                        *seen = true;
                        self.visit(&fragment.selections, are_roots);
                    }
                }
                Selection::Field(place) => {
                    let Some(field) = document.field(*place) else { continue };
                    if !are_roots {
                        self.look(*place, field);
                    }
                    self.visit(&field.selections, false);
                }
            }
        }
    }

    fn look(&mut self, place: usize, field: &'d Field) {
        let at = Spot { field: &field.name, parent: &field.name };
        let Rules { resources, tags, opaque, .. } = self.rules;
        let is_opaque = |name: &str| opaque.iter().any(|opaque| opaque == name);
        let looked_at = || field.arguments.iter().filter(|argument| !is_opaque(&argument.name));
        let is_name = |name: &str| resources.find(at, name).is_some() || tags.are_at(&field.name, name);
        if looked_at().any(|argument| is_name(&argument.name) || is_deep(&argument.value)) {
            return self.found.below.push(place);
        }
        let mut is_open = false;
        for argument in looked_at() {
            let LiteralKind::Variable(name) = &argument.value.kind else { continue };
            is_open = true;
            if self.variables.insert(name) {
                self.found.open_variables.push(name.clone());
            }
        }
        if is_open {
            self.found.open.push(place);
        }
    }
}

/// Whether names may stand in it.
fn is_deep(literal: &Literal) -> bool {
    matches!(literal.kind, LiteralKind::List(_) | LiteralKind::Object(_))
}
