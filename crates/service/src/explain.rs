//! The decision that would be made, without touching the tool.

use bytes::Bytes;
use doorward_domain::{
    Action, AppName, Caller, Decision, DecisionId, Grant, Intent, Operation, Question, Resource, Role, Session, SessionId,
    SignedIn, UserId, Username, Via, decide,
};
use doorward_profile::{CanonicalPath, HeadReading, Misread, RequestHead};
use http::{HeaderMap, Method};
use serde::Serialize;
use std::sync::Arc;

use crate::ports::{GrantQuery, GrantStore, StoreError, UserStore};
use crate::sources::Sources;
use crate::{Actor, App, Apps, NotAllowed};

/// The request to explain.
#[derive(Debug, Clone)]
pub struct Hypothetical {
    /// As this user; `None` is nobody.
    pub as_user: Option<String>,
    /// For this app; `None` is the only one, or the default.
    pub app: Option<AppName>,
    /// The method.
    pub method: Method,
    /// Path and query, as a client would send them.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What would happen, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// `allow`, `deny`, `sign-in` or `refuse`.
    pub decision: &'static str,
    /// The app it was asked of.
    pub app: AppName,
    /// The user it was asked for.
    #[serde(rename = "as")]
    pub as_user: Option<String>,
    /// The role held on the app.
    pub role: Option<Role>,
    /// The strongest action asked for; absent when the request was not understood.
    pub action: Option<&'static str>,
    /// Everything the request does, each with its rule.
    pub operations: Vec<Operation>,
    /// What it acts on.
    pub resources: Vec<Resource>,
    /// The rule behind the strongest action.
    pub rule: Option<String>,
    /// The weakest role that would do.
    pub required_role: Option<Role>,
    /// A sentence.
    pub reason: String,
    /// Whether it would be recorded before being forwarded.
    pub changes_state: bool,
}

/// Why it could not be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Needs `admin`, or to be about oneself.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// There is no such app, or none was named and there are several.
    #[error("name one of the apps")]
    UnknownApp,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains decisions.
pub struct Explain {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) grants: Arc<dyn GrantStore>,
    pub(crate) apps: Arc<Apps>,
    pub(crate) sources: Sources,
}

impl Explain {
    /// What would be decided, by the same reading and the same decision as at the door. People may ask about themselves; about
    /// others, or about nobody, needs `admin`.
    pub async fn explain(&self, actor: &Actor, request: &Hypothetical) -> Result<Explanation, ExplainError> {
        let name = request.as_user.as_deref().map(|name| name.parse::<Username>().map_err(|_| ExplainError::UnknownUser));
        let name = name.transpose();
        if !matches!(&name, Ok(Some(name)) if is_self(actor, name)) {
            actor.require(Action::Admin, self.sources.now())?;
        }
        let name = name?;
        let caller = match &name {
            Some(name) => self.caller(name).await?,
            None => Caller::Nobody,
        };
        let app = self.app(request.app.as_ref())?;
        let read = read(&app, request);
        let mut explanation = self.judge(&app, &caller, read);
        if let (Caller::Nobody, Some(disabled)) = (&caller, name) {
            explanation.reason = format!("{disabled} is disabled and cannot sign in.");
            explanation.as_user = Some(disabled.to_string());
        }
        Ok(explanation)
    }

    fn app(&self, name: Option<&AppName>) -> Result<Arc<App>, ExplainError> {
        let found = match name {
            Some(name) => self.apps.find(name),
            None => match self.apps.all().as_slice() {
                [only] => Some(Arc::clone(only)),
                _ => None,
            },
        };
        found.ok_or(ExplainError::UnknownApp)
    }

    /// The user as if they had signed in this moment; nobody, if they cannot.
    async fn caller(&self, name: &Username) -> Result<Caller, ExplainError> {
        let (user, _) = self.users.find_by_name(name).await?.ok_or(ExplainError::UnknownUser)?;
        if user.is_disabled {
            return Ok(Caller::Nobody);
        }
        let now = self.sources.now();
        let session = Session {
            id: SessionId::generate(now, self.sources.random()),
            user_id: user.id,
            created_at: now,
            proved_at: now,
            last_seen_at: now,
            expires_at: now,
            client_ip: String::new(),
            user_agent: String::new(),
            is_remembered: false,
        };
        let grants = self.grants_of(user.id).await?;
        Ok(Caller::User(Arc::new(SignedIn { user: Arc::new(user), session, grants: grants.into() }), Via::Bearer))
    }

    async fn grants_of(&self, user: UserId) -> Result<Vec<Grant>, StoreError> {
        let mut query = GrantQuery { user: Some(user), ..GrantQuery::default() };
        let mut grants = Vec::new();
        loop {
            let page = self.grants.list(&query).await?;
            grants.extend(page.items);
            if page.next_cursor.is_none() {
                return Ok(grants);
            }
            query.paging.cursor = page.next_cursor;
        }
    }

    fn judge(&self, app: &App, caller: &Caller, read: Result<Arc<Intent>, Misread>) -> Explanation {
        let now = self.sources.now();
        let who = caller.signed_in();
        let blank = Explanation {
            decision: "refuse",
            app: app.name.clone(),
            as_user: who.map(|who| who.user.username.to_string()),
            role: who.and_then(|who| who.role_on(&app.name, app.default_role, now)),
            action: None,
            operations: Vec::new(),
            resources: Vec::new(),
            rule: None,
            required_role: None,
            reason: String::new(),
            changes_state: false,
        };
        let intent = match read {
            Ok(intent) => intent,
            Err(misread) => return Explanation { reason: misread.detail, ..blank },
        };
        let id = DecisionId::generate(now, self.sources.random());
        let question = Question { id, caller, app: &app.name, default_role: app.default_role, intent: &intent, now };
        let (decision, reason) = match decide(&question) {
            Decision::Pass(permit) => ("allow", format!("The role {} includes this.", permit.role())),
            Decision::SignIn => ("sign-in", "Nobody is signed in.".to_owned()),
            Decision::Refuse(refusal) => ("deny", refusal.sentence()),
        };
        let strongest = intent.strongest();
        Explanation {
            decision,
            reason,
            action: strongest.map(|operation| operation.action.as_str()),
            rule: strongest.map(|operation| operation.rule.to_string()),
            required_role: strongest.map(|operation| operation.action.required_role()),
            operations: intent.operations.clone(),
            resources: intent.resources.clone(),
            changes_state: intent.changes_state,
            ..blank
        }
    }
}

fn is_self(actor: &Actor, name: &Username) -> bool {
    matches!(actor, Actor::User { who, .. } if who.user.username == *name)
}

/// The path of the app's address: what clients put before the tool's own paths.
fn mount(app: &App) -> &str {
    let path = match app.address.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => &app.address,
    };
    path.trim_end_matches('/')
}

/// Reads the request as the door does.
fn read(app: &App, request: &Hypothetical) -> Result<Arc<Intent>, Misread> {
    let (path, query) = match request.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.path.as_str(), None),
    };
    let path = CanonicalPath::parse(path)?;
    let path = path.below(mount(app)).or_else(|| path.below(&app.prefix)).ok_or_else(|| {
        Misread::new("outside_app", format!("{} is mounted under {}; nothing else reaches it.", app.title, app.prefix))
    })?;
    let head = RequestHead { method: &request.method, path: &path, query, headers: &request.headers };
    match app.profile.read_head(&head)? {
        HeadReading::Understood(intent) | HeadReading::Socket { intent, .. } => Ok(intent),
        HeadReading::NeedsBody { limit, .. } if request.body.len() > limit => {
            Err(Misread::new("body_too_large", format!("The body is longer than {limit} bytes.")))
        }
        HeadReading::NeedsBody { .. } => Ok(Arc::clone(app.profile.read_body(&head, request.body.clone())?.intent())),
    }
}
