//! Telling the tool's own UI, in the tool's own shapes, that a request was refused.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{OperationKind, prepared::Prepared, request::Request, rules::Rules};

/// `extensions.code` of a refusal.
pub const CODE: &str = "FORBIDDEN";

/// Response keys under which a refusal is told, at most.
const MOST_KEYS: usize = 100;

impl Request {
    /// The body of a 200: under every response key the error object the UI shows in words; where a result cannot be such an object, nothing
    /// but `errors`.
    pub(crate) fn own_refusal(&self, sentence: &str) -> Bytes {
        body(&self.rules, &self.prepared, sentence)
    }
}

/// The body of a 200 that refuses what a document asks for.
pub(super) fn body(rules: &Rules, prepared: &Prepared, sentence: &str) -> Bytes {
    let shape = Shape { rules, kind: prepared.kind() };
    let keys: Vec<(&str, &str)> = prepared
        .roots
        .iter()
        .filter_map(|root| Some((&*root.key, &*prepared.document.field(root.field)?.name)))
        .collect();
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
