//! The operations of a request while they are put together: each with where it stands what it acts on.

use doorward_domain::{Action, Intent, Operation, RuleName, Targets, details};
use std::{borrow::Cow, cmp::Reverse, collections::HashSet};

use super::{
    nested::NestedRule,
    rules::{FieldRule, Rules},
    targets::{Basis, Naming, Places},
};
use crate::{Misread, graphql::OperationKind};

/// Different root fields of one mutation, at most: the audit log names them all. Honest clients send a handful.
const MUTATIONS: usize = 64;

/// Operations, and whether all of them together change anything.
#[derive(Debug)]
pub struct Drafts {
    /// In the order in which they are told.
    pub operations: Vec<(Operation, Basis)>,
    /// Whether the tool's state changes.
    pub changes_state: bool,
}

impl Drafts {
    /// What the root fields amount to.
    pub fn of_roots(rules: &Rules, kind: OperationKind, places: &Places) -> Self {
        let mut drafts = Self { operations: Vec::new(), changes_state: false };
        for (place, field) in places.roots.iter().map(|root| &*root.name).enumerate() {
            let operation = classify(rules, kind, field);
            let is_known = operation.rule != RuleName::UNCLASSIFIED;
            let basis = if is_known { Basis::Root(place, rules.reached(field)) } else { Basis::Unknown };
            drafts.operations.push((operation, basis));
            drafts.changes_state |= changes(rules, kind, field);
        }
        drafts
    }

    /// Adds what a field below the roots amounts to; it acts on what the root field names, or on what nobody can tell.
    pub fn add(&mut self, rule: &NestedRule, field: &str, root: Option<&str>) {
        let doing = doing(field, rule.action, format!("graphql.field.{field}").into(), Some(&rule.called));
        let basis = match root {
            _ if rule.action == Action::View && !rule.does_change_state() => Basis::Everywhere,
            Some(root) => Basis::Below(root.into()),
            None => Basis::Unknown,
        };
        self.push(doing, basis);
        self.changes_state |= rule.does_change_state();
    }

    /// Adds an operation, unless it is there.
    pub fn push(&mut self, operation: Operation, basis: Basis) {
        let draft = (operation, basis);
        if !self.operations.contains(&draft) {
            self.operations.push(draft);
        }
    }

    /// What plainly does not run comes last, and of the rest the strongest first: where not all is shown, a client cannot choose what.
    pub fn sort(&mut self, skipped: &HashSet<Box<str>>) {
        self.operations.sort_by_key(|(operation, _)| (skipped.contains(&*operation.name), Reverse(operation.action)));
    }

    /// A change that could not be found in the audit log under all of its names is not made.
    pub fn must_be_namable(&self, kind: OperationKind) -> Result<(), Misread> {
        if kind != OperationKind::Mutation {
            return Ok(());
        }
        let names: HashSet<&str> = self.operations.iter().flat_map(|(operation, _)| operation.names()).collect();
        if self.operations.len() > MUTATIONS || details::length_of_names(names) > details::NAMES {
            return Err(Misread::new(
                "graphql_too_large",
                format!(
                    "The GraphQL mutation asks for more different fields than the audit log can name: {MUTATIONS}, in {} bytes.",
                    details::NAMES
                ),
            ));
        }
        Ok(())
    }

    /// What they come to, with what they act on; and what arguments below the roots name beside, which is only looked at.
    pub fn intent(self, rules: &Rules, naming: &Naming<'_>) -> (Intent, Box<[Basis]>) {
        let mut operations = Vec::with_capacity(self.operations.len() + 1);
        let mut bases = Vec::with_capacity(self.operations.len());
        for (operation, basis) in self.operations {
            operations.push(Operation { targets: naming.targets(&basis), ..operation });
            bases.push(basis);
        }
        let below = naming.below().zip(naming.first());
        operations.extend(below.map(|(targets, name)| Operation {
            targets,
            ..doing(name, Action::View, "graphql.below".into(), Some(&rules.any_query.called))
        }));
        (Intent { operations, resources: Vec::new(), changes_state: self.changes_state }, bases.into())
    }
}

/// Whether a root field only tells of the schema.
pub fn is_introspection(kind: OperationKind, field: &str) -> bool {
    field == "__typename" || (kind == OperationKind::Query && matches!(field, "__schema" | "__type"))
}

/// What a root field amounts to, before its arguments are looked at.
pub fn classify(rules: &Rules, kind: OperationKind, field: &str) -> Operation {
    if is_introspection(kind, field) {
        return doing(field, Action::View, "graphql.introspection".into(), Some("Reading the schema"));
    }
    let known = match kind {
        OperationKind::Query => {
            Some(rules.queries.get(field).map_or((&rules.any_query, "graphql.query".to_owned()), |rule| {
                (rule, format!("graphql.query.{field}"))
            }))
        }
        OperationKind::Subscription => {
            rules.subscriptions.get(field).map(|rule| (rule, format!("graphql.subscription.{field}")))
        }
        OperationKind::Mutation => {
            return match rules.mutations.get(field) {
                Some(rule) => Operation {
                    family: rule.family.clone().map(Into::into),
                    ..doing(field, rule.action, format!("graphql.mutation.{field}").into(), Some(&rule.called))
                },
                None => unclassified(field),
            };
        }
    };
    match known {
        Some((FieldRule { action, called }, rule)) => doing(field, *action, rule.into(), Some(called)),
        None => unclassified(field),
    }
}

fn unclassified(field: &str) -> Operation {
    Operation {
        name: field.to_owned().into(),
        action: Action::Admin,
        rule: RuleName::UNCLASSIFIED,
        called: None,
        family: None,
        targets: Targets::Unknown,
    }
}

fn doing(field: &str, action: Action, rule: Cow<'static, str>, called: Option<&str>) -> Operation {
    let called = called.map(|called| called.to_owned().into());
    Operation {
        name: field.to_owned().into(),
        action,
        rule: RuleName::new(rule),
        called,
        family: None,
        targets: Targets::Unknown,
    }
}

/// The same operation when an argument makes it something stronger.
pub fn stronger(field: &str, argument: &str, rule: &FieldRule) -> Operation {
    doing(field, rule.action, format!("graphql.mutation.{field}.{argument}").into(), Some(&rule.called))
}

fn changes(rules: &Rules, kind: OperationKind, field: &str) -> bool {
    kind == OperationKind::Mutation
        && field != "__typename"
        && rules.mutations.get(field).is_none_or(|rule| rule.changes_state)
}
