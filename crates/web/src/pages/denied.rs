//! A refusal of the past, explained from the audit log to the person it was about, or to whoever may read that log.

use axum::{
    extract::{Path, State},
    response::Response,
};
use doorward_domain::{Action, AuditEvent, AuditOutcome, DecisionId, Role};
use doorward_service::access::{AccessError, Refused};
use http::StatusCode;
use serde_json::Value;

use super::access::{AskFor, AskedFor};
use super::caller::PageCaller;
use super::{
    Problems,
    door::{DeniedTemplate, Fact},
    draw,
};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::moment::Moment;

/// Shows what was refused, to whom, which role would have done, and to the person it was about what they can ask for, or what came of that.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id: DecisionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    let access = Access::of(&state, &caller, id).await?;
    page(&state, &caller, id, access, Problems::default()).await.map(|page| draw(StatusCode::OK, &page))
}

/// The same, with what was wrong with the form.
pub(super) async fn with_problems(
    state: &AppState,
    caller: &SignedInCaller,
    id: DecisionId,
    reason: String,
    error: &ApiError,
) -> Result<Response, ApiError> {
    let mut access = Access::of(state, caller, id).await?;
    if let Some(asking) = &mut access.asking {
        asking.reason = reason;
    }
    let page = page(state, caller, id, access, Problems::told_by(error, &["reason"])).await?;
    Ok(draw(error.code().status(), &page))
}

async fn page<'a>(
    state: &'a AppState,
    caller: &SignedInCaller,
    id: DecisionId,
    access: Access,
    problems: Problems,
) -> Result<DeniedTemplate<'a>, ApiError> {
    let found = state.services.audit.find_decision(caller.actor(), id).await?;
    let refused = found.filter(|found| found.event.outcome == AuditOutcome::Denied);
    let event = refused.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(DeniedTemplate { problems, ..explained(&event, id, &state.config.contact, access) })
}

/// What somebody has to do with asking for what was refused.
#[derive(Default)]
struct Access {
    asked: Option<AskedFor>,
    asking: Option<AskFor>,
    no_use: Option<String>,
}

impl Access {
    async fn of(state: &AppState, caller: &SignedInCaller, id: DecisionId) -> Result<Self, ApiError> {
        let Refused { words, asked, can_ask } = match state.services.access.refused(caller.actor(), id).await {
            Ok(refused) => refused,
            Err(AccessError::Store(failure)) => return Err(failure.into()),
            // Somebody else's, or of Doorward itself: there is nothing to say about it.
            Err(AccessError::UnknownRefusal | AccessError::NotAPerson) => return Ok(Self::default()),
            Err(why) => {
                let no_use = Some(ApiError::from(why).detail().to_owned());
                return Ok(Self { no_use, ..Self::default() });
            }
        };
        let asking = AskFor::new(&words, Some(&state.services.csrf_key), caller.session_id());
        let asked = asked.map(|asked| AskedFor::new(state, &asked));
        Ok(Self { asked, asking: can_ask.then_some(asking), no_use: None })
    }
}

fn explained<'a>(event: &AuditEvent, id: DecisionId, contact: &'a Contact, access: Access) -> DeniedTemplate<'a> {
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
        asked: access.asked,
        asking: access.asking,
        no_use: access.no_use,
        problems: Problems::default(),
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
