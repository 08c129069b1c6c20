//! Signing launched runs with the name of who launched them.
//!
//! Whatever the client put under the tag is removed and ours is added, in every way a value can be passed: as a literal, as a
//! variable, as a variable inside a literal, by default value, as a list or as the single value that GraphQL takes for a list of
//! one. Document and variables are edited by spans. What cannot be edited with certainty is refused (`attribution_ambiguous`): a run
//! signed with a name of the client's choice never gets through.

mod in_document;
mod in_variables;

use std::collections::{HashMap, HashSet};

use super::{
    arguments::{Given, given},
    document::{Document, Literal, OperationDefinition, Selection},
    json::{Edits, Span, quoted},
    request::Request,
    rules::AttributionRule,
};
use crate::Misread;

/// One name on the way to the tags.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: String,
    /// It holds a list; the next name is in its items.
    list: bool,
}

/// `executionParamsList[].executionMetadata.tags`
fn steps(path: &str) -> Vec<Step> {
    let step = |name: &str| match name.strip_suffix("[]") {
        Some(name) => Step { name: name.to_owned(), list: true },
        None => Step { name: name.to_owned(), list: false },
    };
    path.split('.').map(step).collect()
}

/// Where on the way we are.
#[derive(Debug, Clone, Copy)]
struct At<'p> {
    /// The name we are at, and those after it; never empty.
    steps: &'p [Step],
    /// At the argument itself: when it has no value, there is nothing to sign.
    is_argument: bool,
    /// In an item of the list that the name holds.
    is_item: bool,
}

impl<'p> At<'p> {
    fn wants_list(self) -> bool {
        !self.is_item && self.steps.first().is_some_and(|step| step.list)
    }

    fn is_tags(self) -> bool {
        self.steps.len() == 1
    }

    fn item(self) -> Self {
        Self { is_item: true, ..self }
    }

    /// One name further, and that name.
    fn below(self) -> Option<(&'p str, Self)> {
        let steps = self.steps.get(1..).filter(|steps| !steps.is_empty())?;
        Some((&steps.first()?.name, Self { steps, is_argument: false, is_item: false }))
    }
}

/// Document and variables, signed.
#[derive(Debug)]
pub struct Signed {
    /// The document's new text, when it changed.
    pub document: Option<String>,
    /// The variables' new text, when they changed.
    pub variables: Option<String>,
}

/// The one refusal of this room.
fn ambiguous(why: &str) -> Misread {
    Misread::new("attribution_ambiguous", format!("The run's tags cannot be signed with your name: {why}."))
}

struct Signing<'a> {
    document: &'a Document,
    operation: &'a OperationDefinition,
    request: &'a Request,
    rule: &'a AttributionRule,
    user: &'a str,
    in_document: Edits,
    in_variables: Edits,
    /// Variables to be given a value they did not have.
    new_variables: Vec<(&'a str, String)>,
    /// Variables whose value is edited, on which way, and the uses of them that are right with it.
    edited: HashMap<&'a str, (Vec<Step>, HashSet<usize>)>,
}

impl Request {
    /// Signs every run this request launches.
    pub(super) fn sign(&self, user: &str) -> Result<Signed, Misread> {
        let launches = || self.prepared.mutations(&self.rules).any(|(_, m)| m.is_some_and(|m| !m.tags_at.is_empty()));
        let (Some(rule), Some(operation), true) = (&self.rules.attribution, self.prepared.operation(), launches())
        else {
            return Ok(Signed { document: None, variables: None });
        };
        let mut signing = Signing {
            document: &self.prepared.document,
            operation,
            request: self,
            rule,
            user,
            in_document: Edits::default(),
            in_variables: Edits::default(),
            new_variables: Vec::new(),
            edited: HashMap::new(),
        };
        for (field, mutation) in self.prepared.mutations(&self.rules) {
            for path in mutation.iter().flat_map(|mutation| &mutation.tags_at) {
                let steps = steps(path);
                let argument = steps.first().and_then(|step| field.arguments.iter().find(|a| *a.name == *step.name));
                if let Some(argument) = argument {
                    signing.literal(&argument.value, At { steps: &steps, is_argument: true, is_item: false })?;
                }
            }
        }
        signing.finish()
    }
}

impl<'a> Signing<'a> {
    fn variable(&mut self, name: &'a str, use_at: Span, at: At<'_>) -> Result<(), Misread> {
        let known = self.edited.contains_key(name);
        let (steps, uses) = self.edited.entry(name).or_insert_with(|| (at.steps.to_vec(), HashSet::new()));
        if *steps != at.steps {
            return Err(ambiguous("a variable is used in two different ways"));
        }
        uses.insert(use_at.start);
        if known {
            return Ok(());
        }
        let definition = self.operation.variable(name).ok_or_else(|| ambiguous("a variable is not defined"))?;
        match (self.request.variables.get(name), &definition.default) {
            (Some(value), _) => self.json(value, at),
            (None, Some(default)) => self.literal(default, at),
            (None, None) if at.is_argument || at.is_item => Ok(()),
            (None, None) => {
                let value = self.new_json(at)?;
                self.new_variables.push((name, value));
                Ok(())
            }
        }
    }

    /// Follows variables in places where they are only read.
    fn given(&self, literal: &'a Literal) -> Given<'a> {
        given(self.operation, &self.request.variables, literal)
    }

    fn finish(mut self) -> Result<Signed, Misread> {
        let reachable = self.reachable_uses();
        for (name, (_, signed_uses)) in &self.edited {
            if reachable.get(name).is_some_and(|uses| uses.iter().any(|at| !signed_uses.contains(&at.start))) {
                return Err(ambiguous("a variable is used elsewhere too"));
            }
        }
        self.drop_unused_definitions(&reachable);
        let overlap = || ambiguous("its parts overlap");
        let edits = std::mem::take(&mut self.in_document);
        let document =
            if edits.is_empty() { None } else { Some(edits.apply(&self.document.text).ok_or_else(overlap)?) };
        let variables = self.edited_variables()?;
        Ok(Signed { document, variables })
    }

    /// Uses of variables in the operation and in the fragments it spreads.
    fn reachable_uses(&self) -> HashMap<&'a str, Vec<Span>> {
        let mut spans = vec![self.operation.span];
        let mut seen = HashSet::new();
        let mut todo: Vec<&Selection> = self.operation.selections.iter().collect();
        while let Some(selection) = todo.pop() {
            match selection {
                Selection::Inline(inner) => todo.extend(&inner.selections),
                Selection::Field(place) => {
                    todo.extend(self.document.field(*place).map(|f| &f.selections).into_iter().flatten());
                }
                Selection::Spread(place) if seen.insert(*place) => {
                    let Some(fragment) = self.document.fragment(*place) else { continue };
                    spans.push(fragment.span);
                    todo.extend(&fragment.selections);
                }
                Selection::Spread(_) => {}
            }
        }
        spans.sort_unstable();
        let mut uses: HashMap<&str, Vec<Span>> = HashMap::new();
        for used in &self.document.uses {
            let before = spans.partition_point(|span| span.start <= used.span.start);
            if before.checked_sub(1).and_then(|at| spans.get(at)).is_some_and(|span| span.holds(used.span)) {
                uses.entry(&used.name).or_default().push(used.span);
            }
        }
        uses
    }

    /// A variable that was used only in what was removed must go too: the tool refuses variables nobody uses.
    fn drop_unused_definitions(&mut self, reachable: &HashMap<&str, Vec<Span>>) {
        let gone =
            |name: &str| reachable.get(name).is_some_and(|uses| uses.iter().all(|at| self.in_document.removes(*at)));
        let spans: Vec<Span> =
            self.operation.variables.all().iter().filter(|v| gone(&v.name)).map(|v| v.span).collect();
        match self.operation.definitions_span {
            Some(all) if !spans.is_empty() && spans.len() == self.operation.variables.all().len() => {
                self.in_document.replace(all, "");
            }
            _ => spans.into_iter().for_each(|span| self.in_document.replace(span, "")),
        }
    }

    /// Our tag, as a literal.
    fn tag(&self) -> String {
        let AttributionRule { tag, key_field, value_field } = self.rule;
        format!("{{{key_field}:{},{value_field}:{}}}", quoted(tag), quoted(self.user))
    }

    /// Our tag, as JSON.
    fn json_tag(&self) -> String {
        let AttributionRule { tag, key_field, value_field } = self.rule;
        format!("{{{}:{},{}:{}}}", quoted(key_field), quoted(tag), quoted(value_field), quoted(self.user))
    }
}
