//! The arguments a root field really gets: literals of the document, variables of the request, defaults.

use doorward_domain::{Operation, Resource};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    document::{Field, Literal, LiteralKind, Member, OperationDefinition},
    json::{Kind, Tree, Value},
    names::{NameRule, Spot},
    rules::Rules,
};
use crate::{Misread, kinds::escape};

/// More variables than this are found by an index: whoever sends thousands must not make us look through them thousands of times.
const MANY: usize = 16;

/// Of a key that is put together from parts, no more than this is looked at, in bytes: a long part may be named thousands of times.
const LONGEST_KEY: usize = 1024;

/// The `variables` of a request: an object, or nothing.
#[derive(Debug, Default)]
pub struct Variables {
    tree: Option<Tree>,
    root: usize,
    /// Where to find them, if they are too many to look through.
    places: Option<HashMap<String, usize>>,
}

impl Variables {
    /// The object at a place of a tree.
    pub fn new(tree: Tree, root: usize) -> Result<Self, Misread> {
        let Some(object) = tree.value(root).filter(|v| v.kind() == Kind::Object) else {
            return Err(Misread::new("bad_variables", "The GraphQL variables must be an object."));
        };
        let are_many = object.children().nth(MANY).is_some();
        let places =
            are_many.then(|| object.members().map(|(name, value)| (name.into_owned(), value.index())).collect());
        Ok(Self { tree: Some(tree), root, places })
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        match &self.places {
            Some(places) => self.tree.as_ref()?.value(*places.get(name)?),
            None => self.object()?.get(name),
        }
    }

    /// About how much room they take, in bytes.
    pub fn weight(&self) -> usize {
        let index = self.places.as_ref().map_or(0, |places| places.capacity() * size_of::<(String, usize)>());
        self.tree.as_ref().map_or(0, Tree::weight) + index
    }

    /// The whole object.
    pub fn object(&self) -> Option<Value<'_>> {
        self.tree.as_ref()?.value(self.root)
    }
}

/// A value as the tool will get it.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// Nothing: absent, or a variable without a value.
    Nothing,
    /// From the document; parts of it may be variables again.
    Literal(&'a Literal),
    /// From the request's variables.
    Json(Value<'a>),
    /// A variable the operation does not define: the tool will refuse it.
    Unknown,
}

/// Follows a variable to its value.
pub fn given<'a>(operation: &'a OperationDefinition, variables: &'a Variables, literal: &'a Literal) -> Given<'a> {
    match &literal.kind {
        LiteralKind::Variable(name) => variable(operation, variables, name),
        _ => Given::Literal(literal),
    }
}

/// The value of a variable.
pub fn variable<'a>(operation: &'a OperationDefinition, variables: &'a Variables, name: &str) -> Given<'a> {
    match (operation.variable(name), variables.get(name)) {
        (None, _) => Given::Unknown,
        (_, Some(value)) => Given::Json(value),
        (Some(definition), None) => definition.default.as_ref().map_or(Given::Nothing, Given::Literal),
    }
}

impl Given<'_> {
    /// Whether it is plainly absent, `null` or `false`. Anything else may count as true to some reader: Python's does.
    pub fn is_plainly_off(self) -> bool {
        match self {
            Given::Nothing => true,
            Given::Literal(literal) => matches!(literal.kind, LiteralKind::Null | LiteralKind::Bool(false)),
            Given::Json(value) => matches!(value.kind(), Kind::Null | Kind::Bool(false)),
            Given::Unknown => false,
        }
    }
}

/// Finds the resources named in arguments, for the audit log: all of them, however many. What is judged is found by [`super::targets`].
pub struct ResourceSearch<'a> {
    rules: &'a Rules,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    found: BTreeSet<Resource>,
    /// Variables already looked through, where and as what: each is walked once however often it is used.
    walked: BTreeSet<(&'a str, As<'a>)>,
    /// Variables that were looked at for the path of a key, as what, and whether they are one.
    paths: BTreeMap<(&'a str, &'a str), bool>,
}

/// As what a value is looked at: its kind, if it is a name, and where it stands, as far as that makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct As<'a> {
    kind: Option<&'a str>,
    is_in_parts: bool,
    field: &'a str,
    parent: &'a str,
}

impl<'a> ResourceSearch<'a> {
    /// Nothing found yet.
    pub fn new(rules: &'a Rules, operation: &'a OperationDefinition, variables: &'a Variables) -> Self {
        Self { rules, operation, variables, found: BTreeSet::new(), walked: BTreeSet::new(), paths: BTreeMap::new() }
    }

    /// What was found, and what all this acts on.
    pub fn found(mut self, operations: &[Operation]) -> Vec<Resource> {
        let names = operations.iter().flat_map(|operation| operation.targets.names());
        self.found.extend(names.filter(|name| self.rules.kinds.is_put_together(name.kind())).cloned());
        self.found.into_iter().collect()
    }

    /// Looks at the arguments of a field.
    pub fn field(&mut self, field: &'a Field) {
        let own = self.rules.resources.qualifier(&field.name);
        for argument in &field.arguments {
            self.member(own, own, argument);
        }
    }

    fn member(&mut self, field: &'a str, parent: &'a str, member: &'a Member) {
        if let Some(known) = self.known(field, parent, &member.name) {
            self.literal(&member.value, known);
        }
    }

    /// As what a member is looked at; `None` for what is opaque.
    fn known(&self, field: &'a str, parent: &'a str, name: &str) -> Option<As<'a>> {
        let Rules { resources, opaque, .. } = self.rules;
        if opaque.iter().any(|opaque| opaque == name) {
            return None;
        }
        let rule = resources.find(Spot { field, parent }, name);
        let kind = rule.and_then(NameRule::kind);
        Some(As { kind, is_in_parts: rule.is_some_and(|rule| rule.parts), field, parent: resources.qualifier(name) })
    }

    fn literal(&mut self, literal: &'a Literal, known: As<'a>) {
        if known.kind.is_some_and(|kind| known.is_in_parts && self.is_path(literal, kind)) {
            return;
        }
        match &literal.kind {
            LiteralKind::Variable(name) => {
                if !self.walked.insert((name, known)) {
                    return;
                }
                match given(self.operation, self.variables, literal) {
                    Given::Literal(default) => self.literal(default, known),
                    Given::Json(value) => self.json(value, known),
                    _ => {}
                }
            }
            LiteralKind::String(name) => self.note(known.kind, name),
            LiteralKind::List(items) => items.iter().for_each(|item| self.literal(item, known)),
            LiteralKind::Object(members) => {
                let path = literal.get("path").zip(known.kind);
                if !path.is_some_and(|(path, kind)| self.is_path(path, kind)) {
                    for member in members {
                        self.member(known.field, known.parent, member);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes the key that is written as a path; false where it is none. A variable is walked once.
    fn is_path(&mut self, literal: &'a Literal, kind: &'a str) -> bool {
        let LiteralKind::Variable(name) = &literal.kind else {
            let path = self.path(literal);
            return self.note_path(kind, path);
        };
        if let Some(known) = self.paths.get(&(name, kind)) {
            return *known;
        }
        let path = self.path(literal);
        let is_path = self.note_path(kind, path);
        self.paths.insert((name, kind), is_path);
        is_path
    }

    fn note_path(&mut self, kind: &str, path: Option<String>) -> bool {
        path.inspect(|path| self.note(Some(kind), path)).is_some()
    }

    fn path(&self, literal: &'a Literal) -> Option<String> {
        match given(self.operation, self.variables, literal) {
            Given::Json(value) => json_path(value),
            Given::Literal(Literal { kind: LiteralKind::List(items), .. }) => {
                joined(items.iter().map(|item| self.text(item)))
            }
            Given::Literal(only) => joined([self.text(only)].into_iter()),
            _ => None,
        }
    }

    fn text(&self, literal: &'a Literal) -> Option<Cow<'a, str>> {
        match given(self.operation, self.variables, literal) {
            Given::Literal(Literal { kind: LiteralKind::String(text), .. }) => Some(text.into()),
            Given::Json(value) => beginning(value),
            _ => None,
        }
    }

    fn json(&mut self, value: Value<'a>, known: As<'a>) {
        match value.kind() {
            Kind::String => self.note(known.kind, &value.as_str().unwrap_or_default()),
            Kind::Number => self.note(known.kind, value.raw()),
            Kind::Array => value.children().for_each(|item| self.json(item, known)),
            Kind::Object => match value.get("path").filter(|_| known.kind.is_some()).and_then(json_path) {
                Some(path) => self.note(known.kind, &path),
                None => {
                    for (name, member) in value.members() {
                        if let Some(known) = self.known(known.field, known.parent, &name) {
                            self.json(member, known);
                        }
                    }
                }
            },
            _ => {}
        }
    }

    fn note(&mut self, kind: Option<&str>, name: &str) {
        // A name that is put together from several is told with what is acted on.
        if let Some(kind) = kind.filter(|kind| !self.rules.kinds.is_put_together(kind)) {
            self.found.insert(Resource::new(kind, name));
        }
    }
}

/// A key written as `{path: ["raw", "orders"]}` is the resource `raw/orders`.
fn json_path(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::Array => joined(value.children().map(beginning)),
        _ => joined([beginning(value)].into_iter()),
    }
}

/// What a string says; of one far too long for a key only its beginning, as it is written.
fn beginning(value: Value<'_>) -> Option<Cow<'_, str>> {
    let raw = value.raw();
    match value.kind() {
        Kind::String if raw.len() > 8 * LONGEST_KEY => {
            raw.get(1..raw.floor_char_boundary(2 * LONGEST_KEY)).map(Cow::Borrowed)
        }
        _ => value.as_str(),
    }
}

/// The parts with slashes between them, if all of them are texts. What is longer than [`LONGEST_KEY`] ends there, with a mark.
fn joined<'a>(parts: impl Iterator<Item = Option<Cow<'a, str>>>) -> Option<String> {
    let mut path = String::new();
    for (number, part) in parts.enumerate() {
        let part = part?;
        if number > 0 {
            path.push('/');
        }
        let fits = part.floor_char_boundary(LONGEST_KEY.saturating_sub(path.len()));
        escape(&mut path, part.get(..fits).unwrap_or_default(), "/");
        if fits < part.len() || path.len() >= LONGEST_KEY {
            path.push('…');
            break;
        }
    }
    Some(path)
}
