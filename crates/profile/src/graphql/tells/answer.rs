//! What the tool told, read strictly: a thing counts only under the very id that was asked for, and only with all names that the profile
//! says it has.

use doorward_domain::Resource;
use std::sync::Arc;

use super::{FoundRule, Told};
use crate::Misread;
use crate::graphql::reading::JSON_DEPTH;
use crate::graphql::rules::Rules;
use crate::json::{Kind, Tree, Value};
use crate::kinds::{KindId, LONGEST_NAME, escape};

/// Parts of one thing, at most.
const PARTS: usize = 1000;

impl Rules {
    /// What an answer tells of each that was asked for, in their order; of those that it does not know, nothing.
    pub fn answers(&self, asks: &[Resource], answer: &[u8]) -> Result<Vec<Option<Arc<Told>>>, Misread> {
        let unreadable = || Misread::new("bad_answer", "The app's answer cannot be read.");
        let text = std::str::from_utf8(answer).map_err(|_| unreadable())?.to_owned();
        let tree = Tree::read(text, JSON_DEPTH).map_err(|_| unreadable())?;
        let data = tree.root().and_then(|root| root.get("data")).filter(|data| data.kind() == Kind::Object);
        let data = data.ok_or_else(unreadable)?;
        let told = |ask: &Resource| {
            let field = data.get(&format!("q{}", self.place(asks, ask)))?;
            let mut found = self.tells.get(ask.kind())?.found.iter().map(|rule| self.found(rule, ask, field));
            // Where one finds nothing, the next may.
            match found.find(|found| !matches!(found, Found::Nothing))? {
                Found::One(told) => Some(Arc::new(told)),
                Found::Nothing | Found::Unclear => None,
            }
        };
        Ok(asks.iter().map(told).collect())
    }

    /// The thing that was asked for, where it stands in what the root field gave.
    fn found(&self, rule: &FoundRule, ask: &Resource, field: Value<'_>) -> Found {
        let mut found = Found::Nothing;
        each(field, &rule.at, &mut |thing| {
            let is_own = |own: &String| at(thing, own).and_then(key).is_some_and(|own| own == ask.name());
            let is_elsewhere = |says: &String| at(thing, says).is_none_or(|says| says.kind() != Kind::Bool(false));
            let is_it = rule.own.iter().any(is_own) && !rule.unless.as_ref().is_some_and(is_elsewhere);
            if is_it && thing.kind() == Kind::Object {
                let told = self.told(rule, thing);
                // Two of one id are nothing that can be told apart.
                found = match std::mem::replace(&mut found, Found::Unclear) {
                    Found::Nothing => told.map_or(Found::Nothing, Found::One),
                    Found::One(before) if Some(&before) == told.as_ref() => Found::One(before),
                    _ => Found::Unclear,
                };
            }
        });
        found
    }

    fn told(&self, rule: &FoundRule, thing: Value<'_>) -> Option<Told> {
        let mut names: Vec<(KindId, String)> = Vec::new();
        for (kind, path) in &rule.names {
            names.push((self.kinds.id(kind)?, text(thing, path)?));
        }
        // Outermost first.
        names.sort_by_key(|(kind, _)| self.kinds.within(*kind).len());
        let around: Vec<(KindId, &str)> = names.iter().map(|(kind, name)| (*kind, name.as_str())).collect();
        let name = |(kind, name): &(KindId, String)| self.kinds.name(*kind, name, &around);
        let whole: Vec<Resource> = names.iter().map(name).collect::<Option<_>>()?;
        let mut kinds: Vec<Box<str>> = rule.names.keys().chain(&rule.never).map(|kind| kind.as_str().into()).collect();
        let mut parts = Vec::new();
        for (kind, paths) in &rule.parts {
            let mut is_clear = true;
            let before = parts.len();
            for path in paths {
                each(thing, path, &mut |part| {
                    let part = key(part).filter(|_| parts.len() < PARTS);
                    is_clear &= part.is_some();
                    parts.extend(part.map(|part| Resource::new(kind, &part)));
                });
            }
            if !is_clear {
                return None;
            }
            if parts.len() > before {
                kinds.push(kind.as_str().into());
            }
        }
        (!kinds.is_empty()).then(|| Told { whole: whole.into(), parts: parts.into(), kinds: kinds.into() })
    }
}

/// What was found of one thing.
enum Found {
    Nothing,
    One(Told),
    Unclear,
}

/// Everything at this path, through all lists; nothing for what is `null` or not there.
fn each(value: Value<'_>, path: &str, found: &mut dyn FnMut(Value<'_>)) {
    match value.kind() {
        Kind::Null => {}
        Kind::Array => value.children().for_each(|item| each(item, path, found)),
        _ if path.is_empty() => found(value),
        Kind::Object => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(member) = value.get(name) {
                each(member, rest, found);
            }
        }
        _ => {}
    }
}

/// What stands at this path, which leads through no list.
fn at<'v>(value: Value<'v>, path: &str) -> Option<Value<'v>> {
    path.split('.').try_fold(value, Value::get)
}

/// The one text at this path, if it can be a name.
fn text(value: Value<'_>, path: &str) -> Option<String> {
    let at = at(value, path)?;
    let text = at.as_str().filter(|_| at.kind() == Kind::String)?;
    (1..=LONGEST_NAME).contains(&text.len()).then(|| text.into_owned())
}

/// A name, or one that is written `{path: ["raw", "orders"]}`.
fn key(value: Value<'_>) -> Option<String> {
    let mut key = String::new();
    match value.kind() {
        Kind::String => key.push_str(&value.as_str()?),
        Kind::Object => {
            for (place, part) in value.get("path").filter(|path| path.kind() == Kind::Array)?.children().enumerate() {
                if place > 0 {
                    key.push('/');
                }
                escape(&mut key, &part.as_str().filter(|_| part.kind() == Kind::String)?, "/");
            }
        }
        _ => return None,
    }
    (1..=LONGEST_NAME).contains(&key.len()).then_some(key)
}
