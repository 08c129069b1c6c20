//! Asking for access, as it stands on pages: the form, and what came of it.

use doorward_domain::{AccessOutcome, AccessState, DecisionId, SessionId, Timestamp};
use doorward_service::access::in_words;
use doorward_service::ports::NamedAccess;

use crate::app_state::AppState;
use crate::csrf;
use crate::moment::Moment;

const WAITING: &str = "Waiting for an answer";

/// What somebody can ask for, and how.
#[derive(Debug, Clone)]
pub struct AskFor {
    /// In words: "operator on job:nightly of Dagster".
    pub(super) what: String,
    /// The token of the form; `None` where the desk is elsewhere, and so is the form.
    pub(super) csrf: Option<String>,
    /// As it was typed.
    pub(super) reason: String,
}

impl AskFor {
    /// For the holder of this session; without a key there is a link to the form.
    pub fn new(what: &str, csrf_key: Option<&[u8; 32]>, session: SessionId) -> Self {
        let csrf = csrf_key.map(|key| csrf::token(key, session));
        Self { what: what.to_owned(), csrf, reason: String::new() }
    }
}

/// A request and what came of it, to who asked.
pub(super) struct AskedFor {
    /// In words: "operator on job:nightly of Dagster".
    pub what: String,
    /// What was refused.
    pub refused: String,
    pub reason: String,
    pub decision_id: DecisionId,
    pub asked: Moment,
    /// `open`, `approved`, `declined` or `lapsed`.
    pub state: &'static str,
    pub outcome: String,
    /// When it was answered.
    pub answered: Option<Moment>,
    /// What was given, where that is less.
    pub given: Option<String>,
    /// When it ends, or ended.
    pub until: Option<(&'static str, Moment)>,
    /// What who declined said.
    pub answer: String,
    /// The app, by name and address, while the request is approved.
    pub app: Option<(String, String)>,
}

impl AskedFor {
    /// As it is now.
    pub fn new(state: &AppState, NamedAccess { request, .. }: &NamedAccess) -> Self {
        let now = state.now();
        let app = state.services.apps.find(&request.app);
        let title = app.as_ref().map_or(request.app.as_str(), |app| app.title.as_str());
        let what = in_words(title, &request.wanted);
        let standing = request.state(now);
        let by = request.answer.as_ref().map_or_else(String::new, |answer| by(&answer.by));
        let outcome = match standing {
            AccessState::Open => WAITING.to_owned(),
            AccessState::Approved => format!("Approved {by}"),
            AccessState::Declined => format!("Declined {by}"),
            AccessState::Lapsed => "Nobody answered within 30 days".to_owned(),
        };
        let (mut given, mut until, mut answer) = (None, None, String::new());
        match request.answer.as_ref().map(|answer| &answer.outcome) {
            Some(AccessOutcome::Approved(access)) => {
                given = Some(in_words(title, &access.given)).filter(|given| *given != what);
                until = access.until.map(|end| (if end > now { "Ends" } else { "Ended" }, Moment::from(end)));
            }
            Some(AccessOutcome::Declined(why)) => why.as_ref().clone_into(&mut answer),
            Some(AccessOutcome::Lapsed) | None => {}
        }
        Self {
            what,
            refused: request.refused.to_string(),
            reason: request.reason.to_string(),
            decision_id: request.decision_id,
            asked: request.created_at.into(),
            state: standing.as_str(),
            outcome,
            answered: request.answer.as_ref().map(|answer| answer.at).or(lapsed_at(request, now)).map(Moment::from),
            given,
            until,
            answer,
            app: app.filter(|_| standing == AccessState::Approved).map(|app| (app.title.clone(), app.address.clone())),
        }
    }

    /// One that is open or was declined, of an app of that title.
    pub fn without_effect(title: &str, NamedAccess { request, .. }: &NamedAccess) -> Self {
        let answer = request.answer.as_ref();
        let declined = answer.and_then(|answer| match &answer.outcome {
            AccessOutcome::Declined(why) => Some((format!("Declined {}", by(&answer.by)), why.to_string())),
            AccessOutcome::Approved(_) | AccessOutcome::Lapsed => None,
        });
        let state = if declined.is_some() { AccessState::Declined } else { AccessState::Open };
        let (outcome, answer_words) = declined.unwrap_or_else(|| (WAITING.to_owned(), String::new()));
        Self {
            what: in_words(title, &request.wanted),
            refused: request.refused.to_string(),
            reason: request.reason.to_string(),
            decision_id: request.decision_id,
            asked: request.created_at.into(),
            state: state.as_str(),
            outcome,
            answered: answer.map(|answer| answer.at.into()),
            given: None,
            until: None,
            answer: answer_words,
            app: None,
        }
    }

    /// Whether an answer is still to come.
    pub fn is_open(&self) -> bool {
        self.state == AccessState::Open.as_str()
    }
}

/// Who answered: somebody by name, or whoever sat at the machine.
fn by(name: &str) -> String {
    if name.starts_with("cli:") { "on the command line".to_owned() } else { format!("by {name}") }
}

/// When it lapsed, where that was not written down yet.
fn lapsed_at(request: &doorward_domain::AccessRequest, now: Timestamp) -> Option<Timestamp> {
    (request.state(now) == AccessState::Lapsed).then(|| request.lapses_at())
}
