//! Everything about a document and an operation of it that does not depend on the variables.

use doorward_domain::{Action, Intent, Operation, RuleName, details};
use std::{borrow::Cow, cmp::Reverse, collections::HashSet, mem::size_of_val, sync::Arc};

use super::{
    beside,
    document::{self, Document, OperationDefinition},
    json, nested,
    operation::{self, Root},
    outcome::{self, OutcomeMark},
    permissions::{self, PermissionMark},
    plan::Plan,
    rules::{FieldRule, Limits, MutationRule, Rules},
};
use crate::{Misread, graphql::OperationKind};

/// Different root fields of one mutation, at most: the audit log names them all. Honest clients send a handful.
const MUTATIONS: usize = 64;

/// A document, the operation of it that runs, and what both amount to.
#[derive(Debug)]
pub struct Prepared {
    /// The document.
    pub document: Document,
    /// Its text as a JSON string.
    pub literal: String,
    /// Place of the operation in the document.
    operation: usize,
    /// Its root fields.
    pub roots: Vec<Root>,
    /// Names of those that plainly do not run.
    skipped: HashSet<Box<str>>,
    /// What it amounts to before its arguments are looked at.
    pub intent: Arc<Intent>,
    /// Places of fields below the roots that count only with certain arguments.
    pub bounded: Vec<usize>,
    /// Where permission flags will be in the answer.
    pub permissions: Option<(Arc<Plan<PermissionMark>>, usize)>,
    /// What begins the keys of what we ask for beside what the client asks for.
    pub beside: Option<Box<str>>,
    /// Where the outcome will be in the answer: below those keys.
    pub outcome: Option<Plan<OutcomeMark>>,
}

impl Prepared {
    /// Reads a document and picks the operation. A change asks for what tells how it ended as well, see [`beside`].
    pub fn new(rules: &Rules, text: &str, operation_name: Option<&str>) -> Result<Self, Misread> {
        let own = Self::read(rules, &rules.limits, text, operation_name)?;
        let Some(asked) = beside::ask(rules, &own) else { return Ok(own) };
        let mut both = Self::edited(rules, &asked.text, operation_name)?;
        if !both.does_the_same_as(&own) {
            return Err(Misread::new("graphql_syntax", "The GraphQL document cannot be asked how it ended."));
        }
        both.outcome = both
            .operation()
            .map(|operation| outcome::plan(rules, &both.document, operation, &asked.prefix))
            .transpose()?
            .flatten();
        both.beside = Some(asked.prefix);
        Ok(both)
    }

    /// Reads a document that we have edited. A client's own was within the limits; what we put in is little, and not the client's to pay for.
    pub fn edited(rules: &Rules, text: &str, operation_name: Option<&str>) -> Result<Self, Misread> {
        let Limits { document, tokens, depth, .. } = rules.limits;
        let limits = Limits {
            document: document.max(text.len()),
            tokens: tokens.max(text.len()),
            depth: depth + 8,
            ..rules.limits
        };
        Self::read(rules, &limits, text, operation_name)
    }

    /// Whether the same root fields are run, to the same end.
    pub fn does_the_same_as(&self, other: &Self) -> bool {
        let (roots, others) = (self.roots.iter(), other.roots.iter());
        self.intent == other.intent && roots.map(|root| &root.key).eq(others.map(|root| &root.key))
    }

    fn read(rules: &Rules, limits: &Limits, text: &str, operation_name: Option<&str>) -> Result<Self, Misread> {
        let document = document::parse::parse(text, limits)?;
        let (place, operation) = operation::pick(&document, operation_name)?;
        let roots = operation::roots(&document, operation)?;
        let permissions = permissions::plan(rules, &document, operation)?.map(|plan| {
            let weight = plan.weight();
            (Arc::new(plan), weight)
        });
        let found = nested::find(rules, &document, operation);
        let mut intent = intent(rules, &document, operation.kind, &roots);
        found
            .iter()
            .filter(|found| found.rule.within.is_empty())
            .for_each(|found| add(&mut intent, found.rule, &found.field.name));
        must_be_namable(operation.kind, &intent)?;
        let skipped = operation::skipped(&document, operation, &roots);
        sort(&mut intent.operations, &skipped);
        let bounded = found.iter().filter(|found| !found.rule.within.is_empty()).map(|found| found.place).collect();
        let (literal, intent) = (json::quoted(text), Arc::new(intent));
        Ok(Self {
            literal,
            operation: place,
            roots,
            skipped,
            intent,
            bounded,
            permissions,
            outcome: None,
            beside: None,
            document,
        })
    }

    /// About how much room it takes, in bytes. A field's own arguments and names are in its share of the text.
    pub fn weight(&self) -> usize {
        let plans =
            self.permissions.as_ref().map_or(0, |(_, weight)| *weight) + self.outcome.as_ref().map_or(0, Plan::weight);
        let document = &self.document;
        let definitions: usize = document.operations.iter().map(|operation| operation.variables.weight()).sum();
        let parts =
            definitions + size_of_val(&*document.fields) + size_of_val(&*document.uses) + size_of_val(&*self.roots);
        size_of::<Self>() + 3 * document.text.len() + self.literal.len() + parts + plans
    }

    /// Puts what was added in its place among the rest.
    pub fn sort(&self, intent: &mut Intent) {
        sort(&mut intent.operations, &self.skipped);
    }

    /// The operation that runs.
    pub fn operation(&self) -> Option<&OperationDefinition> {
        self.document.operations.get(self.operation)
    }

    /// What kind of operation it is.
    pub fn kind(&self) -> OperationKind {
        self.operation().map_or(OperationKind::Mutation, |o| o.kind)
    }

    /// Root fields, with the rule for those that are mutations the profile names.
    pub fn mutations<'r>(
        &'r self,
        rules: &'r Rules,
    ) -> impl Iterator<Item = (&'r document::Field, Option<&'r MutationRule>)> {
        let is_mutation = self.kind() == OperationKind::Mutation;
        self.roots.iter().filter(move |_| is_mutation).filter_map(|root| {
            let field = self.document.field(root.field)?;
            Some((field, rules.mutations.get(&*field.name)))
        })
    }
}

/// What plainly does not run comes last, and of the rest the strongest first: where not all is shown, a client cannot choose what.
fn sort(operations: &mut [Operation], skipped: &HashSet<Box<str>>) {
    operations.sort_by_key(|operation| (skipped.contains(&*operation.name), Reverse(operation.action)));
}

/// A change that could not be found in the audit log under all of its names is not made.
fn must_be_namable(kind: OperationKind, intent: &Intent) -> Result<(), Misread> {
    if kind != OperationKind::Mutation {
        return Ok(());
    }
    let names: HashSet<&str> = intent.operations.iter().flat_map(Operation::names).collect();
    if intent.operations.len() > MUTATIONS || details::length_of_names(names) > details::NAMES {
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

fn intent(rules: &Rules, document: &Document, kind: OperationKind, roots: &[Root]) -> Intent {
    let mut operations: Vec<Operation> = Vec::new();
    let mut changes_state = false;
    let mut named = std::collections::HashSet::new();
    for field in roots.iter().filter_map(|root| document.field(root.field)) {
        if named.insert(&*field.name) {
            operations.push(classify(rules, kind, &field.name));
            changes_state |= changes(rules, kind, &field.name);
        }
    }
    Intent { operations, resources: Vec::new(), changes_state }
}

/// What a root field amounts to, before its arguments are looked at.
pub fn classify(rules: &Rules, kind: OperationKind, field: &str) -> Operation {
    if field == "__typename" || (kind == OperationKind::Query && matches!(field, "__schema" | "__type")) {
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
    }
}

fn doing(field: &str, action: Action, rule: Cow<'static, str>, called: Option<&str>) -> Operation {
    let called = called.map(|called| called.to_owned().into());
    Operation { name: field.to_owned().into(), action, rule: RuleName::new(rule), called, family: None }
}

/// Adds what a field below the roots amounts to.
pub fn add(intent: &mut Intent, rule: &nested::NestedRule, field: &str) {
    let doing = doing(field, rule.action, format!("graphql.field.{field}").into(), Some(&rule.called));
    if !intent.operations.contains(&doing) {
        intent.operations.push(doing);
    }
    intent.changes_state |= rule.changes_state;
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
