//! Signing where the value stands in the request's variables.

use super::{At, Signing, ambiguous};
use crate::{
    Misread,
    graphql::json::{Kind, Span, Value, quoted},
};

impl<'a> Signing<'a> {
    /// Signs a value that stands in the variables.
    pub(super) fn json(&mut self, value: Value<'a>, at: At<'_>) -> Result<(), Misread> {
        match value.kind() {
            Kind::Array if at.wants_list() => value.children().try_for_each(|item| self.json(item, at.item())),
            _ if at.is_tags() => self.json_tags(value),
            Kind::Null if at.is_argument => Ok(()),
            Kind::Null => {
                let new = self.new_json(at)?;
                self.replace(value.span(), new);
                Ok(())
            }
            Kind::Object => self.json_object(value, at),
            _ => Err(ambiguous("a variable is not an object")),
        }
    }

    fn json_object(&mut self, value: Value<'a>, at: At<'_>) -> Result<(), Misread> {
        let Some((name, below)) = at.below() else { return Err(ambiguous("a variable is not an object")) };
        if let Some(member) = value.get(name) {
            return self.json(member, below);
        }
        let comma = if value.children().next().is_some() { "," } else { "" };
        let after_brace = value.span().start + 1;
        let new = format!("{}:{}{comma}", quoted(name), self.new_json(below)?);
        self.replace(Span { start: after_brace, end: after_brace }, new);
        Ok(())
    }

    /// A value at this place with nothing in it but our tag.
    pub(super) fn new_json(&self, at: At<'_>) -> Result<String, Misread> {
        if at.wants_list() {
            return Err(ambiguous("a list is missing"));
        }
        Ok(match at.below() {
            Some((name, below)) => format!("{{{}:{}}}", quoted(name), self.new_json(below)?),
            None => format!("[{}]", self.json_tag()),
        })
    }

    fn json_tags(&mut self, value: Value<'a>) -> Result<(), Misread> {
        let tags: Vec<Value<'_>> = match value.kind() {
            Kind::Null => Vec::new(),
            Kind::Array => value.children().collect(),
            // GraphQL takes a single value for a list of one.
            Kind::Object => vec![value],
            _ => return Err(ambiguous("the tags are not a list")),
        };
        let mut kept = Vec::new();
        for tag in tags {
            if !self.is_our_json(tag)? {
                kept.push(tag.raw().to_owned());
            }
        }
        kept.push(self.json_tag());
        self.replace(value.span(), format!("[{}]", kept.join(",")));
        Ok(())
    }

    /// Spans are those of the whole request; edits are made in the text of the variables alone.
    fn replace(&mut self, span: Span, new: String) {
        let base = self.request.variables.object().map_or(0, |object| object.span().start);
        self.in_variables.replace(Span { start: span.start - base, end: span.end - base }, new);
    }

    /// The text of the variables after all edits, when there are any.
    pub(super) fn edited_variables(mut self) -> Result<Option<String>, Misread> {
        let object = self.request.variables.object();
        if !self.new_variables.is_empty() {
            let members = self.new_variables.iter().map(|(name, value)| format!("{}:{value}", quoted(name)));
            let mut members = members.collect::<Vec<_>>().join(",");
            if object.is_some_and(|object| object.children().next().is_some()) {
                members.push(',');
            }
            self.in_variables.insert(1, members);
        }
        if self.in_variables.is_empty() {
            return Ok(None);
        }
        let text = object.map_or("{}", Value::raw);
        self.in_variables.apply(text).map(Some).ok_or_else(|| ambiguous("its parts overlap"))
    }
}
