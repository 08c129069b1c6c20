//! Which arguments and input fields name things, as data.

use ahash::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::kinds::{KindId, Kinds, UNKNOWN};

/// What an argument or input field names, as it is written: `runId: run`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum NameText {
    Kind(String),
    Full(NameRule),
}

/// What an argument or input field names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRule {
    /// The kind of thing; [`UNKNOWN`] when nobody can judge what it names.
    pub kind: String,
    /// In a selector that names one thing of this kind it says that only these parts of it are meant.
    #[serde(default)]
    pub narrows: Option<String>,
    /// A list is one name, in parts, and not many names.
    #[serde(default)]
    pub parts: bool,
    /// The kind, if what it names can be judged.
    #[serde(skip)]
    pub id: Option<KindId>,
    /// The kind that it narrows.
    #[serde(skip)]
    pub narrows_id: Option<KindId>,
}

/// All that name things, by name; `field.name` is only the argument `name` of that field, or the input field `name` directly in an argument
/// or input field of that name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "BTreeMap<String, NameText>")]
pub struct Names {
    written: BTreeMap<String, NameRule>,
    by_name: HashMap<Box<str>, Entry>,
    /// What stands before a dot.
    qualifiers: HashSet<Box<str>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    anywhere: Option<NameRule>,
    under: Vec<(Box<str>, NameRule)>,
}

/// Where an argument or input field stands.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// The field whose argument it is, or is in.
    pub field: &'a str,
    /// What it stands directly in.
    pub parent: &'a str,
}

impl From<BTreeMap<String, NameText>> for Names {
    fn from(texts: BTreeMap<String, NameText>) -> Self {
        let rule = |text| match text {
            NameText::Kind(kind) => NameRule { kind, narrows: None, parts: false, id: None, narrows_id: None },
            NameText::Full(rule) => rule,
        };
        let written: BTreeMap<String, NameRule> = texts.into_iter().map(|(name, text)| (name, rule(text))).collect();
        let mut by_name: HashMap<Box<str>, Entry> = HashMap::default();
        for (written, rule) in &written {
            match written.split_once('.') {
                Some((parent, name)) => {
                    by_name.entry(name.into()).or_default().under.push((parent.into(), rule.clone()));
                }
                None => by_name.entry(written.as_str().into()).or_default().anywhere = Some(rule.clone()),
            }
        }
        let qualifiers = written.keys().filter_map(|name| Some(name.split_once('.')?.0.into())).collect();
        Self { written, by_name, qualifiers }
    }
}

impl Names {
    /// What it names at this spot.
    pub fn find(&self, at: Spot<'_>, name: &str) -> Option<&NameRule> {
        let entry = self.by_name.get(name)?;
        let under = |parent: &str| entry.under.iter().find(|(own, _)| **own == *parent).map(|(_, rule)| rule);
        under(at.parent).or_else(|| under(at.field)).or(entry.anywhere.as_ref())
    }

    /// The same, of these kinds.
    #[must_use]
    pub fn of_kinds(mut self, kinds: &Kinds) -> Self {
        for entry in self.by_name.values_mut() {
            for rule in entry.anywhere.iter_mut().chain(entry.under.iter_mut().map(|(_, rule)| rule)) {
                rule.id = kinds.id(&rule.kind);
                rule.narrows_id = rule.narrows.as_ref().and_then(|kind| kinds.id(kind));
            }
        }
        self
    }

    /// The name of what other names stand in, if that makes a difference to what they name; else nothing.
    pub fn qualifier(&self, name: &str) -> &str {
        self.qualifiers.get(name).map_or("", AsRef::as_ref)
    }

    /// As they are written.
    pub fn written(&self) -> impl Iterator<Item = (&str, &NameRule)> {
        self.written.iter().map(|(name, rule)| (name.as_str(), rule))
    }
}

impl NameRule {
    /// The kind, if what it names can be judged.
    pub fn kind(&self) -> Option<&str> {
        Some(self.kind.as_str()).filter(|kind| *kind != UNKNOWN)
    }
}
