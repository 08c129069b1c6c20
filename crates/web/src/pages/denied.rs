//! A refusal of the past, explained from the audit log to the person it was about, or to whoever may read that log.

use axum::{
    extract::{Path, State},
    response::Response,
};
use doorward_domain::{Action, AuditEvent, AuditOutcome, DecisionId, Role};
use http::StatusCode;
use serde_json::Value;

use super::caller::PageCaller;
use super::{
    door::{DeniedTemplate, Fact},
    draw,
};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::error::{ApiError, Code};
use crate::moment::Moment;

/// Shows what was refused, to whom, and which role would have done.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id: DecisionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    let found = state.services.audit.find_decision(caller.actor(), id).await?;
    let refused = found.filter(|found| found.event.outcome == AuditOutcome::Denied);
    let event = refused.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(draw(StatusCode::OK, &explained(&event, id, &state.config.contact)))
}

fn explained<'a>(event: &AuditEvent, id: DecisionId, contact: &'a Contact) -> DeniedTemplate<'a> {
    let AuditEvent { event, .. } = event;
    let detail = |name: &str| event.details.get(name).map(words).filter(|words| !words.is_empty());
    let target = event.target.clone().unwrap_or_default();
    let held = detail("role").unwrap_or_else(|| "none".to_owned());
    let needed =
        detail("required_role").or_else(|| role_for(event.details.get("operations")?).map(|role| role.to_string()));
    let sentence = detail("sentence").unwrap_or_else(|| match &needed {
        Some(role) => format!("{} ({held}) asked for {target}, which needs the role {role}.", event.actor),
        None => format!("{} asked for {target} and was refused.", event.actor),
    });
    let facts = [
        ("Who", Some(event.actor.clone())),
        ("From", Some(event.client_ip.clone())),
        ("App", event.app.as_ref().map(ToString::to_string)),
        ("What", Some(target)),
        ("On", detail("resources")),
        ("Role held", Some(held)),
        ("Role needed", needed),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    let facts = facts.map(|(name, words)| (name, Fact::Words(words)));
    let when = ("When", Fact::Time(Moment::from(event.at)));
    DeniedTemplate {
        heading: "This was refused",
        sentence,
        facts: std::iter::once(when).chain(facts).collect(),
        decision_id: id.to_string(),
        contact,
    }
}

/// The weakest role that includes all operations the event names.
fn role_for(operations: &Value) -> Option<Role> {
    let action = |operation: &Value| operation.get("action")?.as_str()?.parse::<Action>().ok();
    operations.as_array()?.iter().filter_map(action).max().map(Action::required_role)
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
