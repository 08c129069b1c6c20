//! What a permission stands for: an operation, and on what of the thing that shows it.
//!
//! A flag says that a request would be allowed. So the operation is the request's own, by the profile's own rule, and the thing goes by the
//! names that such a request tells, or has told: a request that names an asset by its key does not tell where that is, whatever the object says
//! that shows the flag.
//!
//! Must not know: who asks, and what they may ([`super::Onlooker`] is asked).

use doorward_domain::{Operation, Resource, RuleName, Targets};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::graphql::filter::naming::target;
use crate::graphql::filter::things::{Named, Names};
use crate::graphql::permissions::{self, PermissionRules};
use crate::graphql::rules::Rules;
use crate::graphql::{OperationKind, drafts};
use crate::kinds::{KindId, KindSet, Kinds};

/// What a permission stands for, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StandingRule {
    /// A mutation.
    pub does: String,
    /// The kind of thing that it acts on.
    pub on: String,
    /// Kinds of names that its requests tell; all that the thing goes by, if not said.
    pub tells: Option<Vec<String>>,
    /// Names, by kind, that its requests tell as well.
    pub with: BTreeMap<String, String>,
    /// Kinds of names that the thing goes by as well, and nobody can tell.
    pub also: Vec<String>,
}

/// The same, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    operation: Operation,
    on: KindId,
    tells: Option<KindSet>,
    with: Names,
    reaches: KindSet,
    /// Of what the tool is asked for: the kinds of names that it tells together.
    asked: Vec<KindSet>,
}

/// What shows a flag.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// No single thing.
    Whole,
    /// A thing, and nobody can tell which.
    Unknown,
    /// A thing.
    Thing(&'a Named),
}

impl<'a> Subject<'a> {
    /// A thing, if it is one.
    pub fn of(named: Option<&'a Named>) -> Self {
        named.map_or(Self::Whole, Subject::Thing)
    }
}

impl Rules {
    /// What the permissions of answers stand for, or all that is wrong.
    pub fn standings(&self) -> Result<BTreeMap<String, Vec<Standing>>, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut compiled = BTreeMap::new();
        for (permission, rules) in &self.permissions.stands_for {
            let standings = rules.iter().map(|rule| self.standing(rule)).collect::<Result<Vec<_>, _>>();
            match standings {
                Ok(standings) => drop(compiled.insert(permission.clone(), standings)),
                Err(mistake) => mistakes.push(format!("permissions: stands_for: {permission}: {mistake}")),
            }
        }
        if mistakes.is_empty() { Ok(compiled) } else { Err(mistakes) }
    }

    fn standing(&self, rule: &StandingRule) -> Result<Standing, String> {
        let id = |kind: &String| self.kinds.id(kind).ok_or_else(|| format!("`{kind}` is none of the `kinds`"));
        if !self.mutations.contains_key(&rule.does) {
            return Err(format!("`{}` is none of the `mutations`", rule.does));
        }
        let on = id(&rule.on)?;
        let tells =
            rule.tells.as_ref().map(|kinds| kinds.iter().map(id).collect::<Result<KindSet, _>>()).transpose()?;
        let with = rule.with.iter().map(|(kind, name)| Ok::<_, String>((id(kind)?, Resource::new(kind, name))));
        let also = rule.also.iter().map(id).collect::<Result<KindSet, _>>()?;
        let found = self.tells.get(&rule.on).map_or(&[][..], |rule| &rule.found);
        let asked = found.iter().map(|found| found.names.keys().filter_map(|kind| self.kinds.id(kind)).collect());
        Ok(Standing {
            operation: drafts::classify(self, OperationKind::Mutation, &rule.does),
            on,
            tells,
            with: with.collect::<Result<_, _>>()?,
            reaches: self.reached(&rule.does).and(also).with(on),
            asked: asked.collect(),
        })
    }
}

impl PermissionRules {
    /// The kinds of things that are named.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let rules = self.stands_for.values().flatten();
        let named = rules.flat_map(|rule| {
            let tells = rule.tells.iter().flatten().chain(rule.with.keys()).chain(&rule.also);
            [&rule.on].into_iter().chain(tells)
        });
        named.map(String::as_str)
    }

    /// What a permission stands for, where this shows it.
    pub fn operation(&self, kinds: &Kinds, permission: &str, subject: Subject<'_>) -> Operation {
        let kind = match subject {
            Subject::Thing(named) => Some(named.kind),
            Subject::Whole | Subject::Unknown => None,
        };
        let all = self.standings.get(permission).map_or(&[][..], Vec::as_slice);
        let standing = all.iter().find(|standing| Some(standing.on) == kind).or(all.first());
        match standing {
            Some(standing) => Operation { targets: standing.targets(kinds, subject), ..standing.operation.clone() },
            None => Operation {
                name: permission.to_owned().into(),
                action: permissions::action_of(self, permission),
                rule: RuleName::new("graphql.permission"),
                called: None,
                family: None,
                targets: Targets::Whole,
            },
        }
    }
}

impl Standing {
    /// What it acts on.
    fn targets(&self, kinds: &Kinds, subject: Subject<'_>) -> Targets {
        let thing = match subject {
            Subject::Whole => return Targets::Whole,
            Subject::Unknown => return Targets::Unknown,
            Subject::Thing(thing) => thing,
        };
        let goes_by = kinds.goes_by(self.on);
        let may_tell = self.tells.unwrap_or(goes_by);
        let is_it = thing.kind == self.on;
        let told: KindSet = thing.names.iter().map(|(kind, _)| *kind).collect();
        let known = self.asked.iter().find(|known| told.has_all(**known)).copied();
        let is_told = |kind: KindId| {
            let tool_tells = !is_it || self.asked.is_empty() || known.is_some_and(|known| known.has(kind));
            goes_by.has(kind) && may_tell.has(kind) && (kind == self.on || tool_tells)
        };
        let mut names: Names = thing.names.iter().filter(|(kind, _)| is_told(*kind)).cloned().collect();
        names.extend(self.with.iter().cloned());
        let has_parts = is_it && (self.asked.is_empty() || known.is_some());
        let parts = if has_parts { thing.parts.as_slice() } else { &[] };
        let called = |names: &Names| target(kinds, self.on, names, thing.never, self.reaches);
        if parts.is_empty() {
            return Targets::These(vec![called(&names)]);
        }
        let part = |part: &(KindId, Resource)| {
            let mut names = names.clone();
            names.push(part.clone());
            called(&names)
        };
        Targets::These(parts.iter().map(part).collect())
    }
}
