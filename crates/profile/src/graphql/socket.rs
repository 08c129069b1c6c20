//! GraphQL over a WebSocket: the two sub-protocols, and only `subscription` operations.
//!
//! The tool speaks the older `graphql-ws` (subscriptions-transport-ws: `start`, `data`, `stop`). A client that speaks
//! `graphql-transport-ws` has its messages translated on the way there and back.

use std::sync::Arc;

use super::{
    AnswerFilter, AnswerFlags, AnswerMessage, OperationKind, Request, SocketMessage, SocketProtocols, ToolMessage,
    answer,
    json::{Value, quoted, scan::unquoted},
    reading::{self, Reader},
};
use crate::Misread;

const LEGACY: &str = "graphql-ws";
const MODERN: &str = "graphql-transport-ws";

/// Chooses protocols from what the client offered; the tool's own is taken when there is a choice.
pub fn protocols(offered: Option<&str>) -> Result<SocketProtocols, Misread> {
    let Some(offered) = offered else { return Ok(SocketProtocols { client: None, tool: LEGACY }) };
    let client = [LEGACY, MODERN].into_iter().find(|known| offered.split(',').any(|name| name.trim() == *known));
    match client {
        Some(name) => Ok(SocketProtocols { client: Some(name), tool: LEGACY }),
        None => Err(Misread::new("unknown_protocol", format!("The WebSocket must speak {LEGACY} or {MODERN}."))),
    }
}

fn bad_message(why: &str) -> Misread {
    Misread::new("bad_message", format!("The WebSocket message {why}."))
}

impl Reader<'_> {
    /// Understands one message from a client.
    pub fn message(self, protocol: Option<&str>, text: &str) -> Result<SocketMessage, Misread> {
        if text.len() > self.rules.limits.message {
            return Err(bad_message("is too large"));
        }
        let modern = protocol == Some(MODERN);
        let tree = reading::tree(text.to_owned(), "The WebSocket message")?;
        let root = tree.root().ok_or_else(|| bad_message("is empty"))?;
        let kind = root.get("type").and_then(Value::as_str).ok_or_else(|| bad_message("has no type"))?;
        let id = || {
            let id = root.get("id").and_then(Value::as_str).filter(|id| (1..=256).contains(&id.len()));
            id.map(std::borrow::Cow::into_owned).ok_or_else(|| bad_message("has no id"))
        };
        Ok(match (&*kind, modern) {
            // What the client says about itself is for us; the tool does not look at it.
            ("connection_init", _) => control(r#"{"type":"connection_init","payload":{}}"#.to_owned()),
            ("connection_terminate", false) => control(r#"{"type":"connection_terminate"}"#.to_owned()),
            ("stop", false) | ("complete", true) => {
                let id = id()?;
                let text = format!(r#"{{"type":"stop","id":{}}}"#, quoted(&id));
                SocketMessage::Control { text, stops: Some(id) }
            }
            ("ping", true) => SocketMessage::Reply { text: r#"{"type":"pong"}"#.to_owned() },
            ("pong", true) => SocketMessage::Ignored,
            ("start", false) | ("subscribe", true) => {
                let id = id()?;
                let payload = root.get("payload").map(Value::index).ok_or_else(|| bad_message("has no payload"))?;
                self.operation(tree, payload, id, modern)
            }
            _ => return Err(bad_message("has a type that is not understood")),
        })
    }

    /// What is wrong with one operation is told to the client as that operation's error; the others live on.
    fn operation(self, tree: super::json::Tree, payload: usize, id: String, modern: bool) -> SocketMessage {
        let request = self.object(tree, payload).and_then(|request| match request.prepared.kind() {
            OperationKind::Subscription if request.prepared.roots.len() == 1 => Ok(request),
            OperationKind::Subscription => {
                Err(Misread::new("bad_request", "A subscription asks for exactly one thing."))
            }
            _ => Err(Misread::new("subscriptions_only", "Only subscriptions are understood over a WebSocket.")),
        });
        let started = request.and_then(|request| Ok((start(&request, &id)?, request)));
        match started {
            Ok((text, request)) => begun(request, text, Change::default(), id, modern),
            Err(misread) => SocketMessage::Reply { text: error(&id, modern, &misread.detail) },
        }
    }
}

fn start(request: &Request, id: &str) -> Result<String, Misread> {
    let payload = request.body("operation_name", None)?;
    Ok(format!(r#"{{"type":"start","id":{},"payload":{payload}}}"#, quoted(id)))
}

/// What changes the messages that answer an operation.
#[derive(Default)]
struct Change {
    filter: Option<AnswerFilter>,
    flags: Option<AnswerFlags>,
}

fn begun(request: Request, text: String, change: Change, id: String, modern: bool) -> SocketMessage {
    let (intent, rewriter) = (Arc::clone(request.own_intent()), request.own_rewriter());
    let Change { filter, flags } = change;
    SocketMessage::Operation { intent, text, id, rewriter, filter, flags, request: Box::new(request), modern }
}

/// An operation for somebody who may not view everything.
pub fn filtered(request: &Request, id: String, modern: bool) -> Option<Result<SocketMessage, Misread>> {
    let filtered = request.own_filtered()?;
    Some(filtered.and_then(|(request, filter)| {
        let text = start(&request, &id)?;
        Ok(begun(request, text, Change { filter: Some(filter), flags: None }, id, modern))
    }))
}

/// An operation for somebody whose flags are lowered thing by thing.
pub fn flagged(request: Request, text: String, id: String, modern: bool) -> SocketMessage {
    let flagged = request.own_flagged().and_then(|(request, flags)| Some((start(&request, &id).ok()?, request, flags)));
    match flagged {
        Some((text, request, flags)) => begun(request, text, Change { filter: None, flags: Some(flags) }, id, modern),
        None => begun(request, text, Change::default(), id, modern),
    }
}

fn control(text: String) -> SocketMessage {
    SocketMessage::Control { text, stops: None }
}

/// The protocol's message for an operation that came to nothing.
pub fn error(id: &str, modern: bool, sentence: &str) -> String {
    let (id, message) = (quoted(id), quoted(sentence));
    if modern {
        format!(r#"{{"type":"error","id":{id},"payload":[{{"message":{message}}}]}}"#)
    } else {
        format!(r#"{{"type":"error","id":{id},"payload":{{"message":{message}}}}}"#)
    }
}

/// Takes nothing from an answer but its outermost members.
struct Nothing;

impl answer::Visit<()> for Nothing {
    fn scalar(&mut self, _marks: &[()], _span: super::json::Span, _raw: &str) {}
}

/// What the tool says, as far as its flags have to be lowered: of which operation, and the data. `None` when it is anything else.
pub fn tool_message(text: &str) -> Option<ToolMessage> {
    let (mut kind, mut id, mut payload) = (String::new(), None, String::new());
    answer::walk(text, None, &mut Nothing, |key, raw| match key {
        "type" => raw.clone_into(&mut kind),
        "id" => id = Some(unquoted(raw).into_owned()),
        "payload" => raw.clone_into(&mut payload),
        _ => {}
    })
    .ok()?;
    match kind.as_str() {
        r#""data""# => Some(ToolMessage::Data { id: id?, payload }),
        r#""complete""# | r#""error""# => Some(ToolMessage::End { id: id?, is_error: kind == r#""error""# }),
        _ => None,
    }
}

/// A message of the tool with other data.
pub fn data(id: &str, payload: &str) -> String {
    format!(r#"{{"type":"data","id":{},"payload":{payload}}}"#, quoted(id))
}

/// Whether the client speaks what the tool does.
pub fn is_the_tools(protocol: Option<&str>) -> bool {
    protocol != Some(MODERN)
}

/// Brings a message from the tool into the client's protocol.
pub fn answer(protocol: Option<&str>, text: &str) -> AnswerMessage {
    if is_the_tools(protocol) {
        return AnswerMessage::AsIs;
    }
    let (mut kind, mut id, mut payload) = (String::new(), "null".to_owned(), None);
    let read = answer::walk(text, None, &mut Nothing, |key, raw| match key {
        "type" => raw.clone_into(&mut kind),
        "id" => raw.clone_into(&mut id),
        "payload" => payload = Some(raw.to_owned()),
        _ => {}
    });
    // Taken, not copied: it may have megabytes.
    let mut payload_or = |default: &str| payload.take().unwrap_or_else(|| default.to_owned());
    match kind.as_str() {
        _ if read.is_err() => AnswerMessage::Drop,
        r#""connection_ack""# => AnswerMessage::Instead(r#"{"type":"connection_ack"}"#.to_owned()),
        r#""data""# => AnswerMessage::Instead(format!(r#"{{"id":{id},"type":"next","payload":{}}}"#, payload_or("{}"))),
        r#""complete""# => AnswerMessage::Instead(format!(r#"{{"id":{id},"type":"complete"}}"#)),
        r#""error""# => {
            let errors = payload_or("[]");
            let errors = if errors.starts_with('[') { errors } else { format!("[{errors}]") };
            AnswerMessage::Instead(format!(r#"{{"id":{id},"type":"error","payload":{errors}}}"#))
        }
        _ => AnswerMessage::Drop,
    }
}
