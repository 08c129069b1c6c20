//! What a request does not tell and the tool knows: of which job a run is.
//!
//! A profile says how the tool is asked for things of a kind, and where in its answer which names stand. [`question`] puts one question
//! together for all that a request names, [`answer`] reads what came back; what goes over the wire in between, and how long
//! it is remembered, is not known here. Whatever is not told for certain stays untold.

mod answer;
mod question;

use doorward_domain::{Intent, Operation, Resource, Target, Targets};
use serde::Deserialize;
use std::{cell::Cell, collections::BTreeMap, mem::size_of_val, sync::Arc, time::Duration};

use super::rules::Rules;
use crate::kinds::Kinds;

/// How the tool tells of things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TellRule {
    /// A root field of a query, `$id` being the thing's id; without that it is asked once, whatever the ids.
    #[serde(default)]
    pub ask: String,
    /// The GraphQL type of `$id`.
    #[serde(default = "id_type")]
    pub id: String,
    /// The field of `$id` that holds the parts of a name which is written in parts; `$id` is the name itself, if not said.
    #[serde(default)]
    pub id_parts: Option<String>,
    /// What may be found in the answer; the first that is there counts.
    #[serde(default)]
    pub found: Vec<FoundRule>,
    /// The kind of thing whose id the first part of this one's is: it goes by that one's name, and by all that it has.
    #[serde(default)]
    pub by: Option<String>,
    /// Kinds of names that it has none of, once it is told.
    #[serde(default)]
    pub never: Vec<String>,
    /// For how many seconds it holds.
    #[serde(default = "moment")]
    pub holds: u64,
}

/// Where in the answer a thing and its names stand. Paths are names of fields with dots between them; lists on the way are looked through.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundRule {
    /// Where such things stand in what the root field gives; the field itself, if not said.
    #[serde(default)]
    pub at: String,
    /// Where its ids stand in it: what was asked for must be one of them.
    pub own: Vec<String>,
    /// By kind, where its names stand in it. All of them must be there.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Kinds of names that it has none of.
    #[serde(default)]
    pub never: Vec<String>,
    /// A field of it that says, if it is true, that it is named there and stands elsewhere.
    #[serde(default)]
    pub unless: Option<String>,
    /// By kind, where lists of names stand in it that say which parts of what it is of it acts on.
    #[serde(default)]
    pub parts: BTreeMap<String, Vec<String>>,
}

/// All names of a thing that the tool told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What all of it is called.
    whole: Box<[Resource]>,
    /// What it acts on of that, if not on all.
    parts: Box<[Resource]>,
    kinds: Box<[Box<str>]>,
}

impl Told {
    /// How much room it takes, in bytes.
    pub fn weight(&self) -> usize {
        let names: usize = self.whole.iter().chain(&self.parts).map(|name| size_of_val(name) + name.name().len()).sum();
        size_of_val(self) + names + self.kinds.iter().map(|kind| size_of_val(kind) + kind.len()).sum::<usize>()
    }

    /// Whether it is a name of all of the thing, and not of one part among several.
    fn is_whole(&self, name: &Resource) -> bool {
        self.whole.contains(name) || self.parts.len() < 2
    }
}

/// Targets that all that is told of what one request names may come to. Whoever has more of it must be allowed everything.
const TARGETS: usize = 1000;

impl TellRule {
    fn lists(&self) -> bool {
        !self.ask.contains(question::ID)
    }
}

fn id_type() -> String {
    "ID!".to_owned()
}

fn moment() -> u64 {
    10
}

/// How a tool is asked, by kind.
pub type Tells = BTreeMap<String, TellRule>;

/// What is wrong with these rules, if anything is.
pub fn mistakes(tells: &Tells, kinds: &Kinds) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (kind, rule) in tells {
        let named =
            rule.found.iter().flat_map(|found| found.names.keys().chain(found.parts.keys()).chain(&found.never));
        let all = [kind].into_iter().chain(named).chain(&rule.by).chain(&rule.never);
        mistakes.extend(all.filter_map(|own| Some(format!("tells: {kind}: {}", kinds.mistake(own)?))));
        if rule.by.is_some() != rule.ask.is_empty() || rule.by.is_none() && rule.found.is_empty() {
            mistakes.push(format!("tells: {kind}: it says either `ask` and `found`, or `by`"));
        }
        if rule.by.as_ref().is_some_and(|by| tells.get(by).is_none_or(|other| other.by.is_some())) {
            mistakes.push(format!("tells: {kind}: `by` is no kind that can be asked for"));
        }
    }
    mistakes
}

impl Rules {
    /// The things that a request names by ids which the tool can be asked about.
    /// Those up to one more than `most`.
    pub fn asks(&self, intent: &Intent, most: usize) -> Vec<Resource> {
        let mut asks: Vec<Resource> = Vec::new();
        let things = intent.operations.iter().flat_map(|operation| match &operation.targets {
            Targets::These(things) => things.as_slice(),
            _ => &[],
        });
        for ask in things.filter(|thing| !thing.is_told()).filter_map(|thing| self.asked_for(thing)) {
            if !asks.contains(&ask) {
                asks.push(ask);
            }
            if asks.len() > most {
                break;
            }
        }
        asks
    }

    /// As what the tool is asked about a thing.
    fn asked_for(&self, thing: &Target) -> Option<Resource> {
        let own = thing.own_name()?;
        match &self.tells.get(own.kind())?.by {
            None => Some(own.clone()),
            Some(by) => {
                let (first, _) = own.name().split_once('/')?;
                // What is escaped is no id.
                (!first.is_empty() && !first.contains('%')).then(|| Resource::new(by, first))
            }
        }
    }

    /// For how long what was told of it holds.
    pub fn holds(&self, ask: &Resource) -> Duration {
        Duration::from_secs(self.tells.get(ask.kind()).map_or(0, |rule| rule.holds))
    }

    /// Whether one question about all things of this kind does, whatever their ids.
    pub fn lists(&self, kind: &str) -> bool {
        self.tells.get(kind).is_some_and(TellRule::lists)
    }

    /// What a request does, with all names that are known now; `None` where these are too many.
    pub fn with_told(&self, intent: &Intent, known: &dyn Fn(&Resource) -> Option<Arc<Told>>) -> Option<Intent> {
        let left = Cell::new(TARGETS);
        let told = |thing: &Target| -> Vec<Target> {
            let ask = self.asked_for(thing).filter(|_| !thing.is_told() && left.get() > 0);
            let Some((ask, told)) = ask.and_then(|ask| known(&ask).map(|told| (ask, told))) else {
                return vec![thing.clone()];
            };
            left.set(left.get().saturating_sub(told.parts.len().max(1)));
            if left.get() == 0 { Vec::new() } else { self.called(thing, &ask, &told) }
        };
        let operations = intent.operations.iter().map(|operation| match &operation.targets {
            Targets::These(things) => {
                Operation { targets: Targets::These(things.iter().flat_map(told).collect()), ..operation.clone() }
            }
            _ => operation.clone(),
        });
        let operations = operations.collect();
        (left.get() > 0).then(|| Intent { operations, ..intent.clone() })
    }

    /// A thing, by what was told of what the tool was asked about: itself, or the one that it is of.
    fn called(&self, thing: &Target, ask: &Resource, told: &Told) -> Vec<Target> {
        let rule = thing.own_name().and_then(|own| self.tells.get(own.kind()));
        let is_of = rule.and_then(|rule| rule.by.as_deref());
        let known = told.kinds.iter().map(AsRef::as_ref).chain(is_of);
        let known: Vec<&str> = known.chain(rule.iter().flat_map(|rule| &rule.never).map(String::as_str)).collect();
        let whole: Vec<Resource> = told.whole.iter().chain(is_of.map(|_| ask)).cloned().collect();
        let contradicts = |own: &Resource| {
            let mut names = told.whole.iter().chain(&told.parts);
            names.any(|name| name.kind() == own.kind() && name != own && told.is_whole(name))
        };
        if thing.names().iter().any(contradicts) {
            return vec![thing.clone()];
        }
        if told.parts.is_empty() {
            return vec![thing.also_called(&whole, &known)];
        }
        let mut names = whole.clone();
        let called = |part: &Resource| {
            names.truncate(whole.len());
            names.push(part.clone());
            thing.also_called(&names, &known)
        };
        told.parts.iter().map(called).collect()
    }
}
