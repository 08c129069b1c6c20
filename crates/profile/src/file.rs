//! Reading a profile file.
//!
//! The rules are taken apart one by one, so that a mistake in one does not hide those in the others.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::body::JsonRules;
use crate::error::{Mistake, Place};
use crate::graphql::Dialect;
use crate::hand_over::HandOver;
use crate::keeps::Kept;
use crate::kinds::{KindText, Kinds};
use crate::menu::{MenuPlace, MenuText};
use crate::profile::{Reviewed, examples::Example};
use crate::rules::{RuleSet, RuleText};
use crate::yaml::{Fault, Node, Spot};
use crate::{Profile, ProfileError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: String,
    /// The profile it builds on.
    #[serde(default)]
    extends: Option<String>,
    /// What people call the tool.
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    about: Option<String>,
    /// A path that only this tool answers, with 200, and only where it is really mounted.
    #[serde(default)]
    probe: Option<String>,
    /// The tool is known to ignore headers and parameters that override method or path.
    #[serde(default)]
    ignores_overrides: Option<bool>,
    /// The kinds of things the tool has.
    #[serde(default)]
    kinds: Option<BTreeMap<String, KindText>>,
    #[serde(default)]
    graphql: Option<Dialect>,
    #[serde(default)]
    reviewed: Option<Reviewed>,
    /// Where Doorward's own menu may sit in the tool's pages, or `false`.
    #[serde(default)]
    menu: Option<MenuText>,
    /// Spellings of paths that the tool is known to tell apart.
    #[serde(default)]
    keeps_apart: Option<Vec<Kept>>,
    /// Which headers that say who is asking the tool gets; all, if not said.
    #[serde(default)]
    hand_over: Option<HandOver>,
    /// The tool is known to read the body of a `GET`.
    #[serde(default)]
    get_bodies: Option<bool>,
    /// How JSON bodies are read that rules look into.
    #[serde(default)]
    json: Option<JsonRules>,
    #[serde(default)]
    rules: Vec<Value>,
    /// Requests, and what they must be read as.
    #[serde(default)]
    examples: Vec<Value>,
}

/// A profile file, read as far as that goes without the one it builds on.
#[derive(Debug)]
pub(crate) struct Draft {
    file: File,
    /// Where these stand: the name, what it builds on, the part about GraphQL.
    places: [Place; 3],
    texts: Vec<RuleText>,
    examples: Arc<[Example]>,
    /// Its own, if it says any.
    kinds: Kinds,
}

impl Draft {
    /// Reads a whole file.
    pub(crate) fn read(text: &str) -> Result<Self, ProfileError> {
        let root = Node::parse(text).map_err(fault)?;
        let file: File = root.read().map_err(fault)?;
        let of = |key| root.value(key).map_or(FIRST, |value| place(value.at));
        let mut mistakes = Vec::new();
        if !is_name(&file.profile) {
            let text = format!("`{}` cannot name a profile: use a-z, 0-9, - and _", file.profile);
            mistakes.push(Mistake { place: of("profile"), text });
        }
        let mut texts = Vec::new();
        let mut places = Vec::new();
        for (rule, at) in file.rules.iter().zip(places_in(&root, "rules")) {
            match RuleText::read(rule) {
                Ok(text) => {
                    texts.push(text);
                    places.push(at);
                }
                Err(own) => mistakes.extend(own.into_iter().map(|own| Mistake { place: at.clone(), text: own.text })),
            }
        }
        let kinds = file.kinds.as_ref().map(Kinds::compile).transpose().map_err(|own| {
            mistakes.extend(own.into_iter().map(|text| Mistake { place: of("kinds"), text }));
        });
        let kinds = kinds.ok().flatten().unwrap_or_default();
        if let Err(own) = RuleSet::compile(&[&texts], &kinds) {
            let at = |index: usize| places.get(index).cloned().unwrap_or(Place::Rule { index });
            mistakes.extend(own.into_iter().map(|(index, text)| Mistake { place: at(index), text }));
        }
        let mut examples = Vec::new();
        for (example, at) in file.examples.iter().zip(places_in(&root, "examples")) {
            match Example::read(example, at.clone()) {
                Ok(example) => examples.push(example),
                Err(text) => mistakes.push(Mistake { place: at, text }),
            }
        }
        if mistakes.is_empty() {
            let places = ["profile", "extends", "graphql"].map(of);
            return Ok(Self { file, places, texts, examples: examples.into(), kinds });
        }
        mistakes.sort_by_key(|mistake| match mistake.place {
            Place::Text { line, column } => (line, column),
            Place::Rule { .. } => (u64::MAX, 0),
        });
        Err(ProfileError { mistakes })
    }

    /// Its name, and where that stands.
    pub(crate) fn name(&self) -> (&str, Place) {
        let [place, ..] = &self.places;
        (&self.file.profile, place.clone())
    }

    /// The profile it builds on.
    pub(crate) fn extends(&self) -> Option<&str> {
        self.file.extends.as_deref()
    }

    /// Where that stands.
    pub(crate) fn extends_place(&self) -> Place {
        let [_, place, _] = &self.places;
        place.clone()
    }

    /// The profile. What it does not say is said by the one it builds on, whose rules come after its own.
    pub(crate) fn finish(self, base: Option<&Profile>) -> Result<Profile, ProfileError> {
        let [.., at] = self.places.clone();
        let profile = self.finish_known(base)?;
        let checked = profile.graphql.as_ref().map_or(Ok(()), |graphql| graphql.rules().filter.check());
        checked.map_err(|own| all_at(&at, own)).map(|()| profile)
    }

    /// The same of a profile that is known to be right: what is large is made when somebody needs it.
    pub(crate) fn finish_known(self, base: Option<&Profile>) -> Result<Profile, ProfileError> {
        let Self { file, places: [.., at], texts, examples, kinds } = self;
        let kinds = if file.kinds.is_some() { kinds } else { base.map(|base| base.kinds.clone()).unwrap_or_default() };
        let own: Arc<[RuleText]> = texts.into();
        let layers: Vec<_> = [&own].into_iter().chain(base.iter().flat_map(|base| &base.layers)).cloned().collect();
        let rules: Vec<&[RuleText]> = layers.iter().map(AsRef::as_ref).collect();
        let rules = RuleSet::compile(&rules, &kinds).map_err(|mistakes| ProfileError::of_rules(&own, mistakes))?;
        let says_graphql = file.graphql.is_some();
        let graphql = file.graphql.or_else(|| base?.graphql.clone());
        let graphql = graphql.map(|graphql| graphql.with_kinds(&kinds)).transpose();
        let graphql = graphql.map_err(|own| all_at(&at, own))?;
        Ok(Profile {
            name: file.profile,
            title: file.title.or_else(|| base?.title.clone()),
            about: file.about.or_else(|| base?.about.clone()),
            probe: file.probe.or_else(|| base?.probe.clone()),
            ignores_overrides: file
                .ignores_overrides
                .unwrap_or_else(|| base.is_some_and(|base| base.ignores_overrides)),
            graphql,
            kinds,
            reviewed: file.reviewed.or_else(|| base.filter(|_| !says_graphql)?.reviewed.clone()),
            menu: file.menu.map(MenuText::places).or_else(|| Some(base?.menu.clone())).unwrap_or_else(default_menu),
            keeps: file
                .keeps_apart
                .map(|kept| kept.into_iter().collect())
                .or_else(|| Some(base?.keeps))
                .unwrap_or_default(),
            hand_over: file.hand_over.or_else(|| Some(base?.hand_over)).unwrap_or(HandOver::ALL),
            json: file.json.or_else(|| Some(base?.json)).unwrap_or_default(),
            get_bodies: file.get_bodies.unwrap_or_else(|| base.is_some_and(|base| base.get_bodies)),
            layers,
            examples,
            rules: Arc::new(rules),
        })
    }
}

fn default_menu() -> Vec<MenuPlace> {
    MenuText::Switch(true).places()
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

/// Where a text begins.
const FIRST: Place = Place::Text { line: 1, column: 1 };

fn place(at: Spot) -> Place {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Place::Text { line: count(at.line), column: count(at.column) }
}

fn places_in(root: &Node<'_>, key: &str) -> impl Iterator<Item = Place> {
    root.value(key).map(Node::items).unwrap_or_default().iter().map(|item| place(item.at))
}

fn all_at(at: &Place, own: Vec<String>) -> ProfileError {
    ProfileError { mistakes: own.into_iter().map(|text| Mistake { place: at.clone(), text }).collect() }
}

fn fault(fault: Fault) -> ProfileError {
    ProfileError { mistakes: vec![Mistake { place: fault.at.map_or(FIRST, place), text: fault.text }] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn mistakes(text: &str) -> String {
        Draft::read(text).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn all_mistakes_are_reported_at_once_with_their_places() {
        let text = r#"
profile: My Tool
rules:
  - {match: "GET /a", action: view}
  - {match: "GET /a//b", action: view, colour: red}
  - {match: "GET /{x}", action: look}
  - {match: "get /b", action: run, resource: "b"}
  - {match: "POST /{b}", action: run, resource: ["b:{b}", "c:{d}"], when: {}}
  - {match: "GET /a", action: edit}
  - {match: "GET /c", action: view, when: {header: {X_Mode: a, "b c": null}}}
  - just text
  - {action: edit}
"#;
        assert_snapshot!(mistakes(text), @r#"
        line 2, column 10: `My Tool` cannot name a profile: use a-z, 0-9, - and _
        line 5, column 5: unknown key `colour`; known here: match, action, name, called, resource, targets, when, changes_state, answer, why
        line 5, column 5: match: a path with an empty segment has no rule of its own
        line 6, column 5: `look` is no action; actions are view, run, edit, manage, admin
        line 7, column 5: match: unknown method `get`; methods are GET, POST, PUT, PATCH, DELETE, OPTIONS, WEBSOCKET, joined by |, or *
        line 8, column 5: resource `c:{d}`: the path captures no `{d}`
        line 8, column 5: `when` names neither `query` nor `header` nor `json`
        line 9, column 5: matches the same as `GET /a` before it
        line 10, column 5: no request has the header `X_Mode`: Doorward drops headers with an underscore in their name, which apps take for another's; did you mean `X-Mode`?
        line 10, column 5: `b c` is not a header name
        line 11, column 5: a rule is written `{match: "GET /path/**", action: view}`
        line 12, column 5: a rule needs `match`, which requests it is for: `GET /path/**`
        "#);
    }

    #[test]
    fn what_is_not_a_profile_is_told_with_its_place() {
        assert_snapshot!(mistakes("profile: x\nrules: 7\n"), @"line 2, column 8: invalid type: integer `7`, expected a sequence");
        assert_snapshot!(mistakes("profile: x\nrulez: []\n"), @"line 2, column 1: unknown key `rulez`; known here: profile, extends, title, about, probe, ignores_overrides, kinds, graphql, reviewed, menu, keeps_apart, hand_over, get_bodies, json, rules, examples");
        assert_snapshot!(mistakes("profile: x\nprofile: y\n"), @"line 2, column 1: `profile` is said twice, first in line 1");
        assert_snapshot!(mistakes("profile: [x"), @"line 2, column 1: this is not YAML: while parsing a flow sequence, expected ',' or ']'");
    }
}
