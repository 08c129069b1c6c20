//! Reading a profile file.
//!
//! The rules are taken apart one by one, so that a mistake in one does not hide those in the others.

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Mistake, Place};
use crate::graphql::Dialect;
use crate::hand_over::HandOver;
use crate::keeps::Kept;
use crate::menu::MenuText;
use crate::rules::{RuleSet, RuleText};
use crate::{Profile, ProfileError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Spanned<String>,
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
    ignores_overrides: bool,
    #[serde(default)]
    graphql: Option<Dialect>,
    #[serde(default)]
    reviewed: Option<Reviewed>,
    /// Where Doorward's own menu may sit in the tool's pages, or `false`.
    #[serde(default)]
    menu: Option<MenuText>,
    /// Spellings of paths that the tool is known to tell apart.
    #[serde(default)]
    keeps_apart: Vec<Kept>,
    /// Which headers that say who is asking the tool gets; all, if not said.
    #[serde(default)]
    hand_over: Option<HandOver>,
    #[serde(default)]
    rules: Vec<Spanned<Value>>,
}

/// What of the tool somebody has looked at, so that `doorward profile check` can tell what is new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// The tool's version.
    pub version: String,
    /// The arguments of each mutation.
    pub arguments: BTreeMap<String, Vec<String>>,
}

/// Reads a whole profile.
pub(crate) fn read(text: &str) -> Result<Profile, ProfileError> {
    let file: File = serde_saphyr::from_str(text).map_err(|error| not_yaml(&error))?;
    let mut mistakes = Vec::new();
    if !is_name(&file.profile.value) {
        let text = format!("`{}` cannot name a profile: use a-z, 0-9, - and _", file.profile.value);
        mistakes.push(Mistake { place: place(&file.profile), text });
    }
    let mut texts = Vec::new();
    let mut places = Vec::new();
    for rule in &file.rules {
        match RuleText::read(&rule.value) {
            Ok(text) => {
                texts.push(text);
                places.push(place(rule));
            }
            Err(own) => mistakes.extend(own.into_iter().map(|own| Mistake { place: place(rule), text: own.text })),
        }
    }
    let rules = RuleSet::compile(&[&texts]).map_err(|own| {
        let at = |index: usize| places.get(index).cloned().unwrap_or(Place::Rule { index });
        mistakes.extend(own.into_iter().map(|(index, text)| Mistake { place: at(index), text }));
    });
    match rules {
        Ok(rules) if mistakes.is_empty() => Ok(Profile {
            name: file.profile.value,
            title: file.title,
            about: file.about,
            probe: file.probe,
            ignores_overrides: file.ignores_overrides,
            graphql: file.graphql,
            reviewed: file.reviewed,
            menu: file.menu.unwrap_or(MenuText::Switch(true)).places(),
            keeps: file.keeps_apart.into_iter().collect(),
            hand_over: file.hand_over.unwrap_or(HandOver::ALL),
            layers: vec![texts.into()],
            rules: Arc::new(rules),
        }),
        _ => {
            mistakes.sort_by_key(|mistake| match mistake.place {
                Place::Text { line, column } => (line, column),
                Place::Rule { .. } => (u64::MAX, 0),
            });
            Err(ProfileError { mistakes })
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

fn place<T>(spanned: &Spanned<T>) -> Place {
    Place::Text { line: spanned.referenced.line(), column: spanned.referenced.column() }
}

fn not_yaml(error: &serde_saphyr::Error) -> ProfileError {
    let place = error.location().map_or(Place::Text { line: 1, column: 1 }, |location| Place::Text {
        line: location.line(),
        column: location.column(),
    });
    let text = error.without_snippet().to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text).to_owned();
    ProfileError { mistakes: vec![Mistake { place, text }] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn mistakes(text: &str) -> String {
        read(text).unwrap_err().to_string()
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
  - just text
  - {action: edit}
"#;
        assert_snapshot!(mistakes(text), @r#"
        line 2, column 10: `My Tool` cannot name a profile: use a-z, 0-9, - and _
        line 5, column 5: unknown key `colour`; known here: match, action, name, called, resource, when, changes_state, answer, why
        line 6, column 5: `look` is no action; actions are view, run, edit, manage, admin
        line 7, column 5: match: unknown method `get`; methods are GET, POST, PUT, PATCH, DELETE, OPTIONS, WEBSOCKET, joined by |, or *
        line 8, column 5: resource `c:{d}`: the path captures no `{d}`
        line 8, column 5: `when` names neither `query` nor `header`
        line 9, column 5: matches the same as `GET /a` before it
        line 10, column 5: a rule is written `{match: "GET /path/**", action: view}`
        line 11, column 5: a rule needs `match`, which requests it is for: `GET /path/**`
        "#);
    }

    #[test]
    fn what_is_not_a_profile_is_told_with_its_place() {
        assert_snapshot!(mistakes("profile: x\nrules: 7\n"), @"line 2, column 8: expected sequence start");
        assert_snapshot!(mistakes("profile: x\nrulez: []\n"), @"line 2, column 1: unknown field `rulez`, expected one of profile, title, about, probe, ignores_overrides, graphql, reviewed, menu, keeps_apart, hand_over, rules");
        assert_snapshot!(mistakes("profile: x\nprofile: y\n"), @"line 2, column 1: duplicate mapping key: profile, set DuplicateKeyPolicy in Options if acceptable");
        assert_snapshot!(mistakes("profile: [x"), @"line 1, column 10: expected string scalar");
    }

    #[test]
    fn every_built_in_profile_can_be_read() {
        for name in Profile::builtin_names() {
            let profile = read(Profile::builtin_text(name).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(profile.name(), *name);
        }
    }
}
