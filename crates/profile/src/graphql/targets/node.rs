//! A value of an argument as the tool gets it, whether it stands in the document or in the variables.

use std::borrow::Cow;

use crate::graphql::{
    arguments::{Given, Variables, given},
    document::{Literal, LiteralKind, Member, OperationDefinition},
    json::{Kind, Value},
};
use crate::kinds::LONGEST_NAME;

/// Where values are looked up.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The document's text.
    pub text: &'a str,
    /// The operation that runs.
    pub operation: &'a OperationDefinition,
    /// The request's variables.
    pub variables: &'a Variables,
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    Literal(&'a Literal),
    Json(Value<'a>),
}

/// What a value is.
pub enum Shape<'a> {
    /// Absent, `null`, or an empty text: to the tool it names nothing.
    Nothing,
    /// A text that is short enough for a name.
    Text(Cow<'a, str>),
    List,
    Object,
    /// Nobody can tell what the tool makes of it.
    Unclear,
}

impl<'a> Ground<'a> {
    /// The value a literal comes to; `None` when nobody can tell.
    pub fn node(self, literal: &'a Literal) -> Option<Node<'a>> {
        match given(self.operation, self.variables, literal) {
            Given::Literal(literal) => Some(Node::Literal(literal)),
            Given::Json(value) => Some(Node::Json(value)),
            Given::Nothing => Some(Node::Literal(&NOTHING)),
            Given::Unknown => None,
        }
    }
}

static NOTHING: Literal = Literal { span: crate::graphql::json::Span { start: 0, end: 0 }, kind: LiteralKind::Null };

impl<'a> Node<'a> {
    /// What it is.
    pub fn shape(self, ground: Ground<'a>) -> Shape<'a> {
        match self {
            Self::Literal(literal) => match &literal.kind {
                LiteralKind::Null => Shape::Nothing,
                LiteralKind::String(text) => named(text.as_str().into()),
                LiteralKind::Enum => named(literal.span.of(ground.text).into()),
                LiteralKind::Number => number(literal.span.of(ground.text)),
                LiteralKind::List(_) => Shape::List,
                LiteralKind::Object(_) => Shape::Object,
                LiteralKind::Bool(_) | LiteralKind::Variable(_) => Shape::Unclear,
            },
            Self::Json(value) => match value.kind() {
                Kind::Null => Shape::Nothing,
                Kind::Array => Shape::List,
                Kind::Object => Shape::Object,
                Kind::Number => number(value.raw()),
                // A letter takes six bytes at most: what is longer is no name, and not worth a copy.
                Kind::String if value.raw().len() <= 6 * LONGEST_NAME + 2 => {
                    value.as_str().map_or(Shape::Unclear, named)
                }
                Kind::String | Kind::Bool(_) => Shape::Unclear,
            },
        }
    }

    /// Whether it is a text.
    pub fn is_text(self) -> bool {
        match self {
            Self::Literal(literal) => matches!(literal.kind, LiteralKind::String(_)),
            Self::Json(value) => value.kind() == Kind::String,
        }
    }

    /// Whether `each` holds for the items of a list, looked at until one does not; of anything else for itself, as the tool reads one value
    /// where a list is expected. `None` is an item of which nobody can tell what it is.
    pub fn all_items(self, ground: Ground<'a>, mut each: impl FnMut(Option<Self>) -> bool) -> bool {
        match self {
            Self::Literal(Literal { kind: LiteralKind::List(items), .. }) => {
                items.iter().all(|item| each(ground.node(item)))
            }
            Self::Json(value) if value.kind() == Kind::Array => {
                value.children().all(|item| each(Some(Self::Json(item))))
            }
            only => each(Some(only)),
        }
    }

    /// The `path` of a key that is written `{path: ["raw", "orders"]}` and holds nothing else.
    pub fn path(self, ground: Ground<'a>) -> Option<Self> {
        let (mut path, mut count) = (None, 0);
        Group::Object(self).all(ground, |name, value| {
            count += 1;
            path = value.filter(|_| name == "path");
            count < 2
        });
        path.filter(|_| count == 1)
    }
}

/// What stands together: the arguments of a field, or the members of an object.
#[derive(Debug, Clone, Copy)]
pub enum Group<'a> {
    Arguments(&'a [Member]),
    Object(Node<'a>),
}

impl<'a> Group<'a> {
    /// Whether `each` holds for its members, looked at until one does not.
    pub fn all(self, ground: Ground<'a>, mut each: impl FnMut(Cow<'a, str>, Option<Node<'a>>) -> bool) -> bool {
        match self {
            Self::Object(Node::Literal(Literal { kind: LiteralKind::Object(members), .. })) => {
                Self::Arguments(members).all(ground, each)
            }
            Self::Arguments(members) => {
                members.iter().all(|member| each(Cow::Borrowed(&*member.name), ground.node(&member.value)))
            }
            Self::Object(Node::Json(value)) => value.members().all(|(name, value)| each(name, Some(Node::Json(value)))),
            Self::Object(Node::Literal(_)) => true,
        }
    }
}

fn named(text: Cow<'_, str>) -> Shape<'_> {
    match text.len() {
        0 => Shape::Nothing,
        1..=LONGEST_NAME => Shape::Text(text),
        _ => Shape::Unclear,
    }
}

/// An integer that everybody writes alike is a name; of `-0`, `1e3` and what is longer than some can count each tool makes its own.
fn number(text: &str) -> Shape<'_> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = (1..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (!digits.starts_with('0') || text == "0");
    if is_plain { Shape::Text(text.into()) } else { Shape::Unclear }
}
