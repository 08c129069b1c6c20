//! Telling the tool's own UI, in the tool's own shapes, that a request was refused.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{
    OperationKind,
    arguments::{self, Given},
    document::{Field, Literal, LiteralKind},
    json::Kind,
    prepared::Prepared,
    request::Request,
    rules::{EachRule, Rules},
};
use crate::request::WITHHELD;

/// `extensions.code` of a refusal.
pub const CODE: &str = "FORBIDDEN";

/// Response keys under which a refusal is told, at most, and entries of lists in which it is.
const MOST_KEYS: usize = 100;
/// Bytes of such keys and their fields that are kept while the tool takes its time, at most.
const MOST_KEPT: usize = 4 << 10;

impl Request {
    /// The body of a 200: under every response key the error object the UI shows in words; where a result cannot be such an object, nothing
    /// but `errors`.
    pub(crate) fn own_refusal(&self, sentence: &str) -> Bytes {
        told(&self.rules, self.prepared.kind(), &self.keys(), sentence)
    }

    /// How it is told in the results of a mutation that it may have been done. `None` where that would be too many.
    pub(crate) fn own_maybe_done(&self) -> Option<MaybeDone> {
        if self.prepared.kind() != OperationKind::Mutation {
            return None;
        }
        let keys = self.keys();
        let length: usize = keys.iter().map(|told| told.key.len() + told.field.len()).sum();
        (!keys.is_empty() && keys.len() <= MOST_KEYS && length <= MOST_KEPT)
            .then(|| MaybeDone { rules: Arc::clone(&self.rules), keys })
    }

    /// The same keys as [`keys`], with how many entries the lists among their results would have.
    fn keys(&self) -> Vec<Told> {
        let mut keys = keys(&self.prepared);
        let mut left = MOST_KEYS;
        for (told, root) in keys.iter_mut().zip(&self.prepared.roots) {
            let entries = self.prepared.document.field(root.field).and_then(|field| self.entries(field));
            // An empty list would tell nothing.
            told.entries = entries.filter(|entries| (1..=left).contains(entries));
            left = left.saturating_sub(told.entries.unwrap_or(0));
        }
        keys
    }

    /// How many entries the list has that is the result of a mutation, as far as its argument tells.
    fn entries(&self, field: &Field) -> Option<usize> {
        let each = self.rules.mutations.get(&*field.name)?.told_in_each.as_ref()?;
        let argument = field.arguments.iter().find(|argument| *argument.name == *each.of)?;
        match arguments::given(self.prepared.operation()?, &self.variables, &argument.value) {
            Given::Literal(Literal { kind: LiteralKind::List(items), .. }) => Some(items.len()),
            Given::Json(value) if value.kind() == Kind::Array => Some(value.children().take(MOST_KEYS + 1).count()),
            // One alone is a list of one.
            Given::Literal(_) | Given::Json(_) => Some(1),
            Given::Nothing | Given::Unknown => None,
        }
    }
}

/// A mutation whose answer is kept back, as far as the tool's own pages have to hear of it: a page that gets no result waits for one for
/// ever, and whoever looks at it sends it again. It holds little, unlike what was understood.
#[derive(Debug, Clone)]
pub struct MaybeDone {
    rules: Arc<Rules>,
    keys: Vec<Told>,
}

impl MaybeDone {
    /// The body of a 200: under every response key the error object that the tool uses for what went wrong on the way, which says nothing of
    /// how much was done, unlike those it has for what was refused. Where a result cannot be such an object, it is in `errors`. Programs find
    /// beside it what it is.
    pub fn body(&self, sentence: &str) -> Bytes {
        let shape = Shape { rules: &self.rules, kind: OperationKind::Mutation };
        let extensions = json!({ "code": WITHHELD, "passed_on": true });
        let body = match shape.data(&self.keys, sentence) {
            Some(data) => json!({ "data": data, "extensions": extensions }),
            None => {
                json!({ "data": null, "errors": errors(&self.keys, sentence, &extensions), "extensions": extensions })
            }
        };
        body.to_string().into()
    }
}

/// A response key under which something is told.
#[derive(Debug, Clone)]
struct Told {
    key: Box<str>,
    /// The field it stands for.
    field: Box<str>,
    /// How many entries the list has in which it is told.
    entries: Option<usize>,
}

/// Response keys, as they come in the document.
fn keys(prepared: &Prepared) -> Vec<Told> {
    let field = |place| prepared.document.field(place).map_or("", |field| &field.name);
    let told = |key: &str, field: &str| Told { key: key.into(), field: field.into(), entries: None };
    prepared.roots.iter().map(|root| told(&root.key, field(root.field))).collect()
}

/// The body of a 200 that refuses what a document asks for.
pub(super) fn body(rules: &Rules, prepared: &Prepared, sentence: &str) -> Bytes {
    told(rules, prepared.kind(), &keys(prepared), sentence)
}

fn told(rules: &Rules, kind: OperationKind, keys: &[Told], sentence: &str) -> Bytes {
    let extensions = json!({ "code": CODE });
    if keys.len() > MOST_KEYS {
        // No page asks for so much: it need not be told under each of its keys.
        let error = json!({ "message": sentence, "extensions": extensions });
        return json!({ "data": null, "errors": [error] }).to_string().into();
    }
    let body = match (Shape { rules, kind }).data(keys, sentence) {
        Some(data) => json!({ "data": data }),
        None => json!({ "data": null, "errors": errors(keys, sentence, &extensions) }),
    };
    body.to_string().into()
}

/// An error for each key.
fn errors(keys: &[Told], sentence: &str, extensions: &Value) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let once = keys.iter().filter(|told| seen.insert(&told.key));
    once.map(|told| json!({ "message": sentence, "path": [told.key], "extensions": extensions })).collect()
}

/// What results may look like.
struct Shape<'a> {
    rules: &'a Rules,
    kind: OperationKind,
}

impl Shape<'_> {
    /// What is told under all keys, if it can be under each.
    fn data(&self, keys: &[Told], sentence: &str) -> Option<Map<String, Value>> {
        let can_be = keys.iter().all(|told| self.can_be_object(&told.field));
        can_be.then(|| keys.iter().map(|told| (told.key.to_string(), self.result(told, sentence))).collect())
    }

    fn can_be_object(&self, field: &str) -> bool {
        let suffix = &self.rules.refusal.query_suffix;
        match self.kind {
            OperationKind::Mutation => {
                self.rules.mutations.get(field).is_none_or(|rule| !rule.plain_result && !rule.unread_result)
            }
            OperationKind::Query => field == "__typename" || (!suffix.is_empty() && field.ends_with(suffix)),
            OperationKind::Subscription => false,
        }
    }

    fn result(&self, told: &Told, sentence: &str) -> Value {
        if &*told.field == "__typename" {
            return json!(if self.kind == OperationKind::Query { "Query" } else { "Mutation" });
        }
        let each = self.rules.mutations.get(&*told.field).and_then(|rule| rule.told_in_each.as_ref());
        match (each, told.entries) {
            (Some(EachRule { typename, field, .. }), Some(entries)) => {
                json!({ "__typename": typename, field: vec![self.object(sentence); entries] })
            }
            _ => self.object(sentence),
        }
    }

    fn object(&self, sentence: &str) -> Value {
        let shape = &self.rules.refusal;
        let mut object = shape.also.clone();
        object.insert("__typename".to_owned(), json!(shape.typename));
        object.insert(shape.message_field.clone(), json!(sentence));
        Value::Object(object)
    }
}
