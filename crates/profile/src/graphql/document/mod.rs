//! A GraphQL document that was really sent, as far as a door has to know it.
//!
//! [`parse`] makes it from the parser's syntax tree and refuses whatever is not plainly an executable document; [`structure`]
//! checks what holds for the document as a whole (names, fragments, depth), so that everything after may follow spreads
//! without care. All places are spans of the text, which is what gets forwarded.

mod definitions;
pub mod parse;
pub mod strings;
pub mod structure;

pub use definitions::Definitions;

use super::json::Span;
use crate::graphql::OperationKind;

/// An executable document whose structure was checked.
#[derive(Debug)]
pub struct Document {
    /// As sent (without a byte order mark).
    pub text: String,
    /// Every field of the document; selections refer to them by place.
    pub fields: Vec<Field>,
    /// In the order of the text; never empty.
    pub operations: Vec<OperationDefinition>,
    /// In the order of the text; names are unique.
    pub fragments: Vec<Fragment>,
    /// Every use of a variable, outside the definitions of variables.
    pub uses: Vec<VariableUse>,
}

/// `$name` where a value may stand.
#[derive(Debug)]
pub struct VariableUse {
    /// Without `$`.
    pub name: Box<str>,
    /// With `$`.
    pub span: Span,
}

/// `query …`, `mutation …`, `subscription …` or `{…}`.
#[derive(Debug)]
pub struct OperationDefinition {
    /// Unique in the document; `None` only when it is alone.
    pub name: Option<Box<str>>,
    /// What kind.
    pub kind: OperationKind,
    /// `($a: Int = 1)`, with parentheses.
    pub definitions_span: Option<Span>,
    /// Names are unique.
    pub variables: Definitions,
    /// What it asks for.
    pub selections: Vec<Selection>,
    /// The whole definition.
    pub span: Span,
}

/// `$name: Type = default`
#[derive(Debug)]
pub struct VariableDefinition {
    /// Without `$`.
    pub name: Box<str>,
    /// Its default, a constant.
    pub default: Option<Literal>,
    /// The whole definition.
    pub span: Span,
}

/// `fragment Name on Type {…}`
#[derive(Debug)]
pub struct Fragment {
    /// Its name.
    pub name: Box<str>,
    /// The type after `on`.
    pub on: Box<str>,
    /// What it asks for.
    pub selections: Vec<Selection>,
    /// The whole definition.
    pub span: Span,
}

/// One thing in a selection set. Directives are left out on purpose: nothing they say makes a field count less. What is plainly skipped
/// is inside an inline fragment that says so.
#[derive(Debug)]
pub enum Selection {
    /// By its place in [`Document::fields`].
    Field(usize),
    /// `...Name`, by its place in [`Document::fragments`].
    Spread(usize),
    /// `... on Type {…}`. Its fields count whatever the type says, except where a profile knows the type for harmless.
    Inline(Inline),
}

/// `... on Type {…}` or `... {…}`
#[derive(Debug)]
pub struct Inline {
    /// The type, if one is named.
    pub on: Option<Box<str>>,
    /// What it asks for.
    pub selections: Vec<Selection>,
    /// Whether `@skip(if: true)` or `@include(if: false)` stands at it.
    pub is_skipped: bool,
}

/// `alias: name(arguments) {…}`
#[derive(Debug)]
pub struct Field {
    /// The alias, else the name.
    pub key: Box<str>,
    /// The name in the schema.
    pub name: Box<str>,
    /// Names are unique.
    pub arguments: Vec<Member>,
    /// What it asks for below.
    pub selections: Vec<Selection>,
    /// Where the brace is that ends what it asks for below, if it asks for anything.
    pub ends_at: Option<u32>,
}

/// `name: value`, an argument or a field of an input object.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Literal,
}

/// A value as written in the document.
#[derive(Debug)]
pub struct Literal {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: LiteralKind,
}

/// The kinds of values.
#[derive(Debug)]
pub enum LiteralKind {
    /// `$name`, without `$`.
    Variable(Box<str>),
    /// What a string or block string says.
    String(String),
    /// An integer or float, as written.
    Number,
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// Any other name.
    Enum,
    /// `[…]`
    List(Vec<Literal>),
    /// `{…}`; names are unique.
    Object(Vec<Member>),
}

impl Document {
    /// The field a selection refers to.
    pub fn field(&self, index: usize) -> Option<&Field> {
        self.fields.get(index)
    }

    /// The fragment a spread refers to.
    pub fn fragment(&self, index: usize) -> Option<&Fragment> {
        self.fragments.get(index)
    }
}

impl OperationDefinition {
    /// The definition of a variable.
    pub fn variable(&self, name: &str) -> Option<&VariableDefinition> {
        self.variables.get(name)
    }
}

impl LiteralKind {
    /// Whether it is this word.
    pub fn is_bool(&self, word: bool) -> bool {
        matches!(self, Self::Bool(own) if *own == word)
    }
}

impl Literal {
    /// The member of an object with this name.
    pub fn get(&self, name: &str) -> Option<&Literal> {
        match &self.kind {
            LiteralKind::Object(members) => members.iter().find(|m| &*m.name == name).map(|m| &m.value),
            _ => None,
        }
    }
}
