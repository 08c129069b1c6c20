//! What waits for the answer of whoever manages an app: the requests for access to it, each with the two answers. A simple page; what is
//! rare (another role, single things) is the command line's and the API's.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::{AccessOutcome, AccessRequestId, Secret, Timestamp};
use doorward_service::access::{Approving, in_words};
use doorward_service::ports::{NamedAccess, Paging};
use doorward_service::{Client, Right};
use http::StatusCode;
use serde::Deserialize;
use std::time::Duration;

use crate::app_state::AppState;
use crate::csrf;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::moment::Moment;
use crate::pages::extract::{PageCaller, SignedForm};
use crate::pages::proof::proved;
use crate::pages::{ACCESS, Problems, draw, sees_people};

/// How many are shown.
const SHOWN: u32 = 50;

/// For how long access can be given here; the first is what is chosen unless somebody chooses.
const SPANS: [(&str, &str, Option<Duration>); 5] = [
    ("7d", "7 days", Some(Duration::from_hours(7 * 24))),
    ("8h", "8 hours", Some(Duration::from_hours(8))),
    ("1d", "a day", Some(Duration::from_hours(24))),
    ("30d", "30 days", Some(Duration::from_hours(30 * 24))),
    ("good", "good, with no end", None),
];

#[derive(Template)]
#[template(path = "access_requests.html")]
struct AccessRequestsPage {
    here: &'static str,
    sees_people: bool,
    csrf: String,
    requests: Vec<Line>,
    total: usize,
    spans: &'static [(&'static str, &'static str, Option<Duration>)],
    /// Whether the password has to be given again.
    asks_password: bool,
    done: Option<Done>,
    problems: Problems,
}

/// What came of a request: in words, with the end of what is given, which is told in the reader's zone.
struct Done {
    came: String,
    until: Option<Moment>,
    hint: &'static str,
}

struct Line {
    id: AccessRequestId,
    user: String,
    what: String,
    refused: String,
    reason: String,
    asked: Moment,
}

impl Line {
    fn new(state: &AppState, NamedAccess { request, user }: NamedAccess) -> Self {
        let app = state.services.apps.find(&request.app);
        let title = app.as_ref().map_or(request.app.as_str(), |app| app.title.as_str());
        Self {
            id: request.id,
            user,
            what: in_words(title, &request.wanted),
            refused: request.refused.into(),
            reason: request.reason.into(),
            asked: request.created_at.into(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Seen {
    /// The request that was answered here just before.
    #[serde(default)]
    id: String,
}

/// Shows them. For who answers for no app there is no such page.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Query(seen): Query<Seen>,
) -> Result<Response, ApiError> {
    let done = done(&state, &caller, &seen.id).await;
    page(&state, &caller, done, Problems::default()).await.map(|page| draw(StatusCode::OK, &page))
}

/// What came of a request, to whoever answers for its app: who is given what and until when, or is not.
async fn done(state: &AppState, caller: &SignedInCaller, id: &str) -> Option<Done> {
    let NamedAccess { request, user } = state.services.access.find(caller.actor(), id.parse().ok()?).await.ok()?;
    let app = state.services.apps.find(&request.app);
    let title = app.as_ref().map_or(request.app.as_str(), |app| app.title.as_str());
    match request.answer?.outcome {
        AccessOutcome::Approved(access) => Some(Done {
            came: format!("Approved: {user} is given {}", in_words(title, &access.given)),
            until: access.until.map(Moment::from),
            hint: " It takes effect within a second, without signing in again.",
        }),
        AccessOutcome::Declined(_) => Some(Done {
            came: format!("Declined: {user} is not given {}", in_words(title, &request.wanted)),
            until: None,
            hint: "",
        }),
        AccessOutcome::Lapsed => None,
    }
}

async fn page(
    state: &AppState,
    caller: &SignedInCaller,
    done: Option<Done>,
    problems: Problems,
) -> Result<AccessRequestsPage, ApiError> {
    let paging = Paging { limit: SHOWN, sort: Some("created_at".to_owned()), ..Paging::default() };
    let waiting = state.services.access.waiting(caller.actor(), paging).await?;
    let waiting = waiting.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok(AccessRequestsPage {
        here: ACCESS,
        sees_people: sees_people(state, caller),
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        total: usize::try_from(waiting.total).unwrap_or(usize::MAX),
        requests: waiting.items.into_iter().map(|named| Line::new(state, named)).collect(),
        spans: &SPANS,
        asks_password: caller.actor().must_prove(Right::AnswerRequests, false, state.now()),
        done,
        problems,
    })
}

#[derive(Deserialize)]
pub(crate) struct Approval {
    /// One of [`SPANS`].
    #[serde(default)]
    span: String,
    #[serde(default)]
    password: Option<Secret>,
}

/// Approves one.
pub(crate) async fn approve(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    SignedForm { caller, form: Approval { span, password } }: SignedForm<Approval>,
) -> Result<Response, ApiError> {
    let outcome = async {
        let until = until(&span, state.now())?;
        let caller = proved(&state, caller.clone(), &client, password).await?;
        let approving = Approving { until, ..Approving::default() };
        Ok(state.services.access.approve(caller.actor(), parsed(&id)?, approving).await?)
    };
    answered(&state, &caller, outcome.await.map(drop), ("approved", &id)).await
}

#[derive(Deserialize)]
pub(crate) struct Refusal {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    password: Option<Secret>,
}

/// Declines one.
pub(crate) async fn decline(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    SignedForm { caller, form: Refusal { reason, password } }: SignedForm<Refusal>,
) -> Result<Response, ApiError> {
    let outcome = async {
        let caller = proved(&state, caller.clone(), &client, password).await?;
        Ok(state.services.access.decline(caller.actor(), parsed(&id)?, &reason).await?)
    };
    answered(&state, &caller, outcome.await.map(drop), ("declined", &id)).await
}

/// Back to the page, which says what came of it.
async fn answered(
    state: &AppState,
    caller: &SignedInCaller,
    outcome: Result<(), ApiError>,
    (done, id): (&str, &str),
) -> Result<Response, ApiError> {
    let Err(error) = outcome else {
        // It was found by it, so it is one.
        let id = parsed(id)?;
        return Ok(Redirect::to(&format!("{ACCESS}?done={done}&id={id}")).into_response());
    };
    if matches!(error.code(), Code::NotFound | Code::StoreUnavailable | Code::Internal) {
        return Err(error);
    }
    let page = page(state, caller, None, Problems::told_by(&error, &[])).await?;
    Ok(draw(error.code().status(), &page))
}

fn until(span: &str, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let known = SPANS.iter().find(|(word, ..)| *word == span);
    let (.., span) = known.ok_or_else(|| ApiError::with_detail(Code::InvalidInput, "Choose for how long."))?;
    Ok(span.map(|span| now.plus(span)))
}

fn parsed(id: &str) -> Result<AccessRequestId, ApiError> {
    id.parse().map_err(|_| ApiError::new(Code::NotFound))
}
