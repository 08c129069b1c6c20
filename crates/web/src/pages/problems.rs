//! What was wrong with a form: drawn on top of it, each linked to its field.

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

    /// What an error says, about the form's field of the same name if it has one.
    pub fn told_by(error: &ApiError, fields: &[&'static str]) -> Self {
        let named = error.problem().members().get("field").and_then(|field| field.as_str());
        Self::one(fields.iter().copied().find(|field| Some(*field) == named), error.detail())
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
