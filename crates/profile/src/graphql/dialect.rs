//! A tool's GraphQL, ready for reading requests.

use bytes::Bytes;
use serde::Deserialize;
use std::sync::Arc;

use super::rules::Rules;
use crate::{HeadReading, Misread, RequestHead, SocketMessage, Understood};

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
}

impl From<Rules> for Dialect {
    fn from(rules: Rules) -> Self {
        Self { rules: Arc::new(rules) }
    }
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

    /// The path of the endpoint, in canonical form.
    pub fn path(&self) -> &str {
        &self.rules.path
    }

    /// Whether the request is for the GraphQL endpoint, so that [`Self::read_head`] is to read it.
    pub fn wants(&self, head: &RequestHead<'_>) -> bool {
        head.path.as_str() == self.rules.path
    }

    /// Understands what the head alone tells, or says that the body is needed. Only for a head that [`Self::wants`] took.
    pub fn read_head(&self, _head: &RequestHead<'_>) -> Result<HeadReading, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Understands a request whose head asked for its body. `body` is complete, as it came over the wire.
    pub fn read_body(&self, _head: &RequestHead<'_>, _body: &Bytes) -> Result<Understood, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Chooses sub-protocols from what the client offered (the whole `Sec-WebSocket-Protocol` value, joined with commas).
    pub fn socket_protocols(&self, _offered: Option<&str>) -> Result<SocketProtocols, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Understands one text message from a WebSocket client that speaks `protocol`.
    pub fn read_message(&self, _protocol: Option<&str>, _text: &str) -> Result<SocketMessage, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Brings a text message from the tool into the client's protocol.
    pub fn answer_message(&self, _protocol: Option<&str>, _text: &str) -> AnswerMessage {
        AnswerMessage::AsIs
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
        let file: File = serde_saphyr::from_str(include_str!("../../../../profiles/dagster.yaml")).unwrap();
        assert_eq!(file.graphql.named(OperationKind::Mutation).len(), 41);
        assert_eq!(file.graphql.named(OperationKind::Subscription).len(), 3);
    }
}
