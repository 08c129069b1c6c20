//! Reading requests by a profile: overrides refused, then GraphQL if the path is its endpoint, then the rules.
//!
//! A path that could be read in several ways ([`readings`]) must mean the same in each. Where a rule that could count looks into the body, nothing
//! is said before that is read.

use bytes::Bytes;
use doorward_domain::{Action, Intent, RuleName};
use std::sync::Arc;

use super::Profile;
use crate::body::{self, JsonRequest};
use crate::graphql::Dialect;
use crate::path::{ambiguous, readings};
use crate::rules::{self, Seen, condition::values_of, methods::Verb};
use crate::{BodyKind, HeadReading, Misread, RequestHead, Understood, overrides};

impl Profile {
    /// Understands a request from its head, or says that the body is needed.
    pub fn read_head(&self, head: &RequestHead<'_>) -> Result<HeadReading, Misread> {
        if !self.ignores_overrides {
            overrides::refuse(head)?;
        }
        overrides::refuse_taken_away(head, self.rules.headers())?;
        let verb = Verb::of(head.method, head.headers)?;
        if let Some(dialect) = self.graphql.as_ref().filter(|dialect| dialect.wants(head)) {
            return dialect.read_head(head);
        }
        let seen = Seen { verb, query: head.query, headers: head.headers, body: None };
        if self.rules.read_bodies() && verb.has_body() && self.needs_body(head, &seen)? {
            body::check_head(head.headers)?;
            let (least, limit) = (body::least(head), self.json.limits.body);
            return Ok(HeadReading::NeedsBody { kind: BodyKind::Json, least, limit });
        }
        let intent = self.read_rules(head, &seen)?;
        if let Some(dialect) = &self.graphql {
            refuse_elsewhere(dialect, head)?;
        }
        Ok(HeadReading::Understood(intent))
    }

    /// Understands a request whose head asked for its body ([`HeadReading::NeedsBody`]). `body` is complete.
    pub fn read_body(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Understood, Misread> {
        if let Some(dialect) = self.graphql.as_ref().filter(|dialect| dialect.wants(head)) {
            return dialect.read_body(head, body).map(Understood::GraphQl);
        }
        let tree = body::read(head, body, self.json.limits, self.ignores_overrides)?;
        let verb = Verb::of(head.method, head.headers)?;
        let intent = {
            let body = rules::Body::new(&tree);
            self.read_rules(head, &Seen { verb, query: head.query, headers: head.headers, body: Some(&body) })?
        };
        Ok(Understood::Json(JsonRequest::new(intent, head, tree)))
    }

    /// What a request is by the rules.
    fn read_rules(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<Arc<Intent>, Misread> {
        let path = head.path.as_str();
        if head.path.is_plain() {
            let class = self.classify(seen, segments(path), path.len() > 1 && path.ends_with('/'))?;
            class.intent(head, seen, &segments(path))
        } else {
            Ok(Arc::new(self.read_with_care(head, seen)?))
        }
    }

    /// Whether the rules look into the body, by any way to read the path.
    fn needs_body(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<bool, Misread> {
        let path = head.path.as_str();
        if head.path.is_plain() {
            return self.looks_into_body(seen, &segments(path), path.len() > 1 && path.ends_with('/'));
        }
        for reading in readings::of(path, self.keeps)? {
            let query = reading.query(head.query);
            let seen = Seen { query: query.as_deref().or(head.query), ..*seen };
            if self.looks_into_body(&seen, &reading.segments(), reading.ends_with_slash())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads a path with escapes in every way it could be read; all must amount to the same.
    fn read_with_care(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<Intent, Misread> {
        let mut understood: Option<Intent> = None;
        for reading in readings::of(head.path.as_str(), self.keeps)? {
            let query = reading.query(head.query);
            let seen = Seen { query: query.as_deref().or(head.query), ..*seen };
            let class = self.classify(&seen, reading.segments(), reading.ends_with_slash())?;
            let intent = class.intent(head, &seen, &reading.segments())?;
            match &mut understood {
                None => understood = Some(Intent::clone(&intent)),
                Some(first) => unite(first, &intent)?,
            }
        }
        understood.ok_or_else(|| ambiguous("The path cannot be read."))
    }
}

/// Refuses what looks like a GraphQL request at another path. If the tool is mounted under a prefix we were not told of, that is its
/// endpoint, and the rules would take `GET …/graphql?query=mutation…` for a page. Pages that only end in this word carry no query.
fn refuse_elsewhere(dialect: &Dialect, head: &RequestHead<'_>) -> Result<(), Misread> {
    let path = head.path.as_str().trim_end_matches('/');
    let name = dialect.path().trim_start_matches('/');
    let parted = path.strip_suffix(name).is_some_and(|before| before.ends_with('/') || before.ends_with("%2F"));
    match head.query {
        Some(query) if parted && values_of(query, "query").next().is_some() => Err(Misread::new(
            "graphql_elsewhere",
            "This looks like GraphQL at another path than the app's. Is it mounted under a prefix Doorward was not told of?",
        )),
        _ => Ok(()),
    }
}

/// Adds what another reading of the same path acts on, if it is the same by the same rule: what a rule says about the answer counts too.
fn unite(first: &mut Intent, other: &Intent) -> Result<(), Misread> {
    fn meaning(intent: &Intent) -> (Option<(&RuleName, Action)>, bool) {
        (intent.strongest().map(|operation| (&operation.rule, operation.action)), intent.changes_state)
    }
    if meaning(first) != meaning(other) {
        return Err(ambiguous("The path can be read in two ways that mean different things."));
    }
    add_targets(first, other);
    Ok(())
}

/// Adds what another reading acts on.
pub(super) fn add_targets(first: &mut Intent, other: &Intent) {
    for (own, others) in first.operations.iter_mut().zip(&other.operations) {
        if own.targets != others.targets {
            own.targets = std::mem::take(&mut own.targets).and(others.targets.clone());
        }
    }
    for resource in &other.resources {
        if !first.resources.contains(resource) {
            first.resources.push(resource.clone());
        }
    }
}

/// The segments after the leading slash of a path without escapes.
pub(super) fn segments(path: &str) -> std::str::Split<'_, char> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}
