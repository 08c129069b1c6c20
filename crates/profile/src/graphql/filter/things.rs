//! How a thing in an answer is named: by which of its fields, and by which names of what is around it.

use ahash::HashMap;
use doorward_domain::Resource;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::json::{Kind, Value};
use crate::kinds::{KindId, KindSet, Kinds, LONGEST_NAME, escape};

/// Parts of one thing, at most.
const PARTS: usize = 1000;

/// How things of a type are named, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThingRule {
    /// What kind of thing it is.
    pub kind: String,
    /// By kind, the field that holds such a name of it: `repositoryOrigin.repositoryName`, or `assetKey{path}` of a name in parts.
    pub names: BTreeMap<String, String>,
    /// Kinds of names that it has from what it stands in.
    pub around: Vec<String>,
    /// By kind, fields that hold lists of what it consists of.
    pub parts: BTreeMap<String, Vec<String>>,
    /// Whether its own names do not tell where its parts are, and their list does.
    pub parts_are_listed: bool,
    /// Kinds of names that it has none of.
    pub never: Vec<String>,
    /// A field by whose value it is a thing of another kind.
    pub told_by: Option<String>,
    /// Those kinds, by value.
    #[serde(rename = "as")]
    pub as_kind: BTreeMap<String, String>,
}

/// The same, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    kind: KindId,
    names: Vec<(KindId, Path)>,
    around: KindSet,
    never: KindSet,
    parts: Vec<(KindId, Path)>,
    parts_are_listed: bool,
    told_by: Option<(Path, HashMap<Box<str>, KindId>)>,
    /// What is asked for: selections of one field each.
    asks: Vec<String>,
}

/// Where a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path {
    /// In which of what is asked for.
    ask: usize,
    below: Box<[Box<str>]>,
    /// Whether it is a list of parts, and in which field of what stands there.
    parts: Parts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Parts {
    None,
    /// What stands there is the list.
    Here,
    /// It is in this field.
    In(Box<str>),
}

/// Names of one thing, each kind once.
pub type Names = Vec<(KindId, Resource)>;

/// What an object is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What kind of thing it is.
    pub kind: KindId,
    /// Its names.
    pub names: Names,
    /// Kinds of names that it has none of.
    pub never: KindSet,
    /// The parts it consists of, if that matters.
    pub parts: Names,
}

impl ThingRule {
    /// Compiles it, or says what is wrong.
    pub fn compile(&self, kinds: &Kinds) -> Result<Thing, String> {
        let id = |kind: &String| kinds.id(kind).ok_or_else(|| format!("`{kind}` is none of the `kinds`"));
        let mut asks = Asks::default();
        let mut names = Vec::new();
        for (kind, path) in &self.names {
            names.push((id(kind)?, asks.path(path)?));
        }
        // What it stands in comes first: names are put together from those.
        names.sort_by_key(|(kind, _)| (kinds.within(*kind).len(), *kind));
        let mut parts = Vec::new();
        for (kind, paths) in &self.parts {
            for path in paths {
                parts.push((id(kind)?, asks.path(path)?));
            }
        }
        let by_value = self.as_kind.iter().map(|(value, kind)| Ok((value.as_str().into(), id(kind)?)));
        let by_value: HashMap<Box<str>, KindId> = by_value.collect::<Result<_, String>>()?;
        let told_by = self.told_by.as_ref().map(|path| Ok::<_, String>((asks.path(path)?, by_value))).transpose()?;
        let set = |kinds: &[String]| kinds.iter().map(id).collect::<Result<KindSet, String>>();
        Ok(Thing {
            kind: id(&self.kind)?,
            names,
            around: set(&self.around)?,
            never: set(&self.never)?,
            parts,
            parts_are_listed: self.parts_are_listed,
            told_by,
            asks: asks.0.into_iter().map(|(field, below)| format!("{field}{}", below.text())).collect(),
        })
    }
}

impl Thing {
    /// What is asked for beside what the client asks for, each under a key of ours.
    pub fn asks(&self, key: &dyn Fn(usize) -> String) -> String {
        self.asks.iter().enumerate().fold(String::new(), |mut text, (place, ask)| {
            let _ = write!(text, " {}:{ask}", key(place));
            text
        })
    }

    /// In which field what is asked for at this place stands, without a key of ours.
    pub fn field(&self, place: usize) -> &str {
        let ask = self.asks.get(place).map_or("", String::as_str);
        ask.split_once('{').map_or(ask, |(field, _)| field)
    }

    /// Whether its names are complete only with those of the list of things of this kind.
    pub fn needs_list(&self, of: KindId) -> bool {
        self.kind == of || self.parts_are_listed && self.parts.iter().any(|(kind, _)| *kind == of)
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> KindId {
        self.kind
    }

    /// What an object is named; nothing if it has not even its own name.
    pub fn read(
        &self,
        kinds: &Kinds,
        object: Value<'_>,
        key: &dyn Fn(usize) -> String,
        around: &[(KindId, Resource)],
    ) -> Option<Named> {
        let kind = match &self.told_by {
            Some((path, kinds)) => *kinds.get(&*path.name(object, key)?)?,
            None => self.kind,
        };
        let as_kind = |own: KindId| if own == self.kind { kind } else { own };
        let mut names: Names = around.iter().filter(|(kind, _)| self.around.has(*kind)).cloned().collect();
        for (own, path) in &self.names {
            let own = as_kind(*own);
            let Some(text) = path.name(object, key) else { continue };
            let whole: Vec<(KindId, &str)> = names.iter().map(|(kind, name)| (*kind, name.name())).collect();
            let whole = kinds.name(own, &text, &whole);
            names.retain(|(kind, _)| *kind != own);
            names.extend(whole.map(|name| (own, name)));
        }
        let mut parts = Vec::new();
        for (part, path) in &self.parts {
            let mut is_clear = true;
            path.each(object, key, &mut |text| {
                is_clear &= text.is_some() && parts.len() < PARTS;
                parts.extend(text.map(|text| (*part, Resource::new(kinds.name_of(*part), &text))));
            });
            if !is_clear {
                return None;
            }
        }
        let has_own = names.iter().any(|(own, _)| *own == kind);
        has_own.then_some(Named { kind, names, never: self.never, parts })
    }
}

impl Path {
    fn name(&self, object: Value<'_>, key: &dyn Fn(usize) -> String) -> Option<String> {
        let mut names = Vec::new();
        self.each(object, key, &mut |text| names.push(text));
        let first = names.pop().flatten();
        first.filter(|_| names.is_empty())
    }

    /// Every name that stands there, through all lists; nothing for what is `null`, and `None` for what is no name.
    fn each(&self, object: Value<'_>, key: &dyn Fn(usize) -> String, found: &mut dyn FnMut(Option<String>)) {
        if let Some(value) = object.get(&key(self.ask)) {
            self.below(value, &self.below, found);
        }
    }

    fn below(&self, value: Value<'_>, below: &[Box<str>], found: &mut dyn FnMut(Option<String>)) {
        match (value.kind(), below.split_first()) {
            (Kind::Null, _) => {}
            (Kind::Array, None) if self.parts == Parts::Here => found(joined(value)),
            (Kind::Array, _) => value.children().for_each(|item| self.below(item, below, found)),
            (Kind::Object, Some((name, rest))) => {
                if let Some(member) = value.get(name) {
                    self.below(member, rest, found);
                }
            }
            (Kind::String, None) if self.parts == Parts::None => found(value.as_str().and_then(|text| name(&text))),
            (_, None) => found(match &self.parts {
                Parts::In(field) => value.get(field).and_then(joined),
                Parts::None | Parts::Here => None,
            }),
            _ => found(None),
        }
    }
}

fn name(text: &str) -> Option<String> {
    (1..=LONGEST_NAME).contains(&text.len()).then(|| text.to_owned())
}

/// A name that is written in parts.
fn joined(parts: Value<'_>) -> Option<String> {
    let mut key = String::new();
    for (place, part) in Some(parts).filter(|parts| parts.kind() == Kind::Array)?.children().enumerate() {
        if place > 0 {
            key.push('/');
        }
        escape(&mut key, &part.as_str()?, "/");
    }
    name(&key)
}

/// What is asked for, by the field it begins with; and below each.
#[derive(Debug, Default)]
struct Asks(Vec<(Box<str>, Self)>);

impl Asks {
    fn path(&mut self, text: &str) -> Result<Path, String> {
        let wrong = || format!("`{text}` is no path");
        let (path, parts) = match text.split_once('{') {
            Some(("", list)) => (list.strip_suffix('}').ok_or_else(wrong)?, Parts::Here),
            Some((path, list)) => (path, Parts::In(list.strip_suffix('}').ok_or_else(wrong)?.into())),
            None => (text, Parts::None),
        };
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        let mut names: Vec<&str> = path.split('.').collect();
        let below = names.iter().skip(1).map(|name| Box::from(*name)).collect();
        if let Parts::In(list) = &parts {
            names.push(list);
        }
        if !names.iter().all(|name| is_name(name)) {
            return Err(wrong());
        }
        self.add(&names);
        let first = names.first().copied().unwrap_or_default();
        let ask = self.0.iter().position(|(own, _)| **own == *first).unwrap_or_default();
        Ok(Path { ask, below, parts })
    }

    fn add(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else { return };
        if let Some((_, below)) = self.0.iter_mut().find(|(own, _)| **own == **first) {
            return below.add(rest);
        }
        let mut below = Self::default();
        below.add(rest);
        self.0.push(((*first).into(), below));
    }

    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let fields: Vec<String> = self.0.iter().map(|(name, below)| format!("{name}{}", below.text())).collect();
        format!("{{{}}}", fields.join(" "))
    }
}
