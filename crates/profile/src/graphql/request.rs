//! One request, understood: a prepared document with its variables.

use doorward_domain::Intent;
use std::sync::Arc;

use super::{
    arguments::{self, ResourceSearch, Variables},
    document::OperationDefinition,
    drafts::{self, Drafts},
    nested::Bounded,
    prepared::Prepared,
    rules::Rules,
    targets::{Basis, Naming},
};
use crate::Change;

/// A request that was understood in full. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) rules: Arc<Rules>,
    pub(super) prepared: Arc<Prepared>,
    pub(super) variables: Arc<Variables>,
    /// As the client sent it; the operation was picked by it.
    pub(super) operation_name: Option<Box<str>>,
    /// The client's `?op=`, when it is a plain name.
    pub(super) op: Option<Box<str>>,
    intent: Arc<Intent>,
}

impl Request {
    /// Puts variables to a document.
    pub fn new(
        rules: &Arc<Rules>,
        prepared: Arc<Prepared>,
        variables: Variables,
        operation_name: Option<Box<str>>,
    ) -> Self {
        let intent = intent(rules, &prepared, &variables);
        Self { rules: Arc::clone(rules), prepared, variables: Arc::new(variables), operation_name, op: None, intent }
    }

    /// What it does.
    pub(crate) fn own_intent(&self) -> &Arc<Intent> {
        &self.intent
    }

    /// Whether one like it was changed so before, and that is remembered.
    pub(crate) fn own_knows(&self, change: Change) -> bool {
        match change {
            Change::Filtered => self.prepared.sieve.get().is_some(),
            Change::Flagged => self.prepared.naming.get().is_some(),
        }
    }

    /// About how much room it takes, in bytes, beside its variables.
    pub(crate) fn own_weight(&self) -> usize {
        self.prepared.weight() + self.intent.weight()
    }

    /// How much room these take.
    pub(crate) fn variables_weight(&self) -> usize {
        self.variables.weight()
    }

    /// Whether it is more than a look.
    pub(super) fn changes_state(&self) -> bool {
        self.intent.changes_state
    }

    /// What keeping it takes, in bytes.
    pub(super) fn kept_weight(&self) -> usize {
        let name = self.operation_name.as_ref().map_or(0, |name| name.len());
        self.prepared.weight() + self.intent.weight() + self.variables.weight() + name
    }

    /// The same variables with another document, and what both amount to.
    pub(super) fn with_document(&self, prepared: Arc<Prepared>, intent: Arc<Intent>) -> Self {
        Self {
            rules: Arc::clone(&self.rules),
            prepared,
            variables: Arc::clone(&self.variables),
            operation_name: self.operation_name.clone(),
            op: self.op.clone(),
            intent,
        }
    }

    /// Adds the client's `?op=`, when it is a plain name.
    #[must_use]
    pub fn with_op(mut self, op: Option<&str>) -> Self {
        let plain =
            |op: &&str| (1..=128).contains(&op.len()) && op.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        self.op = op.filter(plain).map(Into::into);
        self
    }
}

fn intent(rules: &Rules, prepared: &Prepared, variables: &Variables) -> Arc<Intent> {
    let Some(operation) = prepared.operation() else { return Arc::clone(&prepared.intent) };
    let document = &prepared.document;
    if prepared.bounded.is_empty() && !prepared.places.may_name(document) {
        return Arc::clone(&prepared.intent);
    }
    let naming = Naming::read(rules, document, operation, variables, &prepared.places);
    let mut drafts = prepared.drafts();
    stronger(rules, prepared, operation, variables, &mut drafts);
    too_much(rules, prepared, operation, variables, &mut drafts);
    let mut intent = prepared.finish(rules, drafts, &naming);
    intent.resources = naming.names().unwrap_or_else(|| {
        let mut search = ResourceSearch::new(rules, operation, variables);
        prepared.places.fields().filter_map(|place| document.field(place)).for_each(|field| search.field(field));
        search.found(&intent.operations)
    });
    Arc::new(intent)
}

/// Adds fields below the roots that ask for more than the profile lets pass as a mere look.
fn too_much(
    rules: &Rules,
    prepared: &Prepared,
    operation: &OperationDefinition,
    variables: &Variables,
    drafts: &mut Drafts,
) {
    for Bounded { place, root } in &prepared.bounded {
        let Some(field) = prepared.document.field(*place) else { continue };
        let Some(rule) = rules.fields.get(&*field.name) else { continue };
        if rule.counts(&prepared.document, operation, variables, field) {
            drafts.add(rule, &field.name, root.as_deref());
        }
    }
}

/// Adds what mutations are besides what they are called, because of their arguments. An argument that cannot be resolved counts.
fn stronger(
    rules: &Rules,
    prepared: &Prepared,
    operation: &OperationDefinition,
    variables: &Variables,
    drafts: &mut Drafts,
) {
    for (field, rule) in prepared.mutations(rules) {
        for (argument, with) in rule.iter().flat_map(|rule| &rule.with) {
            let given = field.arguments.iter().find(|a| *a.name == **argument);
            let off = given.is_none_or(|a| arguments::given(operation, variables, &a.value).is_plainly_off());
            if !off {
                let place = prepared.places.roots.iter().position(|root| root.name == field.name);
                let reached = rules.reached(&format!("{}.{argument}", field.name));
                let basis = place.map_or(Basis::Unknown, |place| Basis::Root(place, reached));
                drafts.push(drafts::stronger(&field.name, argument, with), basis);
            }
        }
    }
}
