//! The kinds of things a tool has, and by which kinds of names each of them goes.
//!
//! A job is in a repository, which is in a location: who may run what is in the location may run the job. A run is of a job, but a request
//! tells its id only. What a thing is also called and the request does not tell is *untold*: no grant and no denial of such a kind of name
//! can be judged from the request alone.
//!
//! Must not know: how names are found (rules, [`crate::graphql::targets`]). A profile that says no kinds may use any, and none has others.

use doorward_domain::{Resource, Target};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// A longer name is not told, in bytes: nobody honest has one, and what is judged is never cut short.
pub const LONGEST_NAME: usize = 1024;

/// Stands for a kind where an argument names a thing in a way that nobody can judge.
pub const UNKNOWN: &str = "unknown";

/// A kind as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KindText {
    /// What it stands in, outermost first: requests tell these beside its own name.
    #[serde(rename = "in")]
    within: Vec<String>,
    /// By which other kinds of names it goes, that requests do not tell.
    also: Vec<String>,
    /// How its name is put together, if its own is not enough: `{repository}@{location}`.
    named: Option<String>,
}

/// A kind, by its place among all of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindId(u8);

/// Kinds, by their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindSet(u64);

/// All kinds of a tool, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds(Arc<[Kind]>);

/// More kinds no tool has.
const MOST: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind {
    name: Box<str>,
    within: Vec<KindId>,
    /// Literal text and, in turn, kinds.
    named: Option<Vec<Part>>,
    /// Characters that hold names together.
    reserved: Box<str>,
    /// All other kinds of names it goes by.
    others: KindSet,
    other_names: Arc<[Box<str>]>,
    none: Arc<[Box<str>]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Name(KindId),
}

impl KindSet {
    /// Whether a kind is among them.
    pub const fn has(self, kind: KindId) -> bool {
        self.0 >> kind.0 & 1 == 1
    }

    /// Whether all of those are among them.
    pub const fn has_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, kind: KindId) -> Self {
        Self(self.0 | 1 << kind.0)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl FromIterator<KindId> for KindSet {
    fn from_iter<I: IntoIterator<Item = KindId>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::default(), Self::with)
    }
}

impl Kinds {
    /// Checks and compiles what is written, or says all that is wrong.
    pub fn compile(texts: &BTreeMap<String, KindText>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        if texts.len() > MOST {
            return Err(vec![format!("kinds: there are more than {MOST}")]);
        }
        let id = |name: &str| place(texts.keys().position(|own| own == name)?);
        let ids = |names: &[String]| names.iter().filter_map(|name| id(name)).collect::<Vec<_>>();
        let mut kinds = Vec::new();
        for (name, text) in texts {
            if !is_kind(name) {
                mistakes.push(format!("kinds: `{name}` cannot name a kind: use a-z and _"));
            }
            for other in text.within.iter().chain(&text.also) {
                let is_twice = text.within.iter().chain(&text.also).filter(|own| *own == other).count() > 1;
                if other == name || is_twice {
                    mistakes.push(format!("kinds: `{name}` names `{other}` more than once"));
                } else if !texts.contains_key(other) {
                    mistakes.push(format!("kinds: `{name}` goes by `{other}`, which is no kind"));
                }
            }
            let named = text.named.as_deref().map(|named| parts(name, named, &text.within, id)).transpose();
            let named = named.map_err(|mistake| mistakes.push(mistake)).unwrap_or_default();
            let others = text.within.iter().chain(&text.also);
            kinds.push(Kind {
                name: name.as_str().into(),
                within: ids(&text.within),
                reserved: named.iter().flatten().filter_map(Part::text).collect(),
                named,
                others: others.clone().filter_map(|name| id(name)).collect(),
                other_names: others.map(|name| name.as_str().into()).collect(),
                none: Arc::default(),
            });
        }
        if mistakes.is_empty() { Ok(Self(kinds.into())) } else { Err(mistakes) }
    }

    /// These; of a profile that says none, all that are named.
    #[must_use]
    pub fn or_named<'k>(&self, named: impl Iterator<Item = &'k str>) -> Self {
        if !self.0.is_empty() {
            return self.clone();
        }
        let texts = named.map(|name| (name.to_owned(), KindText::default())).collect();
        Self::compile(&texts).unwrap_or_default()
    }

    /// All of them.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|kind| &*kind.name).collect()
    }

    /// The kind of that name.
    pub fn id(&self, kind: &str) -> Option<KindId> {
        place(self.0.binary_search_by(|own| (*own.name).cmp(kind)).ok()?)
    }

    /// What is wrong with naming things of this kind, if anything is.
    pub fn mistake(&self, kind: &str) -> Option<String> {
        let is_known = self.0.is_empty() || self.id(kind).is_some();
        (!is_known).then(|| format!("`{kind}` is none of the `kinds`: {}", self.names().join(", ")))
    }

    fn get(&self, kind: KindId) -> Option<&Kind> {
        self.0.get(usize::from(kind.0))
    }

    /// Its name.
    pub fn name_of(&self, kind: KindId) -> &str {
        self.get(kind).map_or("", |kind| &kind.name)
    }

    /// What a thing of this kind stands in, outermost first.
    pub fn within(&self, kind: KindId) -> &[KindId] {
        self.get(kind).map_or(&[], |kind| &kind.within)
    }

    /// All kinds of names that a thing of this kind goes by.
    pub fn goes_by(&self, kind: KindId) -> KindSet {
        self.get(kind).map_or_else(KindSet::default, |kind| kind.others).with(kind)
    }

    /// Whether names of this kind are put together from several.
    pub fn is_put_together(&self, kind: &str) -> bool {
        self.id(kind).and_then(|kind| self.get(kind)).is_some_and(|kind| kind.named.is_some())
    }

    /// The whole name of a thing, given its own name and those of what it stands in; `None` when one is missing that belongs to it.
    pub fn name(&self, kind: KindId, own: &str, around: &[(KindId, &str)]) -> Option<Resource> {
        let Kind { name: kind_name, named, reserved, .. } = self.get(kind)?;
        let Some(parts) = named else { return Some(Resource::new(kind_name, own)) };
        let mut name = String::with_capacity(64);
        for part in parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Name(of) if *of == kind => escape(&mut name, own, reserved),
                Part::Name(of) => escape(&mut name, around.iter().find(|(kind, _)| kind == of)?.1, reserved),
            }
        }
        Some(Resource::new(kind_name, &name))
    }

    /// The thing of this kind with these names, outermost first, which are of the kinds `told`, and which moreover stands for things of the
    /// kinds it `reaches`.
    pub fn target(&self, kind: KindId, names: Vec<Resource>, told: KindSet, reaches: KindSet) -> Target {
        let Some(Kind { others, other_names, none, .. }) = self.get(kind) else { return Target::told(names) };
        let untold = others.0 & !told.0 | reaches.0 & !told.0;
        let untold = match untold {
            0 => Arc::clone(none),
            all if all == others.0 => Arc::clone(other_names),
            some => {
                let is_among = |(place, _): &(usize, &Kind)| some >> place & 1 == 1;
                self.0.iter().enumerate().filter(is_among).map(|(_, kind)| kind.name.clone()).collect()
            }
        };
        Target::new(names, untold)
    }
}

impl Part {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Name(_) => None,
        }
    }
}

fn place(place: usize) -> Option<KindId> {
    u8::try_from(place).ok().map(KindId)
}

/// A part of a name that is put together: what holds it together, and what marks an escape, is escaped.
pub fn escape(name: &mut String, part: &str, reserved: &str) {
    if !part.contains(|letter| letter == '%' || reserved.contains(letter)) {
        name.push_str(part);
        return;
    }
    for letter in part.chars() {
        match letter {
            '%' => name.push_str("%25"),
            '/' if reserved.contains('/') => name.push_str("%2F"),
            '@' if reserved.contains('@') => name.push_str("%40"),
            ':' if reserved.contains(':') => name.push_str("%3A"),
            _ => name.push(letter),
        }
    }
}

fn is_kind(name: &str) -> bool {
    !name.is_empty() && name != UNKNOWN && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn parts(kind: &str, named: &str, within: &[String], id: impl Fn(&str) -> Option<KindId>) -> Result<Vec<Part>, String> {
    let wrong = |what: &str| format!("kinds: `named` of `{kind}` {what}");
    let (mut parts, mut rest) = (Vec::new(), named);
    while let Some((before, from)) = rest.split_once('{') {
        let (name, after) = from.split_once('}').ok_or_else(|| wrong("has a brace that is not closed"))?;
        if name != kind && !within.iter().any(|own| own == name) {
            return Err(wrong(&format!("names `{name}`, which it is not in")));
        }
        let is_apart = !before.is_empty() && before.bytes().all(|byte| b"/@:".contains(&byte));
        let is_first = parts.is_empty() && before.is_empty();
        if !(is_apart || is_first) {
            return Err(wrong("must have `/`, `@` or `:` between its names"));
        }
        if is_apart {
            parts.push(Part::Text(before.into()));
        }
        parts.extend(id(name).map(Part::Name));
        rest = after;
    }
    let names_itself = parts.iter().any(|part| matches!(part, Part::Name(name) if Some(*name) == id(kind)));
    if rest.is_empty() && names_itself { Ok(parts) } else { Err(wrong("must hold its own name, and end with a name")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Result<Kinds, Vec<String>> {
        Kinds::compile(&crate::yaml::from_str(text).unwrap())
    }

    #[test]
    fn a_name_that_is_put_together_is_no_other_ones() {
        let kinds = kinds("{location: {}, repository: {in: [location], named: '{repository}@{location}'}}").unwrap();
        let (repository, location) = (kinds.id("repository").unwrap(), kinds.id("location").unwrap());
        let name = |own, around| kinds.name(repository, own, &[(location, around)]).unwrap().to_string();
        assert_eq!(name("main", "etl"), "repository:main@etl");
        assert_eq!(name("a@b", "c"), "repository:a%40b@c");
        assert_eq!(name("a", "b@c"), "repository:a@b%40c");
        assert_eq!(name("a%40b", "c"), "repository:a%2540b@c");
        assert_eq!(kinds.name(repository, "main", &[]), None);
        assert_eq!(kinds.name(location, "a@b", &[]).unwrap().as_str(), "location:a@b");
    }

    #[test]
    fn what_is_told_is_not_untold() {
        let kinds = kinds("{location: {}, job: {in: [location]}, asset: {}, run: {also: [location, job]}}").unwrap();
        let untold = |kind: &str, told: &[&str], reaches: &[&str]| {
            let set = |names: &[&str]| names.iter().filter_map(|name| kinds.id(name)).collect();
            let names = told.iter().map(|kind| Resource::new(kind, "x")).collect();
            let target = kinds.target(kinds.id(kind).unwrap(), names, set(told), set(reaches));
            kinds.names().into_iter().filter(|kind| target.may_be_called(kind)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(untold("run", &["run"], &[]), "job location");
        assert_eq!(untold("job", &["location", "job"], &[]), "");
        assert_eq!(untold("job", &["job"], &["asset"]), "asset location");
        assert_eq!(untold("asset", &["job", "asset"], &["asset", "job"]), "");
    }

    #[test]
    fn mistakes_are_told() {
        let told = |text: &str| kinds(text).unwrap_err().join("; ");
        insta::assert_snapshot!(told("{Job: {}, unknown: {}, a: {in: [b, a]}, c: {in: [a], also: [a]}}"), @"kinds: `Job` cannot name a kind: use a-z and _; kinds: `a` goes by `b`, which is no kind; kinds: `a` names `a` more than once; kinds: `c` names `a` more than once; kinds: `c` names `a` more than once; kinds: `unknown` cannot name a kind: use a-z and _");
        for named in ["{a}@{c}", "{a}{b}", "{b}", "x{a}", "{a", "{a}@", ""] {
            assert!(kinds(&format!("{{b: {{}}, c: {{}}, a: {{in: [b], named: '{named}'}}}}")).is_err(), "{named}");
        }
    }
}
