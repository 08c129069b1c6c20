//! Comparing a profile with the tool it is for: what the tool has and the profile does not name, and what it names in vain.
//!
//! Pure: the caller asks the running tool [`INTROSPECTION`] and hands the answer to [`compare`].

mod fields;
mod schema;

use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

use crate::Profile;
use crate::graphql::{OperationKind, rules::Rules, targets::ActsOn};
use schema::{Field, Schema};

/// What to ask the running tool, as a GraphQL query.
pub const INTROSPECTION: &str = "query DoorwardProfileCheck { __schema { queryType { name } mutationType { name } \
subscriptionType { name } types { kind name fields(includeDeprecated: true) { name args(includeDeprecated: true) { name type { ...T } } \
type { ...T } } inputFields(includeDeprecated: true) { name type { ...T } } } } } \
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// How profile and tool differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Operations of the tool that the profile does not name; they need `admin`.
    pub unnamed: Vec<OperationName>,
    /// What the profile names and the tool does not have.
    pub in_vain: Vec<String>,
    /// What both have but not alike: arguments and fields nobody has reviewed, results of another shape.
    pub changed: Vec<String>,
}

/// A root field of the tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OperationName {
    /// `mutation` or `subscription`.
    pub kind: &'static str,
    /// The field.
    pub name: String,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The profile has no `graphql` section, so there is nothing a tool could tell about itself.
    #[error("the profile `{0}` knows no GraphQL: there is nothing to compare with a running tool")]
    NoGraphQl(String),
    /// The answer is not what introspection answers.
    #[error("the tool's answer is no introspection result: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Compares the profile with the tool's answer to [`INTROSPECTION`].
pub fn compare(profile: &Profile, answer: &[u8]) -> Result<CheckReport, CheckError> {
    let dialect = profile.graphql().ok_or_else(|| CheckError::NoGraphQl(profile.name().to_owned()))?;
    let schema = Schema::parse(answer)?;
    let mut report = CheckReport::default();
    for kind in [OperationKind::Mutation, OperationKind::Subscription] {
        report.compare_names(kind, &dialect.named(kind), &schema);
    }
    for name in dialect.named(OperationKind::Query) {
        if schema.root(OperationKind::Query, name).is_none() {
            report.in_vain.push(format!("query {name}"));
        }
    }
    report.compare_targets(dialect.rules(), &schema);
    report.compare_mutations(dialect.rules(), &schema);
    report.compare_vocabulary(dialect.rules(), &schema);
    report.compare_arguments(profile, &schema);
    report.compare_fields(dialect.rules(), &schema);
    report.compare_reviewed_fields(Profile::builtin_fields(profile.name()), &schema);
    Ok(report)
}

impl CheckReport {
    /// Whether profile and tool agree.
    pub fn is_clean(&self) -> bool {
        self.unnamed.is_empty() && self.in_vain.is_empty() && self.changed.is_empty()
    }

    fn compare_names(&mut self, kind: OperationKind, named: &[&str], schema: &Schema) {
        let unnamed = schema.roots(kind).filter(|name| !named.contains(name));
        self.unnamed.extend(unnamed.map(|name| OperationName { kind: kind.as_str(), name: name.to_owned() }));
        let in_vain = named.iter().filter(|name| schema.root(kind, name).is_none());
        self.in_vain.extend(in_vain.map(|name| format!("{} {name}", kind.as_str())));
    }

    /// What root fields act on: somebody has to look at each. Of those the profile names in vain, or not at all, that is said already.
    fn compare_targets(&mut self, rules: &Rules, schema: &Schema) {
        let ActsOn { shell, whole, named } = &rules.acts_on;
        let known: BTreeSet<&str> = shell.iter().chain(whole).chain(named).map(String::as_str).collect();
        let is_named = |name: &&str| rules.mutations.contains_key(*name) || rules.subscriptions.contains_key(*name);
        let queries: BTreeSet<&str> = schema.roots(OperationKind::Query).collect();
        let others = [OperationKind::Mutation, OperationKind::Subscription].into_iter();
        let others: BTreeSet<&str> = others.flat_map(|kind| schema.roots(kind)).collect();
        let new =
            queries.iter().chain(others.iter().filter(|name| is_named(name))).filter(|name| !known.contains(**name));
        self.changed.extend(new.map(|new| format!("nobody has said what {new} acts on (`acts_on`)")));
        let gone = known.iter().filter(|name| !queries.contains(**name) && !others.contains(**name) && !is_named(name));
        self.in_vain.extend(gone.map(|gone| format!("acts_on: {gone}")));
        let reaching = rules.reaches.keys().filter(|name| {
            let field = name.split('.').next().unwrap_or_default();
            !queries.contains(field) && !others.contains(field)
        });
        self.in_vain.extend(reaching.map(|name| format!("reaches: {name}")));
    }

    fn compare_mutations(&mut self, rules: &Rules, schema: &Schema) {
        for (name, rule) in &rules.mutations {
            let Some(field) = schema.root(OperationKind::Mutation, name) else { continue };
            let missing = rule.with.keys().filter(|argument| !field.arguments.contains_key(*argument));
            self.in_vain.extend(missing.map(|argument| format!("mutation {name}, with: {argument}")));
            let missing = rule.tags_at.iter().filter(|path| !reaches(field, path, schema));
            self.in_vain.extend(missing.map(|path| format!("mutation {name}, tags_at: {path}")));
            if field.result.is_leaf() != rule.plain_result {
                let shape = if field.result.is_leaf() { "a plain value" } else { "an object" };
                self.changed.push(format!("mutation {name} returns {shape}, which `plain_result` does not say"));
            }
        }
    }

    /// Names that mean something wherever they stand.
    fn compare_vocabulary(&mut self, rules: &Rules, schema: &Schema) {
        let (inputs, fields) = (schema.argument_names(), schema.field_names());
        let named = rules.resources.written().map(|(name, _)| ("resources", name));
        let named = named.chain(rules.places.iter().map(|name| ("places", name.as_str())));
        for (section, written) in named.chain(rules.opaque.iter().map(|name| ("opaque", name.as_str()))) {
            let (parent, name) = written.split_once('.').map_or((None, written), |(parent, name)| (Some(parent), name));
            let is_parent = |parent| inputs.contains(parent) || schema.has_root(parent) || fields.contains(parent);
            let has_parent = parent.is_none_or(is_parent);
            if !inputs.contains(name) || !has_parent {
                self.in_vain.push(format!("{section}: {written}"));
            }
        }
        let named = rules.permissions.flags.keys().map(|name| ("permissions.flags", name));
        for (section, name) in named.chain(rules.permissions.lists.iter().map(|name| ("permissions.lists", name))) {
            if !fields.contains(name.as_str()) {
                self.in_vain.push(format!("{section}: {name}"));
            }
        }
        let types =
            rules.outcome.failures.iter().filter(|name| !name.starts_with('*')).chain([&rules.refusal.typename]);
        self.in_vain.extend(types.filter(|name| !schema.has_type(name)).map(|name| format!("type {name}")));
    }

    /// A new argument may make an operation something stronger: somebody has to look at it.
    fn compare_arguments(&mut self, profile: &Profile, schema: &Schema) {
        let Some(reviewed) = profile.reviewed() else { return };
        for (name, known) in &reviewed.arguments {
            let Some(field) = schema.root(OperationKind::Mutation, name) else { continue };
            let known = known.iter().map(String::as_str).collect::<BTreeSet<_>>();
            let present = field.arguments.keys().map(String::as_str).collect::<BTreeSet<_>>();
            self.changed
                .extend(present.difference(&known).map(|new| format!("mutation {name} has a new argument `{new}`")));
            self.changed.extend(
                known.difference(&present).map(|gone| format!("mutation {name} no longer has the argument `{gone}`")),
            );
        }
    }
}

/// Whether `executionParams.executionMetadata.tags` leads through arguments and input fields that are there.
fn reaches(field: &Field, path: &str, schema: &Schema) -> bool {
    let mut steps = path.split('.').map(|step| step.trim_end_matches("[]"));
    let mut at = steps.next().and_then(|argument| field.arguments.get(argument));
    for step in steps {
        at = at.and_then(|input| schema.input(&input.name)).and_then(|inputs| inputs.get(step));
    }
    at.is_some()
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

#[cfg(test)]
mod tests;
