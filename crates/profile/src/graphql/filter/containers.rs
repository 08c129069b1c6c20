//! What things stand in, and what is shown for the sake of what is in it: a location for one of its jobs.
//!
//! Whoever holds a single job may not view its location, and the tool's pages find nothing outside of one. So a container that may not be
//! viewed is shown all the same to whoever may view, for certain, one thing that is in it. Of itself it then tells only the fields that the
//! profile names, each; what is in it is judged thing by thing as ever. Nobody may do more because of it: a container is shown in answers,
//! and requests are judged without it. A denial of the container is one of all that is in it, so that it is not shown.
//!
//! What is in which, an answer does not tell: it holds what was asked for. The tool is asked that apart, for everybody together, and without
//! its word there is no container. A container is known by all names of what it stands in itself: a job of that name in another
//! location is another one, as is a location of that name.
//!
//! Must not know: how the tool is reached, for how long its word is kept. Look next: [`super::walk`] (what it leads to).

use ahash::{HashMap, HashSet};
use bytes::Bytes;
use doorward_domain::{Resource, Target};
use http::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::{
    contents::Contents,
    naming::target,
    sieve::VALUES,
    things::{Named, Names, Thing, ThingRule},
    types::{TypeId, Types},
};
use crate::graphql::json::{Kind, Tree, Value, quoted};
use crate::graphql::reading::JSON_DEPTH;
use crate::graphql::rules::Rules;
use crate::kinds::{KindId, KindSet, Kinds};
use crate::{Envelope, Misread};

/// Things that the tool tells of, at most.
const THINGS: usize = 100_000;

/// What is said of containers, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerRules {
    /// By type, the fields that are told of what is shown only for what is in it, and of what stands there that is no thing.
    pub tell: BTreeMap<String, Vec<String>>,
    /// Root fields of queries whose arguments name a container: they may be asked by whoever may view anything, and say something if that
    /// is shown.
    pub roots: Vec<String>,
    /// For how many seconds it holds what the tool says is in them.
    pub holds: u64,
    /// How it is asked that.
    pub asks: Vec<HeldRule>,
}

/// Where in the tool's answer things of a kind stand, and in them others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeldRule {
    /// A root field of a query; of the outermost.
    pub ask: String,
    /// Where such things stand in what is around them: names of fields with dots, lists are looked through.
    pub at: String,
    /// What kind of thing it is.
    pub kind: String,
    /// By kind, the field that holds such a name of it.
    pub names: BTreeMap<String, String>,
    /// A field of it which must say `false`, or it is only named there and stands elsewhere.
    pub unless: Option<String>,
    /// By kind, the names of what it is in as well.
    pub also_in: BTreeMap<String, String>,
    /// What is in it.
    pub has: Vec<HeldRule>,
}

/// The same, compiled.
#[derive(Debug, Default, PartialEq)]
pub struct Containers {
    tell: HashMap<TypeId, HashSet<Box<str>>>,
    /// Of what is told.
    kinds: KindSet,
    /// Those of them that stand in nothing.
    outermost: KindSet,
    pub(super) roots: HashSet<Box<str>>,
    pub(super) holds: u64,
    asks: Vec<(String, Held)>,
}

#[derive(Debug, PartialEq)]
struct Held {
    at: Vec<Box<str>>,
    thing: Thing,
    unless: Option<Box<str>>,
    also_in: Names,
    has: Vec<Held>,
}

impl ContainerRules {
    /// The kinds of things that are named.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        fn kinds<'r>(rule: &'r HeldRule, found: &mut Vec<&'r str>) {
            found.extend(
                [&rule.kind].into_iter().chain(rule.names.keys()).chain(rule.also_in.keys()).map(String::as_str),
            );
            rule.has.iter().for_each(|inner| kinds(inner, found));
        }
        let mut found = Vec::new();
        self.asks.iter().for_each(|rule| kinds(rule, &mut found));
        found.into_iter()
    }

    /// Compiles it, and adds all that is wrong.
    pub(super) fn compile(&self, types: &Types, kinds: &Kinds, mistakes: &mut Vec<String>) -> Containers {
        let mut containers = Containers {
            roots: self.roots.iter().map(|root| root.as_str().into()).collect(),
            holds: self.holds,
            ..Containers::default()
        };
        for (of, fields) in &self.tell {
            let Some(id) = types.id(of) else {
                mistakes.push(format!("filter: containers: there is no type `{of}`"));
                continue;
            };
            for field in fields.iter().filter(|field| types.field(id, field).is_none()) {
                mistakes.push(format!("filter: containers: there is no field `{of}.{field}`"));
            }
            if let Some(kind) = types.get(id).and_then(|own| own.thing.as_ref()).map(Thing::kind) {
                containers.kinds = containers.kinds.with(kind);
                if kinds.within(kind).is_empty() {
                    containers.outermost = containers.outermost.with(kind);
                }
            }
            containers.tell.insert(id, fields.iter().map(|field| field.as_str().into()).collect());
        }
        for rule in &self.asks {
            match rule.compile(kinds, &[]) {
                Ok(held) => containers.asks.push((rule.ask.clone(), held)),
                Err(mistake) => mistakes.push(format!("filter: containers: {}: {mistake}", rule.kind)),
            }
        }
        containers
    }
}

impl HeldRule {
    fn compile(&self, kinds: &Kinds, around: &[String]) -> Result<Held, String> {
        let id = |kind: &String| kinds.id(kind).ok_or_else(|| format!("`{kind}` is none of the `kinds`"));
        let thing = ThingRule {
            kind: self.kind.clone(),
            names: self.names.clone(),
            around: around.to_vec(),
            ..ThingRule::default()
        };
        let also_in = self.also_in.iter().map(|(kind, name)| Ok((id(kind)?, Resource::new(kind, name))));
        let inside = [around, &self.names.keys().cloned().collect::<Vec<_>>()].concat();
        Ok(Held {
            at: self.at.split('.').filter(|name| !name.is_empty()).map(Into::into).collect(),
            thing: thing.compile(kinds)?,
            unless: self.unless.as_deref().map(Into::into),
            also_in: also_in.collect::<Result<_, String>>()?,
            has: self.has.iter().map(|rule| rule.compile(kinds, &inside)).collect::<Result<_, _>>()?,
        })
    }
}

impl Containers {
    /// Whether things of a type are shown for what is in them, or what is no thing is told of in them.
    pub(super) fn has_type(&self, of: TypeId) -> bool {
        self.tell.contains_key(&of)
    }

    /// Whether things of a kind may be.
    pub(super) fn has_kind(&self, kind: KindId) -> bool {
        self.kinds.has(kind)
    }

    /// Whether whoever holds things of these kinds may hold what is in a container and not the container.
    pub(super) fn matter_for<'k>(&self, kinds: &Kinds, mut held: impl Iterator<Item = &'k str>) -> bool {
        held.any(|kind| !kinds.id(kind).is_some_and(|kind| self.outermost.has(kind)))
    }

    /// Whether a field is told of what is shown only for what is in it.
    pub(super) fn tell(&self, of: TypeId, field: &str) -> bool {
        self.tell.get(&of).is_some_and(|fields| fields.contains(field))
    }

    /// What the tool is asked, if it is: a query.
    pub(super) fn question(&self) -> Option<String> {
        let mut fields = String::new();
        for (place, (ask, _)) in self.asks.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(fields, " c{place}: {ask}");
        }
        (!fields.is_empty()).then(|| format!("query Doorward{{{fields}}}"))
    }

    /// What the `data` of its answer says; nothing where that is too much.
    pub(super) fn read(&self, kinds: &Kinds, data: Value<'_>) -> Option<Contents> {
        let mut reading = Reading { kinds, contents: Contents::default() };
        for (place, (_, held)) in self.asks.iter().enumerate() {
            if let Some(field) = data.get(&format!("c{place}")) {
                reading.below(field, held, &held.at, &[]);
            }
        }
        (reading.contents.things() <= THINGS).then_some(reading.contents)
    }
}

struct Reading<'k> {
    kinds: &'k Kinds,
    contents: Contents,
}

impl Reading<'_> {
    fn below(&mut self, value: Value<'_>, held: &Held, at: &[Box<str>], around: &[(KindId, Resource)]) {
        match (value.kind(), at.split_first()) {
            (Kind::Array, _) => value.children().for_each(|item| self.below(item, held, at, around)),
            (Kind::Object, Some((name, rest))) => {
                if let Some(member) = value.get(name) {
                    self.below(member, held, rest, around);
                }
            }
            (Kind::Object, None) => self.thing(value, held, around),
            _ => {}
        }
    }

    fn thing(&mut self, object: Value<'_>, held: &Held, around: &[(KindId, Resource)]) {
        let says_no = |field: &str| object.get(field).is_some_and(|says| says.kind() == Kind::Bool(false));
        if self.contents.things() > THINGS || held.unless.as_deref().is_some_and(|unless| !says_no(unless)) {
            return;
        }
        let key = |place| held.thing.field(place).to_owned();
        let Some(Named { kind, names, never, .. }) = held.thing.read(self.kinds, object, &key, around) else { return };
        let place = self.contents.add(target(self.kinds, kind, &names, never, KindSet::default()));
        for container in self.kinds.within(kind) {
            self.is_in(place, *container, &names);
        }
        for also in &held.also_in {
            let mut whole = names.clone();
            whole.retain(|(kind, _)| *kind != also.0);
            whole.push(also.clone());
            self.is_in(place, also.0, &whole);
        }
        for inner in &held.has {
            self.below(object, inner, &inner.at, &names);
        }
    }

    fn is_in(&mut self, place: usize, container: KindId, names: &Names) {
        if let Some(name) = whole_name(self.kinds, container, names) {
            self.contents.is_in(place, name);
        }
    }
}

impl Rules {
    /// The question what is in which container, if anything is said of that.
    pub fn contents_question(&self) -> Option<Envelope> {
        let query = quoted(&self.filter.compiled()?.containers.question()?);
        let body = Bytes::from(format!("{{\"operationName\":\"Doorward\",\"query\":{query}}}"));
        Some(Envelope { method: Method::POST, path_and_query: self.path.clone(), body })
    }

    /// What the answer to that says. Of what the tool failed at it says nothing.
    pub fn contents(&self, answer: &[u8]) -> Result<Contents, Misread> {
        let unreadable = || Misread::new("bad_answer", "The app's answer cannot be read.");
        let text = std::str::from_utf8(answer).map_err(|_| unreadable())?.to_owned();
        let tree = Tree::read_up_to(text, JSON_DEPTH, VALUES).map_err(|_| unreadable())?;
        let data = tree.root().and_then(|root| root.get("data")).filter(|data| data.kind() == Kind::Object);
        let filter = self.filter.compiled().ok_or_else(unreadable)?;
        filter.containers.read(&filter.kinds, data.ok_or_else(unreadable)?).ok_or_else(unreadable)
    }

    /// For how long that holds.
    pub fn contents_hold(&self) -> Duration {
        Duration::from_secs(self.filter.compiled().map_or(0, |filter| filter.containers.holds))
    }
}

/// What names a thing beside all others: its own name and those of all it stands in. Nothing where one is not told.
pub(super) fn whole_name(kinds: &Kinds, kind: KindId, names: &Names) -> Option<Box<[Resource]>> {
    let own = |kind: &KindId| names.iter().find(|(own, _)| own == kind).map(|(_, name)| name.clone());
    kinds.within(kind).iter().chain([&kind]).map(own).collect()
}

/// Of which kind the thing is that a request names, and its names.
pub(super) fn named(kinds: &Kinds, thing: &Target) -> Option<(KindId, Names)> {
    let names: Option<Names> = thing.names().iter().map(|name| Some((kinds.id(name.kind())?, name.clone()))).collect();
    let names = names?;
    Some((names.last()?.0, names))
}
