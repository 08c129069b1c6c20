//! Where in the answer something of interest will be, known from the document alone.
//!
//! The tool's answer may hold the user's own JSON under any key, so keys alone mean nothing: a plan follows the selections, by
//! response key, through aliases and fragments.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::size_of_val;
use std::sync::Arc;

use super::document::{Document, Selection};
use crate::Misread;

/// One place in the answer, with what is interesting about it and below it. Lists count as their items. It is kept for as long as its
/// document is remembered or the tool takes, so it takes no more room than it needs: places with the same below them are one, however
/// often a fragment is spread, and so are equal keys.
#[derive(Debug)]
pub struct Plan<M> {
    /// What is interesting here.
    pub marks: Box<[M]>,
    /// In the order of their response keys.
    below: Box<[(Arc<str>, Arc<Self>)]>,
}

/// What counting references takes, in bytes.
const COUNTED: usize = size_of::<(usize, usize)>();

impl<M> Plan<M> {
    /// The place under a response key.
    pub fn below(&self, key: &str) -> Option<&Arc<Self>> {
        let at = self.below.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        self.below.get(at).map(|(_, plan)| plan)
    }

    /// How much room it takes, in bytes.
    pub fn weight(&self) -> usize {
        self.weigh(&mut HashSet::new())
    }

    /// Without what was seen before.
    fn weigh(&self, seen: &mut HashSet<*const u8>) -> usize {
        let mut weight = size_of_val(&*self.marks) + size_of_val(&*self.below);
        for (key, plan) in &self.below {
            if seen.insert(Arc::as_ptr(key).cast()) {
                weight += COUNTED + key.len();
            }
            if seen.insert(Arc::as_ptr(plan).cast()) {
                weight += COUNTED + size_of::<Self>() + plan.weigh(seen);
            }
        }
        weight
    }
}

impl<M: PartialEq> Plan<M> {
    /// How many places of the answer have this mark. What is shared here are still several there.
    pub fn count(&self, mark: &M) -> u64 {
        self.counted(mark, &mut HashMap::new())
    }

    fn counted(&self, mark: &M, known: &mut HashMap<*const Self, u64>) -> u64 {
        let mut count = u64::from(self.marks.contains(mark));
        for (_, plan) in &self.below {
            let at = Arc::as_ptr(plan);
            let below = known.get(&at).copied().unwrap_or_else(|| plan.counted(mark, known));
            known.insert(at, below);
            count = count.saturating_add(below);
        }
        count
    }
}

/// A plan while it is made.
struct Draft<M> {
    marks: Vec<M>,
    below: BTreeMap<Arc<str>, Self>,
}

/// A field as a plan meets it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'d> {
    /// Name of the field it is selected in; empty at the root.
    pub parent: &'d str,
    /// Its own name.
    pub name: &'d str,
    /// Its key in the answer.
    pub key: &'d str,
    /// 0 for a root field.
    pub depth: usize,
}

/// What to look for.
pub struct Search<'s, M> {
    /// Whether a field of this name can ever be of interest: what has none below is not followed.
    pub may: &'s dyn Fn(&str) -> bool,
    /// What is interesting about a field.
    pub mark: &'s dyn Fn(Place<'_>) -> Option<M>,
    /// Whether anything at or below it is.
    pub follow: &'s dyn Fn(Place<'_>) -> bool,
}

/// Steps allowed beside those that the text itself spells out: honest documents spread a fragment at a handful of places.
const STEPS: usize = 2_000;

/// Looks through the selections of an operation. `None` when there is nothing of interest.
pub fn plan<M: PartialEq>(
    document: &Document,
    selections: &[Selection],
    search: &Search<'_, M>,
) -> Result<Option<Plan<M>>, Misread> {
    let mut interest = Interest {
        document,
        may: search.may,
        fields: vec![None; document.fields.len()],
        fragments: vec![None; document.fragments.len()],
    };
    interest.any(selections);
    let mut root = Draft::empty();
    let steps = STEPS + 2 * document.fields.len();
    let mut planner = Planner { document, search, interest, steps, keys: HashSet::new() };
    planner.follow(&mut root, "", 0, selections)?;
    Ok(root.pruned(&mut Known::new()))
}

/// The places that there are already, by what is below them: keys and places, by where they are.
type Known<M> = HashMap<Box<[(*const u8, *const Plan<M>)]>, Vec<Arc<Plan<M>>>>;

impl<M: PartialEq> Plan<M> {
    /// The same place as before, if there is one like this.
    fn shared(self, known: &mut Known<M>) -> Arc<Self> {
        let below = self.below.iter().map(|(key, plan)| (Arc::as_ptr(key).cast(), Arc::as_ptr(plan))).collect();
        let alike = known.entry(below).or_default();
        if let Some(before) = alike.iter().find(|plan| plan.marks == self.marks) {
            return Arc::clone(before);
        }
        let plan = Arc::new(self);
        alike.push(Arc::clone(&plan));
        plan
    }
}

impl<M: PartialEq> Draft<M> {
    fn empty() -> Self {
        Self { marks: Vec::new(), below: BTreeMap::new() }
    }

    /// Without what leads to no mark; `None` when nothing is left.
    fn pruned(self, known: &mut Known<M>) -> Option<Plan<M>> {
        let pruned = |(key, draft): (_, Self)| Some((key, draft.pruned(known)?.shared(known)));
        let below: Box<[_]> = self.below.into_iter().filter_map(pruned).collect();
        (!self.marks.is_empty() || !below.is_empty()).then(|| Plan { marks: self.marks.into(), below })
    }
}

/// Which fields and fragments have something of interest in or below them. Each is looked at once.
struct Interest<'d, 's> {
    document: &'d Document,
    may: &'s dyn Fn(&str) -> bool,
    fields: Vec<Option<bool>>,
    fragments: Vec<Option<bool>>,
}

impl Interest<'_, '_> {
    fn any(&mut self, selections: &[Selection]) -> bool {
        let document = self.document;
        let mut found = false;
        for selection in selections {
            found |= match selection {
                Selection::Inline(inner) => self.any(&inner.selections),
                Selection::Field(place) => {
                    let known = self.fields.get(*place).copied().flatten();
                    let look = || document.field(*place).is_some_and(|f| self.any(&f.selections) | (self.may)(&f.name));
                    let known = known.unwrap_or_else(look);
                    note(&mut self.fields, *place, known)
                }
                Selection::Spread(place) => {
                    let known = self.fragments.get(*place).copied().flatten();
                    let known =
                        known.unwrap_or_else(|| document.fragment(*place).is_some_and(|f| self.any(&f.selections)));
                    note(&mut self.fragments, *place, known)
                }
            };
        }
        found
    }
}

fn note(slots: &mut [Option<bool>], place: usize, known: bool) -> bool {
    if let Some(slot) = slots.get_mut(place) {
        *slot = Some(known);
    }
    known
}

struct Planner<'d, 's, M> {
    document: &'d Document,
    search: &'s Search<'s, M>,
    interest: Interest<'d, 's>,
    steps: usize,
    /// Equal ones are one.
    keys: HashSet<Arc<str>>,
}

impl<M: PartialEq> Planner<'_, '_, M> {
    fn follow(
        &mut self,
        plan: &mut Draft<M>,
        parent: &str,
        depth: usize,
        selections: &[Selection],
    ) -> Result<(), Misread> {
        let document = self.document;
        for selection in selections {
            self.steps = self.steps.checked_sub(1).ok_or_else(too_many_steps)?;
            match selection {
                Selection::Inline(inner) => self.follow(plan, parent, depth, &inner.selections)?,
                Selection::Spread(place) if self.interest.fragments.get(*place) == Some(&Some(true)) => {
                    let inner = document.fragment(*place).map_or(&[][..], |f| &f.selections);
                    self.follow(plan, parent, depth, inner)?;
                }
                Selection::Field(place) if self.interest.fields.get(*place) == Some(&Some(true)) => {
                    let Some(field) = document.field(*place) else { continue };
                    let place = Place { parent, name: &field.name, key: &field.key, depth };
                    if !(self.search.follow)(place) {
                        continue;
                    }
                    let mark = (self.search.mark)(place);
                    let child = plan.below.entry(self.key(&field.key)).or_insert_with(Draft::empty);
                    child.marks.extend(mark.filter(|mark| !child.marks.contains(mark)));
                    self.follow(child, &field.name, depth + 1, &field.selections)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn key(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.keys.get(key) {
            return Arc::clone(known);
        }
        let key = Arc::from(key);
        self.keys.insert(Arc::clone(&key));
        key
    }
}

fn too_many_steps() -> Misread {
    Misread::new("graphql_too_large", "The GraphQL document spreads fragments into one another too many times.")
}
