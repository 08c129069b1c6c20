//! By which names the things in an answer are judged: their own, those of what is around, and those that are listed of them elsewhere in it.

use doorward_domain::{Resource, Target, Targets};

use super::{
    asking::{count_key, list_key, name_key},
    collect::Place,
    containers::{named, whole_name},
    siblings::Siblings,
    things::{Named, Names},
    types::{Field, TypeId},
    walk::Walk,
};
use crate::graphql::json::Value;
use crate::kinds::{KindId, KindSet, Kinds};

impl Walk<'_> {
    /// Notes what is listed of things that others name by their own name alone.
    pub(super) fn list(&mut self, data: Value<'_>) {
        let Some(listed) = &self.filter.listed else { return };
        let Some(thing) = self.filter.types.get(listed.of).and_then(|own| own.thing.as_ref()) else { return };
        let key = |place| name_key(self.prefix, listed.of, place);
        for item in data.get(&list_key(self.prefix)).iter().flat_map(|list| list.children()) {
            let Some(Named { names, .. }) = thing.read(&self.filter.kinds, item, &key, &[]) else { continue };
            let own = names.iter().find(|(kind, _)| *kind == listed.kind).map(|(_, name)| name.as_str().to_owned());
            self.listed.extend(own.map(|own| (own, names)));
        }
    }

    /// Whether all that is asked for by its own name may be viewed.
    pub(super) fn shows_looked_up(&self) -> bool {
        let kind = self.filter.listed.as_ref().map(|listed| listed.kind);
        self.looked_up.iter().all(|names| {
            let named = |kind| Named { kind, names: names.clone(), never: KindSet::default(), parts: Vec::new() };
            kind.is_some_and(|kind| self.onlooker.shows(&self.targets(&mut named(kind))))
        })
    }

    /// Whether what a field holds is known to be of the object beside: a field of this name of both begins alike, up to a colon.
    pub(super) fn begins_alike<'a>(
        &mut self,
        siblings: &mut Siblings<'a, '_>,
        (value, field, place): (Value<'_>, &Field, Place),
        by: &'a str,
    ) -> bool {
        let Some(own) = field.of.and_then(|of| self.type_of(value, of)) else { return false };
        let below = self.places.members(place, own);
        siblings.beginning(by).is_some_and(|begins_so| Siblings::of(value, &below).beginning(by) == Some(begins_so))
    }

    /// Counts what may be viewed of what a root field counts, if it does.
    pub(super) fn count(&mut self, data: Value<'_>, field: &str, root: &str) {
        let filter = self.filter;
        let Some(count) = filter.counts.get(field) else { return };
        let list = data.get(&count_key(self.prefix, root)).and_then(|list| list.get(&format!("{}items", self.prefix)));
        let items = list.iter().flat_map(|list| list.children());
        self.count = items.filter(|item| self.shows_item(*item, count.items)).count();
    }

    /// Whether an item of a list may be viewed.
    fn shows_item(&self, item: Value<'_>, of: TypeId) -> bool {
        let Some(own) = self.type_of(item, of) else { return false };
        let Some(thing) = self.filter.types.get(own).and_then(|own| own.thing.as_ref()) else { return false };
        let key = |place| name_key(self.prefix, own, place);
        let named = thing.read(&self.filter.kinds, item, &key, &[]);
        named.is_some_and(|mut named| self.onlooker.shows(&self.targets(&mut named)))
    }

    /// Whether a text names a thing that may be viewed.
    pub(super) fn shows_named(
        &self,
        kind: KindId,
        within: KindSet,
        text: Value<'_>,
        around: &[(KindId, Resource)],
    ) -> bool {
        let mut names: Names = around.iter().filter(|(own, _)| within.has(*own) && *own != kind).cloned().collect();
        let whole: Vec<(KindId, &str)> = names.iter().map(|(kind, name)| (*kind, name.name())).collect();
        let Some(own) = text.as_str().and_then(|text| self.filter.kinds.name(kind, &text, &whole)) else {
            return false;
        };
        names.push((kind, own));
        let mut thing = Named { kind, names, never: KindSet::default(), parts: Vec::new() };
        let may_be_viewed = self.onlooker.shows(&self.targets(&mut thing));
        may_be_viewed || self.has_anything(kind, &thing.names)
    }

    /// Whether a thing of a type is shown for what is in it.
    pub(super) fn shows_container(&self, of: TypeId, thing: &Named) -> bool {
        let is_one = self.filter.containers.has_type(of) && thing.parts.is_empty();
        is_one && self.has_anything(thing.kind, &thing.names)
    }

    /// Whether anything may be viewed that is in a container with these names.
    fn has_anything(&self, kind: KindId, names: &Names) -> bool {
        let Some((contents, shown)) = self.containers.filter(|_| self.filter.containers.has_kind(kind)) else {
            return false;
        };
        let name = whole_name(&self.filter.kinds, kind, names);
        name.is_some_and(|name| contents.is_among(shown, &name))
    }

    /// Whether all that root fields are asked for may be viewed, or is shown for what is in it.
    pub(super) fn shows_looked_into(&mut self) -> bool {
        let looked_into = self.looked_into;
        for (root, things) in looked_into {
            for thing in things {
                if self.onlooker.shows(&Targets::These(vec![thing.clone()])) {
                    continue;
                }
                let is_shown =
                    named(&self.filter.kinds, thing).is_some_and(|(kind, names)| self.has_anything(kind, &names));
                if !is_shown {
                    return false;
                }
                self.hidden_roots.push(root);
            }
        }
        true
    }

    /// What a thing comes to, with what is listed of it: all of these must be allowed.
    pub(super) fn targets(&self, thing: &mut Named) -> Targets {
        let mut also = Vec::new();
        self.complete(&mut thing.names, &mut also);
        let mut targets = Vec::with_capacity(1 + thing.parts.len());
        for part in &thing.parts {
            let mut names = thing.names.clone();
            names.push(part.clone());
            self.complete(&mut names, &mut also);
            targets.push(self.target(thing.kind, &names, thing.never));
        }
        if thing.parts.is_empty() {
            targets.push(self.target(thing.kind, &thing.names, thing.never));
        }
        targets.append(&mut also);
        Targets::These(targets)
    }

    /// Adds the names that are listed of a thing; where it is listed by others, those are one more thing.
    fn complete(&self, names: &mut Names, also: &mut Vec<Target>) {
        let Some(kind) = self.filter.listed.as_ref().map(|listed| listed.kind) else { return };
        let own = names.iter().find(|(own, _)| *own == kind);
        let Some(listed) = own.and_then(|(_, own)| self.listed.get(own.as_str())) else { return };
        let differs = |(kind, name): &(KindId, Resource)| names.iter().any(|(own, other)| own == kind && other != name);
        if listed.iter().any(differs) {
            also.push(self.target(kind, listed, KindSet::default()));
            return;
        }
        let new = listed.iter().filter(|(kind, _)| names.iter().all(|(own, _)| own != kind)).cloned();
        let new: Vec<_> = new.collect();
        names.extend(new);
    }

    fn target(&self, kind: KindId, names: &Names, never: KindSet) -> Target {
        target(&self.filter.kinds, kind, names, never, KindSet::default())
    }
}

/// The thing of this kind with these names, which has none of the kinds `never`, and moreover stands for things of the kinds it `reaches`.
pub(super) fn target(kinds: &Kinds, kind: KindId, names: &Names, never: KindSet, reaches: KindSet) -> Target {
    let told = names.iter().map(|(kind, _)| *kind).collect::<KindSet>().and(never);
    let rank = |own: KindId| {
        let within = kinds.within(kind);
        (own == kind, within.iter().position(|other| *other == own).unwrap_or(within.len()))
    };
    let mut sorted: Vec<&(KindId, Resource)> = names.iter().collect();
    sorted.sort_by_key(|(own, _)| rank(*own));
    let names = sorted.into_iter().map(|(_, name)| name.clone()).collect();
    kinds.target(kind, names, told, reaches)
}
