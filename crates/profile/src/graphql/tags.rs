//! Tags that a request gives to what it launches: most are people's own labels, and some make the tool count a run to another thing, or say
//! how and where it runs.
//!
//! A tool looks tags up by their keys, often in a database that takes several spellings for one: a key that is only nearly one that the
//! tool knows is nobody's own.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::{KindId, Kinds, UNKNOWN};

/// What a tag is that names nothing and steers nothing but what it is given to.
const NOTHING: &str = "nothing";

/// What tags are, by their keys.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TagRules {
    /// Name of the input field that holds a tag's key.
    pub key_field: String,
    /// Name of the input field that holds a tag's value.
    pub value_field: String,
    /// What the value names, by key: a kind, `unknown` or `nothing`. `dagster/*` is every key that begins so; the longest that fits counts,
    /// and what none fits is people's own.
    pub keys: BTreeMap<String, String>,
    /// The same, compiled.
    #[serde(skip)]
    compiled: BTreeMap<Box<str>, Tag>,
    /// Where they stand: what they stand directly in, and their own name.
    #[serde(skip)]
    places: BTreeSet<(Box<str>, Box<str>)>,
}

/// What a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// It says nothing of other things.
    Nothing,
    /// Its value names a thing of this kind.
    Names(KindId),
    /// Nobody can tell what it does.
    Unknown,
}

impl TagRules {
    /// The same, of these kinds, for tags that stand at these paths: `executionParams.executionMetadata.tags` of a mutation.
    #[must_use]
    pub fn compiled<'p>(mut self, kinds: &Kinds, paths: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let tag = |kind: &str| match kind {
            NOTHING => Tag::Nothing,
            kind => kinds.id(kind).map_or(Tag::Unknown, Tag::Names),
        };
        self.compiled = self.keys.iter().map(|(key, kind)| (key.as_str().into(), tag(kind))).collect();
        self.places = paths.map(|(mutation, path)| place(mutation, path)).collect();
        self
    }

    /// The kinds that are named.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.keys.values().map(String::as_str).filter(|kind| *kind != NOTHING && *kind != UNKNOWN)
    }

    /// What is wrong with them, if anything is.
    pub fn mistakes(&self, kinds: &Kinds) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !self.keys.is_empty() && (self.key_field.is_empty() || self.value_field.is_empty()) {
            mistakes.push("tags: `keys` needs `key_field` and `value_field`".to_owned());
        }
        for (key, kind) in &self.keys {
            let begins = key.strip_suffix('*').unwrap_or(key);
            if begins.is_empty() || begins.contains('*') || *key != folded(key) {
                mistakes
                    .push(format!("tags: `{key}` is no key: it is written in small letters, with `*` only at its end"));
            }
            let is_kind = kind != NOTHING && kind != UNKNOWN;
            mistakes.extend(kinds.mistake(kind).filter(|_| is_kind).map(|mistake| format!("tags: {key}: {mistake}")));
        }
        mistakes
    }

    /// Whether tags stand in the input field or argument of this name, directly in that one.
    pub fn are_at(&self, parent: &str, name: &str) -> bool {
        !self.compiled.is_empty() && self.places.iter().any(|(own, tags)| **own == *parent && **tags == *name)
    }

    /// What a tag with this key is.
    pub fn find(&self, key: &str) -> Tag {
        if !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            // Databases differ in which of such letters they take for others, or for none.
            return Tag::Unknown;
        }
        let folded = folded(key);
        match self.exact(&folded) {
            None => Tag::Nothing,
            Some(tag) if folded == key => tag,
            // To some databases it is that key, to others it is not.
            Some(_) => Tag::Unknown,
        }
    }

    fn exact(&self, key: &str) -> Option<Tag> {
        let begins = |own: &str| own.strip_suffix('*').is_some_and(|beginning| key.starts_with(beginning));
        let longest = || self.compiled.iter().filter(|(own, _)| begins(own)).max_by_key(|(own, _)| own.len());
        self.compiled.get(key).or_else(|| longest().map(|(_, tag)| tag)).copied()
    }
}

/// Without what databases overlook: capitals, and white space at the ends.
fn folded(key: &str) -> String {
    key.trim().to_ascii_lowercase()
}

/// What the tags stand directly in, and their name. Right in the arguments, they stand in the mutation.
fn place(mutation: &str, path: &str) -> (Box<str>, Box<str>) {
    let (before, name) = path.rsplit_once('.').unwrap_or((mutation, path));
    let parent = before.rsplit_once('.').map_or(before, |(_, parent)| parent);
    (parent.trim_end_matches("[]").into(), name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> TagRules {
        crate::yaml::from_str(text).unwrap()
    }

    #[test]
    fn the_longest_that_fits_counts_and_what_is_nearly_it_is_unknown() {
        let kinds = Kinds::default().or_named(["run"].into_iter());
        let rules = rules("{key_field: k, value_field: v, keys: {'t/*': unknown, 't/a*': nothing, t/about: run}}");
        let rules = rules.compiled(&kinds, [("launch", "params[].tags"), ("relaunch", "tags")].into_iter());
        let run = Tag::Names(kinds.id("run").unwrap());
        for (key, tag) in [
            ("t/about", run),
            ("t/abouts", Tag::Nothing),
            ("t/a", Tag::Nothing),
            ("t/b", Tag::Unknown),
            ("t/", Tag::Unknown),
            ("t", Tag::Nothing),
            ("team/about", Tag::Nothing),
            ("T/about", Tag::Unknown),
            ("t/about ", Tag::Unknown),
            (" t/a", Tag::Unknown),
            ("t /about", Tag::Nothing),
            ("Team", Tag::Nothing),
            ("t/about\u{200b}", Tag::Unknown),
            ("t\u{ff0f}about", Tag::Unknown),
            ("t/about\0", Tag::Unknown),
            ("", Tag::Nothing),
        ] {
            assert_eq!(rules.find(key), tag, "{key:?}");
        }
        assert!(rules.are_at("params", "tags") && rules.are_at("relaunch", "tags"));
        assert!(!rules.are_at("launch", "tags") && !rules.are_at("params", "labels"));
    }

    #[test]
    fn mistakes_are_told() {
        let kinds = Kinds::compile(&crate::yaml::from_str("{run: {}}").unwrap()).unwrap();
        let told = rules("{keys: {'*': run, 'a*b': run, T: run, t: runs}}").mistakes(&kinds).join("; ");
        insta::assert_snapshot!(told, @"tags: `keys` needs `key_field` and `value_field`; tags: `*` is no key: it is written in small letters, with `*` only at its end; tags: `T` is no key: it is written in small letters, with `*` only at its end; tags: `a*b` is no key: it is written in small letters, with `*` only at its end; tags: t: `runs` is none of the `kinds`: run");
    }
}
