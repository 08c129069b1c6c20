//! Fields that are more than looking wherever they stand in an operation.
//!
//! A query changes nothing, but a tool may run its users' own code to answer one: then the field that asks for it counts, however deep
//! it stands, under whatever alias, and through whatever fragments. There is no schema here. A field is known by its name; the type
//! it stands on is known only where a type condition says it, and only a type that the profile knows for harmless makes the field
//! count less. Which fields these are is the profile's to say, see [`NestedRule`].

use doorward_domain::Action;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    arguments::{Given, Variables, given},
    document::{Document, Field, LiteralKind, OperationDefinition, Selection},
    json::Kind,
    rules::Rules,
};

/// What a field is, wherever it stands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NestedRule {
    /// The types whose field it is. For readers and for `profile check`.
    pub of: Vec<String>,
    /// Object types that have another field of this name. Directly below a type condition that names one of them, it does not count.
    #[serde(default)]
    pub elsewhere: Vec<String>,
    /// The action it amounts to.
    pub action: Action,
    /// What doing it is called, beginning a sentence: "Test-running schedules".
    pub called: String,
    /// Whether it is recorded before it is passed on, and never asked twice; if it does not say, what is more than looking is.
    #[serde(default)]
    pub changes_state: Option<bool>,
    /// By which fields it acts on what the root field, the first of them, names: `scheduleOrError.futureTick`. Reached by others, nobody can
    /// tell on what, unless it only looks.
    #[serde(default)]
    pub at: Vec<String>,
    /// It counts only when one of these arguments is given and is more than this.
    #[serde(default)]
    pub within: BTreeMap<String, Bound>,
    /// It counts only when it stands at more places of the answer than this.
    #[serde(default)]
    pub most: Option<u64>,
    /// It counts wherever it is not reached as `at` says: other ways may lead through lists.
    #[serde(default)]
    pub only_at: bool,
    /// For readers.
    #[serde(default)]
    pub why: Option<String>,
}

/// How large an argument may be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// At most this.
    AtMost(f64),
    /// At most this much more than another argument, which must be given.
    Beyond(Beyond),
}

/// How much more than another argument.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beyond {
    /// The other argument.
    pub after: String,
    /// How much more.
    pub at_most: f64,
}

/// A field that was found.
#[derive(Debug, Clone)]
pub struct Found<'r, 'd> {
    /// Its rule.
    pub rule: &'r NestedRule,
    /// The field.
    pub field: &'d Field,
    /// Its place in the document.
    pub place: usize,
    /// The root field that names on what it acts; `None` when that cannot be told.
    pub root: Option<&'d str>,
    /// The fragments it is in.
    fragments: Vec<usize>,
}

/// A field that counts only with certain arguments.
#[derive(Debug, Clone)]
pub struct Bounded {
    /// Its place in the document.
    pub place: usize,
    /// See [`Found::root`].
    pub root: Option<Box<str>>,
}

impl Found<'_, '_> {
    /// What to keep of it.
    pub fn bounded(&self) -> Bounded {
        Bounded { place: self.place, root: self.root.map(Into::into) }
    }
}

/// Every field of the operation that has a rule, in no order. Each place of the text is looked at once, whatever spreads lead there.
pub fn find<'r, 'd>(
    rules: &'r Rules,
    document: &'d Document,
    operation: &'d OperationDefinition,
) -> Vec<Found<'r, 'd>> {
    if rules.fields.is_empty() {
        return Vec::new();
    }
    let spreads = vec![Spreads::Nowhere; document.fragments.len()];
    let mut search = Search { rules, document, path: Vec::new(), within: Vec::new(), spreads, found: Vec::new() };
    search.visit(&operation.selections, None);
    let Search { spreads, mut found, .. } = search;
    let is_anywhere = |place: &usize| matches!(spreads.get(*place), Some(Spreads::AtSeveral));
    for found in &mut found {
        // Below a fragment that is spread at several paths, it is not told by which of them it is reached.
        found.root = found.root.filter(|_| !found.fragments.iter().any(is_anywhere));
    }
    found
}

/// By which paths a fragment is spread.
#[derive(Debug, Clone, PartialEq)]
enum Spreads<'d> {
    Nowhere,
    At(Vec<&'d str>),
    AtSeveral,
}

struct Search<'r, 'd> {
    rules: &'r Rules,
    document: &'d Document,
    /// Names of the fields around, the root field first.
    path: Vec<&'d str>,
    /// The fragments around.
    within: Vec<usize>,
    spreads: Vec<Spreads<'d>>,
    found: Vec<Found<'r, 'd>>,
}

impl<'d> Search<'_, 'd> {
    /// `on` is the nearest type condition around these selections.
    fn visit(&mut self, selections: &'d [Selection], on: Option<&'d str>) {
        let document = self.document;
        for selection in selections {
            match selection {
                Selection::Inline(inline) => self.visit(&inline.selections, inline.on.as_deref().or(on)),
                Selection::Spread(place) => self.spread(*place),
                Selection::Field(place) => {
                    let Some(field) = document.field(*place) else { continue };
                    let rule = self.rules.fields.get(&*field.name);
                    let rule = rule.filter(|rule| !on.is_some_and(|on| rule.elsewhere.iter().any(|other| other == on)));
                    self.found.extend(rule.map(|rule| {
                        let root = match self.path.first() {
                            None => Some(&*field.name),
                            Some(root) => Some(*root).filter(|_| rule.acts_on_root_at(&self.path)),
                        };
                        Found { rule, field, place: *place, root, fragments: self.within.clone() }
                    }));
                    self.path.push(&field.name);
                    self.visit(&field.selections, None);
                    self.path.pop();
                }
            }
        }
    }

    fn spread(&mut self, place: usize) {
        let (Some(spreads), Some(fragment)) = (self.spreads.get_mut(place), self.document.fragment(place)) else {
            return;
        };
        match spreads {
            Spreads::Nowhere => *spreads = Spreads::At(self.path.clone()),
            Spreads::At(path) if *path == self.path => return,
            _ => {
                *spreads = Spreads::AtSeveral;
                return;
            }
        }
        self.within.push(place);
        self.visit(&fragment.selections, Some(&fragment.on));
        self.within.pop();
    }
}

impl NestedRule {
    /// See [`Self::changes_state`].
    pub fn does_change_state(&self) -> bool {
        self.changes_state.unwrap_or(self.action > Action::View)
    }

    /// Whether it counts only beyond some bound.
    pub fn is_bounded(&self) -> bool {
        self.most.is_some() || self.only_at || !self.within.is_empty()
    }

    /// Whether a field of this name that is reached by these fields acts on what the first of them names.
    fn acts_on_root_at(&self, path: &[&str]) -> bool {
        self.at.iter().any(|at| at.split('.').eq(path.iter().copied()))
    }

    /// Whether it counts with these arguments. What cannot be told counts.
    pub fn counts(
        &self,
        document: &Document,
        operation: &OperationDefinition,
        variables: &Variables,
        field: &Field,
    ) -> bool {
        let given = |name: &str| amount(document, operation, variables, field, name);
        self.within.is_empty()
            || self.within.iter().any(|(name, bound)| match (given(name), bound) {
                (Amount::None, _) => false,
                (Amount::Number(number), Bound::AtMost(most)) => !number.le(most),
                (Amount::Number(number), Bound::Beyond(Beyond { after, at_most })) => match given(after) {
                    Amount::Number(start) => !(number - start).le(at_most),
                    _ => true,
                },
                (Amount::Other, _) => true,
            })
    }
}

/// A longer number is not read, in bytes.
const LONGEST_NUMBER: usize = 64;

/// An argument, as far as it is a number.
enum Amount {
    /// Absent or `null`.
    None,
    Number(f64),
    Other,
}

fn amount(
    document: &Document,
    operation: &OperationDefinition,
    variables: &Variables,
    field: &Field,
    name: &str,
) -> Amount {
    let Some(argument) = field.arguments.iter().find(|argument| &*argument.name == name) else { return Amount::None };
    // Nobody honest writes a longer one, and it would be read for every field that is given it.
    let short = |text: &str| (text.len() <= LONGEST_NUMBER).then(|| text.parse().ok()).flatten();
    let number = |text: &str| short(text).map_or(Amount::Other, Amount::Number);
    match given(operation, variables, &argument.value) {
        Given::Nothing => Amount::None,
        Given::Literal(literal) => match literal.kind {
            LiteralKind::Null => Amount::None,
            LiteralKind::Number => number(literal.span.of(&document.text)),
            _ => Amount::Other,
        },
        Given::Json(value) => match value.kind() {
            Kind::Null => Amount::None,
            Kind::Number => number(value.raw()),
            _ => Amount::Other,
        },
        Given::Unknown => Amount::Other,
    }
}
