//! Signing where the value stands in the document.

use super::{At, Signing, ambiguous};
use crate::{
    Misread,
    graphql::{
        arguments::Given,
        document::{Literal, LiteralKind},
        json::{Kind, Value},
    },
};

impl<'a> Signing<'a> {
    /// Signs a value that is written in the document.
    pub(super) fn literal(&mut self, literal: &'a Literal, at: At<'_>) -> Result<(), Misread> {
        match &literal.kind {
            LiteralKind::Variable(name) => self.variable(name, literal.span, at),
            LiteralKind::List(items) if at.wants_list() => {
                items.iter().try_for_each(|item| self.literal(item, at.item()))
            }
            _ if at.is_tags() => self.tags(literal),
            LiteralKind::Null if at.is_argument => Ok(()),
            LiteralKind::Null => {
                let Some((name, below)) = at.below() else { return Err(ambiguous("a value is missing")) };
                let value = self.new_literal(below);
                self.in_document.replace(literal.span, format!("{{{name}:{value}}}"));
                Ok(())
            }
            LiteralKind::Object(_) => self.object(literal, at),
            _ => Err(ambiguous("an argument is not an object")),
        }
    }

    fn object(&mut self, literal: &'a Literal, at: At<'_>) -> Result<(), Misread> {
        let Some((name, below)) = at.below() else { return Err(ambiguous("an argument is not an object")) };
        if let Some(value) = literal.get(name) {
            return self.literal(value, below);
        }
        let value = self.new_literal(below);
        self.in_document.insert(literal.span.start + 1, format!("{name}:{value},"));
        Ok(())
    }

    /// A value at this place with nothing in it but our tag.
    fn new_literal(&self, at: At<'_>) -> String {
        match at.below() {
            Some((name, below)) => format!("{{{name}:{}}}", self.new_literal(below)),
            None => format!("[{}]", self.tag()),
        }
    }

    fn tags(&mut self, literal: &'a Literal) -> Result<(), Misread> {
        let tag = self.tag();
        match &literal.kind {
            LiteralKind::Null => self.in_document.replace(literal.span, format!("[{tag}]")),
            LiteralKind::Object(_) if self.is_ours(literal)? => {
                self.in_document.replace(literal.span, format!("[{tag}]"));
            }
            // GraphQL takes a single value for a list of one.
            LiteralKind::Object(_) => {
                self.in_document.insert(literal.span.start, "[");
                self.in_document.insert(literal.span.end, format!(",{tag}]"));
            }
            LiteralKind::List(items) => {
                for item in items {
                    if self.is_ours(item)? {
                        self.in_document.replace(item.span, "");
                    }
                }
                self.in_document.insert(literal.span.end - 1, format!(",{tag}"));
            }
            _ => return Err(ambiguous("the tags are not a list")),
        }
        Ok(())
    }

    /// Whether this is a tag with the key that only we may set.
    fn is_ours(&self, tag: &'a Literal) -> Result<bool, Misread> {
        let key = match self.given(tag) {
            Given::Literal(tag @ Literal { kind: LiteralKind::Object(_), .. }) => match tag.get(&self.rule.key_field) {
                Some(key) => self.given(key),
                None => return Err(ambiguous("a tag has no key")),
            },
            Given::Json(tag) => return self.is_our_json(tag),
            _ => return Err(ambiguous("a tag is not an object")),
        };
        match key {
            Given::Literal(Literal { kind: LiteralKind::String(key), .. }) => Ok(*key == self.rule.tag),
            Given::Json(key) if key.kind() == Kind::String => Ok(key.as_str().is_some_and(|key| key == self.rule.tag)),
            _ => Err(ambiguous("the key of a tag is not a string")),
        }
    }

    /// Whether this is a tag with the key that only we may set.
    pub(super) fn is_our_json(&self, tag: Value<'_>) -> Result<bool, Misread> {
        let key = tag.get(&self.rule.key_field).and_then(Value::as_str);
        key.map(|key| key == self.rule.tag).ok_or_else(|| ambiguous("a tag has no key"))
    }
}
