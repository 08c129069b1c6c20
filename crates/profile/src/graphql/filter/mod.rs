//! Taking out of the tool's answers what somebody may not view.
//!
//! A profile says of which types the results are ([`types`]), and how each thing in them is named ([`things`]). Of a request that somebody
//! sends who may not view everything, [`asking`] asks for those names beside what the client asks for, and [`walk`] goes through the answer
//! with them: what may not be viewed is gone from lists, is `null` where that may stand, takes with it what cannot do without it, and is what
//! the tool says of things that there are not where it has words for that.
//!
//! What nobody has looked at is not passed on: a document that asks for any of it cannot be filtered, and whoever has to do without filtering
//! is refused. Strings are not looked into: what things say of themselves, they say to whoever may view them.
//!
//! Must not know: who asks, and what they may. Look next: `rules` of the profile, `doorward_service::gate` (who is asked).

mod asking;
mod collect;
mod compiled;
pub mod containers;
mod contents;
pub mod flags;
mod kept;
mod naming;
mod onlooker;
mod outside;
mod siblings;
mod sieve;
mod things;
mod types;
mod walk;

pub use contents::{Contents, ShownContainers};
pub use flags::{AnswerFlags, FlagStream};
pub use onlooker::Onlooker;
pub use sieve::{AnswerFilter, Sieve};

use ahash::{HashMap, HashMapExt, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::kinds::{KindId, KindSet, Kinds};
use compiled::Compiled;
use containers::{ContainerRules, Containers};
use things::ThingRule;
use types::{NotFound, Told, TypeId, Types};

/// The types of the results of Dagster, as somebody has looked at them.
const DAGSTER: &str = include_str!("../../../../../profiles/dagster.types");

/// What is said of the tool's answers, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilterRules {
    /// The types of its results, a line each; or `dagster`, for those that Doorward knows.
    pub types: String,
    /// Root fields of queries that show things which name themselves: they may be asked by whoever may view anything.
    pub roots: Vec<String>,
    /// The same, unless their arguments name anything.
    pub lists: Vec<String>,
    /// Of such fields, the arguments that are any text, compared with all names there are: what does not show would be told, letter by
    /// letter, by what it leaves out. They may be given by who may view everything.
    pub compared: BTreeMap<String, Vec<String>>,
    /// Fields of queries whose arguments name things that are looked up among those listed: what they show is judged by that.
    pub looked_up: Vec<String>,
    /// By type, how things in answers are named.
    pub things: BTreeMap<String, ThingRule>,
    /// Fields whose texts name things.
    pub names: BTreeMap<String, FieldName>,
    /// Fields of which nothing is told.
    pub hidden: Vec<String>,
    /// Fields that are told only of what stands in a thing.
    pub inside: Vec<String>,
    /// Fields that say where the next page begins, and the field beside that says whether there is one: without one they say nothing.
    pub pages: BTreeMap<String, String>,
    /// Fields that show whatever they are asked for by number, and the field by which what they show is known to be of what it stands in:
    /// both begin alike, up to a colon, and are asked for.
    pub alike: BTreeMap<String, String>,
    /// Root fields that count, and what they count.
    pub counts: BTreeMap<String, CountRule>,
    /// By type that may be one of several, what is given where there is nothing of that name.
    pub not_found: BTreeMap<String, NotFoundRule>,
    /// Where things are listed that others name by their own name alone.
    pub listed: Option<ListedRule>,
    /// What is shown for what is in it.
    pub containers: ContainerRules,
    /// All of it, compiled, once somebody needs it.
    #[serde(skip)]
    compiled: Compiled,
}

/// What texts in a field name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldName {
    /// The kind of thing.
    pub kind: String,
    /// Kinds of names that it has from what it stands in.
    #[serde(default)]
    pub around: Vec<String>,
}

/// What a root field counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRule {
    /// The field that holds the count, of the type of its result: `RunsFeedCount.count`.
    pub at: String,
    /// A root field that lists what is counted, given the same arguments, and these.
    pub by: String,
    /// More arguments of that: `limit: 500`.
    pub more: String,
    /// The type of its result, and in that the list.
    pub of: String,
}

/// What is given where there is nothing of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotFoundRule {
    /// Its type.
    pub is: String,
    /// What it says.
    pub says: String,
}

/// Where things of a kind are listed with all their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedRule {
    /// A root field of queries that needs no arguments.
    pub by: String,
    /// The type of what it lists.
    pub of: String,
}

/// What is said of the tool's answers, compiled.
#[derive(Debug, PartialEq)]
pub struct Filter {
    kinds: Kinds,
    types: Types,
    roots: HashSet<Box<str>>,
    lists: HashSet<Box<str>>,
    compared: HashMap<Box<str>, HashSet<Box<str>>>,
    looked_up: HashSet<Box<str>>,
    listed: Option<Listed>,
    counts: HashMap<Box<str>, Count>,
    containers: Containers,
}

/// What a root field counts.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    by: Box<str>,
    more: Box<str>,
    /// The object that holds the list, and the field.
    of: TypeId,
    field: Box<str>,
    /// What may be in the list.
    items: TypeId,
}

#[derive(Debug, PartialEq, Eq)]
struct Listed {
    by: Box<str>,
    of: TypeId,
    kind: KindId,
}

impl FilterRules {
    /// Whether anything is said.
    pub fn is_any(&self) -> bool {
        !self.types.is_empty()
    }

    /// The kinds of things that are named.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let things = self.things.values().flat_map(|rule| {
            let others = rule.around.iter().chain(&rule.never).chain(rule.as_kind.values());
            [&rule.kind].into_iter().chain(rule.names.keys()).chain(rule.parts.keys()).chain(others)
        });
        let names = self.names.values().flat_map(|rule| [&rule.kind].into_iter().chain(&rule.around));
        things.chain(names).map(String::as_str).chain(self.containers.kinds())
    }

    fn compile(&self, kinds: &Kinds) -> Result<Filter, Vec<String>> {
        let text = if self.types.trim() == "dagster" { DAGSTER } else { &self.types };
        let mut types = Types::read(text)?;
        let mut mistakes = Vec::new();
        self.things(&mut types, kinds, &mut mistakes);
        self.fields(&mut types, kinds, &mut mistakes);
        for (of, rule) in &self.not_found {
            let (of_id, is) = (types.id(of), types.id(&rule.is));
            match (of_id.and_then(|id| types.possible(id).into_iter().find(|own| Some(*own) == is)), of_id) {
                (Some(is), Some(id)) => {
                    let not_found = NotFound { is, says: rule.says.as_str().into() };
                    types.get_mut(id).into_iter().for_each(|own| own.not_found = Some(not_found.clone()));
                }
                _ => mistakes.push(format!("filter: not_found: `{of}` is never `{}`", rule.is)),
            }
        }
        let listed = self.listed.as_ref().and_then(|rule| {
            let of = types.id(&rule.of).and_then(|id| Some((id, types.get(id)?.thing.as_ref()?.kind())));
            if of.is_none() {
                mistakes.push(format!("filter: listed: nothing says how `{}` is named", rule.of));
            }
            of.map(|(of, kind)| Listed { by: rule.by.as_str().into(), of, kind })
        });
        if listed.is_none() && !self.looked_up.is_empty() {
            mistakes.push("filter: looked_up: nothing is `listed`".to_owned());
        }
        for root in self.compared.keys().filter(|root| !self.roots.contains(root)) {
            mistakes.push(format!("filter: compared: `{root}` is none of the `roots`"));
        }
        for root in self.roots.iter().chain(&self.lists) {
            let has = |of: &&str| types.id(of).is_some_and(|id| types.field(id, root).is_some());
            if !["Query", "Subscription"].iter().any(has) {
                mistakes.push(format!("filter: roots: nothing says of what `{root}` is"));
            }
        }
        let set = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect::<HashSet<Box<str>>>();
        let compared = self.compared.iter().map(|(root, arguments)| (root.as_str().into(), set(arguments))).collect();
        let (roots, lists, looked_up) = (set(&self.roots), set(&self.lists), set(&self.looked_up));
        let counts = self.counts(&mut types, &mut mistakes);
        let containers = self.containers.compile(&types, kinds, &mut mistakes);
        let kinds = kinds.clone();
        if mistakes.is_empty() {
            Ok(Filter { kinds, types, roots, lists, compared, looked_up, listed, counts, containers })
        } else {
            Err(mistakes)
        }
    }

    fn counts(&self, types: &mut Types, mistakes: &mut Vec<String>) -> HashMap<Box<str>, Count> {
        let mut counts = HashMap::new();
        for (root, rule) in &self.counts {
            let count = rule.of.split_once('.').and_then(|(of, field)| {
                let of = types.id(of)?;
                let items = types.field(of, field)?.of?;
                Some(Count {
                    by: rule.by.as_str().into(),
                    more: rule.more.as_str().into(),
                    of,
                    field: field.into(),
                    items,
                })
            });
            let field = rule.at.split_once('.').and_then(|(of, field)| types.field_mut(types.id(of)?, field));
            match (count, field) {
                (Some(count), Some(field)) => {
                    field.told = Told::Count;
                    counts.insert(root.as_str().into(), count);
                }
                _ => mistakes.push(format!("filter: counts: {root}: `at` or `of` is no field")),
            }
        }
        counts
    }

    fn things(&self, types: &mut Types, kinds: &Kinds, mistakes: &mut Vec<String>) {
        for (name, rule) in &self.things {
            let own = types.id(name).and_then(|id| types.get_mut(id));
            match (own, rule.compile(kinds)) {
                (Some(own), Ok(thing)) => own.thing = Some(thing),
                (None, _) => mistakes.push(format!("filter: things: there is no type `{name}`")),
                (_, Err(mistake)) => mistakes.push(format!("filter: things: {name}: {mistake}")),
            }
        }
    }

    fn fields(&self, types: &mut Types, kinds: &Kinds, mistakes: &mut Vec<String>) {
        let id = |kind: &String| kinds.id(kind).ok_or_else(|| kind.clone());
        let named = self.names.iter().map(|(field, rule)| {
            let around = rule.around.iter().map(id).collect::<Result<KindSet, _>>();
            (field, id(&rule.kind).and_then(|kind| Ok(Told::Names(kind, around?))))
        });
        let hidden = self.hidden.iter().map(|field| (field, Ok(Told::Nothing)));
        let inside = self.inside.iter().map(|field| (field, Ok(Told::Inside)));
        let pages = self.pages.iter().map(|(field, more)| (field, Ok(Told::While(more.as_str().into()))));
        let alike = self.alike.iter().map(|(field, by)| (field, Ok(Told::Alike(by.as_str().into()))));
        for (name, told) in named.chain(hidden).chain(inside).chain(pages).chain(alike) {
            let field = name.split_once('.').and_then(|(of, field)| types.field_mut(types.id(of)?, field));
            match (field, told) {
                (Some(field), Ok(told)) => field.told = told,
                (None, _) => mistakes.push(format!("filter: there is no field `{name}`")),
                (_, Err(kind)) => mistakes.push(format!("filter: names: {name}: `{kind}` is none of the `kinds`")),
            }
        }
    }
}
