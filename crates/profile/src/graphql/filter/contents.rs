//! What a tool says is in which container, and what of that shows to whom.
//!
//! Must not know: how the tool says it. Look next: [`super::containers`].

use ahash::HashMap;
use doorward_domain::{Resource, Target, Targets};

use super::Onlooker;

/// What the tool says is in which container.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    things: Vec<Targets>,
    /// By all their names.
    containers: HashMap<Box<[Resource]>, Container>,
}

#[derive(Debug, PartialEq, Eq)]
struct Container {
    /// Which of all it is.
    number: usize,
    /// The places of what is in it.
    things: Vec<usize>,
}

/// Which containers show to somebody, by their numbers: a bit for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownContainers(Box<[u64]>);

impl Contents {
    /// Adds a thing, and says at which place.
    pub(super) fn add(&mut self, thing: Target) -> usize {
        self.things.push(Targets::These(vec![thing]));
        self.things.len() - 1
    }

    /// That thing is in the container with these names.
    pub(super) fn is_in(&mut self, place: usize, container: Box<[Resource]>) {
        let number = self.containers.len();
        let container = self.containers.entry(container).or_insert(Container { number, things: Vec::new() });
        container.things.push(place);
    }

    /// How many things are told of.
    pub fn things(&self) -> usize {
        self.things.len()
    }

    /// Which containers show to somebody: those in which there is something that they may view. Judges each thing, once at most.
    pub fn shown_to(&self, onlooker: &dyn Onlooker) -> ShownContainers {
        let mut may_be_viewed: Vec<Option<bool>> = vec![None; self.things.len()];
        let mut is_seen_in = |place: usize, container: &[Resource]| {
            let Some((thing, judged)) = self.things.get(place).zip(may_be_viewed.get_mut(place)) else { return false };
            *judged.get_or_insert_with(|| onlooker.shows(thing)) && may_be_in(thing, container, onlooker)
        };
        let mut shown = vec![0; self.containers.len().div_ceil(64)];
        for (names, Container { number, things }) in &self.containers {
            if things.iter().any(|place| is_seen_in(*place, names))
                && let Some(bits) = shown.get_mut(number / 64)
            {
                *bits |= 1 << (number % 64);
            }
        }
        ShownContainers(shown.into())
    }

    /// Whether the container with these names is among those.
    pub(super) fn is_among(&self, shown: &ShownContainers, names: &[Resource]) -> bool {
        let number = self.containers.get(names).map(|container| container.number);
        number.is_some_and(|number| shown.0.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1))
    }
}

impl ShownContainers {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// How much memory they take, in bytes.
    pub fn weight(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Whether a thing that may be viewed lets a container with these names show: a denial of the container is one of all in it, also by a name
/// that what is in it does not go by.
fn may_be_in(thing: &Targets, container: &[Resource], onlooker: &dyn Onlooker) -> bool {
    let Targets::These(things) = thing else { return false };
    let kinds: Vec<&str> = container.iter().map(Resource::kind).collect();
    things.iter().all(|thing| {
        let goes_by_all = container.iter().all(|name| thing.names().contains(name));
        goes_by_all || onlooker.shows(&Targets::These(vec![thing.also_called(container, &kinds)]))
    })
}
