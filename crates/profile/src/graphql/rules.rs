//! The `graphql:` section of a profile: what a tool's GraphQL operations are, as data.
//!
//! Written so that somebody who knows the tool, and not Rust, can read and correct it. Reading requests with it is the
//! business of [`super::Dialect`].

use doorward_domain::Action;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    filter::FilterRules,
    names::Names,
    nested::NestedRule,
    permissions::PermissionRules,
    tags::TagRules,
    targets::ActsOn,
    tells::{self, Tells},
};
use crate::kinds::{KindSet, Kinds};

/// The section as it stands in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Where GraphQL is served, below the app's own prefix.
    #[serde(default = "default_path")]
    pub path: String,
    /// What is too much.
    #[serde(default)]
    pub limits: Limits,
    /// What a query field is that [`Self::queries`] does not name. A query changes nothing.
    pub any_query: FieldRule,
    /// Query fields that are more than the others.
    #[serde(default)]
    pub queries: BTreeMap<String, FieldRule>,
    /// Mutation fields. One that is missing here needs `admin`.
    #[serde(default)]
    pub mutations: BTreeMap<String, MutationRule>,
    /// Subscription fields. One that is missing here needs `admin`.
    #[serde(default)]
    pub subscriptions: BTreeMap<String, FieldRule>,
    /// Fields that are more than looking wherever they stand in an operation, by name.
    #[serde(default)]
    pub fields: BTreeMap<String, NestedRule>,
    /// What the tool's things are called; the profile says it for all of its parts.
    #[serde(skip)]
    pub kinds: Kinds,
    /// Arguments and input fields that name a thing, and its kind.
    #[serde(default)]
    pub resources: Names,
    /// Input objects that say where that is what is named beside them.
    #[serde(default)]
    pub places: Vec<String>,
    /// What root fields act on whose arguments name nothing.
    #[serde(default)]
    pub acts_on: ActsOn,
    /// [`Self::reaches`] by its keys, compiled.
    #[serde(skip)]
    pub reached: BTreeMap<String, KindSet>,
    /// Kinds of things that a root field, or `field.argument` of it, acts on too, without naming them.
    #[serde(default)]
    pub reaches: BTreeMap<String, Vec<String>>,
    /// Arguments and input fields whose content is the user's own JSON: nothing inside them is a name of ours.
    #[serde(default)]
    pub opaque: Vec<String>,
    /// By kind, how the tool is asked for names that requests do not tell.
    #[serde(default)]
    pub tells: Tells,
    /// What the tags of what is launched are.
    #[serde(default)]
    pub tags: TagRules,
    /// The tag that says who launched a run.
    #[serde(default)]
    pub attribution: Option<AttributionRule>,
    /// How a refusal is shown.
    #[serde(default)]
    pub refusal: RefusalRule,
    /// Permission flags in answers.
    #[serde(default)]
    pub permissions: PermissionRules,
    /// How an answer tells success from failure.
    #[serde(default)]
    pub outcome: OutcomeRules,
    /// How what somebody may not view is found in answers.
    #[serde(default)]
    pub filter: FilterRules,
}

impl Rules {
    /// The same for a tool with these kinds of things, if all that is said of things is of one of them.
    pub fn of_kinds(mut self, kinds: &Kinds) -> Result<Self, Vec<String>> {
        self.kinds = kinds.clone();
        let mistakes = self.mistakes_in_kinds();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let named =
            self.resources.written().flat_map(|(_, rule)| rule.kind().into_iter().chain(rule.narrows.as_deref()));
        let named = named.chain(self.reaches.values().flatten().map(String::as_str)).chain(self.tags.kinds());
        let named = named.chain(self.tells.keys().map(String::as_str)).chain(self.filter.kinds());
        let named = named.chain(self.permissions.kinds());
        self.kinds = kinds.or_named(named);
        self.resources = std::mem::take(&mut self.resources).of_kinds(&self.kinds);
        let tagged = self.mutations.iter().flat_map(|(name, rule)| rule.tags_at.iter().map(|path| (&**name, &**path)));
        self.tags = std::mem::take(&mut self.tags).compiled(&self.kinds, tagged);
        self.filter = std::mem::take(&mut self.filter).of_kinds(&self.kinds);
        let set = |names: &Vec<String>| names.iter().filter_map(|name| self.kinds.id(name)).collect();
        self.reached = self.reaches.iter().map(|(name, kinds)| (name.clone(), set(kinds))).collect();
        self.permissions.standings = self.standings()?;
        Ok(self)
    }

    /// The kinds that an operation reaches which the profile calls so: `field`, or `field.argument`.
    pub fn reached(&self, called: &str) -> KindSet {
        self.reached.get(called).copied().unwrap_or_default()
    }

    /// What is said of things of which there is no kind.
    fn mistakes_in_kinds(&self) -> Vec<String> {
        let named = self.resources.written().flat_map(|(name, rule)| {
            let kinds = rule.kind().into_iter().chain(rule.narrows.as_deref());
            kinds.map(move |kind| (format!("resources: {name}"), kind))
        });
        let reached = self
            .reaches
            .iter()
            .flat_map(|(name, kinds)| kinds.iter().map(move |kind| (format!("reaches: {name}"), kind.as_str())));
        let named = named.chain(reached);
        let mistakes = named.filter_map(|(at, kind)| Some(format!("{at}: {}", self.kinds.mistake(kind)?)));
        mistakes.chain(self.tags.mistakes(&self.kinds)).chain(tells::mistakes(&self.tells, &self.kinds)).collect()
    }

    /// Whether they differ in nothing but what is too much.
    pub fn mean_the_same_as(&self, other: &Self) -> bool {
        fn meaning(rules: &Rules) -> impl PartialEq {
            let Rules {
                path,
                limits: _,
                any_query,
                queries,
                mutations,
                subscriptions,
                fields,
                kinds,
                resources,
                places,
                acts_on,
                reached: _,
                reaches,
                opaque,
                tells,
                tags,
                attribution,
                refusal,
                permissions,
                outcome,
                filter,
            } = rules;
            (
                (path, any_query, queries, mutations, subscriptions, fields),
                (kinds, resources, places, acts_on, reaches),
                (opaque, tells, tags, attribution, refusal, permissions, outcome, filter),
            )
        }
        meaning(self) == meaning(other)
    }
}

fn default_path() -> String {
    "/graphql".to_owned()
}

/// What is too much, so that reading stays linear and small whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A request body, in bytes, before and after decompression.
    pub body: usize,
    /// The document text, in bytes.
    pub document: usize,
    /// Tokens of a document, with whitespace, comments and commas.
    pub tokens: usize,
    /// Nesting of selections (through fragments too), of values and of JSON.
    pub depth: usize,
    /// A WebSocket message, in bytes.
    pub message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 16 << 20, document: 256 << 10, tokens: 50_000, depth: 64, message: 1 << 20 }
    }
}

/// What one root field is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// The action it amounts to.
    pub action: Action,
    /// What doing it is called, beginning a sentence: "Launching runs".
    pub called: String,
}

/// What one mutation is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MutationRule {
    /// The action it amounts to.
    pub action: Action,
    /// What doing it is called, beginning a sentence: "Launching runs".
    pub called: String,
    /// The one name under which the audit log finds it and all that come to the same: `launchRun` for `launchPipelineExecution`.
    #[serde(default)]
    pub family: Option<String>,
    /// Arguments that make it something stronger unless they are plainly absent, `null` or `false`.
    #[serde(default)]
    pub with: BTreeMap<String, FieldRule>,
    /// Whether it changes anything worth an audit record. Telemetry does not.
    #[serde(default = "yes")]
    pub changes_state: bool,
    /// Its result is a plain scalar: a refusal can only be an entry in `errors`.
    #[serde(default)]
    pub plain_result: bool,
    /// The tool's own pages look at nothing of its result: a refusal is an entry in `errors` as well, which they show.
    #[serde(default)]
    pub unread_result: bool,
    /// Its result has a list with one for each entry of an argument, and the tool's own pages look for what went wrong there.
    #[serde(default)]
    pub told_in_each: Option<EachRule>,
    /// What of its result tells which ids it made: by the result's type, selections of one field each. `LaunchRunSuccess: ["run{runId}"]`
    #[serde(default)]
    pub asks: BTreeMap<String, Vec<String>>,
    /// Where the tags of the runs it launches are: `executionParams.executionMetadata.tags`; `[]` after a name that holds a list.
    #[serde(default)]
    pub tags_at: Vec<String>,
}

/// A result that has one for each of those an argument names.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EachRule {
    /// The type of the whole result.
    pub typename: String,
    /// Its field with the list.
    pub field: String,
    /// The argument.
    pub of: String,
}

fn yes() -> bool {
    true
}

/// The tag that says who launched a run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributionRule {
    /// The tag's key.
    pub tag: String,
    /// Name of the input field that holds a tag's key.
    pub key_field: String,
    /// Name of the input field that holds a tag's value.
    pub value_field: String,
}

/// The object that the tool's own UI shows as an error.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefusalRule {
    /// Its `__typename`.
    pub typename: String,
    /// The field with the sentence.
    pub message_field: String,
    /// Other fields it has.
    pub also: serde_json::Map<String, serde_json::Value>,
    /// Query fields whose result may be that object end with this; empty when none may.
    pub query_suffix: String,
}

impl Default for RefusalRule {
    fn default() -> Self {
        Self {
            typename: "Error".to_owned(),
            message_field: "message".to_owned(),
            also: serde_json::Map::new(),
            query_suffix: String::new(),
        }
    }
}

/// How an answer tells success from failure, and what is worth keeping of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomeRules {
    /// Result types that mean failure; `*Error` is every name with that ending.
    pub failures: Vec<String>,
    /// Fields that hold an id worth keeping, and its kind; `run.id` is the field `id` directly in a field `run`.
    pub ids: BTreeMap<String, String>,
}
