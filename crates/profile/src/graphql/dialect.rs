//! A tool's GraphQL, ready for reading requests.

use bytes::Bytes;
use doorward_domain::{Action, Intent, Operation, RuleName, Targets};
use http::header::CONTENT_ENCODING;
use serde::Deserialize;
use std::sync::Arc;

use super::{
    document_cache::DocumentCache,
    drafts,
    message::SocketMessage,
    reading::{self, Reader},
    request::Request,
    request_cache::{RequestCache, Seen},
    rules::Rules,
    socket,
    transport::{self, Form, Parameters},
};
use crate::{BodyKind, HeadReading, Misread, RequestHead, content, kinds::Kinds};

/// The three kinds of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Changes.
    Mutation,
    /// Follows.
    Subscription,
}

impl OperationKind {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// A tool's GraphQL, ready for reading requests. Cheap to clone.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Rules")]
pub struct Dialect {
    rules: Arc<Rules>,
    cache: Arc<DocumentCache>,
    requests: Arc<RequestCache>,
    page: Arc<Intent>,
    request: Arc<Intent>,
    socket: Arc<Intent>,
}

impl From<Rules> for Dialect {
    fn from(rules: Rules) -> Self {
        let page = opening(&rules, "graphql.page", "Opening the query page");
        let request = opening(&rules, "graphql.request", &rules.any_query.called);
        let socket = opening(&rules, "graphql.socket", "Opening a live connection");
        Self { rules: Arc::new(rules), cache: Arc::default(), requests: Arc::default(), page, request, socket }
    }
}

fn opening(rules: &Rules, rule: &'static str, called: &str) -> Arc<Intent> {
    let operation = Operation {
        name: format!("GET {}", rules.path).into(),
        action: Action::View,
        rule: RuleName::new(rule),
        called: Some(called.to_owned().into()),
        family: None,
        targets: Targets::Shell,
    };
    Arc::new(Intent { operations: vec![operation], resources: Vec::new(), changes_state: false })
}

/// Which WebSocket sub-protocols are spoken on the two sides of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketProtocols {
    /// To be named in our answer to the client, and given to [`Dialect::read_message`]; `None` when it offered none.
    pub client: Option<&'static str>,
    /// To be offered to the tool.
    pub tool: &'static str,
}

/// What becomes of a text message from the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerMessage {
    /// Send it as it came.
    AsIs,
    /// Send this instead.
    Instead(String),
    /// The client's protocol has no such message.
    Drop,
}

impl Dialect {
    /// What it is made of.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The same with another limit for the tokens of a document.
    #[must_use]
    pub fn with_tokens(&self, tokens: usize) -> Self {
        let mut rules = Rules::clone(&self.rules);
        rules.limits.tokens = tokens;
        self.with_rules(rules)
    }

    /// The same for a tool with these kinds of things, if all that it says of things is of one of these kinds.
    pub fn with_kinds(&self, kinds: &Kinds) -> Result<Self, Vec<String>> {
        Ok(self.with_rules(Rules::clone(&self.rules).of_kinds(kinds)?))
    }

    /// What was read by other rules is not taken from memory.
    fn with_rules(&self, rules: Rules) -> Self {
        Self { rules: Arc::new(rules), cache: Arc::default(), requests: Arc::default(), ..self.clone() }
    }

    /// Whether every operation amounts to the same by both, whatever their limits.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rules, &other.rules) || self.rules.mean_the_same_as(&other.rules)
    }

    /// The path of the endpoint, in canonical form.
    pub fn path(&self) -> &str {
        &self.rules.path
    }

    /// Whether the request is for the GraphQL endpoint, so that [`Self::read_head`] is to read it.
    pub fn wants(&self, head: &RequestHead<'_>) -> bool {
        head.path.as_str() == self.rules.path
    }

    /// Understands what the head alone tells, or says that the body is needed. Only for a head that [`Self::wants`] took.
    pub fn read_head(&self, head: &RequestHead<'_>) -> Result<HeadReading, Misread> {
        Ok(match transport::form(head)? {
            Form::Page => HeadReading::Understood(Arc::clone(&self.page)),
            Form::Socket => {
                HeadReading::Socket { intent: Arc::clone(&self.socket), message_limit: self.rules.limits.message }
            }
            Form::Json | Form::Document | Form::Url => {
                let (least, limit) = (Arc::clone(&self.request), self.rules.limits.body);
                HeadReading::NeedsBody { kind: BodyKind::GraphQl, least, limit }
            }
        })
    }

    /// Understands a request whose head asked for its body. `body` is complete, as it came over the wire.
    pub fn read_body(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Request, Misread> {
        let form = transport::form(head)?;
        let parameters = Parameters::parse(head.query)?;
        let request = match form {
            Form::Json | Form::Document => {
                transport::nothing_in_url(&parameters)?;
                self.in_body(head, form, body)?
            }
            Form::Url if !body.is_empty() => {
                let told = if head.query.is_some() {
                    "There is a body beside a request in the URL."
                } else {
                    "The body does not say that it is JSON: send it with Content-Type: application/json."
                };
                return Err(Misread::new("ambiguous_request", told));
            }
            Form::Url => self.reader().url(&parameters)?,
            Form::Page | Form::Socket => {
                return Err(Misread::new("ambiguous_request", "This request has no body to read."));
            }
        };
        if head.method == http::Method::GET && request.prepared.kind() == OperationKind::Mutation {
            return Err(Misread::new("mutation_by_get", "A mutation is not executed by GET, for nobody."));
        }
        if request.prepared.kind() == OperationKind::Subscription {
            return Err(Misread::new("subscription_by_http", "Subscriptions are followed over a WebSocket."));
        }
        Ok(request.with_op(parameters.get("op")))
    }

    /// What a body says; one of JSON that comes again, as it is, is recognised.
    fn in_body(&self, head: &RequestHead<'_>, form: Form, body: Bytes) -> Result<Request, Misread> {
        let limit = self.rules.limits.body;
        let is_plain = form == Form::Json && !head.headers.contains_key(CONTENT_ENCODING);
        let seen = match is_plain.then(|| self.requests.recall(&body)) {
            Some(Seen::Known(request)) => return Ok(request),
            Some(Seen::Again(unread)) => Some(unread),
            Some(Seen::First) | None => None,
        };
        let text = content::unmarked_text_of_body(head.headers, body, limit)?;
        if form == Form::Document {
            return self.reader().document(&text);
        }
        let request = self.reader().object(reading::tree(text, "The body")?, 0)?;
        if let Some(unread) = seen {
            self.requests.keep(unread, &request);
        }
        Ok(request)
    }

    /// Chooses sub-protocols from what the client offered (the whole `Sec-WebSocket-Protocol` value, joined with commas).
    pub fn socket_protocols(&self, offered: Option<&str>) -> Result<SocketProtocols, Misread> {
        socket::protocols(offered)
    }

    /// Understands one text message from a WebSocket client that speaks `protocol`.
    pub fn read_message(&self, protocol: Option<&str>, text: &str) -> Result<SocketMessage, Misread> {
        self.reader().message(protocol, text)
    }

    /// Brings a text message from the tool into the client's protocol.
    pub fn answer_message(&self, protocol: Option<&str>, text: &str) -> AnswerMessage {
        socket::answer(protocol, text)
    }

    /// Whether all messages from the tool reach such a client as they are.
    pub fn passes_messages(&self, protocol: Option<&str>) -> bool {
        socket::is_the_tools(protocol)
    }

    /// What a root field amounts to before its arguments are looked at: for tables of roles and operations.
    pub fn classify(&self, kind: OperationKind, field: &str) -> Operation {
        drafts::classify(&self.rules, kind, field)
    }

    #[cfg(test)]
    pub(super) fn requests(&self) -> &RequestCache {
        &self.requests
    }

    fn reader(&self) -> Reader<'_> {
        Reader { rules: &self.rules, cache: &self.cache }
    }

    /// The operations this dialect names, for comparing with what a running tool has.
    pub fn named(&self, kind: OperationKind) -> Vec<&str> {
        match kind {
            OperationKind::Query => self.rules.queries.keys().map(String::as_str).collect(),
            OperationKind::Mutation => self.rules.mutations.keys().map(String::as_str).collect(),
            OperationKind::Subscription => self.rules.subscriptions.keys().map(String::as_str).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        graphql: Dialect,
    }

    #[test]
    fn the_dagster_section_can_be_read() {
        let file: File = crate::yaml::from_str(include_str!("../../../../profiles/dagster.yaml")).unwrap();
        assert_eq!(file.graphql.named(OperationKind::Mutation).len(), 41);
        assert_eq!(file.graphql.named(OperationKind::Subscription).len(), 3);
    }
}
