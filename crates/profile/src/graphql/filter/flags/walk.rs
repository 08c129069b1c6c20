//! Going through an answer to its flags, and lowering each to what may be done with the thing that shows it.
//!
//! It goes where the plan of the client's own document says that flags are, and knows them by the fields of their types, not by their keys. Where
//! nobody knows of which type something is, they are lowered to what may be done whatever it acts on. Nothing else changes, but that what
//! only we asked for goes.

use doorward_domain::{Operation, RuleName, Targets};
use std::mem::take;

use super::standing::Subject;
use crate::graphql::filter::asking::name_key;
use crate::graphql::filter::collect::{Member, Members, Place, Places};
use crate::graphql::filter::things::Named;
use crate::graphql::filter::types::TypeId;
use crate::graphql::filter::walk::type_of;
use crate::graphql::filter::{Filter, Onlooker};
use crate::graphql::json::{Edits, Kind, Span, Value};
use crate::graphql::permissions::{self, PermissionMark, PermissionRules};
use crate::graphql::plan::Plan;
use crate::graphql::rules::Rules;

type Node = Plan<PermissionMark>;

/// A walk through one answer.
pub(super) struct Walk<'a> {
    pub(super) rules: &'a Rules,
    pub(super) filter: &'a Filter,
    pub(super) places: Places<'a>,
    pub(super) prefix: &'a str,
    pub(super) onlooker: &'a dyn Onlooker,
    pub(super) edits: Edits,
}

impl Walk<'_> {
    /// A value at a place of the plan, of that type and at that place of the document, if anybody knows.
    pub(super) fn value(&mut self, value: Value<'_>, plan: &Node, at: Option<(TypeId, Place)>) {
        match value.kind() {
            _ if at.is_none() && plan.marks.contains(&PermissionMark::Entry) => self.blindly(value, plan),
            Kind::Array => value.children().for_each(|item| self.value(item, plan, at)),
            Kind::Object => self.object(value, plan, at),
            _ if at.is_none() => self.blindly(value, plan),
            _ => {}
        }
    }

    fn object(&mut self, object: Value<'_>, plan: &Node, at: Option<(TypeId, Place)>) {
        let (filter, prefix) = (self.filter, self.prefix);
        let own = at.and_then(|(of, place)| Some((type_of(&filter.types, prefix, object, of)?, place)));
        let members = own.map(|(own, place)| self.places.members(place, own));
        let named = own.and_then(|(own, _)| named(filter, prefix, object, own));
        let is_thing = own.is_some_and(|(own, _)| filter.types.get(own).is_some_and(|own| own.thing.is_some()));
        let subject = match &named {
            Some(named) => Subject::Thing(named),
            None if is_thing => Subject::Unknown,
            None => Subject::Whole,
        };
        let lowered =
            members.as_ref().map(|members| lowered_flags(self.rules, self.onlooker, object, members, subject));
        lowered.into_iter().flatten().for_each(|(span, text)| self.edits.replace(span, text));
        let mut removal = Removal::default();
        for (key, value) in object.members() {
            let is_ours = key.starts_with(prefix);
            removal.passes(value, is_ours, &mut self.edits);
            let Some(below) = plan.below(&key).filter(|_| !is_ours) else { continue };
            match own.zip(members.as_ref().and_then(|members| members.get(&key))) {
                Some(((own, _), member)) => self.member(own, member, value, below, subject),
                None => self.value(value, below, None),
            }
        }
        removal.ends(&mut self.edits);
    }

    fn member(&mut self, own: TypeId, member: &Member, value: Value<'_>, below: &Node, subject: Subject<'_>) {
        let (rules, filter) = (self.rules, self.filter);
        let at = filter.types.field(own, &member.field).and_then(|field| field.of).map(|of| (of, member.place));
        match at {
            Some(at) if is_list(&rules.permissions, &member.field) => self.entries(value, below, at, subject),
            None if rules.permissions.flags.contains_key(&*member.field) => {}
            at => self.value(value, below, at),
        }
    }

    fn entries(&mut self, value: Value<'_>, plan: &Node, at: (TypeId, Place), subject: Subject<'_>) {
        match value.kind() {
            Kind::Array => value.children().for_each(|item| self.entries(item, plan, at, subject)),
            Kind::Object => {
                let own = type_of(&self.filter.types, self.prefix, value, at.0);
                let Some(members) = own.map(|own| self.places.members(at.1, own)) else {
                    return self.blindly(value, plan);
                };
                for (span, text) in lowered_entry(self.rules, self.onlooker, value, &members, subject) {
                    self.edits.replace(span, text);
                }
            }
            _ => {}
        }
    }

    /// Of nobody knows what.
    fn blindly(&mut self, value: Value<'_>, plan: &Node) {
        let onlooker = self.onlooker;
        let needs = |role| onlooker.needs(role);
        let raw = value.raw().as_bytes();
        let lowered = permissions::lowered(&self.rules.permissions, plan, raw, onlooker.least(), &needs);
        if let Some(lowered) = lowered.and_then(|lowered| String::from_utf8(lowered).ok()) {
            self.edits.replace(value.span(), lowered);
        }
    }
}

/// By which names an object goes, if it is a thing.
fn named(filter: &Filter, prefix: &str, object: Value<'_>, own: TypeId) -> Option<Named> {
    let thing = filter.types.get(own)?.thing.as_ref()?;
    thing.read(&filter.kinds, object, &|place| name_key(prefix, own, place), &[])
}

/// Whether a field holds a list of permissions.
pub(in crate::graphql::filter) fn is_list(rules: &PermissionRules, field: &str) -> bool {
    rules.lists.iter().any(|list| list == field)
}

/// What changes in the flags of an object.
pub(in crate::graphql::filter) fn lowered_flags(
    rules: &Rules,
    onlooker: &dyn Onlooker,
    object: Value<'_>,
    members: &Members,
    subject: Subject<'_>,
) -> Vec<(Span, String)> {
    let lowered = object.members().filter(|(_, value)| value.kind() == Kind::Bool(true)).filter(|(key, _)| {
        let permission = members.get(key).and_then(|member| rules.permissions.flags.get(&*member.field));
        let operation = permission.map(|permission| rules.permissions.operation(&rules.kinds, permission, subject));
        operation.is_some_and(|operation| onlooker.lacks(&operation).is_some())
    });
    lowered.map(|(_, value)| (value.span(), "false".to_owned())).collect()
}

/// What changes in an entry of a list of permissions.
pub(in crate::graphql::filter) fn lowered_entry(
    rules: &Rules,
    onlooker: &dyn Onlooker,
    entry: Value<'_>,
    members: &Members,
    subject: Subject<'_>,
) -> Vec<(Span, String)> {
    let PermissionRules { name_field, value_field, reason_field, .. } = &rules.permissions;
    let (mut name, mut raised, mut reasons) = (None, Vec::new(), Vec::new());
    for (key, value) in entry.members() {
        let Some(member) = members.get(&key) else { continue };
        match &*member.field {
            field if field == name_field => name = value.as_str(),
            field if field == value_field && value.kind() == Kind::Bool(true) => raised.push(value.span()),
            field if field == value_field => return Vec::new(),
            field if field == reason_field => reasons.push(value.span()),
            _ => {}
        }
    }
    let operation = match &name {
        Some(name) => rules.permissions.operation(&rules.kinds, name, subject),
        None => anything(),
    };
    let Some(reason) = onlooker.lacks(&operation) else { return Vec::new() };
    raised.into_iter().map(|span| (span, "false".to_owned())).chain(permissions::reasons(reasons, &reason)).collect()
}

/// Without its name an entry could be any permission: the strongest there is.
fn anything() -> Operation {
    Operation {
        name: "permission".into(),
        action: doorward_domain::Action::Admin,
        rule: RuleName::new("graphql.permission"),
        called: None,
        family: None,
        targets: Targets::Whole,
    }
}

/// Takes members out of an object, with the commas that are theirs.
#[derive(Default)]
struct Removal {
    /// Where the member before ends.
    before: Option<usize>,
    /// Where the first began of those that go before any stays.
    first: Option<usize>,
    has_kept: bool,
}

impl Removal {
    fn passes(&mut self, member: Value<'_>, goes: bool, edits: &mut Edits) {
        let (start, end) = (member.key_span().map_or(member.span().start, |key| key.start), member.span().end);
        match (goes, self.before) {
            (true, Some(before)) if self.has_kept => edits.replace(Span { start: before, end }, ""),
            (true, _) => self.first = self.first.or(Some(start)),
            (false, _) => {
                if let Some(first) = take(&mut self.first) {
                    edits.replace(Span { start: first, end: start }, "");
                }
                self.has_kept = true;
            }
        }
        self.before = Some(end);
    }

    fn ends(self, edits: &mut Edits) {
        if let (Some(start), Some(end)) = (self.first, self.before) {
            edits.replace(Span { start, end }, "");
        }
    }
}
