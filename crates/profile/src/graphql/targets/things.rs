//! From arguments to the things they name.
//!
//! Names that stand together in one selector are the names of one thing, if one kind is in the other: of location, repository and job there
//! is one job. Names of which neither is in the other are of two things. What cannot be told for sure makes all of it unclear: a wrong name
//! would be judged by somebody else's rights.

use doorward_domain::{Resource, Target};
use std::{borrow::Cow, cell::Cell};

use super::node::{Ground, Group, Node, Shape};
use crate::graphql::{
    document::Field,
    names::{NameRule, Spot},
    rules::Rules,
};
use crate::kinds::{KindId, KindSet, LONGEST_NAME, escape};

/// Values looked at for one request. Whoever names more has to be allowed everything.
const STEPS: usize = 100_000;

/// Selectors in one another.
const DEPTH: usize = 128;

/// A thing that was found, under its names, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub names: Vec<Resource>,
    pub(super) kind: KindId,
    /// Of which kinds its names are.
    pub(super) told: KindSet,
}

/// What was found in some arguments.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub things: Vec<Thing>,
    /// Nobody can tell all of it.
    pub is_unclear: bool,
}

/// Looks for things. One for a whole request, so that the steps of all of it count.
pub struct Search<'a> {
    pub(super) rules: &'a Rules,
    pub(super) ground: Ground<'a>,
    pub(super) steps: usize,
    pub(super) reads_tags: bool,
}

/// The one thing that a selector names, of which what is below may name parts.
struct Around<'s> {
    thing: &'s Thing,
    is_narrowed: Cell<bool>,
}

/// A name as it stands: its kind, and its own text.
struct Own<'a> {
    rule: &'a NameRule,
    kind: KindId,
    name: Cow<'a, str>,
}

/// Members by what they are.
#[derive(Default)]
struct Sorted<'a> {
    /// Names of what they stand in, or beside.
    own: Vec<Own<'a>>,
    /// Names of parts of the thing that is named around them.
    parts: Vec<Own<'a>>,
    /// What tags name.
    tagged: Vec<Thing>,
    /// What may hold names below.
    below: Vec<(Cow<'a, str>, Node<'a>)>,
}

impl Found {
    /// Each thing once, in their order.
    pub fn sorted(mut self) -> Self {
        self.things.sort_unstable();
        self.things.dedup();
        self
    }

    /// As targets that moreover stand for things of the kinds `reaches`.
    pub fn targets(&self, rules: &Rules, reaches: KindSet) -> Vec<Target> {
        let things = self.things.iter();
        things.map(|thing| rules.kinds.target(thing.kind, thing.names.clone(), thing.told, reaches)).collect()
    }
}

impl<'a> Search<'a> {
    pub fn new(rules: &'a Rules, ground: Ground<'a>) -> Self {
        Self { rules, ground, steps: STEPS, reads_tags: true }
    }

    /// Adds what the arguments of a field name.
    pub fn field(&mut self, field: &'a Field, found: &mut Found) {
        let at = Spot { field: &field.name, parent: &field.name };
        self.selector(at, Group::Arguments(&field.arguments), None, DEPTH, found);
    }

    /// Counts a step; false when there were too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// Members that stand together: the arguments of a field, or the fields of an input object.
    fn selector(
        &mut self,
        at: Spot<'_>,
        members: Group<'a>,
        around: Option<&Around<'_>>,
        depth: usize,
        found: &mut Found,
    ) {
        let mut sorted = Sorted::default();
        found.is_unclear |= !self.sort(at, members, &mut sorted);
        let (things, are_clear) = self.things(&sorted.own);
        found.is_unclear |= !are_clear;
        let single = match things.as_slice() {
            [thing] => Some(Around { thing, is_narrowed: Cell::new(false) }),
            _ => None,
        };
        let around = if sorted.own.is_empty() { around } else { single.as_ref() };
        found.things.extend(sorted.parts.iter().map(|part| part.of(around, self.rules)));
        found.things.append(&mut sorted.tagged);
        for (name, node) in sorted.below {
            self.below(Spot { parent: &name, ..at }, node, around, depth, found);
        }
        if !single.is_some_and(|single| single.is_narrowed.get()) {
            found.things.extend(things);
        }
    }

    /// What stands below a member that is no name itself.
    fn below(&mut self, at: Spot<'_>, node: Node<'a>, around: Option<&Around<'_>>, depth: usize, found: &mut Found) {
        node.all_items(self.ground, |item| {
            let (true, Some(item), Some(depth)) = (self.step(), item, depth.checked_sub(1)) else {
                found.is_unclear = true;
                return false;
            };
            match item.shape(self.ground) {
                Shape::Object => self.selector(at, Group::Object(item), around, depth, found),
                Shape::List => self.below(at, item, around, depth, found),
                _ => {}
            }
            true
        });
    }

    /// Sorts members; false when something is not clear.
    fn sort(&mut self, at: Spot<'_>, members: Group<'a>, into: &mut Sorted<'a>) -> bool {
        let rules = self.rules;
        members.all(self.ground, |name, node| {
            if !self.step() {
                return false;
            }
            if rules.opaque.iter().any(|opaque| *opaque == name) {
                return true;
            }
            let Some(node) = node else { return false };
            if rules.tags.are_at(at.parent, &name) {
                return !self.reads_tags || self.tags(node, &mut into.tagged);
            }
            match (rules.resources.find(at, &name), node.shape(self.ground)) {
                (Some(_), Shape::Nothing) => true,
                (Some(rule), _) => self.names(rule, node, into),
                (None, Shape::Object) if rules.places.iter().any(|place| *place == name) => {
                    self.sort(Spot { parent: &name, ..at }, Group::Object(node), into)
                }
                (None, Shape::Object | Shape::List) => {
                    into.below.push((name, node));
                    true
                }
                (None, _) => true,
            }
        })
    }

    /// Adds the names that a value is, one or many; false when one is not clear.
    fn names(&mut self, rule: &'a NameRule, node: Node<'a>, into: &mut Sorted<'a>) -> bool {
        let names = if rule.narrows.is_some() { &mut into.parts } else { &mut into.own };
        let Some(kind) = rule.id else { return false };
        if !rule.parts {
            return self.each(rule, kind, node, names, DEPTH);
        }
        let name = self.joined(node, true);
        name.map(|name| names.push(Own { rule, kind, name: name.into() })).is_some()
    }

    fn each(
        &mut self,
        rule: &'a NameRule,
        kind: KindId,
        node: Node<'a>,
        names: &mut Vec<Own<'a>>,
        depth: usize,
    ) -> bool {
        if !self.step() || depth == 0 {
            return false;
        }
        let name = match node.shape(self.ground) {
            Shape::Nothing => return !node.is_text(),
            Shape::Text(name) => Some(name),
            Shape::Object => node.path(self.ground).and_then(|path| self.joined(path, false)).map(Cow::Owned),
            Shape::List => {
                return node.all_items(self.ground, |item| {
                    item.is_some_and(|item| self.each(rule, kind, item, names, depth - 1))
                });
            }
            Shape::Unclear => None,
        };
        name.map(|name| names.push(Own { rule, kind, name })).is_some()
    }

    /// A name in parts, as one: with slashes between them, so that `["a/b"]` is not `["a", "b"]`. Parts of a path in some storage must not
    /// lead elsewhere in it.
    fn joined(&mut self, node: Node<'a>, is_path: bool) -> Option<String> {
        let (mut name, mut is_first) = (String::new(), true);
        let is_clear = node.all_items(self.ground, |part| {
            let Some(part) = part.filter(|_| self.step()) else { return false };
            let part = match part.shape(self.ground) {
                Shape::Text(part) => part,
                // An empty text is a part like others, nothing is none.
                Shape::Nothing if part.is_text() => Cow::Borrowed(""),
                _ => return false,
            };
            if is_path && (matches!(&*part, "" | "." | "..") || part.contains(['/', '\\'])) {
                return false;
            }
            if !std::mem::take(&mut is_first) {
                name.push('/');
            }
            escape(&mut name, &part, "/");
            name.len() <= LONGEST_NAME
        });
        (is_clear && !name.is_empty()).then_some(name)
    }

    /// The things of which these are the names: those that no other of them is in; and whether they are clear.
    fn things(&self, own: &[Own<'_>]) -> (Vec<Thing>, bool) {
        let kinds = &self.rules.kinds;
        // By kind: its first name, and whether it is the only one.
        let mut told: Vec<(KindId, &str, bool)> = Vec::with_capacity(own.len().min(8));
        let mut around = KindSet::default();
        for Own { kind, name, .. } in own {
            if let Some((_, first, is_only)) = told.iter_mut().find(|(known, ..)| known == kind) {
                *is_only &= *first == *name;
            } else {
                told.push((*kind, name, true));
                around = around.and(kinds.within(*kind).iter().copied().collect());
            }
        }
        let mut are_clear = true;
        let mut things = Vec::new();
        for Own { kind, name, .. } in own.iter().filter(|own| !around.has(own.kind)) {
            let mut names_around: Vec<(KindId, &str)> = Vec::with_capacity(4);
            for of in kinds.within(*kind) {
                if let Some((_, name, is_only)) = told.iter().find(|(known, ..)| known == of) {
                    // In one of two places: that is not one thing.
                    are_clear &= is_only;
                    names_around.push((*of, name));
                }
            }
            let mut thing = Thing { names: Vec::with_capacity(4), kind: *kind, told: KindSet::default() };
            for (kind, name) in &names_around {
                thing.add(*kind, kinds.name(*kind, name, &names_around));
            }
            are_clear &= thing.add(*kind, kinds.name(*kind, name, &names_around));
            things.push(thing);
        }
        (things, are_clear)
    }
}

impl Thing {
    /// Adds a name, if there is one.
    fn add(&mut self, kind: KindId, name: Option<Resource>) -> bool {
        name.map(|name| {
            self.names.push(name);
            self.told = self.told.with(kind);
        })
        .is_some()
    }
}

impl Own<'_> {
    /// A part of the thing that is named around it, or a thing of its own.
    fn of(&self, around: Option<&Around<'_>>, rules: &Rules) -> Thing {
        let around = around.filter(|around| self.rule.narrows_id == Some(around.thing.kind));
        let mut thing = Thing { names: Vec::with_capacity(4), kind: self.kind, told: KindSet::default() };
        if let Some(around) = around {
            around.is_narrowed.set(true);
            thing.names.clone_from(&around.thing.names);
            thing.told = around.thing.told;
        }
        thing.add(self.kind, Some(Resource::new(rules.kinds.name_of(self.kind), &self.name)));
        thing
    }
}
