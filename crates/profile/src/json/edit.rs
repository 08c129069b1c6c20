//! Changing a text in a few places and nowhere else.

use super::Span;

/// Replacements in one text; they may be noted in any order.
#[derive(Debug, Default)]
pub struct Edits {
    replacements: Vec<(Span, String)>,
}

impl Edits {
    /// Puts `text` in the place of `span`.
    pub fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.replacements.push((span, text.into()));
    }

    /// Puts `text` before the byte `at`.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(Span { start: at, end: at }, text);
    }

    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.replacements.is_empty()
    }

    /// Whether what stands there will be gone.
    pub fn removes(&self, span: Span) -> bool {
        self.replacements.iter().any(|(gone, _)| gone.holds(span) && gone.start < gone.end)
    }

    /// The text with all replacements made; `None` when two of them overlap or one lies outside.
    pub fn apply(mut self, text: &str) -> Option<String> {
        self.replacements.sort_by_key(|(span, _)| *span);
        let mut out = String::with_capacity(text.len() + 64);
        let mut done = 0;
        for (span, new) in &self.replacements {
            out.push_str(text.get(done..span.start)?);
            text.get(span.start..span.end)?;
            out.push_str(new);
            done = span.end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    #[test]
    fn edits_are_made_in_the_order_of_the_text() {
        let mut edits = Edits::default();
        edits.replace(span(6, 11), "moon");
        edits.insert(0, "> ");
        assert_eq!(edits.apply("hello world").as_deref(), Some("> hello moon"));
    }

    #[test]
    fn overlapping_or_outside_edits_give_nothing_rather_than_something_wrong() {
        let mut edits = Edits::default();
        edits.replace(span(0, 4), "");
        edits.replace(span(3, 5), "");
        assert_eq!(edits.apply("hello"), None);
        let mut edits = Edits::default();
        edits.replace(span(4, 9), "");
        assert_eq!(edits.apply("hello"), None);
    }
}
