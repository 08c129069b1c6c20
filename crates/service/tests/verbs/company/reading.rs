//! A request as a client writes it, read as the door reads it.

use bytes::Bytes;
use doorward_domain::Intent;
use doorward_profile::{CanonicalPath, HeadReading, Misread, Profile, RequestHead, SocketMessage};
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use std::sync::Arc;

/// What goes over the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /path?query`.
    line: String,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    /// A message on the socket that the request opens.
    message: Option<String>,
}

impl Request {
    /// By its first line.
    pub fn http(line: &str) -> Self {
        Self { line: line.to_owned(), headers: Vec::new(), body: String::new(), message: None }
    }

    /// GraphQL as Dagster's own page sends it.
    pub fn graphql(document: &str, variables: &Value) -> Self {
        let body = json!({"operationName": null, "variables": variables, "query": document}).to_string();
        Self { headers: vec![("content-type", "application/json")], body, ..Self::http("POST /graphql") }
    }

    /// A document alone, as `application/graphql`.
    pub fn document(document: &str) -> Self {
        Self {
            headers: vec![("content-type", "application/graphql")],
            body: document.to_owned(),
            ..Self::http("POST /graphql")
        }
    }

    /// GraphQL over a WebSocket.
    pub fn socket(document: &str) -> Self {
        let message = json!({"type": "start", "id": "1", "payload": {"query": document}}).to_string();
        let headers =
            vec![("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-protocol", "graphql-ws")];
        Self { headers, message: Some(message), ..Self::http("GET /graphql") }
    }

    /// With this body.
    pub fn with_body(self, body: &Value) -> Self {
        Self { headers: vec![("content-type", "application/json")], body: body.to_string(), ..self }
    }

    /// Everything it wants, in the order in which it is judged: of a socket, to be opened first.
    pub fn read(&self, profile: &Profile) -> Result<Vec<Arc<Intent>>, Misread> {
        let (method, target) = self.line.split_once(' ').expect("a request line");
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let path = CanonicalPath::parse(path)?;
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().expect("a value"))
        };
        let headers: HeaderMap = self.headers.iter().map(header).collect();
        let head = RequestHead { method: &method, path: &path, query, headers: &headers };
        match profile.read_head(&head)? {
            HeadReading::Understood(intent) => Ok(vec![intent]),
            HeadReading::NeedsBody { least, .. } => {
                let understood = profile.read_body(&head, Bytes::from(self.body.clone()))?;
                Ok(vec![least, Arc::clone(understood.intent())])
            }
            HeadReading::Socket { intent, .. } => {
                match profile.read_message(Some("graphql-ws"), self.message.as_deref().expect("a message"))? {
                    SocketMessage::Operation { intent: own, .. } => Ok(vec![intent, own]),
                    SocketMessage::Reply { text } => Err(Misread::new("error_message", text)),
                    other => panic!("the message starts no operation: {other:?}"),
                }
            }
        }
    }
}
