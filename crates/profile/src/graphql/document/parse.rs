//! From the parser's syntax tree to a [`Document`].
//!
//! The parser recovers from errors and has gaps (an argument without a value passes), so this is strict on its own: a node that
//! misses a part it must have is refused, wherever it stands.

use apollo_parser::{
    Parser, SyntaxKind, SyntaxToken,
    cst::{self, CstNode},
};

use super::{
    Definitions, Document, Field, Fragment, Inline, Literal, LiteralKind, Member, OperationDefinition, Selection,
    VariableDefinition, VariableUse, strings, structure,
};
use crate::{
    Misread,
    graphql::{OperationKind, json::Span, rules::Limits},
};

/// Reads an executable document.
pub fn parse(text: &str, limits: &Limits) -> Result<Document, Misread> {
    if text.len() > limits.document {
        return Err(too_long(limits));
    }
    let tree = Parser::new(text).recursion_limit(limits.depth).token_limit(limits.tokens).parse();
    if let Some(error) = tree.errors().next() {
        let (code, what) = match (error.is_limit(), error.message().contains("token")) {
            (true, true) => {
                ("graphql_too_large", format!("has more than {} tokens (graphql.limits.tokens)", limits.tokens))
            }
            (true, false) => ("graphql_too_large", format!("is nested deeper than {} levels", limits.depth)),
            (false, _) => ("graphql_syntax", "cannot be parsed".to_owned()),
        };
        return Err(Misread::new(
            code,
            format!("The GraphQL document {what} (at byte {}): {}.", error.index(), error.message()),
        ));
    }
    let document = tree.document();
    if usize::from(document.syntax().text_range().len()) != text.len() {
        return Err(syntax("is not understood in full"));
    }
    let mut builder = Builder { text, fields: Vec::new(), uses: Vec::new(), spreads: Vec::new() };
    let mut operations = Vec::new();
    let mut fragments = Vec::new();
    for definition in document.definitions() {
        match definition {
            cst::Definition::OperationDefinition(node) => operations.push(builder.operation(&node)?),
            cst::Definition::FragmentDefinition(node) => fragments.push(builder.fragment(&node)?),
            other => return Err(syntax(format!("holds a {}, which nobody can execute", other.kind()))),
        }
    }
    let spreads = builder.spreads;
    let document =
        Document { text: text.to_owned(), fields: builder.fields, operations, fragments, uses: builder.uses };
    structure::check(document, &spreads, limits.depth)
}

/// Why a document that is longer than its limit is refused.
pub fn too_long(limits: &Limits) -> Misread {
    Misread::new("graphql_too_large", format!("The GraphQL document is longer than {} bytes.", limits.document))
}

pub(super) fn syntax(what: impl std::fmt::Display) -> Misread {
    Misread::new("graphql_syntax", format!("The GraphQL document {what}."))
}

fn must<T>(part: Option<T>, name: &str) -> Result<T, Misread> {
    part.ok_or_else(|| syntax(format!("misses {name}")))
}

fn span(node: &impl CstNode) -> Span {
    let range = node.syntax().text_range();
    Span { start: range.start().into(), end: range.end().into() }
}

/// The span without the white space, comments and commas that the tree may keep at a node's end.
fn tight(node: &impl CstNode) -> Span {
    let trivia =
        |token: &SyntaxToken| matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT | SyntaxKind::COMMA);
    let mut last = node.syntax().last_token();
    while let Some(token) = last.take_if(|token| trivia(token)) {
        last = token.prev_token();
    }
    let whole = span(node);
    Span { start: whole.start, end: last.map_or(whole.end, |token| token.text_range().end().into()) }
}

fn name_of(node: Option<cst::Name>) -> Result<Box<str>, Misread> {
    let name = must(node, "a name")?.text();
    if name.as_str().len() > 256 {
        Err(syntax("has a name of more than 256 letters"))
    } else {
        Ok(name.as_str().into())
    }
}

/// A selection, in an inline fragment that says so if it is skipped.
fn within(is_skipped: bool, selection: Selection) -> Selection {
    if is_skipped {
        return Selection::Inline(Inline { on: None, selections: vec![selection], is_skipped });
    }
    selection
}

struct Builder<'t> {
    text: &'t str,
    fields: Vec<Field>,
    uses: Vec<VariableUse>,
    /// Names of spreads: until all fragments are known, [`Selection::Spread`] is a place in here.
    spreads: Vec<Box<str>>,
}

impl Builder<'_> {
    fn operation(&mut self, node: &cst::OperationDefinition) -> Result<OperationDefinition, Misread> {
        let kind = match node.operation_type() {
            None => OperationKind::Query,
            Some(word) if word.query_token().is_some() => OperationKind::Query,
            Some(word) if word.mutation_token().is_some() => OperationKind::Mutation,
            Some(word) if word.subscription_token().is_some() => OperationKind::Subscription,
            Some(_) => return Err(syntax("misses the kind of an operation")),
        };
        let name = node.name().map(|name| name_of(Some(name))).transpose()?;
        let definitions = node.variable_definitions();
        let mut variables = Vec::new();
        for definition in definitions.iter().flat_map(cst::VariableDefinitions::variable_definitions) {
            variables.push(self.variable_definition(&definition)?);
        }
        self.directives(node.directives().as_ref())?;
        let selections = self.selections(node.selection_set())?;
        let definitions_span = definitions.as_ref().map(tight);
        let variables = Definitions::new(variables);
        Ok(OperationDefinition { name, kind, definitions_span, variables, selections, span: span(node) })
    }

    fn variable_definition(&mut self, node: &cst::VariableDefinition) -> Result<VariableDefinition, Misread> {
        let name = name_of(node.variable().and_then(|v| v.name()))?;
        must(node.ty(), "the type of a variable")?;
        let default = match node.default_value() {
            Some(default) => Some(self.value(must(default.value(), "a default value")?)?),
            None => None,
        };
        self.directives(node.directives().as_ref())?;
        Ok(VariableDefinition { name, default, span: tight(node) })
    }

    fn fragment(&mut self, node: &cst::FragmentDefinition) -> Result<Fragment, Misread> {
        let name = name_of(node.fragment_name().and_then(|n| n.name()))?;
        let on =
            must(node.type_condition().and_then(|t| t.named_type()).and_then(|t| t.name()), "the type of a fragment")?;
        let on = name_of(Some(on))?;
        self.directives(node.directives().as_ref())?;
        Ok(Fragment { name, on, selections: self.selections(node.selection_set())?, span: span(node) })
    }

    fn selections(&mut self, node: Option<cst::SelectionSet>) -> Result<Vec<Selection>, Misread> {
        let node = must(node, "a selection set")?;
        must(node.r_curly_token(), "a closing brace")?;
        let selections: Vec<Selection> = node.selections().map(|s| self.selection(s)).collect::<Result<_, _>>()?;
        if selections.is_empty() { Err(syntax("has an empty selection set")) } else { Ok(selections) }
    }

    fn selection(&mut self, node: cst::Selection) -> Result<Selection, Misread> {
        match node {
            cst::Selection::Field(field) => self.field(&field),
            cst::Selection::FragmentSpread(spread) => {
                let name = name_of(spread.fragment_name().and_then(|n| n.name()))?;
                let is_skipped = self.directives(spread.directives().as_ref())?;
                self.spreads.push(name);
                Ok(within(is_skipped, Selection::Spread(self.spreads.len() - 1)))
            }
            cst::Selection::InlineFragment(inline) => {
                let is_skipped = self.directives(inline.directives().as_ref())?;
                let on = match inline.type_condition() {
                    Some(condition) => Some(name_of(condition.named_type().and_then(|t| t.name()))?),
                    None => None,
                };
                Ok(Selection::Inline(Inline { on, selections: self.selections(inline.selection_set())?, is_skipped }))
            }
        }
    }

    fn field(&mut self, node: &cst::Field) -> Result<Selection, Misread> {
        let name = name_of(node.name())?;
        let key = match node.alias() {
            Some(alias) => name_of(alias.name())?,
            None => name.clone(),
        };
        let arguments = self.arguments(node.arguments())?;
        let is_skipped = self.directives(node.directives().as_ref())?;
        let set = node.selection_set();
        let ends_at =
            set.as_ref().and_then(cst::SelectionSet::r_curly_token).map(|brace| brace.text_range().start().into());
        let selections = if set.is_some() { self.selections(set)? } else { Vec::new() };
        self.fields.push(Field { key, name, arguments, selections, ends_at });
        Ok(within(is_skipped, Selection::Field(self.fields.len() - 1)))
    }

    fn arguments(&mut self, node: Option<cst::Arguments>) -> Result<Vec<Member>, Misread> {
        let Some(node) = node else { return Ok(Vec::new()) };
        must(node.r_paren_token(), "a closing parenthesis")?;
        let members = node.arguments().map(|a| self.member(a.name(), a.value())).collect::<Result<_, _>>()?;
        structure::unique(members, "argument")
    }

    fn member(&mut self, name: Option<cst::Name>, value: Option<cst::Value>) -> Result<Member, Misread> {
        Ok(Member { name: name_of(name)?, value: self.value(must(value, "the value of an argument")?)? })
    }

    /// For the variables they use, and whether they say in plain words that what they stand at is skipped.
    fn directives(&mut self, node: Option<&cst::Directives>) -> Result<bool, Misread> {
        let mut is_skipped = false;
        for directive in node.into_iter().flat_map(cst::Directives::directives) {
            let name = name_of(directive.name())?;
            let arguments = self.arguments(directive.arguments())?;
            let says = |word| arguments.iter().any(|a| &*a.name == "if" && a.value.kind.is_bool(word));
            is_skipped |= (&*name == "skip" && says(true)) || (&*name == "include" && says(false));
        }
        Ok(is_skipped)
    }

    fn value(&mut self, node: cst::Value) -> Result<Literal, Misread> {
        let span = tight(&node);
        let kind = match node {
            cst::Value::Variable(variable) => {
                let name = name_of(variable.name())?;
                self.uses.push(VariableUse { name: name.clone(), span });
                LiteralKind::Variable(name)
            }
            cst::Value::StringValue(_) => LiteralKind::String(
                strings::value_of(span.of(self.text)).ok_or_else(|| syntax("has a string that cannot be read"))?,
            ),
            cst::Value::IntValue(_) | cst::Value::FloatValue(_) => LiteralKind::Number,
            cst::Value::BooleanValue(word) => LiteralKind::Bool(word.true_token().is_some()),
            cst::Value::NullValue(_) => LiteralKind::Null,
            cst::Value::EnumValue(word) => {
                name_of(word.name())?;
                LiteralKind::Enum
            }
            cst::Value::ListValue(list) => {
                must(list.r_brack_token(), "a closing bracket")?;
                LiteralKind::List(list.values().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            cst::Value::ObjectValue(object) => {
                must(object.r_curly_token(), "a closing brace")?;
                let members =
                    object.object_fields().map(|f| self.member(f.name(), f.value())).collect::<Result<_, _>>()?;
                LiteralKind::Object(structure::unique(members, "input field")?)
            }
        };
        Ok(Literal { span, kind })
    }
}
