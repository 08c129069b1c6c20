//! GraphQL over WebSocket messages.

use doorward_domain::Role;

use super::DAGSTER;
use crate::{SocketMessage, ToolMessage, graphql::AnswerMessage};

const MODERN: Option<&str> = Some("graphql-transport-ws");
const LEGACY: Option<&str> = Some("graphql-ws");

/// What becomes of a message, in a line.
fn fate(protocol: Option<&str>, text: &str) -> String {
    match DAGSTER.read_message(protocol, text) {
        Ok(SocketMessage::Control { text, .. }) => format!("to Dagster: {text}"),
        Ok(SocketMessage::Operation { intent, text, id, .. }) => {
            let strongest = intent.strongest().unwrap();
            format!("{id} may {} ({})? then to Dagster: {text}", strongest.action, strongest.rule)
        }
        Ok(SocketMessage::Reply { text }) => format!("to the client: {text}"),
        Ok(SocketMessage::Ignored) => "ignored".to_owned(),
        Err(misread) => format!("closed: {}", misread.code),
    }
}

fn start(query: &str) -> String {
    serde_json::json!({"id": "1", "type": "start", "payload": {"query": query, "variables": {"r": "x"}}}).to_string()
}

#[test]
fn the_older_protocol_is_passed_on_in_our_own_words() {
    insta::assert_snapshot!(fate(LEGACY, r#"{"type":"connection_init","payload":{"token":"t"}}"#), @r##"to Dagster: {"type":"connection_init","payload":{}}"##);
    insta::assert_snapshot!(fate(None, r#"{"type":"connection_terminate"}"#), @r##"to Dagster: {"type":"connection_terminate"}"##);
    insta::assert_snapshot!(fate(LEGACY, r#"{"id":"1","type":"stop"}"#), @r##"to Dagster: {"type":"stop","id":"1"}"##);
    let document = "subscription S($r:ID!){pipelineRunLogs(runId:$r){__typename}}";
    insta::assert_snapshot!(fate(LEGACY, &start(document)), @r##"1 may view (graphql.subscription.pipelineRunLogs)? then to Dagster: {"type":"start","id":"1","payload":{"operation_name":null,"variables":{"r":"x"},"query":"subscription S($r:ID!){pipelineRunLogs(runId:$r){__typename}}"}}"##);
}

#[test]
fn the_newer_protocol_is_translated_both_ways() {
    insta::assert_snapshot!(fate(MODERN, r#"{"type":"connection_init"}"#), @r##"to Dagster: {"type":"connection_init","payload":{}}"##);
    let subscribe = serde_json::json!({"id": "1", "type": "subscribe", "payload": {
        "query": "subscription A{locationStateChangeEvents{__typename}} subscription B{locationStateChangeEvents{__typename}}",
        "operationName": "B", "extensions": {"x": 1},
    }});
    insta::assert_snapshot!(fate(MODERN, &subscribe.to_string()), @r##"1 may view (graphql.subscription.locationStateChangeEvents)? then to Dagster: {"type":"start","id":"1","payload":{"operation_name":"B","variables":{},"query":"subscription A{locationStateChangeEvents{__typename}} subscription B{locationStateChangeEvents{__typename}}"}}"##);
    insta::assert_snapshot!(fate(MODERN, r#"{"id":"1","type":"complete"}"#), @r##"to Dagster: {"type":"stop","id":"1"}"##);
    insta::assert_snapshot!(fate(MODERN, r#"{"type":"ping","payload":{}}"#), @r##"to the client: {"type":"pong"}"##);
    insta::assert_snapshot!(fate(MODERN, r#"{"type":"pong"}"#), @"ignored");

    let answer = |text: &str| match DAGSTER.answer_message(MODERN, text) {
        AnswerMessage::AsIs => "as is".to_owned(),
        AnswerMessage::Instead(text) => text,
        AnswerMessage::Drop => "dropped".to_owned(),
    };
    insta::assert_snapshot!(answer(r#"{"type": "connection_ack"}"#), @r##"{"type":"connection_ack"}"##);
    insta::assert_snapshot!(answer(r#"{"type": "data", "id": "1", "payload": {"data": {"a": 1e400}}}"#), @r##"{"id":"1","type":"next","payload":{"data": {"a": 1e400}}}"##);
    insta::assert_snapshot!(answer(r#"{"type": "error", "id": "1", "payload": {"message": "m"}}"#), @r##"{"id":"1","type":"error","payload":[{"message": "m"}]}"##);
    insta::assert_snapshot!(answer(r#"{"type": "complete", "id": "1"}"#), @r##"{"id":"1","type":"complete"}"##);
    insta::assert_snapshot!(answer(r#"{"type": "ka"}"#), @"dropped");
    assert_eq!(answer("not json"), "dropped");
    assert_eq!(DAGSTER.answer_message(LEGACY, "anything"), AnswerMessage::AsIs);
}

#[test]
fn only_subscriptions_pass() {
    for document in [
        "mutation{setNuxSeen}",
        "mutation{capturedLogs:setNuxSeen}",
        r#"{capturedLogs(logKey:["a"]){__typename} version instance{id}}"#,
        "{version}",
        "query Q{version} subscription S{locationStateChangeEvents{__typename}}",
        "subscription{...F} fragment F on Subscription{locationStateChangeEvents{__typename} b:locationStateChangeEvents{__typename}}",
        "subscription{",
        "subscription{...F}",
    ] {
        for (protocol, kind) in [(LEGACY, "start"), (None, "start"), (MODERN, "subscribe")] {
            let message = start(document).replace("start", kind);
            let fate = fate(protocol, &message);
            assert!(fate.starts_with(r#"to the client: {"type":"error","id":"1","payload":"#), "{document}: {fate}");
        }
    }
}

#[test]
fn a_subscription_nobody_named_needs_admin() {
    let fate = fate(LEGACY, &start("subscription{secrets{__typename}}"));
    assert!(fate.starts_with("1 may admin (unclassified)?"), "{fate}");
}

#[test]
fn messages_that_two_readers_read_differently_close_the_socket() {
    for text in [
        "",
        "[]",
        "null",
        "{",
        r#"{"type":"start","type":"stop","id":"1"}"#,
        r#"{"type":"stop","id":"1","id":"2"}"#,
        r#"{"type":"start","id":"1","payload":{"query":"subscription{a}","query":"mutation{a}"}}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"start","payload":{"query":"subscription{a}"}}"#,
        r#"{"type":"start","id":1,"payload":{"query":"subscription{a}"}}"#,
        r#"{"type":"start","id":"","payload":{"query":"subscription{a}"}}"#,
        r#"{"type":["start"],"id":"1"}"#,
        r#"{"type":"START","id":"1"}"#,
        r#"{"type":"data","id":"1"}"#,
        r#"{"id":"1"}"#,
        r#"{"type":"stop","id":NaN}"#,
    ] {
        assert!(fate(LEGACY, text).starts_with("closed: "), "{text}");
    }
    assert!(
        fate(
            LEGACY,
            r#"{"type":"subscribe","id":"1","payload":{"query":"subscription{locationStateChangeEvents{__typename}}"}}"#
        )
        .starts_with("closed")
    );
    assert!(fate(MODERN, &start("subscription{locationStateChangeEvents{__typename}}")).starts_with("closed"));
    assert!(fate(LEGACY, &format!("{{\"type\":\"stop\",\"id\":\"{}\"}}", "x".repeat(2 << 20))).starts_with("closed"));
}

#[test]
fn a_refused_operation_is_answered_in_the_clients_protocol() {
    let document = "subscription{secrets{__typename}}";
    let legacy = DAGSTER.read_message(LEGACY, &start(document)).unwrap();
    insta::assert_snapshot!(legacy.refusal("You \"may\" not."), @r##"{"type":"error","id":"1","payload":{"message":"You \"may\" not."}}"##);
    let modern = DAGSTER.read_message(MODERN, &start(document).replace("start", "subscribe")).unwrap();
    insta::assert_snapshot!(modern.refusal("You \"may\" not."), @r##"{"type":"error","id":"1","payload":[{"message":"You \"may\" not."}]}"##);
}

#[test]
fn protocols_are_chosen_from_what_is_offered() {
    let chosen = |offered: Option<&str>| DAGSTER.socket_protocols(offered).map(|p| (p.client, p.tool));
    assert_eq!(chosen(None), Ok((None, "graphql-ws")));
    assert_eq!(chosen(LEGACY), Ok((LEGACY, "graphql-ws")));
    assert_eq!(chosen(MODERN), Ok((MODERN, "graphql-ws")));
    assert_eq!(chosen(Some("graphql-transport-ws, graphql-ws")), Ok((LEGACY, "graphql-ws")));
    assert_eq!(chosen(Some("chat")).unwrap_err().code, "unknown_protocol");
}

#[test]
fn permission_flags_in_what_a_subscription_gives_are_lowered() {
    let document = r#"subscription{pipelineRunLogs(runId:"1"){... on PipelineRunLogsSubscriptionSuccess{run{hasTerminatePermission}}}}"#;
    let Ok(SocketMessage::Operation { rewriter: Some(rewriter), .. }) = DAGSTER.read_message(LEGACY, &start(document))
    else {
        panic!("it is an operation with flags")
    };
    let said =
        r#"{"type":"data","id":"1","payload":{"data":{"pipelineRunLogs":{"run":{"hasTerminatePermission":true}}}}}"#;
    let Some(ToolMessage::Data { id, payload }) = ToolMessage::read(said) else { panic!("it is data") };
    let lowered = rewriter.rewrite(payload.as_bytes(), Role::Viewer, &|_| String::new()).unwrap();
    assert_eq!(ToolMessage::data(&id, std::str::from_utf8(&lowered).unwrap()), said.replace("true", "false"));
    assert_eq!(rewriter.rewrite(payload.as_bytes(), Role::Operator, &|_| String::new()), None);
}

#[test]
fn what_is_kept_of_an_operation_with_flags_is_small_whatever_came_with_it() {
    let variables = format!(r#"{{"r":"{}"}}"#, "y".repeat(900_000));
    let document = format!("subscription{{pipelineRunLogs(runId:\"1\"){{canBulkTerminate}}}} #{}", "z".repeat(100_000));
    let message = start(&document).replacen(r#"{"r":"x"}"#, &variables, 1);
    let Ok(SocketMessage::Operation { rewriter: Some(rewriter), text, .. }) = DAGSTER.read_message(LEGACY, &message)
    else {
        panic!("it is an operation with flags")
    };
    assert!(text.len() > 900_000, "the tool gets all of it");
    assert!(rewriter.weight() < 1_000, "{}", rewriter.weight());
}

#[test]
fn only_data_and_ends_of_operations_matter_in_what_the_tool_says() {
    let end = |is_error| Some(ToolMessage::End { id: "1".to_owned(), is_error });
    assert_eq!(ToolMessage::read(r#"{"type":"complete","id":"1"}"#), end(false));
    assert_eq!(ToolMessage::read(r#"{"type":"error","id":"1","payload":{}}"#), end(true));
    for other in [r#"{"type":"ka"}"#, r#"{"type":"data","payload":{}}"#, "nothing", r#"["data"]"#] {
        assert_eq!(ToolMessage::read(other), None, "{other}");
    }
}
