//! Reading and deciding, through the public interface only.

use bytes::Bytes;
use doorward_domain::{
    AppName, Bond, Caller, Decision, DecisionId, Effect, Grant, GrantId, Intent, Principal, Question, Rights, Role,
    Scope, Session, SessionId, Subject, Timestamp, UserId, decide,
};
use doorward_profile::{CanonicalPath, HeadReading, Misread, Profile, RequestHead, SocketMessage};
use http::{HeaderMap, HeaderName, Method};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A request as the table writes it.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /path?query`.
    pub line: String,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
    /// A message on the socket the request opens.
    pub message: Option<String>,
}

impl Request {
    /// A request by its first line.
    pub fn http(line: &str) -> Self {
        Self { line: line.to_owned(), headers: Vec::new(), body: String::new(), message: None }
    }

    /// GraphQL as the tool's own page sends it.
    pub fn graphql(document: &str, variables: &serde_json::Value) -> Self {
        let body = serde_json::json!({"operationName": null, "variables": variables, "query": document}).to_string();
        Self { headers: vec![("content-type", "application/json")], body, ..Self::http("POST /graphql") }
    }

    /// GraphQL over a WebSocket.
    pub fn socket(document: &str) -> Self {
        let message = serde_json::json!({"type": "start", "id": "1", "payload": {"query": document}}).to_string();
        let headers =
            vec![("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-protocol", "graphql-ws")];
        Self { headers, message: Some(message), ..Self::http("GET /graphql") }
    }

    /// With one more header.
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What the profile reads: everything the request wants.
pub fn read(profile: &Profile, request: &Request) -> Result<Vec<Arc<Intent>>, Misread> {
    let (method, target) = request.line.split_once(' ').expect("a request line");
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let path = CanonicalPath::parse(path)?;
    let header = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).expect("a name"), value.parse().expect("a value"))
    };
    let headers: HeaderMap = request.headers.iter().map(header).collect();
    let head = RequestHead { method: &method, path: &path, query, headers: &headers };
    match profile.read_head(&head)? {
        HeadReading::Understood(intent) => Ok(vec![intent]),
        HeadReading::NeedsBody { .. } => {
            let understood = profile.read_body(&head, Bytes::from(request.body.clone()))?;
            Ok(vec![Arc::clone(understood.intent())])
        }
        HeadReading::Socket { intent, .. } => {
            let protocols = profile
                .socket_protocols(headers.get("sec-websocket-protocol").and_then(|value| value.to_str().ok()))?;
            let message = request.message.as_deref().expect("a message for the socket");
            match profile.read_message(protocols.client, message)? {
                SocketMessage::Operation { intent: own, .. } => Ok(vec![intent, own]),
                // Answered by the door, with an error; the tool never hears of it.
                SocketMessage::Reply { text } if text.contains("\"error\"") => Err(Misread::new("error_message", text)),
                other => panic!("the message starts no operation: {other:?}"),
            }
        }
    }
}

/// Whether somebody with this role on the app is let through.
#[expect(clippy::disallowed_methods, reason = "profiles know nothing of the gate")]
pub fn allows(intents: &[Arc<Intent>], role: Role) -> bool {
    let app: AppName = "dagster".parse().expect("a name");
    let user = UserId::generate(NOW, [1; 10]);
    let grant = Grant {
        id: GrantId::generate(NOW, [3; 10]),
        subject: Subject::User(user),
        effect: Effect::Allow(role),
        scope: Scope::App(app.clone()),
        until: None,
        reason: "".into(),
        created_at: NOW,
        created_by: "".into(),
    };
    let session = Session {
        id: SessionId::generate(NOW, [2; 10]),
        user_id: user,
        kind: doorward_domain::SessionKind::Browser,
        factors: doorward_domain::Factors::default(),
        created_at: NOW,
        proved_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW,
        client_ip: "192.0.2.1".to_owned(),
        user_agent: String::new(),
        device: String::new(),
        is_remembered: false,
    };
    let who = Principal {
        subject: Subject::User(user),
        name: "ada".parse().expect("a name"),
        email: None,
        full_name: "".into(),
        groups: Vec::new().into(),
        bond: Bond::Session(session),
        rights: Rights::compile(&[grant]),
    };
    let caller = Caller::Known(Arc::new(who));
    intents.iter().all(|intent| {
        let id = DecisionId::generate(NOW, [4; 10]);
        let question = Question { id, caller: &caller, app: &app, default_role: None, intent, now: NOW };
        matches!(decide(&question), Decision::Pass(_))
    })
}
