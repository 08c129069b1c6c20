//! Bodies that are JSON, where rules look into them: the second language of bodies, beside [`crate::graphql`].
//!
//! A body is read whole and strictly ([`crate::json`]), and what is sent on is the very text that was read, decompressed: what no two readers can
//! read differently needs no words of ours, and a tool that checks a signature of its clients, or a number's every digit, finds them as they
//! were. Only its `Content-Type` is said anew, in the one way that no tool takes for another.
//!
//! Must not know rules: what they look for is in [`crate::rules`].

use bytes::Bytes;
use doorward_domain::{Action, Intent, Operation, RuleName, Targets};
use http::{HeaderMap, Method, header};
use serde::Deserialize;
use std::sync::Arc;

use crate::json::{Kind, Tree, pointer::is_another_spelling};
use crate::{Envelope, Misread, RequestHead, content, json};

/// `json` of a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JsonRules {
    /// What is too much.
    pub limits: JsonLimits,
}

/// What is too much of a JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JsonLimits {
    /// A body, in bytes, before and after decompression.
    pub body: usize,
    /// Levels of nesting.
    pub depth: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { body: 16 << 20, depth: 64 }
    }
}

/// A request that was understood from its JSON body.
#[derive(Debug)]
pub struct JsonRequest {
    intent: Arc<Intent>,
    method: Method,
    path_and_query: String,
    text: Bytes,
}

impl JsonRequest {
    /// What a body that was read means.
    pub(crate) fn new(intent: Arc<Intent>, head: &RequestHead<'_>, tree: Tree) -> Self {
        let mut path_and_query = head.path.as_str().to_owned();
        if let Some(query) = head.query {
            path_and_query.push('?');
            path_and_query.push_str(query);
        }
        Self { intent, method: head.method.clone(), path_and_query, text: tree.into_text().into() }
    }

    /// What it does.
    pub(crate) fn own_intent(&self) -> &Arc<Intent> {
        &self.intent
    }

    /// How much room its text takes, in bytes.
    pub(crate) fn text_weight(&self) -> usize {
        self.text.len()
    }

    /// The very text that was read.
    pub(crate) fn own_envelope(&self) -> Envelope {
        let (method, path_and_query) = (self.method.clone(), self.path_and_query.clone());
        Envelope { method, path_and_query, body: self.text.clone() }
    }
}

/// Refuses what does not say, once and plainly, that its body is JSON.
pub(crate) fn check_head(headers: &HeaderMap) -> Result<(), Misread> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(not_json()) };
    let value = value.to_str().map_err(|_| not_json())?;
    if value == "application/json" {
        // As nearly all are.
        return Ok(());
    }
    if content::essence(value).eq_ignore_ascii_case("application/json") {
        content::only_utf8(value)
    } else {
        Err(not_json())
    }
}

fn not_json() -> Misread {
    Misread::new(
        "not_json",
        "What is asked for here is in the body, which has to be JSON: send one `Content-Type: application/json`.",
    )
}

/// Reads a whole body.
pub(crate) fn read(
    head: &RequestHead<'_>,
    body: Bytes,
    limits: JsonLimits,
    ignores_overrides: bool,
) -> Result<Tree, Misread> {
    check_head(head.headers)?;
    let text = content::text_of_body(head.headers, body, limits.body)?;
    if text.trim_ascii().is_empty() {
        return Err(Misread::new("bad_json", "What is asked for here is in the body, and it is empty."));
    }
    let tree = json::read_strictly(limits.depth, text, "The body")?;
    let overrides = |root: json::Value<'_>| {
        root.kind() == Kind::Object
            && root
                .members()
                .any(|(key, _)| key == "_method" || is_another_spelling(&key, "_method") && key.starts_with('_'))
    };
    if !ignores_overrides && tree.root().is_some_and(overrides) {
        return Err(Misread::new("method_override", "The body asks to take the request for one with another method."));
    }
    Ok(tree)
}

/// What a request amounts to at least whose body is not read yet.
pub(crate) fn least(head: &RequestHead<'_>) -> Arc<Intent> {
    const SHOWN: usize = 200;
    let path = head.path.as_str();
    let shown = path.get(..SHOWN).map_or_else(|| path.to_owned(), |start| format!("{start}…"));
    let operation = Operation {
        name: format!("{} {shown}", head.method).into(),
        action: Action::View,
        rule: RuleName::new("json.request"),
        called: None,
        family: None,
        targets: Targets::Shell,
    };
    Arc::new(Intent { operations: vec![operation], resources: Vec::new(), changes_state: false })
}

#[cfg(test)]
mod tests;
