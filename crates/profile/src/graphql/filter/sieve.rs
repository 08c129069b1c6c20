//! What filters the answers to one request.

use ahash::HashMap;
use doorward_domain::{Action, Intent, Operation, Resource, RuleName, Target, Targets};
use std::sync::Arc;

use super::{
    Contents, Filter, Onlooker, ShownContainers, asking, asking::Named, collect::Places, kept::Kept, outside::NOTHING,
    things::Names, walk::Walk,
};
use crate::Misread;
use crate::graphql::{
    OperationKind, arguments::given, json::Tree, prepared::Prepared, refusal, request::Request, rules::Rules,
};

/// Answers nest deeper than requests: lists, and selections in them.
pub(super) const DEPTH: usize = 512;
/// A document that asks for names is kept unless it takes so many times as much room as the client's own.
const FAR_LARGER: usize = 16;
/// The most values an answer may hold: with what is left of it, each takes some 24 bytes beside its text while it is read.
pub(super) const VALUES: usize = 1_000_000;

/// How much may be said of what is not found beyond a short answer, in bytes.
const NOT_FOUND: usize = 1 << 20;

/// The rule of looks at what arguments below the roots name.
const BELOW: &str = "graphql.below";

/// A document that asks for names, for all requests that send it.
#[derive(Debug)]
pub struct Sieve {
    pub(super) prepared: Arc<Prepared>,
    pub(super) prefix: Box<str>,
    /// Whether it lists what others name by their own name alone.
    has_list: bool,
    /// Whether what answers it may be shown for what is in it.
    has_containers: bool,
    room: Kept,
}

/// What filters the answers to one request.
#[derive(Debug, Clone)]
pub struct AnswerFilter {
    rules: Arc<Rules>,
    filter: Arc<Filter>,
    own: Arc<Prepared>,
    sieve: Arc<Sieve>,
    seeds: Arc<HashMap<Box<str>, Names>>,
    /// What is asked for by names that the list completes.
    looked_up: Arc<[Names]>,
    /// By root fields, what they are asked for that may be shown for what is in it.
    looked_into: Arc<[(Box<str>, Vec<Target>)]>,
}

impl Sieve {
    /// Whether it may be remembered with the client's own document.
    pub(super) fn is_kept_with(&self, own: &Prepared) -> bool {
        let weight = self.prepared.weight();
        weight <= FAR_LARGER * own.weight() && self.room.take(weight)
    }

    fn new(rules: &Rules, filter: &Filter, prepared: &Prepared, name: Option<&str>) -> Result<Self, Misread> {
        let operation =
            prepared.operation().ok_or_else(|| Misread::new("unknown_operation", "There is no operation."))?;
        let named = asking::ask(filter, &prepared.document, operation, rules.limits.document)?;
        Self::of(rules, prepared, name, named)
    }

    /// Of a document that asks for names as well.
    pub(super) fn of(rules: &Rules, prepared: &Prepared, name: Option<&str>, named: Named) -> Result<Self, Misread> {
        let mut edited = Prepared::edited(rules, &named.text, name)?;
        if !named.has_own_roots && !edited.does_the_same_as(prepared) {
            return Err(Misread::new("cannot_be_filtered", "The GraphQL document cannot be asked for names."));
        }
        if let Some(prefix) = &prepared.beside {
            edited = edited.with_outcome(rules, prefix.clone())?;
        }
        // What only we ask for is nothing that is asked.
        edited.roots.retain(|root| !named.has_own_roots || !root.key.starts_with(&*named.prefix));
        let room = Kept::default();
        let Named { prefix, has_list, has_containers, .. } = named;
        Ok(Self { prepared: Arc::new(edited), prefix, has_list, has_containers, room })
    }
}

impl Request {
    /// The same request for somebody who may not view everything: its answer can be filtered. `None` where the profile says nothing of how.
    pub(crate) fn own_filtered(&self) -> Option<Result<(Self, AnswerFilter), Misread>> {
        let filter = self.rules.filter.compiled()?;
        let sieve = match self.sieve(filter) {
            Ok(sieve) => sieve,
            Err(misread) => return Some(Err(misread)),
        };
        let kind = self.prepared.kind();
        let names_itself = |operation: &Operation| {
            kind != OperationKind::Mutation
                && operation.action == Action::View
                && operation.rule != RuleName::new(BELOW)
                && (filter.roots.contains(&*operation.name) && !self.compares(filter, &operation.name)
                    || operation.targets == Targets::Whole && filter.lists.contains(&*operation.name))
        };
        let is_looked_up =
            |operation: &Operation| kind == OperationKind::Query && sieve.has_list && filter.looks_up(operation);
        let is_looked_into = |operation: &Operation| kind == OperationKind::Query && filter.looks_into(operation);
        let (intent, rules) = (self.own_intent(), &*self.rules);
        let looked_up = intent.operations.iter().filter(|operation| is_looked_up(operation)).flat_map(things);
        let looked_up: Vec<Names> = looked_up.map(|thing| names(rules, thing)).collect();
        let looked_into = intent.operations.iter().filter(|operation| is_looked_into(operation));
        let looked_into: Vec<_> =
            looked_into.map(|operation| (Box::from(&*operation.name), things(operation).to_vec())).collect();
        let operations = intent.operations.iter().map(|operation| {
            let is_shell = names_itself(operation) || is_looked_up(operation) || is_looked_into(operation);
            let targets = if is_shell { Targets::Shell } else { operation.targets.clone() };
            Operation { targets, ..operation.clone() }
        });
        let asked = Intent { operations: operations.collect(), ..Intent::clone(intent) };
        let filter = AnswerFilter {
            rules: Arc::clone(&self.rules),
            filter: Arc::clone(filter),
            own: Arc::clone(&self.prepared),
            sieve: Arc::clone(&sieve),
            seeds: Arc::new(seeds(rules, intent, &names_itself)),
            looked_up: looked_up.into(),
            looked_into: looked_into.into(),
        };
        Some(Ok((self.with_document(Arc::clone(&sieve.prepared), Arc::new(asked)), filter)))
    }
}

impl Request {
    /// Whether a list of this name is asked for by what all names there are would be compared with.
    fn compares(&self, filter: &Filter, name: &str) -> bool {
        let Some((compared, operation)) = filter.compared.get(name).zip(self.prepared.operation()) else {
            return false;
        };
        let roots = self.prepared.roots.iter().filter_map(|root| self.prepared.document.field(root.field));
        let mut texts = roots
            .filter(|field| &*field.name == name)
            .flat_map(|field| field.arguments.iter().filter(|given| compared.contains(&*given.name)));
        texts.any(|text| !given(operation, &self.variables, &text.value).is_plainly_off())
    }

    /// The document that asks for names: remembered with the client's own, where there is room for it.
    fn sieve(&self, filter: &Filter) -> Result<Arc<Sieve>, Misread> {
        if let Some(known) = self.prepared.sieve.get() {
            return known.clone();
        }
        let made = Sieve::new(&self.rules, filter, &self.prepared, self.operation_name.as_deref()).map(Arc::new);
        if made.as_ref().map_or(true, |sieve| sieve.is_kept_with(&self.prepared)) {
            return self.prepared.sieve.get_or_init(|| made).clone();
        }
        made
    }
}

impl Filter {
    /// Whether what a look acts on is named by its own name alone, and is looked up among what is listed.
    fn looks_up(&self, operation: &Operation) -> bool {
        let Some(listed) = &self.listed else { return false };
        let is_listed = |thing: &Target| {
            let mut names = thing.names().iter();
            names.any(|name| self.kinds.id(name.kind()) == Some(listed.kind))
        };
        operation.action == Action::View
            && (self.looked_up.contains(&*operation.name) || operation.rule == RuleName::new(BELOW))
            && !things(operation).is_empty()
            && things(operation).iter().all(is_listed)
    }
}

impl Filter {
    /// Whether a look names what may be shown for what is in it.
    fn looks_into(&self, operation: &Operation) -> bool {
        operation.action == Action::View
            && operation.rule != RuleName::new(BELOW)
            && self.containers.roots.contains(&*operation.name)
            && !things(operation).is_empty()
    }
}

/// The things that an operation acts on, if it acts on such.
fn things(operation: &Operation) -> &[Target] {
    match &operation.targets {
        Targets::These(things) => things,
        _ => &[],
    }
}

/// What a thing is called.
fn names(rules: &Rules, thing: &Target) -> Names {
    let name = |name: &Resource| Some((rules.kinds.id(name.kind())?, name.clone()));
    thing.names().iter().filter_map(name).collect()
}

/// The one thing that each root field acts on, where it was judged by that.
fn seeds(rules: &Rules, intent: &Intent, names_itself: &dyn Fn(&Operation) -> bool) -> HashMap<Box<str>, Names> {
    let is_root = |operation: &&Operation| operation.rule != RuleName::new(BELOW);
    let judged = intent.operations.iter().filter(is_root).filter(|operation| !names_itself(operation));
    let seeds = judged.filter_map(|operation| match things(operation) {
        [thing] => Some((&*operation.name, thing)),
        _ => None,
    });
    seeds.map(|(root, thing)| (root.into(), names(rules, thing))).collect()
}

impl AnswerFilter {
    /// The answer without what may not be viewed, its flags lowered to what may be done with what shows them. An answer that cannot be
    /// read is not passed on.
    pub fn filter(&self, answer: Vec<u8>, onlooker: &dyn Onlooker) -> Vec<u8> {
        self.filtered_or_not(answer, onlooker, None)
    }

    /// The same, knowing what is in which container, and which of them show to this one.
    pub fn filter_with(
        &self,
        answer: Vec<u8>,
        onlooker: &dyn Onlooker,
        containers: (&Contents, &ShownContainers),
    ) -> Vec<u8> {
        self.filtered_or_not(answer, onlooker, Some(containers))
    }

    /// The same of one message of several; nothing where there is nothing in it that may be viewed.
    pub fn shown(&self, answer: String, onlooker: &dyn Onlooker) -> Option<String> {
        self.filtered(answer, onlooker, None).filter(|shown| shown != NOTHING)
    }

    fn filtered_or_not(
        &self,
        answer: Vec<u8>,
        onlooker: &dyn Onlooker,
        containers: Option<(&Contents, &ShownContainers)>,
    ) -> Vec<u8> {
        let answer = String::from_utf8(answer).ok();
        let filtered = answer.and_then(|answer| self.filtered(answer, onlooker, containers));
        filtered.map_or_else(|| self.unreadable(), String::into_bytes)
    }

    fn filtered(
        &self,
        answer: String,
        onlooker: &dyn Onlooker,
        containers: Option<(&Contents, &ShownContainers)>,
    ) -> Option<String> {
        let tree = Tree::read_up_to(answer, DEPTH, VALUES).ok()?;
        let operation = self.sieve.prepared.operation()?;
        let types = &self.filter.types;
        let root = types.id(match operation.kind {
            OperationKind::Query => "Query",
            OperationKind::Mutation => "Mutation",
            OperationKind::Subscription => "Subscription",
        })?;
        let walk = Walk {
            filter: &self.filter,
            places: Places::new(types, &self.sieve.prepared.document, operation),
            prefix: &self.sieve.prefix,
            seeds: &self.seeds,
            looked_up: &self.looked_up,
            looked_into: &self.looked_into,
            containers,
            hidden_roots: Vec::new(),
            is_in_container: false,
            rules: &self.rules,
            onlooker,
            listed: HashMap::default(),
            count: 0,
            has_flags: self.own.permissions.is_some(),
            listing: None,
            left: NOT_FOUND.max(tree.text().len()),
            out: String::with_capacity(tree.text().len()),
        };
        walk.answer(tree.root()?, root)
    }

    /// Whether it matters to somebody who holds things of these kinds what is in which container.
    pub fn needs_contents<'k>(&self, held: impl Iterator<Item = &'k str>) -> bool {
        self.sieve.has_containers && self.filter.containers.matter_for(&self.filter.kinds, held)
    }

    /// How much room keeping it takes, in bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.sieve.prepared.weight() + self.own.weight()
    }

    /// What is told instead of an answer that cannot be filtered.
    pub fn unreadable(&self) -> Vec<u8> {
        refusal::body(
            &self.rules,
            &self.own,
            "The app's answer cannot be filtered, so it is not shown to somebody who may not view everything here.",
        )
        .into()
    }
}
