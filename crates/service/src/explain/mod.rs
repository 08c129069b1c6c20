//! The decision that would be made, without touching the tool.

mod because;
mod caller;
mod cap;
mod place;
mod refusal;
mod remedy;
mod turns;

use bytes::Bytes;
use doorward_domain::{
    AppName, Caller, Decision, DecisionId, GrantId, Intent, Operation, Principal, Remedy, Resource, Role, RuleName,
    Subject, Username, Why, nearest,
};
use doorward_profile::{CanonicalPath, HeadReading, Misread, RequestHead};
use http::header::{HeaderValue, UPGRADE};
use http::{HeaderMap, Method};
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;

use crate::apps::UnknownApp;
use crate::context::Context;
use crate::core::Core;
use crate::gate::{self, Asked};
use crate::ports::{GrantStore, GroupStore, KeyStore, StoreError, UserStore};
use crate::{Actor, App, Apps, Authentication, NotAllowed, Right};
use caller::Without;
pub use place::at as app_at;
use place::{Place, is_desk, mount};
pub use refusal::Undoing;
pub(crate) use turns::Turns;

/// The request to explain.
#[derive(Debug, Clone)]
pub struct Hypothetical {
    /// As whom.
    pub whom: Whom,
    /// For this app; `None` is the one that the door finds by host and path, else the only one.
    pub app: Option<AppName>,
    /// Where several doors are known: among whose apps it is looked for, the likelier first. Nothing is among all at once.
    pub among: Vec<Vec<AppName>>,
    /// The method; `WEBSOCKET` opens one.
    pub method: Method,
    /// Path and query, as a client would send them; or the whole URL.
    pub path: String,
    /// The headers. `Host` counts where the path is no URL.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How Doorward's own command is called in what is to be typed.
    pub command: String,
    /// Where the door of an app is, as far as it is known: what the addresses of apps begin with that are only paths.
    pub doors: Vec<(AppName, String)>,
}

/// As whom a request is thought of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Nobody.
    Nobody,
    /// The user of this name, as if they had signed in this moment.
    User(String),
    /// The API key of this name, as if it were used this moment.
    Key(String),
}

/// What would happen, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// `allow`, `deny`, `sign-in` or `refuse`.
    pub decision: &'static str,
    /// The app it was asked of; absent when the path cannot be read, so that it leads to none.
    pub app: Option<AppName>,
    /// The user it was asked for; of a key `key:ci`.
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
    /// What decided, in a sentence: a grant, or the role that the app gives to everybody. Absent where there is nothing that did.
    pub because: Option<String>,
    /// On a refusal, the commands that would let it through with the least (denials end, a grant is added), joined by `&&`, if any would.
    pub remedy: Option<String>,
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
    /// There is no such key.
    #[error("there is no such key")]
    UnknownKey,
    /// There is no app of that name.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// What was written for the address is none.
    #[error("`{0}` is neither a path nor an http(s) address")]
    NoAddress(String),
    /// No app was named, and the door finds none there. The sentence says so.
    #[error("{0}")]
    NoApp(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains decisions.
pub struct Explain {
    users: Arc<dyn UserStore>,
    grants: Arc<dyn GrantStore>,
    groups: Arc<dyn GroupStore>,
    keys: Arc<dyn KeyStore>,
    authentication: Arc<Authentication>,
    apps: Arc<Apps>,
    context: Context,
    turns: Turns,
}

impl Explain {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            users: Arc::clone(&core.stores.users),
            grants: Arc::clone(&core.stores.grants),
            groups: Arc::clone(&core.stores.groups),
            keys: Arc::clone(&core.stores.keys),
            authentication: Arc::clone(&core.authentication),
            apps: Arc::clone(&core.apps),
            context: core.context.clone(),
            turns: Turns::default(),
        }
    }

    /// What would be decided, by the same reading and the same decision as at the door. People may ask about themselves; about
    /// others, or about nobody, needs `admin`.
    pub async fn explain(&self, actor: &Actor, request: &Hypothetical) -> Result<Explanation, ExplainError> {
        if !is_self(actor, &request.whom) {
            actor.may(Right::Explain, self.context.now())?;
        }
        let caller = self.caller(&request.whom, Without::default()).await?;
        place::check(&request.path)?;
        let place = Place::of(request);
        let mut explanation = match self.find(actor, request, &place)? {
            Ok((app, path)) => self.judge(actor, &app, &caller, path, request).await?,
            Err(misread) => refused(None, &caller, misread),
        };
        if let (Caller::Nobody, Whom::User(name) | Whom::Key(name)) = (&caller, &request.whom) {
            explanation.reason = match &request.whom {
                Whom::Key(_) => format!("The key {name} sleeps while its owner is disabled."),
                _ => format!("{name} is disabled and cannot sign in."),
            };
            explanation.as_user = Some(name.clone());
        }
        Ok(explanation)
    }

    /// The app and the path, or what about the path the door refuses to read.
    fn find(&self, actor: &Actor, request: &Hypothetical, place: &Place) -> Result<Found, ExplainError> {
        let may_know = actor.holds(Right::KnowSite, self.context.now());
        let named =
            request.app.as_ref().map(|name| self.apps.named(name).map_err(|unknown| unknown.shown_if(may_know)));
        let named = named.transpose()?;
        let apps = self.apps.all();
        let found = CanonicalPath::parse(place.path).and_then(|path| {
            let app = match &named {
                Some(app) => Some(Arc::clone(app)),
                None if is_desk(&path)? => return Ok((None, path)),
                None => place.first(&among(&apps, &request.among), &path)?,
            };
            Ok((app, path))
        });
        match found {
            Ok((Some(app), path)) => Ok(Ok((app, path))),
            Ok((None, path)) => {
                Err(ExplainError::NoApp(nothing_at(place, &path, &apps, may_know.then_some(&request.doors))))
            }
            Err(misread) => Ok(Err(misread)),
        }
    }

    async fn judge(
        &self,
        actor: &Actor,
        app: &Arc<App>,
        caller: &Caller,
        path: CanonicalPath,
        request: &Hypothetical,
    ) -> Result<Explanation, ExplainError> {
        let now = self.context.now();
        let role = caller.principal().and_then(|who| who.role_on(&app.name, app.default_role, now));
        let id = DecisionId::generate(now, self.context.random());
        let (own_app, own_caller, own_request) = (Arc::clone(app), caller.clone(), request.clone());
        let work = move || {
            let (app, caller) = (&*own_app, &own_caller);
            let intent = read(app, &path, Place::of(&own_request).query, &own_request)?;
            let decision = gate::judge(&Asked { id, caller, app, intent: &intent, now });
            let unknown = unknown_operations(app, &intent);
            Ok((intent, decision, unknown))
        };
        let (intent, decision, unknown) = match self.turns.done(actor, work).await? {
            Ok(judged) => judged,
            Err(misread) => return Ok(Explanation { role, ..refused(Some(app.name.clone()), caller, misread) }),
        };
        let mut remedy = None;
        let (decision, reason, because) = match decision {
            Decision::Pass(permit) => {
                let because = self.because(actor, app, caller, permit.because()).await?;
                let because = because.unwrap_or_else(|| because::given_to_everybody(permit.role(), &app.name));
                ("allow", format!("The role {} includes this.", permit.role()), Some(because))
            }
            Decision::SignIn => ("sign-in", "Nobody is signed in.".to_owned(), None),
            Decision::Refuse(refusal) => {
                let asked = remedy::About { actor, app, intent: &intent, command: &request.command };
                let denied_by = self.because(actor, app, caller, refusal.because()).await?;
                // What its owner holds is not for the key itself.
                let is_told = refusal.is_capped && actor.holds(Right::Explain, now);
                let capped = if is_told { self.of_capped(&asked, &request.whom).await? } else { None };
                let (why, owners) = capped.map_or((None, None), |capped| (Some(capped.because), capped.remedy));
                let is_left = refusal.why == Why::Untold && gate::may_be_told(app, &intent);
                remedy = match refusal.remedy {
                    _ if refusal.is_capped => owners,
                    // What the app tells then may not be what is denied.
                    Remedy::Lift(_) if is_left => None,
                    _ => self.remedy(&asked, &request.whom, &refusal).await?,
                };
                let sentence = gate::sentence(&refusal, &app.contact);
                ("deny", if is_left { format!("{sentence} {LEFT_TO_THE_APP}") } else { sentence }, denied_by.or(why))
            }
        };
        let strongest = intent.strongest();
        Ok(Explanation {
            decision,
            app: Some(app.name.clone()),
            as_user: caller.principal().map(|who| who.name_in_records().into_owned()),
            role,
            reason: reason + &unknown,
            because,
            remedy,
            action: strongest.map(|operation| operation.action.as_str()),
            rule: strongest.map(|operation| operation.rule.to_string()),
            required_role: strongest.map(|operation| operation.action.required_role()),
            operations: intent.operations.clone(),
            resources: intent.resources.clone(),
            changes_state: intent.changes_state,
        })
    }

    /// The grant or denial in a sentence, with why it was made only for who may see it; `None` when there is none.
    async fn because(
        &self,
        actor: &Actor,
        app: &App,
        caller: &Caller,
        grant: Option<GrantId>,
    ) -> Result<Option<String>, StoreError> {
        let Some(id) = grant else { return Ok(None) };
        let Some(found) = self.grants.find(id).await? else { return Ok(None) };
        let told = |who: &Arc<Principal>| because::told_to(who, &found.grant);
        let is_shown = self.is_shown(actor, app, &found.grant);
        Ok(if is_shown { Some(because::described(&found)) } else { caller.principal().map(told) })
    }
}

/// After the sentence of a refusal that the door would not leave at that.
const LEFT_TO_THE_APP: &str =
    "When the request comes, the app is asked what it acts on, and it may be allowed; for this answer no app is asked.";

fn is_self(actor: &Actor, whom: &Whom) -> bool {
    let Actor::User { who, .. } = actor else { return false };
    match (whom, who.subject) {
        (Whom::User(name), Subject::User(_)) | (Whom::Key(name), Subject::Key(_)) => {
            name.parse().is_ok_and(|name: Username| name == who.name)
        }
        _ => false,
    }
}

/// An app and the path asked for, or what cannot be read.
type Found = Result<(Arc<App>, CanonicalPath), Misread>;

/// What the door refuses before it judges.
fn refused(app: Option<AppName>, caller: &Caller, misread: Misread) -> Explanation {
    Explanation {
        decision: "refuse",
        app,
        as_user: caller.principal().map(|who| who.name_in_records().into_owned()),
        role: None,
        action: None,
        operations: Vec::new(),
        resources: Vec::new(),
        rule: None,
        required_role: None,
        reason: misread.detail,
        because: None,
        remedy: None,
        changes_state: false,
    }
}

/// Which mutations the profile does not know, and which ones were meant.
fn unknown_operations(app: &App, intent: &Intent) -> String {
    let Some(dialect) = app.profile.graphql() else { return String::new() };
    let unknown = intent.operations.iter().filter(|operation| operation.rule == RuleName::UNCLASSIFIED);
    let sentences = unknown.map(|operation| {
        let known = dialect.rules().mutations.keys().map(String::as_str);
        let meant = nearest(&operation.name, known).map(|name| format!("; did you mean `{name}`?"));
        format!(" The profile knows no `{}`{}", operation.name, meant.unwrap_or_else(|| ".".to_owned()))
    });
    sentences.collect::<Vec<_>>().concat()
}

/// The apps, as groups of which each is asked before the next.
fn among(apps: &[Arc<App>], names: &[Vec<AppName>]) -> Vec<Vec<Arc<App>>> {
    let group = |names: &Vec<AppName>| apps.iter().filter(|app| names.contains(&app.name)).cloned().collect();
    let groups: Vec<Vec<_>> = names.iter().map(group).filter(|group: &Vec<_>| !group.is_empty()).collect();
    if groups.is_empty() { vec![apps.to_vec()] } else { groups }
}

/// A sentence; which apps there are is not for everybody.
fn nothing_at(
    place: &Place,
    path: &CanonicalPath,
    apps: &[Arc<App>],
    known: Option<&Vec<(AppName, String)>>,
) -> String {
    if is_desk(path).is_ok_and(|is_desk| is_desk) {
        return format!("{} is Doorward's own; no app is asked there", place.shown());
    }
    let all = known.map(|doors| {
        let all: Vec<_> = apps.iter().map(|app| format!("{} at {}", app.name, whole_address(app, doors))).collect();
        format!("; apps: {}", all.join(", "))
    });
    let all = all.unwrap_or_default();
    let what = if place.is_ambiguous(apps, path) { "several apps are at" } else { "no app is found at" };
    format!("{what} {}: give its whole URL, or name the app with `--app` (`app` in the API){all}", place.shown())
}

/// With the door's address, where the app's own is a path behind a door that is known.
fn whole_address(app: &App, doors: &[(AppName, String)]) -> String {
    let door = doors.iter().find(|(name, _)| *name == app.name && app.address.starts_with('/'));
    door.map_or_else(|| app.address.clone(), |(_, door)| format!("{}{}", door.trim_end_matches('/'), app.address))
}

/// Reads the request as the door does.
fn read(app: &App, path: &CanonicalPath, query: Option<&str>, request: &Hypothetical) -> Result<Arc<Intent>, Misread> {
    let path = path.below(mount(app)).or_else(|| path.below(&app.prefix)).ok_or_else(|| {
        Misread::new("outside_app", format!("{} is mounted under {}; nothing else reaches it.", app.title, app.prefix))
    })?;
    // As profiles and their examples write the opening of a WebSocket (RFC 6455 section 4.1).
    let mut headers = Cow::Borrowed(&request.headers);
    let is_socket = request.method.as_str() == "WEBSOCKET";
    if is_socket {
        headers.to_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    let method = if is_socket { &Method::GET } else { &request.method };
    let head = RequestHead { method, path: &path, query, headers: &headers };
    match app.profile.read_head(&head)? {
        HeadReading::Understood(intent) | HeadReading::Socket { intent, .. } => Ok(intent),
        HeadReading::NeedsBody { limit, .. } if request.body.len() > limit => {
            Err(Misread::new("body_too_large", format!("The body is longer than {limit} bytes.")))
        }
        HeadReading::NeedsBody { .. } => Ok(Arc::clone(app.profile.read_body(&head, request.body.clone())?.intent())),
    }
}
