//! Everything about a document and an operation of it that does not depend on the variables.

use doorward_domain::Intent;
use std::{
    collections::HashSet,
    mem::size_of_val,
    sync::{Arc, OnceLock},
};

use super::{
    arguments::Variables,
    beside,
    document::{self, Document, OperationDefinition},
    drafts::Drafts,
    filter::Sieve,
    json,
    nested::{self, Bounded, Found},
    often,
    operation::{self, Root},
    outcome::{self, OutcomeMark},
    permissions::{self, PermissionMark},
    plan::Plan,
    rules::{Limits, MutationRule, Rules},
    targets::{Basis, Naming, Places},
};
use crate::{Misread, graphql::OperationKind};

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
    /// Where it stands what the operations of the intent act on, in their order.
    bases: Box<[Basis]>,
    /// Where names may stand.
    pub places: Places,
    /// Fields below the roots that count only with certain arguments.
    pub bounded: Vec<Bounded>,
    /// Where permission flags will be in the answer.
    pub permissions: Option<(Arc<Plan<PermissionMark>>, usize)>,
    /// What begins the keys of what we ask for beside what the client asks for.
    pub beside: Option<Box<str>>,
    /// Where the outcome will be in the answer: below those keys.
    pub outcome: Option<Arc<Plan<OutcomeMark>>>,
    /// The same document for somebody who may not view everything, once one of those has sent it.
    pub sieve: OnceLock<Result<Arc<Sieve>, Misread>>,
    /// The same document for somebody whose flags are judged thing by thing, once one of those has sent it; nothing where nobody can tell how.
    pub naming: OnceLock<Option<Arc<Sieve>>>,
}

impl Prepared {
    /// Reads a document and picks the operation. A change asks for what tells how it ended as well, see [`beside`].
    pub fn new(rules: &Rules, text: &str, operation_name: Option<&str>) -> Result<Self, Misread> {
        let own = Self::read(rules, &rules.limits, text, operation_name)?;
        let Some(asked) = beside::ask(rules, &own) else { return Ok(own) };
        let both = Self::edited(rules, &asked.text, operation_name)?;
        if !both.does_the_same_as(&own) {
            return Err(Misread::new("graphql_syntax", "The GraphQL document cannot be asked how it ended."));
        }
        both.with_outcome(rules, asked.prefix)
    }

    /// The same, where the outcome is asked for below keys that begin so.
    pub fn with_outcome(mut self, rules: &Rules, prefix: Box<str>) -> Result<Self, Misread> {
        let plan = self.operation().map(|operation| outcome::plan(rules, &self.document, operation, &prefix));
        self.outcome = plan.transpose()?.flatten().map(Arc::new);
        self.beside = Some(prefix);
        Ok(self)
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
        let places = Places::find(rules, &document, operation, &roots);
        let mut drafts = Drafts::of_roots(rules, operation.kind, &places);
        let often = often::find(rules, &document, operation, &found)?;
        for Found { rule, field, root, .. } in &found {
            let is_astray = rule.only_at && root.is_none();
            if !rule.is_bounded() || is_astray || often.contains(&*field.name) {
                drafts.add(rule, &field.name, *root);
            }
        }
        drafts.must_be_namable(operation.kind)?;
        let skipped = operation::skipped(&document, operation, &roots);
        drafts.sort(&skipped);
        let variables = Variables::default();
        // Its targets count only where no argument has any: else variables are looked at too.
        let naming = Naming::without_tags(rules, &document, operation, &variables, &places);
        let (intent, bases) = drafts.intent(rules, &naming);
        let bounded = found.iter().filter(|found| !found.rule.within.is_empty()).map(Found::bounded).collect();
        let (literal, intent) = (json::quoted(text), Arc::new(intent));
        Ok(Self {
            literal,
            operation: place,
            roots,
            skipped,
            intent,
            bases,
            places,
            bounded,
            permissions,
            outcome: None,
            sieve: OnceLock::new(),
            naming: OnceLock::new(),
            beside: None,
            document,
        })
    }

    /// About how much room it takes, in bytes. A field's own arguments and names are in its share of the text.
    pub fn weight(&self) -> usize {
        let plans = self.permissions.as_ref().map_or(0, |(_, weight)| *weight)
            + self.outcome.as_deref().map_or(0, Plan::weight);
        let document = &self.document;
        let bases: usize = size_of_val(&*self.bases) + self.places.weight();
        let definitions: usize = document.operations.iter().map(|operation| operation.variables.weight()).sum();
        let parts =
            definitions + size_of_val(&*document.fields) + size_of_val(&*document.uses) + size_of_val(&*self.roots);
        size_of::<Self>() + 3 * document.text.len() + self.literal.len() + parts + plans + bases
    }

    /// What it amounts to, once more, to add to.
    pub fn drafts(&self) -> Drafts {
        let operations = self.intent.operations.iter().cloned().zip(self.bases.iter().cloned()).collect();
        Drafts { operations, changes_state: self.intent.changes_state }
    }

    /// What all of it comes to.
    pub fn finish(&self, rules: &Rules, mut drafts: Drafts, naming: &Naming<'_>) -> Intent {
        drafts.sort(&self.skipped);
        drafts.intent(rules, naming).0
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
