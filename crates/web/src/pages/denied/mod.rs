//! A refusal of the past, explained from the audit log to the person it was about, or to whoever may read that log.

pub(super) mod ask;

use axum::{
    extract::{Path, State},
    response::Response,
};
use doorward_domain::text::readable;
use doorward_domain::{Action, AuditEvent, AuditOutcome, DecisionId, NewAuditEvent, Role};
use doorward_http::desk_paths::logout_leading_to;
use doorward_service::access::{AccessError, Refused};
use doorward_service::audit_log::{ACTS_ON, ENDED, summary::summary};
use doorward_service::explain::Undoing;
use doorward_service::gate;
use http::StatusCode;
use serde_json::Value;
use url::Url;

use crate::app_state::{AppState, BARE_COMMAND};
use crate::contact::{self, Contact};
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::moment::Moment;
use crate::pages::access::{AskFor, AskedFor};
use crate::pages::door::{DeniedTemplate, Fact, ended};
use crate::pages::extract::PageCaller;
use crate::pages::{Problems, draw, with_wait};

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
async fn with_problems(
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
    Ok(with_wait(draw(error.code().status(), &page), error.problem().wait()))
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
    let mut access = access;
    let app = event.event.app.as_ref().and_then(|name| state.services.apps.find(name));
    let wanted = app.and_then(|app| page_refused(&event, &app.address));
    if let Some((_, address)) = access.asked.as_mut().and_then(|asked| asked.app.as_mut()) {
        *address = page_refused(&event, address).unwrap_or_else(|| address.clone());
    }
    let command = state.command_for(&caller.authenticated.who);
    let undoing = state.services.explain.refusal(caller.actor(), &event.event, command).await?;
    let is_own = event.event.actor == caller.actor().name();
    let told = Told { is_own, title: title(state, &event), id, access, undoing, wanted };
    // Whoever is told the command need not be told whom to ask for it.
    let contact = if told.undoing.remedy.is_some() { &contact::NOBODY } else { &state.config.contact };
    Ok(DeniedTemplate { command, problems, ..explained(&event, contact, told) })
}

/// What people call the app that it was about.
fn title(state: &AppState, event: &AuditEvent) -> Option<String> {
    let name = event.event.app.as_ref()?;
    Some(state.services.apps.find(name).map_or_else(|| name.to_string(), |app| app.title.clone()))
}

/// The page that was refused, where it was one to look at, at the app's address.
fn page_refused(event: &AuditEvent, app: &str) -> Option<String> {
    let detail = |name: &str| event.event.details.get(name)?.as_str();
    let path = detail("path").filter(|path| path.starts_with('/') && !path.starts_with("//") && path.is_ascii())?;
    if detail("method") != Some("GET") || path.contains(['?', '#', '\\']) {
        return None;
    }
    match Url::parse(app) {
        Ok(url) => url.join(path).ok().map(Into::into),
        Err(_) => path.starts_with(app).then(|| path.to_owned()),
    }
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

/// A refusal, as far as it is not in its event.
struct Told {
    /// Whether it is told to whom it was about.
    is_own: bool,
    title: Option<String>,
    id: DecisionId,
    access: Access,
    undoing: Undoing,
    /// The address of the page that was refused, if it was one.
    wanted: Option<String>,
}

fn explained<'a>(event: &AuditEvent, contact: &'a Contact, told: Told) -> DeniedTemplate<'a> {
    let Told { is_own, title, id, access, undoing, wanted } = told;
    let AuditEvent { event, .. } = event;
    let detail = |name: &str| event.details.get(name).map(words).filter(|words| !words.is_empty());
    let role = |name: &str| detail(name).and_then(|role| role.parse::<Role>().ok());
    let held = match (role("role"), role("role_on_parts")) {
        (None, None) => "none".to_owned(),
        (role, on_parts) => gate::held(role, on_parts),
    };
    // What is denied, or cannot be told, is so whatever the role; unless there is one thing on which it would do.
    let needed =
        || detail("required_role").or_else(|| role_for(event.details.get("operations")?).map(|role| role.to_string()));
    let would_do = || detail("why").as_deref() == Some("untold") && lacks_what_was_named(event);
    let needed = if detail("why").is_none() || would_do() { needed() } else { None };
    let because = undoing.because.map(|because| format!(": {because}")).unwrap_or_default();
    let denied_by = detail("denied_by").map(|grant| format!("the denial {grant}{because}"));
    let what = summary(event);
    let sentence = detail("sentence").unwrap_or_else(|| {
        let (whom, was) = if is_own { ("You", "were") } else { (event.actor.as_str(), "was") };
        let why = match (&needed, detail("why").as_deref()) {
            (Some(role), _) => format!("it needs the role {role}{}", on_what(event)),
            (None, Some("denied")) => "it is denied on what this request acted on".to_owned(),
            (None, Some(_)) if denied_by.is_some() => {
                "nobody can tell from the request whether it acts on something that is denied".to_owned()
            }
            (None, Some(_)) => "nobody can tell from the request what it acts on".to_owned(),
            (None, None) => "it is not allowed".to_owned(),
        };
        format!("{whom} {was} refused “{what}”: {why}.")
    });
    let facts = [
        ("Who", Some(event.actor.clone())),
        ("From", Some(event.client_ip.clone())),
        ("App", title),
        ("What", what_was_asked(event)),
        ("On", detail("resources")),
        ("Part of", detail(ACTS_ON)),
        ("Role held", Some(held)),
        ("Role needed", needed.map(|role| role + &on_what(event))),
        ("Denied by", denied_by),
        (
            "Denied perhaps by",
            detail("may_be_denied_by").map(|grant| format!("the denial {grant}, as the app will tell")),
        ),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    let facts = facts.map(|(name, words)| (name, Fact::Words(readable(&words).into_owned())));
    let when = ("When", Fact::Time(Moment::from(event.at)));
    let ended = detail(ENDED).and_then(|at| at.parse().ok()).map(ended);
    let remedy = undoing.remedy.map(|command| ("To allow it", Fact::Command(command)));
    DeniedTemplate {
        heading: "This was refused",
        sentence: readable(&sentence).into_owned(),
        facts: std::iter::once(when).chain(facts).chain(ended).chain(remedy).collect(),
        decision_id: id.to_string(),
        command: BARE_COMMAND,
        contact,
        asked: access.asked,
        asking: access.asking,
        no_use: access.no_use,
        problems: Problems::default(),
        as_another: logout_leading_to(wanted.as_deref().filter(|_| is_own)),
    }
}

/// What somebody asked for, in the words of their request. An operation that is known only by a rule for many is called as that rule
/// is, which says nothing to anybody.
fn what_was_asked(event: &NewAuditEvent) -> Option<String> {
    let text = |name: &str| event.details.get(name).and_then(Value::as_str);
    let is_rule = event.target.as_ref().is_some_and(|target| target.contains(" /"));
    match (text("method"), text("path")) {
        (Some(method), Some(path)) if is_rule => Some(format!("{method} {path}")),
        _ => event.target.clone(),
    }
}

/// The weakest role that includes all operations the event names.
fn role_for(operations: &Value) -> Option<Role> {
    let action = |operation: &Value| operation.get("action")?.as_str()?.parse::<Action>().ok();
    operations.as_array()?.iter().filter_map(action).max().map(Action::required_role)
}

/// On what the role is needed, where that is one thing.
fn on_what(event: &NewAuditEvent) -> String {
    lacking(event).map(|thing| format!(" on {thing}")).unwrap_or_default()
}

fn lacking(event: &NewAuditEvent) -> Option<&str> {
    event.details.get("remedy")?.get("grant")?.get("resource")?.as_str()
}

/// Whether that is something that the request named, and more than by itself alone: a run's id does not tell where it is.
fn lacks_what_was_named(event: &NewAuditEvent) -> bool {
    let thing = lacking(event);
    let named = event.details.get("resources").and_then(Value::as_array);
    thing.is_some() && named.is_some_and(|named| named.len() > 1 && named.iter().any(|name| name.as_str() == thing))
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
