//! One question for all that a request names: a query with one root field for each id, or one for all where the tool lists them.
//!
//! Ids go as variables, so that nothing of the client's is part of the document.

use bytes::Bytes;
use doorward_domain::Resource;
use http::Method;
use std::fmt::Write as _;

use crate::Envelope;
use crate::graphql::rules::Rules;
use crate::json::quoted;

/// What stands for an id in a profile.
pub(super) const ID: &str = "$id";

impl Rules {
    /// The question about these, each of which [`Self::asks`] gave.
    pub fn question(&self, asks: &[Resource]) -> Envelope {
        let (mut definitions, mut fields, mut variables) = (String::new(), String::new(), String::new());
        for (place, ask) in asks.iter().enumerate() {
            let Some(rule) = self.tells.get(ask.kind()) else { continue };
            if rule.lists() {
                if self.place(asks, ask) == place {
                    let _ = write!(fields, " q{place}: {}", rule.ask);
                }
                continue;
            }
            let comma = if variables.is_empty() { "" } else { "," };
            let _ = write!(definitions, "$i{place}: {} ", rule.id);
            let _ = write!(fields, " q{place}: {}", rule.ask.replace(ID, &format!("$i{place}")));
            let _ = write!(variables, "{comma}\"i{place}\":{}", value(ask.name(), rule.id_parts.as_deref()));
        }
        let definitions = if definitions.is_empty() { definitions } else { format!("({definitions})") };
        let query = quoted(&format!("query Doorward{definitions}{{{fields}}}"));
        let body = format!("{{\"operationName\":\"Doorward\",\"variables\":{{{variables}}},\"query\":{query}}}");
        Envelope { method: Method::POST, path_and_query: self.path.clone(), body: Bytes::from(body) }
    }

    /// Under which number the answer about one of them stands.
    pub(super) fn place(&self, asks: &[Resource], ask: &Resource) -> usize {
        let lists = self.lists(ask.kind());
        let is_it = |other: &Resource| other == ask || lists && other.kind() == ask.kind();
        asks.iter().position(is_it).unwrap_or_default()
    }
}

/// An id as the tool takes it: a text, or an object that holds the parts of a name in this field.
fn value(name: &str, parts: Option<&str>) -> String {
    let Some(field) = parts else { return quoted(name) };
    let parts: Vec<_> = name.split('/').map(|part| quoted(&unescaped(part))).collect();
    format!("{{{}:[{}]}}", quoted(field), parts.join(","))
}

/// A part of a name as it was before it was put together with others.
fn unescaped(part: &str) -> String {
    part.replace("%2F", "/").replace("%25", "%")
}
