//! GraphQL requests and messages: what is understood can be said again in our own words and means the same.

use bytes::Bytes;
use doorward_domain::Role;
use doorward_profile::{CanonicalPath, HeadReading, Misread, Profile, RequestHead, SocketMessage, Understood};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static DAGSTER: LazyLock<Option<Profile>> = LazyLock::new(|| Profile::builtin("dagster"));

/// The first byte chooses the transport, the rest is the query, body or message.
pub fn graphql(data: &[u8]) {
    let Some((transport, rest)) = data.split_first() else { return };
    match transport % 5 {
        0 => post(Some("application/json"), None, rest),
        1 => post(Some("application/graphql"), None, rest),
        2 => post(None, std::str::from_utf8(rest).ok(), b""),
        3 => message(Some("graphql-ws"), rest),
        _ => message(Some("graphql-transport-ws"), rest),
    }
}

fn dagster() -> &'static Profile {
    let Some(dagster) = &*DAGSTER else { panic!("the built-in profile cannot be read") };
    dagster
}

fn understand(content_type: Option<&str>, path_and_query: &str, body: &[u8]) -> Result<Understood, Misread> {
    let (path, query) =
        path_and_query.split_once('?').map_or((path_and_query, None), |(path, query)| (path, Some(query)));
    let path = CanonicalPath::parse(path)?;
    let mut headers = HeaderMap::new();
    if let Some(value) = content_type.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let head = RequestHead { method: &Method::POST, path: &path, query, headers: &headers };
    match dagster().read_head(&head)? {
        HeadReading::NeedsBody { .. } => dagster().read_body(&head, Bytes::copy_from_slice(body)),
        other => panic!("a POST of GraphQL was understood without its body: {other:?}"),
    }
}

fn post(content_type: Option<&str>, query: Option<&str>, body: &[u8]) {
    let target = query.map_or_else(|| "/graphql".to_owned(), |query| format!("/graphql?{query}"));
    let Ok(understood) = understand(content_type, &target, body) else { return };
    assert!(!understood.intent().operations.is_empty(), "understood, but nothing");
    for name in [None, Some("ada\"\\")] {
        let Ok(envelope) = understood.envelope(name) else { continue };
        let again = understand(Some("application/json"), &envelope.path_and_query, &envelope.body);
        let again =
            again.unwrap_or_else(|misread| panic!("our own envelope is not understood: {misread}: {envelope:?}"));
        assert_eq!(again.intent().operations, understood.intent().operations, "our envelope means something else");
        let keys = parts_of(&envelope.body);
        assert!(
            keys.is_some_and(|keys| keys == ["operationName", "query", "variables"]),
            "an envelope with something extra: {envelope:?}"
        );
    }
    let refusal = understood.refusal("You are \"ada\".\n");
    assert!(refusal.is_some_and(|refusal| is_json(&refusal)), "a refusal that is no JSON");
    let _ = understood.conclude(200, body);
    let Some(mut reader) = understood.answer_reader() else { panic!("nobody reads the answer") };
    let mut passed = reader.push(body);
    passed.extend(reader.end());
    assert!(is_json(&passed) || !is_json(body), "an answer that is no JSON any more");
    if let Some(answer) =
        understood.answer_rewriter().and_then(|r| r.rewrite(body, Role::Viewer, &|role| role.to_string()))
    {
        assert!(is_json(&answer) || !is_json(body));
    }
}

/// The keys of a JSON object. Numbers are not looked into: `-1e999` is JSON, though no `f64`.
fn parts_of(body: &[u8]) -> Option<Vec<String>> {
    let parts = serde_json::from_slice::<BTreeMap<String, &RawValue>>(body).ok()?;
    Some(parts.into_keys().collect())
}

/// Whether it is JSON at all.
fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(text).is_ok()
}

fn message(protocol: Option<&str>, text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let _ = dagster().answer_message(protocol, text);
    let Ok(message) = dagster().read_message(protocol, text) else { return };
    match &message {
        SocketMessage::Operation { intent, text, .. } => {
            assert!(!intent.changes_state, "a mutation on the socket");
            assert!(is_json(text.as_bytes()), "no JSON: {text}");
            let refusal = message.refusal("no \"no\"");
            assert!(is_json(refusal.as_bytes()), "no JSON: {refusal}");
        }
        SocketMessage::Control { text, .. } => assert!(is_json(text.as_bytes()), "no JSON: {text}"),
        _ => {}
    }
}
