//! Telling the tool's own UI, in the tool's own shapes, that a request was refused.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{OperationKind, prepared::Prepared, request::Request, rules::Rules};
use crate::request::WITHHELD;

/// `extensions.code` of a refusal.
pub const CODE: &str = "FORBIDDEN";

/// Response keys under which a refusal is told, at most.
const MOST_KEYS: usize = 100;
/// Bytes of such keys and their fields that are kept while the tool takes its time, at most.
const MOST_KEPT: usize = 4 << 10;

impl Request {
    /// The body of a 200: under every response key the error object the UI shows in words; where a result cannot be such an object, nothing
    /// but `errors`.
    pub(crate) fn own_refusal(&self, sentence: &str) -> Bytes {
        body(&self.rules, &self.prepared, sentence)
    }

    /// How it is told in the results of a mutation that it may have been done. `None` where one of them cannot say so.
    pub(crate) fn own_maybe_done(&self) -> Option<MaybeDone> {
        let shape = Shape { rules: &self.rules, kind: self.prepared.kind() };
        if shape.kind != OperationKind::Mutation {
            return None;
        }
        let keys: Vec<(Box<str>, Box<str>)> =
            keys(&self.prepared).map(|(key, field)| (key.into(), field.into())).collect();
        let length: usize = keys.iter().map(|(key, field)| key.len() + field.len()).sum();
        let is_told = keys.iter().all(|(_, field)| shape.can_be_object(field));
        (is_told && !keys.is_empty() && keys.len() <= MOST_KEYS && length <= MOST_KEPT)
            .then(|| MaybeDone { rules: Arc::clone(&self.rules), keys })
    }
}

/// A mutation whose answer is kept back, as far as the tool's own pages have to hear of it: a page that gets no result waits for one for
/// ever, and whoever looks at it sends it again. It holds little, unlike what was understood.
#[derive(Debug, Clone)]
pub struct MaybeDone {
    rules: Arc<Rules>,
    /// Response keys, and the fields they stand for.
    keys: Vec<(Box<str>, Box<str>)>,
}

impl MaybeDone {
    /// The body of a 200: under every response key the error object that the tool uses for what went wrong on the way, which says nothing of
    /// how much was done, unlike those it has for what was refused. Programs find beside it what it is.
    pub fn body(&self, sentence: &str) -> Bytes {
        let shape = Shape { rules: &self.rules, kind: OperationKind::Mutation };
        let data: Map<String, Value> =
            self.keys.iter().map(|(key, field)| (key.to_string(), shape.object(field, sentence))).collect();
        json!({ "data": data, "extensions": { "code": WITHHELD, "passed_on": true } }).to_string().into()
    }
}

/// Response keys, and the fields they stand for.
fn keys(prepared: &Prepared) -> impl Iterator<Item = (&str, &str)> {
    prepared.roots.iter().filter_map(|root| Some((&*root.key, &*prepared.document.field(root.field)?.name)))
}

/// The body of a 200 that refuses what a document asks for.
pub(super) fn body(rules: &Rules, prepared: &Prepared, sentence: &str) -> Bytes {
    let shape = Shape { rules, kind: prepared.kind() };
    let keys: Vec<(&str, &str)> = keys(prepared).collect();
    if keys.len() > MOST_KEYS {
        // No page asks for so much: it need not be told under each of its keys.
        let error = json!({ "message": sentence, "extensions": { "code": CODE } });
        return json!({ "data": null, "errors": [error] }).to_string().into();
    }
    let body = if keys.iter().all(|(_, name)| shape.can_be_object(name)) {
        let data: Map<String, Value> =
            keys.iter().map(|(key, name)| ((*key).to_owned(), shape.object(name, sentence))).collect();
        json!({ "data": data })
    } else {
        let mut seen = std::collections::HashSet::new();
        let errors: Vec<Value> = keys
            .iter()
            .filter(|(key, _)| seen.insert(*key))
            .map(|(key, _)| json!({ "message": sentence, "path": [key], "extensions": { "code": CODE } }))
            .collect();
        json!({ "data": null, "errors": errors })
    };
    body.to_string().into()
}

/// What results may look like.
struct Shape<'a> {
    rules: &'a Rules,
    kind: OperationKind,
}

impl Shape<'_> {
    fn can_be_object(&self, field: &str) -> bool {
        let suffix = &self.rules.refusal.query_suffix;
        match self.kind {
            OperationKind::Mutation => self.rules.mutations.get(field).is_none_or(|rule| !rule.plain_result),
            OperationKind::Query => field == "__typename" || (!suffix.is_empty() && field.ends_with(suffix)),
            OperationKind::Subscription => false,
        }
    }

    fn object(&self, field: &str, sentence: &str) -> Value {
        let shape = &self.rules.refusal;
        if field == "__typename" {
            return json!(if self.kind == OperationKind::Query { "Query" } else { "Mutation" });
        }
        let mut object = shape.also.clone();
        object.insert("__typename".to_owned(), json!(shape.typename));
        object.insert(shape.message_field.clone(), json!(sentence));
        Value::Object(object)
    }
}
