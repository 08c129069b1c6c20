//! What a change is asked for beside what the client asked for: how it ended, and the ids worth keeping.
//!
//! A client that selects nothing of that must not leave the audit log guessing. So every root field of a mutation that selects anything
//! at all selects its `__typename` too, and what the profile names for it ([`MutationRule::asks`]), under aliases that stand nowhere in
//! the client's document. They come last in the selection, so that all else stays where it was. [`super::extract`] takes them out of the
//! answer again.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::{
    json::Edits,
    prepared::Prepared,
    rules::{MutationRule, Rules},
};
use crate::graphql::OperationKind;

/// What every alias of ours begins with, before a number and an underscore.
const NAME: &str = "doorward";

/// A document that asks for the outcome too.
#[derive(Debug)]
pub struct Beside {
    /// What the aliases begin with, and nothing else in the document does.
    pub prefix: Box<str>,
    /// The edited document.
    pub text: String,
}

/// The document, asking for more. `None` for what changes nothing, and where nothing can be asked for.
pub fn ask(rules: &Rules, prepared: &Prepared) -> Option<Beside> {
    if prepared.kind() != OperationKind::Mutation || !prepared.intent.changes_state {
        return None;
    }
    let text = &prepared.document.text;
    let prefix = unused(text);
    let mut edits = Edits::default();
    for (field, rule) in prepared.mutations(rules) {
        if let Some(end) = field.ends_at {
            edits.insert(usize::try_from(end).ok()?, selections(&prefix, rule));
        }
    }
    if edits.is_empty() { None } else { edits.apply(text).map(|text| Beside { prefix: prefix.into(), text }) }
}

/// What is put at the end of a selection set.
fn selections(prefix: &str, rule: Option<&MutationRule>) -> String {
    let mut more = format!(" {prefix}0:__typename");
    let asks =
        rule.iter().flat_map(|rule| &rule.asks).flat_map(|(on, fields)| fields.iter().map(move |field| (on, field)));
    for (n, (on, field)) in asks.enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(more, " ...on {on}{{{prefix}{}:{field}}}", n + 1);
    }
    more
}

/// A beginning of names that stands nowhere in the text.
pub(super) fn unused(text: &str) -> String {
    let number = |(at, _): (usize, &str)| {
        let rest = text.get(at + NAME.len()..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest.get(..digits).and_then(|digits| digits.parse::<u64>().ok())
    };
    let taken: HashSet<u64> = text.match_indices(NAME).filter_map(number).collect();
    let free = (0..=u64::MAX).find(|n| !taken.contains(n)).unwrap_or(u64::MAX);
    format!("{NAME}{free}_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_in_the_document_is_not_taken_whatever_it_is_there() {
        assert_eq!(unused("mutation{a{b}}"), "doorward0_");
        for text in ["{doorward0_:b}", "# doorward0_", r#"{a(b: "doorward0_0")}"#, "{xdoorward0_1}"] {
            assert_eq!(unused(text), "doorward1_", "{text}");
        }
        assert_eq!(unused("doorward1_ doorward0 doorward3 doorward99999999999999999999999999_ doorward"), "doorward2_");
        let many: Vec<String> = (0..20_000).map(|n| format!("doorward{n}_")).collect();
        assert_eq!(unused(&many.join(" ")), "doorward20000_");
    }
}
