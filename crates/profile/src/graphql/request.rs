//! One request, understood: a prepared document with its variables.

use doorward_domain::{Intent, Operation, Resource};
use std::{collections::BTreeMap, sync::Arc};

use super::{
    arguments::{self, ResourceSearch, Variables},
    nested::NestedRule,
    prepared::{self, Prepared},
    rules::Rules,
};

/// A request that was understood in full.
#[derive(Debug)]
pub struct Asked {
    pub(super) rules: Arc<Rules>,
    pub(super) prepared: Arc<Prepared>,
    pub(super) variables: Variables,
    /// As the client sent it; the operation was picked by it.
    pub(super) operation_name: Option<Box<str>>,
    /// The client's `?op=`, when it is a plain name.
    pub(super) op: Option<Box<str>>,
    intent: Arc<Intent>,
}

impl Asked {
    /// Puts variables to a document.
    pub fn new(
        rules: &Arc<Rules>,
        prepared: Arc<Prepared>,
        variables: Variables,
        operation_name: Option<Box<str>>,
    ) -> Self {
        let intent = intent(rules, &prepared, &variables);
        Self { rules: Arc::clone(rules), prepared, variables, operation_name, op: None, intent }
    }

    /// Adds the client's `?op=`, when it is a plain name.
    #[must_use]
    pub fn with_op(mut self, op: Option<&str>) -> Self {
        let plain =
            |op: &&str| (1..=128).contains(&op.len()) && op.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        self.op = op.filter(plain).map(Into::into);
        self
    }

    /// What it does.
    pub fn intent(&self) -> &Arc<Intent> {
        &self.intent
    }
}

fn intent(rules: &Rules, prepared: &Prepared, variables: &Variables) -> Arc<Intent> {
    let resources = resources(rules, prepared, variables);
    let stronger = stronger(rules, prepared, variables);
    let too_much = too_much(rules, prepared, variables);
    if resources.is_empty() && stronger.is_empty() && too_much.is_empty() {
        return Arc::clone(&prepared.intent);
    }
    let mut intent = Intent::clone(&prepared.intent);
    intent.resources = resources;
    intent.operations.extend(stronger);
    for (field, rule) in too_much {
        prepared::add(&mut intent, rule, field);
    }
    prepared.sort(&mut intent);
    Arc::new(intent)
}

/// Fields below the roots that ask for more than the profile lets pass as a mere look.
fn too_much<'r>(rules: &'r Rules, prepared: &'r Prepared, variables: &Variables) -> BTreeMap<&'r str, &'r NestedRule> {
    let Some(operation) = prepared.operation() else { return BTreeMap::new() };
    let fields = prepared.bounded.iter().filter_map(|place| prepared.document.field(*place));
    let counted = fields.filter_map(|field| {
        let rule = rules.fields.get(&*field.name)?;
        rule.counts(&prepared.document, operation, variables, field).then_some((&*field.name, rule))
    });
    counted.collect()
}

fn resources(rules: &Rules, prepared: &Prepared, variables: &Variables) -> Vec<Resource> {
    let Some(operation) = prepared.operation() else { return Vec::new() };
    let mut search = ResourceSearch::new(rules, operation, variables);
    for field in prepared.roots.iter().filter_map(|root| prepared.document.field(root.field)) {
        for argument in &field.arguments {
            search.member(&argument.name, &argument.value);
        }
    }
    search.found()
}

/// What mutations are besides what they are called, because of their arguments. An argument that cannot be resolved counts.
fn stronger(rules: &Rules, prepared: &Prepared, variables: &Variables) -> Vec<Operation> {
    let Some(operation) = prepared.operation() else { return Vec::new() };
    let mut found: Vec<Operation> = Vec::new();
    for (field, rule) in prepared.mutations(rules) {
        for (argument, with) in rule.iter().flat_map(|rule| &rule.with) {
            let given = field.arguments.iter().find(|a| *a.name == **argument);
            let off = given.is_none_or(|a| arguments::given(operation, variables, &a.value).is_plainly_off());
            let doing = prepared::stronger(&field.name, argument, with);
            if !off && !found.contains(&doing) {
                found.push(doing);
            }
        }
    }
    found
}
