//! What GraphQL reading promises, tried with Dagster's own profile.

mod answers;
mod attribution;
mod beside;
mod classes;
mod documents;
mod filter;
mod flags;
mod naming;
mod nested;
mod often;
mod refusals;
mod sockets;
mod targets;
mod tells;
mod transports;
mod ui;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::LazyLock;

use crate::{CanonicalPath, HeadReading, Misread, Profile, RequestHead, Understood};

static DAGSTER: LazyLock<Profile> = LazyLock::new(|| Profile::builtin("dagster").unwrap());

/// A request as a client sends it.
#[derive(Debug, Clone)]
struct Sent {
    method: Method,
    query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

fn post(content_type: &str, body: impl Into<Bytes>) -> Sent {
    Sent { method: Method::POST, query: None, headers: HeaderMap::new(), body: body.into() }
        .header("content-type", content_type)
}

fn get(query: &str) -> Sent {
    Sent { method: Method::GET, query: Some(query.to_owned()), headers: HeaderMap::new(), body: Bytes::new() }
}

/// A document the way Dagster's UI sends one.
fn ask(document: &str) -> Sent {
    ask_with(document, &serde_json::json!({}))
}

fn ask_with(document: &str, variables: &serde_json::Value) -> Sent {
    post(
        "application/json",
        serde_json::json!({"operationName": null, "variables": variables, "query": document}).to_string(),
    )
}

impl Sent {
    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    fn url(mut self, query: &str) -> Self {
        self.query = Some(query.to_owned());
        self
    }

    fn head_reading(&self) -> Result<HeadReading, Misread> {
        let path = CanonicalPath::parse("/graphql").unwrap();
        DAGSTER.read_head(&RequestHead {
            method: &self.method,
            path: &path,
            query: self.query.as_deref(),
            headers: &self.headers,
        })
    }

    fn read(&self) -> Result<Understood, Misread> {
        match self.head_reading()? {
            HeadReading::NeedsBody { .. } => {}
            other => panic!("needs no body: {other:?}"),
        }
        let path = CanonicalPath::parse("/graphql").unwrap();
        let head =
            RequestHead { method: &self.method, path: &path, query: self.query.as_deref(), headers: &self.headers };
        DAGSTER.read_body(&head, self.body.clone())
    }

    fn understood(&self) -> Understood {
        self.read().unwrap_or_else(|misread| panic!("{misread:?}"))
    }

    /// The code it is refused with.
    fn refused(&self) -> &'static str {
        self.read().map(|u| panic!("understood as {}", shown(&u))).unwrap_err().code
    }

    /// The verdict in a line: action, what is done, on what.
    fn verdict(&self) -> String {
        match self.read() {
            Ok(understood) => shown(&understood),
            Err(misread) => format!("refused: {}", misread.code),
        }
    }
}

fn shown(understood: &Understood) -> String {
    let intent = understood.intent();
    let strongest = intent.strongest().unwrap();
    let names: Vec<_> = intent.operations.iter().map(|o| &*o.name).collect();
    let resources: Vec<_> = intent.resources.iter().map(ToString::to_string).collect();
    let state = if intent.changes_state { ", changes state" } else { "" };
    format!("{} by {}: {}{state} [{}]", strongest.action, strongest.rule, names.join(" "), resources.join(" "))
}

/// What the tool is sent, without what is asked for beside the client's own selection.
fn body_of(understood: &Understood, user: Option<&str>) -> serde_json::Value {
    let mut body: serde_json::Value = serde_json::from_slice(&understood.envelope(user).unwrap().body).unwrap();
    let mut query = body["query"].as_str().unwrap().to_owned();
    while let Some(start) = query.find(" doorward0_0:") {
        let mut depth = 0;
        let ends = |byte: u8| {
            depth += i32::from(byte == b'{') - i32::from(byte == b'}');
            depth < 0
        };
        let length = query[start..].bytes().position(ends).unwrap();
        query.replace_range(start..start + length, "");
    }
    body["query"] = query.into();
    body
}
