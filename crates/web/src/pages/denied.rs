//! A refusal of the past, explained from the audit log to the person it was about, or to whoever may read that log.

use axum::{
    extract::{Path, State},
    response::Response,
};
use doorward_domain::{AuditEvent, AuditOutcome, DecisionId};
use http::StatusCode;
use serde_json::Value;

use super::{door::DeniedTemplate, draw};
use crate::caller::PageCaller;
use crate::desk::Desk;
use crate::error::{ApiError, Code};
use crate::moment::Moment;

/// Shows what was refused, to whom, and which role would have done.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id: DecisionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    let found = desk.services.audit.find_decision(caller.actor(), id).await?;
    let refused = found.filter(|found| found.event.outcome == AuditOutcome::Denied);
    let event = refused.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(draw(StatusCode::OK, &explained(&event, id)))
}

fn explained(event: &AuditEvent, id: DecisionId) -> DeniedTemplate {
    let AuditEvent { event, .. } = event;
    let detail = |name: &str| event.details.get(name).map(words).filter(|words| !words.is_empty());
    let target = event.target.clone().unwrap_or_default();
    let sentence = detail("sentence").unwrap_or_else(|| format!("{} asked for {target} and was refused.", event.actor));
    let facts = [
        ("When", Some(Moment::from(event.at).people)),
        ("Who", Some(event.actor.clone())),
        ("From", Some(event.client_ip.clone())),
        ("App", event.app.as_ref().map(ToString::to_string)),
        ("What", Some(target)),
        ("On", detail("resources")),
        ("Role held", detail("role")),
        ("Role needed", detail("required_role")),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    DeniedTemplate { heading: "This was refused", sentence, facts: facts.collect(), decision_id: id.to_string() }
}

/// A detail, for people: text as it is, a list with commas.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
