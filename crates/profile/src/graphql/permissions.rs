//! Lowering the permission flags in an answer to what a role may do, so that the tool's own UI greys out the rest.
//!
//! What is lowered is here; how it is found in an answer as it streams by is [`super::rewriting`]'s.
//!
//! Only ever lowers. Which buttons are grey is a courtesy; the decision is made at the door, per request.

use doorward_domain::{Action, Role};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

use super::{
    answer::{self, Visit},
    document::{Document, OperationDefinition},
    filter::flags::standing::{Standing, StandingRule},
    json::{Edits, Span, quoted, scan::unquoted},
    plan::{Place, Plan, Search},
    request::Request,
    rewriting::AnswerRewriter,
    rules::Rules,
};
use crate::Misread;

/// Permission flags in answers, lowered so that the tool's UI greys out what is not allowed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PermissionRules {
    /// The tool's permission names and the action each stands for. A name that is missing stands for `admin`.
    pub actions: BTreeMap<String, Action>,
    /// Boolean fields, and the permission each shows.
    pub flags: BTreeMap<String, String>,
    /// What each permission stands for: of single things, the first that is on one of that kind, else the first.
    pub stands_for: BTreeMap<String, Vec<StandingRule>>,
    /// The same, compiled.
    #[serde(skip)]
    pub standings: BTreeMap<String, Vec<Standing>>,
    /// Fields that hold a list of permissions.
    pub lists: Vec<String>,
    /// In such a list: the field with the permission's name.
    pub name_field: String,
    /// In such a list: the boolean field.
    pub value_field: String,
    /// In such a list: the field with the sentence why not.
    pub reason_field: String,
}

/// What is at a place of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionMark {
    /// A boolean that shows whether one may do this.
    Flag(Action),
    /// An entry of a permission list.
    Entry,
    /// In an entry: the permission's name.
    Name,
    /// In an entry: whether one has it.
    Value,
    /// In an entry: why not.
    Reason,
}

/// Where permission flags will be in the answer to an operation.
pub fn plan(
    rules: &Rules,
    document: &Document,
    operation: &OperationDefinition,
) -> Result<Option<Plan<PermissionMark>>, Misread> {
    let of = &rules.permissions;
    let may = |name: &str| of.flags.contains_key(name) || of.lists.iter().any(|list| list == name);
    let mark = |place: Place<'_>| mark(of, place);
    let search = Search { may: &|name| may(name) || is_part(of, name), mark: &mark, follow: &|_| true };
    super::plan::plan(document, &operation.selections, &search)
}

fn is_part(rules: &PermissionRules, name: &str) -> bool {
    [&rules.name_field, &rules.value_field, &rules.reason_field].into_iter().any(|field| field == name)
}

fn mark(rules: &PermissionRules, place: Place<'_>) -> Option<PermissionMark> {
    if let Some(permission) = rules.flags.get(place.name) {
        return Some(PermissionMark::Flag(action_of(rules, permission)));
    }
    let is_list = |name: &str| rules.lists.iter().any(|list| list == name);
    match place.name {
        name if is_list(name) => Some(PermissionMark::Entry),
        _ if !is_list(place.parent) => None,
        name if name == rules.name_field => Some(PermissionMark::Name),
        name if name == rules.value_field => Some(PermissionMark::Value),
        name if name == rules.reason_field => Some(PermissionMark::Reason),
        _ => None,
    }
}

/// What a permission amounts to; one that nobody knows is the strongest there is.
pub(super) fn action_of(rules: &PermissionRules, permission: &str) -> Action {
    rules.actions.get(permission).copied().unwrap_or(Action::Admin)
}

impl Request {
    /// What lowers the flags of the answer, if it will hold any.
    pub(crate) fn own_rewriter(&self) -> Option<AnswerRewriter> {
        let (plan, weight) = self.prepared.permissions.as_ref()?;
        Some(AnswerRewriter { rules: Arc::clone(&self.rules), plan: Arc::clone(plan), weight: *weight })
    }
}

/// A value at a place of the plan, a flag or an entry of a list, lowered to what the role may do; `None` when nothing has to change.
pub(super) fn lowered(
    rules: &PermissionRules,
    plan: &Plan<PermissionMark>,
    value: &[u8],
    role: Role,
    reason: &dyn Fn(Role) -> String,
) -> Option<Vec<u8>> {
    let value = std::str::from_utf8(value).ok()?;
    let mut lowering = Lowering { rules, role, reason, entries: Vec::new(), edits: Edits::default() };
    answer::walk_value(value, plan, &mut lowering).ok()?;
    if lowering.edits.is_empty() { None } else { lowering.edits.apply(value).map(String::into_bytes) }
}

/// So many times an entry says why: with thousands of aliases for it a short answer would become a long one.
const REASONS: usize = 8;

/// Why, wherever an entry says so.
pub(in crate::graphql) fn reasons(spans: Vec<Span>, reason: &str) -> impl Iterator<Item = (Span, String)> {
    let text = quoted(reason);
    let texts = std::iter::repeat_n(text, REASONS).chain(std::iter::repeat("null".to_owned()));
    spans.into_iter().zip(texts)
}

struct Lowering<'r> {
    rules: &'r PermissionRules,
    role: Role,
    reason: &'r dyn Fn(Role) -> String,
    /// The entry we are in, last; entries do not nest, but a document may pretend so.
    entries: Vec<Entry>,
    edits: Edits,
}

#[derive(Default)]
struct Entry {
    /// The strongest action of the names seen.
    action: Option<Action>,
    raised: Vec<Span>,
    lowered: bool,
    reasons: Vec<Span>,
}

impl Visit<PermissionMark> for Lowering<'_> {
    fn begin(&mut self, marks: &[PermissionMark]) {
        if marks.contains(&PermissionMark::Entry) {
            self.entries.push(Entry::default());
        }
    }

    fn end(&mut self, marks: &[PermissionMark]) {
        let entry = marks.contains(&PermissionMark::Entry).then(|| self.entries.pop()).flatten();
        // Without its name an entry could be any permission: the strongest there is.
        let Some((entry, action)) = entry.map(|e| {
            let action = e.action.unwrap_or(Action::Admin);
            (e, action)
        }) else {
            return;
        };
        if self.role.allows(action) || entry.lowered {
            return;
        }
        for value in entry.raised {
            self.edits.replace(value, "false");
        }
        for (span, text) in reasons(entry.reasons, &(self.reason)(action.required_role())) {
            self.edits.replace(span, text);
        }
    }

    fn scalar(&mut self, marks: &[PermissionMark], span: Span, raw: &str) {
        let denied = |mark: &PermissionMark| matches!(mark, PermissionMark::Flag(action) if !self.role.allows(*action));
        if raw == "true" && marks.iter().any(denied) {
            self.edits.replace(span, "false");
            return;
        }
        let Some(entry) = self.entries.last_mut() else { return };
        for mark in marks {
            match mark {
                PermissionMark::Name => entry.action = entry.action.max(Some(action_of(self.rules, &unquoted(raw)))),
                PermissionMark::Value if raw == "true" => entry.raised.push(span),
                PermissionMark::Value => entry.lowered = true,
                PermissionMark::Reason => entry.reasons.push(span),
                PermissionMark::Flag(_) | PermissionMark::Entry => {}
            }
        }
    }
}
