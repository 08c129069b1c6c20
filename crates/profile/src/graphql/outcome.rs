//! What the tool's answer to a change says, for the audit log.
//!
//! It is read from what we asked for ourselves ([`super::beside`]) and from `errors`, so that it does not depend on what the client
//! selected, nor on how long the answer is.

use doorward_domain::AuditOutcome;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc};

use super::{
    OperationKind,
    answer::{self, Visit},
    document::{Document, OperationDefinition},
    extract::{Extraction, Shape, Taken},
    json::{Span, scan::unquoted},
    plan::{Place, Plan, Search},
    prepared::Prepared,
    request::Request,
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

/// Where the outcome will be in the answer: in and below the members whose keys begin with `prefix`, in the results of root fields.
pub fn plan(
    rules: &Rules,
    document: &Document,
    operation: &OperationDefinition,
    prefix: &str,
) -> Result<Option<Plan<OutcomeMark>>, Misread> {
    let ids = &rules.outcome.ids;
    let may = |name: &str| name == "__typename" || ids.keys().any(|id| id.rsplit('.').next() == Some(name));
    let mark = |place: Place<'_>| {
        if place.name == "__typename" {
            return Some(OutcomeMark::ResultType);
        }
        let kind = ids.get(place.name).or_else(|| ids.get(&format!("{}.{}", place.parent, place.name)));
        kind.map(|kind| OutcomeMark::Id(kind.clone()))
    };
    let follow = |place: Place<'_>| place.depth != 1 || place.key.starts_with(prefix);
    super::plan::plan(document, &operation.selections, &Search { may: &may, mark: &mark, follow: &follow })
}

/// Reads an answer as it streams by, and takes out what is not for the client. It is kept for as long as the tool takes, so it has no more of
/// the request than that takes.
#[derive(Debug)]
pub struct AnswerReader {
    rules: Arc<Rules>,
    /// What the operation does: keys of the answer, and the fields they stand for.
    roots: Box<[(Box<str>, Box<str>)]>,
    plan: Option<Arc<Plan<OutcomeMark>>>,
    takes_out: bool,
    extraction: Extraction,
    seen: Seen,
}

impl Request {
    /// What reads the tool's answer to a state-changing request.
    pub(crate) fn own_reader(&self) -> AnswerReader {
        let prepared = &self.prepared;
        let keys = changing_roots(prepared).map(|(key, _)| key);
        AnswerReader {
            rules: Arc::clone(&self.rules),
            roots: changing_roots(prepared).map(|(key, name)| (key.into(), name.into())).collect(),
            plan: prepared.outcome.clone(),
            takes_out: prepared.beside.is_some(),
            extraction: Extraction::new(prepared.beside.as_deref()).awaiting(keys),
            seen: Seen::default(),
        }
    }
}

impl AnswerReader {
    /// Whether anything may be taken out.
    pub fn takes_out(&self) -> bool {
        self.takes_out
    }

    /// How much room it takes while the tool takes its time, in bytes.
    pub fn weight(&self) -> usize {
        // Each key is waited for in the answer, too.
        let weigh = |(key, name): &(Box<str>, Box<str>)| {
            2 * (size_of::<Box<str>>() + key.len()) + size_of::<Box<str>>() + name.len()
        };
        self.roots.iter().map(weigh).sum::<usize>() + self.plan.as_deref().map_or(0, Plan::weight)
    }

    /// What of the next bytes is for the client.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let out = self.extraction.push(bytes);
        for taken in self.extraction.taken() {
            self.see(&taken);
        }
        out
    }

    /// What is left for the client when the answer is over.
    pub fn end(&mut self) -> Vec<u8> {
        self.extraction.end()
    }

    fn see(&mut self, taken: &Taken) {
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let plan = self
            .plan
            .as_ref()
            .and_then(|plan| plan.below(&unquoted(text(&taken.root)))?.below(&unquoted(text(&taken.key))));
        let Some(plan) = plan else { return };
        let mut noting = Noting { failures: &self.rules.outcome.failures, seen: &mut self.seen };
        if answer::walk_value(text(&taken.value), plan, &mut noting).is_err() {
            self.seen.is_unclear = true;
        }
    }

    /// What was asked for and not done, because a directive said so: the tool answers everything else that it was asked for.
    fn skipped(&self) -> Vec<String> {
        let missing = self.roots.iter().filter(|(key, _)| self.extraction.misses(key));
        let names: BTreeSet<&str> = missing.map(|(_, name)| &**name).collect();
        names.into_iter().take(IDS).map(str::to_owned).collect()
    }

    /// How the change ended. Of an answer that was not complete it can be said only if it failed already.
    pub fn conclude(self, status: u16, is_complete: bool) -> Conclusion {
        let errors = self.extraction.has_errors();
        let failed = status >= 400 || errors || self.seen.failed;
        let shape = self.extraction.shape();
        let skipped: Vec<String> = if is_complete && !failed { self.skipped() } else { Vec::new() };
        let mut details = Map::from_iter([("status".to_owned(), json!(status))]);
        for (kind, id) in self.seen.ids {
            if let Value::Array(ids) = details.entry(format!("{kind}_ids")).or_insert_with(|| json!([])) {
                ids.push(Value::String(id));
            }
        }
        if !self.seen.types.is_empty() {
            details.insert("results".to_owned(), json!(self.seen.types));
        }
        if !skipped.is_empty() {
            details.insert("skipped".to_owned(), json!(skipped));
        }
        if errors {
            details.insert("errors".to_owned(), json!(true));
        }
        if is_complete && (shape != Shape::Whole || self.seen.is_unclear) {
            details.insert("answer_understood".to_owned(), json!(false));
        }
        let is_known = is_complete && shape != Shape::Broken && !self.seen.is_unclear;
        let outcome = match (failed, is_known) {
            (true, _) => AuditOutcome::Failure,
            (false, true) => AuditOutcome::Success,
            (false, false) => AuditOutcome::Pending,
        };
        Conclusion { outcome, details }
    }
}

/// What the operation does, by the keys of the answer.
fn changing_roots(prepared: &Prepared) -> impl Iterator<Item = (&str, &str)> {
    let roots = prepared.roots.iter().filter(|_| prepared.kind() == OperationKind::Mutation);
    let named = roots.filter_map(|root| Some((&*root.key, &*prepared.document.field(root.field)?.name)));
    named.filter(|(_, name)| *name != "__typename")
}

#[derive(Debug, Default)]
struct Seen {
    failed: bool,
    /// Something we asked for could not be read.
    is_unclear: bool,
    types: Vec<String>,
    ids: Vec<(String, String)>,
}

struct Noting<'a> {
    failures: &'a [String],
    seen: &'a mut Seen,
}

impl Noting<'_> {
    fn is_failure(&self, typename: &str) -> bool {
        self.failures.iter().any(|name| match name.strip_prefix('*') {
            Some(ending) => typename.ends_with(ending),
            None => name == typename,
        })
    }
}

impl Visit<OutcomeMark> for Noting<'_> {
    fn scalar(&mut self, marks: &[OutcomeMark], _span: Span, raw: &str) {
        if !raw.starts_with('"') {
            return;
        }
        let text: String = unquoted(raw).chars().take(LETTERS).collect();
        for mark in marks {
            match mark {
                OutcomeMark::ResultType => {
                    self.seen.failed |= self.is_failure(&text);
                    if !self.seen.types.contains(&text) && self.seen.types.len() < IDS {
                        self.seen.types.push(text.clone());
                    }
                }
                OutcomeMark::Id(kind) => {
                    let id = (kind.clone(), text.clone());
                    if self.seen.ids.len() < IDS && !self.seen.ids.contains(&id) {
                        self.seen.ids.push(id);
                    }
                }
            }
        }
    }
}
