//! What stands beside a field in its object, as far as whether the field is told goes by that. Looked up once for each object, however many
//! of its fields ask: a short answer may have thousands.

use super::collect::Members;
use crate::graphql::json::{Kind, Value};

/// The fields of an object.
pub(super) struct Siblings<'a, 't> {
    object: Value<'t>,
    members: &'a Members,
    /// By name, whether a field says `true`.
    true_ones: Vec<(&'a str, bool)>,
    /// By name, how what a field says begins.
    beginnings: Vec<(&'a str, Option<String>)>,
}

impl<'a, 't> Siblings<'a, 't> {
    pub(super) fn of(object: Value<'t>, members: &'a Members) -> Self {
        Self { object, members, true_ones: Vec::new(), beginnings: Vec::new() }
    }

    /// Whether the field of this name says `true`.
    pub(super) fn say_true(&mut self, field: &'a str) -> bool {
        if let Some((_, known)) = self.true_ones.iter().find(|(own, _)| *own == field) {
            return *known;
        }
        let is_true = self.value(field).is_some_and(|value| value.kind() == Kind::Bool(true));
        self.true_ones.push((field, is_true));
        is_true
    }

    /// How the text of the field of this name begins, up to a colon.
    pub(super) fn beginning(&mut self, field: &'a str) -> Option<&str> {
        let known = self.beginnings.iter().position(|(own, _)| *own == field);
        let at = known.unwrap_or_else(|| {
            self.beginnings.push((field, self.begins(field)));
            self.beginnings.len() - 1
        });
        self.beginnings.get(at)?.1.as_deref()
    }

    fn begins(&self, field: &str) -> Option<String> {
        let text = self.value(field)?.as_str()?;
        text.split(':').next().filter(|begins| !begins.is_empty()).map(str::to_owned)
    }

    fn value(&self, field: &str) -> Option<Value<'t>> {
        self.object.get(&self.members.first(field)?.key)
    }
}
