//! Whom people ask for access or help: a sentence of the operator's, in which addresses are links.

use doorward_domain::Email;
use std::fmt;
use url::Url;

/// The sentence, cut into text and links; empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact(Vec<Part>);

/// Where nobody need be asked.
pub(crate) static NOBODY: Contact = Contact(Vec::new());

/// A piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// As written.
    pub text: String,
    /// Where it leads, if it is an address.
    pub href: Option<String>,
}

/// What ends a sentence does not belong to the address before it.
const AFTER_ADDRESS: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', '>'];
const BEFORE_ADDRESS: [char; 2] = ['(', '<'];

impl Contact {
    /// Reads the sentence.
    pub fn new(sentence: &str) -> Self {
        let mut parts = Vec::new();
        for word in sentence.trim().split_inclusive(char::is_whitespace) {
            let (before, rest) = word.split_at(word.len() - word.trim_start_matches(BEFORE_ADDRESS).len());
            let address = rest.trim_end().trim_end_matches(AFTER_ADDRESS);
            let Some(href) = link(address) else {
                add_text(&mut parts, word);
                continue;
            };
            add_text(&mut parts, before);
            parts.push(Part { text: address.to_owned(), href: Some(href) });
            add_text(&mut parts, rest.strip_prefix(address).unwrap_or_default());
        }
        Self(parts)
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn parts(&self) -> std::slice::Iter<'_, Part> {
        self.0.iter()
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(&part.text))
    }
}

/// Plain words go together, so that the page has no more pieces than it needs.
fn add_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part { text: before, href: None }) => before.push_str(text),
        _ => parts.push(Part { text: text.to_owned(), href: None }),
    }
}

/// Only pages and mail: the sentence is the operator's, but a link that runs something is never meant.
fn link(word: &str) -> Option<String> {
    if word.starts_with("https://") || word.starts_with("http://") {
        return Url::parse(word).ok().map(String::from);
    }
    let is_address = word.parse::<Email>().is_ok() && word.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    is_address.then(|| format!("mailto:{word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sentence: &str) -> String {
        let contact = Contact::new(sentence);
        assert_eq!(contact.to_string(), sentence.trim(), "nothing is lost");
        let told = contact
            .parts()
            .map(|part| part.href.as_ref().map_or(part.text.clone(), |href| format!("[{}→{href}]", part.text)));
        told.collect()
    }

    #[test]
    fn addresses_of_pages_and_people_are_links_and_all_else_is_text() {
        assert_eq!(told("Ask the platform team."), "Ask the platform team.");
        assert_eq!(told("Ask data@example.com, please."), "Ask [data@example.com→mailto:data@example.com], please.");
        assert_eq!(
            told("Help (https://wiki.test/a?b=c)."),
            "Help ([https://wiki.test/a?b=c→https://wiki.test/a?b=c])."
        );
        assert_eq!(
            told("https://wiki.test/x y@z.test"),
            "[https://wiki.test/x→https://wiki.test/x] [y@z.test→mailto:y@z.test]"
        );
        for text in ["javascript:alert(1)", "@data in the chat", "me@localhost", "http://", "", "   "] {
            assert_eq!(told(text), text.trim(), "{text}");
        }
    }
}
