//! What was wrong with a form: drawn on top of it, each linked to its field.

use serde_json::Value;

use crate::error::ApiError;

/// One thing that was wrong.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The id of the field, when it is about one.
    pub field: Option<&'static str>,
    /// A sentence.
    pub words: String,
}

/// Everything that was wrong; empty when the form is shown for the first time.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// One problem, about one field or about the whole.
    pub fn one(field: Option<&'static str>, words: impl Into<String>) -> Self {
        Self(vec![Problem { field, words: sentence(words.into()) }])
    }

    /// What an error says, about the form's field of the same name if it has one; of several mistakes each.
    pub fn told_by(error: &ApiError, fields: &[&'static str]) -> Self {
        let known = |named: Option<&Value>| {
            let named = named.and_then(Value::as_str);
            fields.iter().copied().find(|field| Some(*field) == named)
        };
        let members = error.problem().members();
        let Some(Value::Array(all)) = members.get("errors") else {
            return Self::one(known(members.get("field")), error.detail());
        };
        let words = |one: &Value| one.get("detail").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self(all.iter().map(|one| Problem { field: known(one.get("field")), words: sentence(words(one)) }).collect())
    }

    /// With one more.
    pub fn and(mut self, field: &'static str, words: impl Into<String>) -> Self {
        self.0.push(Problem { field: Some(field), words: sentence(words.into()) });
        self
    }

    /// With all of these after them.
    pub fn with(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Whether the field has a problem.
    pub fn on(&self, field: &str) -> bool {
        self.0.iter().any(|problem| problem.field == Some(field))
    }
}

/// A capital at the start and a full stop at the end, whoever worded it.
fn sentence(words: String) -> String {
    let mut letters = words.chars();
    let Some(first) = letters.next() else { return words };
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), letters.as_str())
}
