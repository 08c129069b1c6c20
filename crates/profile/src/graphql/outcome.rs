//! What the tool's answer to a mutation says, for the audit log.

use doorward_domain::AuditOutcome;
use serde_json::{Map, Value, json};

use super::{
    OperationKind,
    answer::{self, Visit},
    asked::Asked,
    document::{Document, Operation},
    json::{Span, scan::unquoted},
    plan::{Place, Plan, Search},
    rules::Rules,
};
use crate::{Conclusion, Misread};

/// Ids kept of one answer, and letters kept of one id.
const IDS: usize = 100;
const LETTERS: usize = 128;

/// What is at a place of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeMark {
    /// The type of a result, or of one of several.
    ResultType,
    /// An id worth keeping, and its kind.
    Id(String),
}

/// Where the outcome will be in the answer to an operation. Only mutations have one.
pub fn plan(rules: &Rules, document: &Document, operation: &Operation) -> Result<Option<Plan<OutcomeMark>>, Misread> {
    if operation.kind != OperationKind::Mutation {
        return Ok(None);
    }
    let ids = &rules.outcome.ids;
    let may = |name: &str| name == "__typename" || ids.keys().any(|id| id.rsplit('.').next() == Some(name));
    let mark = |place: Place<'_>| {
        if place.name == "__typename" {
            return (1..=2).contains(&place.depth).then_some(OutcomeMark::ResultType);
        }
        let kind = ids.get(place.name).or_else(|| ids.get(&format!("{}.{}", place.parent, place.name)));
        kind.filter(|_| place.depth > 0).map(|kind| OutcomeMark::Id(kind.clone()))
    };
    super::plan::plan(document, &operation.selections, &Search { may: &may, mark: &mark })
}

impl Asked {
    /// Reads the tool's answer to a state-changing request.
    pub fn conclude(&self, status: u16, answer: &[u8]) -> Conclusion {
        let mut seen = Seen { failures: &self.rules.outcome.failures, failed: false, types: Vec::new(), ids: Vec::new() };
        let mut errors = false;
        let walked = std::str::from_utf8(answer).is_ok_and(|answer| {
            let beside = |key: &str, raw: &str| errors |= key == "errors" && !matches!(raw, "null" | "[]");
            answer::walk(answer, self.prepared.outcome.as_ref(), &mut seen, beside).is_ok()
        });
        let failed = status >= 400 || errors || seen.failed;
        let mut details = Map::from_iter([("status".to_owned(), json!(status))]);
        for (kind, id) in seen.ids {
            if let Value::Array(ids) = details.entry(format!("{kind}_ids")).or_insert_with(|| json!([])) {
                ids.push(Value::String(id));
            }
        }
        if !seen.types.is_empty() {
            details.insert("results".to_owned(), json!(seen.types));
        }
        if errors {
            details.insert("errors".to_owned(), json!(true));
        }
        if !walked {
            details.insert("answer_understood".to_owned(), json!(false));
        }
        Conclusion { outcome: if failed { AuditOutcome::Failure } else { AuditOutcome::Success }, details }
    }
}

struct Seen<'r> {
    failures: &'r [String],
    failed: bool,
    types: Vec<String>,
    ids: Vec<(String, String)>,
}

impl Seen<'_> {
    fn is_failure(&self, typename: &str) -> bool {
        self.failures.iter().any(|name| match name.strip_prefix('*') {
            Some(ending) => typename.ends_with(ending),
            None => name == typename,
        })
    }
}

impl Visit<OutcomeMark> for Seen<'_> {
    fn scalar(&mut self, marks: &[OutcomeMark], _span: Span, raw: &str) {
        if !raw.starts_with('"') {
            return;
        }
        let text: String = unquoted(raw).chars().take(LETTERS).collect();
        for mark in marks {
            match mark {
                OutcomeMark::ResultType => {
                    self.failed |= self.is_failure(&text);
                    if !self.types.contains(&text) && self.types.len() < IDS {
                        self.types.push(text.clone());
                    }
                }
                OutcomeMark::Id(kind) => {
                    let id = (kind.clone(), text.clone());
                    if self.ids.len() < IDS && !self.ids.contains(&id) {
                        self.ids.push(id);
                    }
                }
            }
        }
    }
}
