//! Requests understood by their bodies, with the Dagster profile.

use doorward_domain::Role;
use std::io::Write as _;

use crate::harness::{Person, TestDoor, Tool, body, crlf, header, status};

fn post(person: &Person, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /graphql?op=X HTTP/1.1\nHost: door\n{}Content-Type: application/json\n{headers}Content-Length: {length}\n\n{body}",
        person.cookie()
    )
}

const LAUNCH: &str = r#"{"query":"mutation { go: terminateRun(runId: \"r1\") { __typename } }"}"#;

async fn door_before(tool: &Tool) -> TestDoor {
    TestDoor::build().builtin("dagster").before(tool).await
}

#[tokio::test]
async fn a_query_is_forwarded_as_our_own_request() {
    let tool = Tool::answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let headers = "Content-Language: x\nRange: bytes=0-1\nX-Own: 1\n";
    let answer = door.ask(&post(&ada, headers, r#" { "query" : "{ version }" , "extensions": {"a":1} } "#)).await;
    assert_eq!((status(&answer), body(&answer)), (200, "{}"));
    let request = tool.saw();
    assert!(request.starts_with("POST /graphql?op=X HTTP/1.1\r\n"), "{request}");
    assert_eq!(request.matches("content-type: ").count(), 1);
    assert_eq!((header(&request, "content-type"), header(&request, "x-own")), ("application/json", "1"));
    assert_eq!((header(&request, "content-language"), header(&request, "range")), ("", ""));
    let sent: serde_json::Value = serde_json::from_str(body(&request)).unwrap();
    assert_eq!(sent["query"], "{ version }");
    assert!(sent.get("extensions").is_none());
}

#[tokio::test]
async fn a_refused_mutation_is_a_200_in_the_tools_own_words_and_is_written_down() {
    let tool = Tool::hello();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.ask(&post(&ada, "", LAUNCH)).await;
    assert_eq!((status(&answer), header(&answer, "content-type")), (200, "application/json"));
    assert!(header(&answer, "doorward-decision").starts_with("deny; id="), "{answer}");
    let said: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(said["data"]["go"]["__typename"], "PythonError");
    assert!(
        said["data"]["go"]["message"].as_str().unwrap().starts_with("You are signed in as ada (viewer)."),
        "{said}"
    );
    assert_eq!(tool.seen().len(), 0);
    let events = door.requests_written(1).await;
    let event = &events[0].event;
    assert_eq!((event.outcome.as_str(), event.target.as_deref()), ("denied", Some("terminateRun")));
    assert_eq!(event.details["operations"][0]["action"], "run");
    assert_eq!(event.details["resources"][0], "run:r1");
}

/// The second within a second is counted with the first, and found under its decision.
#[tokio::test]
async fn a_refused_mutation_says_where_it_can_be_asked_for() {
    let tool = Tool::hello();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut found_under = Vec::new();
    for _ in 0..2 {
        let answer = door.ask(&post(&ada, "", LAUNCH)).await;
        let decision = header(&answer, "doorward-decision").trim_start_matches("deny; id=");
        let id = decision.split(';').next().unwrap().to_owned();
        let said: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
        let message = said["data"]["go"]["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("/_doorward/denied/{id}")), "{message}");
        assert!(message.contains(" Ask for it at http://"), "{message}");
        found_under.push(id);
    }
    assert_eq!(found_under[0], found_under[1]);
    let events = door.requests_written(1).await;
    assert_eq!(events[0].event.decision_id.unwrap().to_string(), found_under[0]);
    assert_eq!(events[0].event.details["remedy"]["grant"]["role"], "operator");
}

#[tokio::test]
async fn nothing_that_a_mutation_does_is_pushed_out_of_the_log_by_what_else_it_asks_for() {
    let tool = Tool::answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let other = |how: &str| (0..60).map(|n| format!("somethingElseEntirely{n} {how} ")).collect::<Vec<_>>().concat();
    let keys =
        (0..12).map(|n| format!(r#"{{assetKey:{{path:["!{}{n}"]}}}}"#, "a".repeat(200))).collect::<Vec<_>>().concat();
    let wipe = format!(r#"wipeAssets(assetPartitionRanges:[{keys}{{assetKey:{{path:["payroll"]}}}}]){{__typename}}"#);
    for (how, first) in [("@skip(if: true)", "wipeAssets"), ("", "somethingElseEntirely0")] {
        let body = serde_json::json!({"query": format!("mutation{{{}{wipe}}}", other(how))}).to_string();
        assert_eq!(status(&door.ask(&post(&ada, "", &body)).await), 200);
        let event = door.requests_written(1).await.pop().unwrap().event;
        assert!(event.target.as_deref().unwrap().starts_with(&format!("{first}, ")), "{event:?}");
        assert_eq!(event.details["operations"][0]["name"], first);
        let names = event.details["operation_names"].as_array().unwrap();
        assert!(names.len() == 61 && names.contains(&"wipeAssets".into()), "{names:?}");
        let resources = event.details["resources"].as_array().unwrap();
        assert!(resources.contains(&"asset:payroll".into()), "{resources:?}");
        assert!(serde_json::to_string(&event.details).unwrap().len() < 8192);
    }
    let query = doorward_service::ports::AuditQuery { action: Some("wipeAssets".to_owned()), ..Default::default() };
    assert_eq!(door.stores.audit.list(&query).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn an_allowed_mutation_is_concluded_by_what_the_tool_says() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            let body = r#"{"data":{"go":{"__typename":"PythonError","doorward0_0":"PythonError"}}}"#;
            wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()));
            // In two pieces, so that it streams.
            std::thread::sleep(std::time::Duration::from_millis(50));
            wire.say(body);
        }
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let answer = door.ask(&post(&ada, "", LAUNCH)).await;
    assert_eq!((status(&answer), header(&answer, "content-length")), (200, ""));
    assert!(answer.contains(r#"{"data":{"go":{"__typename":"PythonError"}}}"#), "{answer}");
    let events = door.requests_written(1).await;
    assert_eq!((events[0].event.outcome.as_str(), &events[0].event.details["status"]), ("failure", &200.into()));
    assert_eq!(header(&tool.saw(), "accept-encoding"), "identity", "the answer has to be readable");
}

#[tokio::test]
async fn what_only_we_asked_for_is_taken_out_of_an_answer_that_is_all_at_hand() {
    let (own, with_ours) = (r#"{"data":{"go":{ }}}"#, r#"{"data":{"go":{"doorward0_0":"RunNotFoundError" }}}"#);
    let tool = Tool::with(move |wire| {
        if wire.read_request().is_some() {
            wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{with_ours}", with_ours.len()));
        }
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let answer = door.ask(&post(&ada, "", &LAUNCH.replace("__typename", "... on PythonError { message }"))).await;
    assert_eq!((body(&answer), header(&answer, "content-length")), (own, own.len().to_string().as_str()));
    assert_eq!(door.requests_written(1).await[0].event.outcome.as_str(), "failure");
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_the_outcome_open_unless_it_was_a_failure() {
    for (type_of_result, outcome) in [("TerminateRunSuccess", "pending"), ("PythonError", "failure")] {
        let tool = Tool::with(move |wire| {
            if wire.read_request().is_some() {
                let body = format!(r#"{{"data":{{"go":{{"__typename":"x","doorward0_0":"{type_of_result}""#);
                wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 3));
            }
        });
        let door = door_before(&tool).await;
        let ada = door.sign_in("ada", Role::Operator).await;
        door.ask(&post(&ada, "", LAUNCH)).await;
        let event = door.concluded_request().await;
        assert_eq!((event.event.outcome.as_str(), &event.event.details["interrupted"]), (outcome, &true.into()));
    }
}

#[tokio::test]
async fn permissions_in_an_answer_are_lowered_to_the_callers() {
    let tool = Tool::with(|wire| {
        if wire.read_request().is_some() {
            let body =
                r#"{"data":{"p":[{"permission":"launch_pipeline_execution","value":true,"disabledReason":null}]}}"#;
            let about = "ETag: \"1\"\r\nDigest: md5=x\r\nContent-MD5: x\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nX-Own: 1";
            let length = body.len();
            wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{about}\r\nConnection: close\r\n\r\n"));
            std::thread::sleep(std::time::Duration::from_millis(50));
            wire.say(body);
        }
    });
    let door = door_before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Operator).await);
    let query = r#"{"query":"{ p: permissions { permission value disabledReason } }"}"#;
    let lowered = door.ask(&post(&ada, "Accept-Encoding: gzip\n", query)).await;
    let said: serde_json::Value = serde_json::from_str(body(&lowered)).unwrap();
    assert_eq!(said["data"]["p"][0]["value"], false);
    let reason = said["data"]["p"][0]["disabledReason"].as_str().unwrap();
    assert_eq!(reason, "This needs the role operator; you are signed in as ada (viewer).");
    assert_eq!(header(&lowered, "content-length"), "", "it may get longer or shorter on its way");
    for name in ["etag", "digest", "content-md5", "last-modified"] {
        assert_eq!(header(&lowered, name), "", "what the tool says of its own bytes");
    }
    assert_eq!(header(&lowered, "x-own"), "1");
    let same = door.ask(&post(&bob, "", query)).await;
    assert!(body(&same).contains(r#""value":true"#), "{same}");
}

#[tokio::test]
async fn an_answer_with_permissions_reaches_the_client_before_the_tool_has_said_all_of_it() {
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let tool = Tool::with(move |wire| {
        if wire.read_request().is_some() {
            wire.say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"data\":{\"a\":true,");
            let _ = gone.lock().unwrap().recv();
            wire.say("\"b\":true}}");
        }
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&crlf(&post(&ada, "", r#"{"query":"{ a: canBulkTerminate b: canBulkTerminate }"}"#)));
    let begun = tokio::task::spawn_blocking(move || (wire.until("\"a\":false,").unwrap(), wire));
    let (begun, mut wire) = begun.await.unwrap();
    assert!(begun.contains(r#"{"data":{"a":false,"#), "{begun}");
    drop(go);
    let ended = tokio::task::spawn_blocking(move || wire.until("\"b\":false}}")).await.unwrap();
    assert!(ended.is_some());
}

#[tokio::test]
async fn compressed_bodies_take_room_for_what_they_may_grow_to() {
    let tool = Tool::answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut state = 1_u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b"abcdefghijklmnop"[(state >> 28) as usize])
    };
    let noise: String = std::iter::repeat_with(&mut letter).take(24_000).collect();
    write!(gzip, r#"{{"query":"{{version}}","variables":{{"c":"{noise}"}}}}"#).unwrap();
    let body = gzip.finish().unwrap();
    assert!(body.len() < 16 << 10, "as it is it needs no room: {}", body.len());
    let length = body.len();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n",
        ada.cookie()
    );
    let send = |until: usize| {
        let mut wire = door.connect();
        wire.say_bytes(&[head.as_bytes(), &body[..until]].concat());
        wire
    };
    // As many as one person's half of the room has a place for, and each lacks its last byte.
    let each = (256 << 10) + 40 * length;
    let senders: Vec<_> = (0..(16 << 20) / each).map(|_| send(length - 1)).collect();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let _waiting = send(length);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(tool.seen().len(), 0, "it waits for room");
    drop(senders);
    let reached = async {
        while tool.seen().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), reached).await.expect("there is room again");
}

#[tokio::test]
async fn what_is_not_understood_reaches_nobody() {
    let tool = Tool::hello();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for (headers, body) in [
        ("", r#"{"query":"{ version }","query":"mutation { x }"}"#),
        ("", "[]"),
        ("", "{"),
        ("Content-Type: text/plain\n", r#"{"query":"{ version }"}"#),
        ("Content-Encoding: br\n", r#"{"query":"{ version }"}"#),
    ] {
        let answer = door.ask(&post(&ada, headers, body)).await;
        assert_eq!(status(&answer), 400, "{body}: {answer}");
        assert!(header(&answer, "doorward-decision").starts_with("refuse; id="), "{answer}");
    }
    assert_eq!(tool.seen().len(), 0);
    assert_eq!(door.requests_written(5).await.len(), 5);
}

#[tokio::test]
async fn a_body_too_large_is_a_413_and_the_body_of_nobody_or_of_who_has_no_role_is_not_read() {
    let tool = Tool::hello();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let large = format!(r#"{{"query":"{{ version }} #{}"}}"#, "x".repeat(17 << 20));
    assert_eq!(status(&door.ask(&post(&ada, "", &large)).await), 413);
    let eve = door.sign_in("eve", Role::Viewer).await;
    door.take_role(&eve, None).await;
    for (cookie, refused) in [(String::new(), 401), (eve.cookie(), 403)] {
        let about = "Content-Type: application/json\nContent-Length: 1000";
        let answer = door.ask(&format!("POST /graphql HTTP/1.1\nHost: door\n{cookie}{about}\n\n")).await;
        assert_eq!(status(&answer), refused, "without waiting for it: {answer}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn what_makes_a_query_a_page_cannot_be_taken_away_on_the_way() {
    let tool = Tool::hello();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let target = "/graphql?query=mutation{wipeAssets{__typename}}";
    for named in ["Accept", "close, accept", "ACCEPT ,x", "keep-alive\nConnection: Accept"] {
        let answer = door.context(&ada, target, &format!("Accept: text/html\nConnection: {named}\n")).await;
        assert_eq!((status(&answer), tool.seen().len()), (400, 0), "{named}: {answer}");
    }
    assert_eq!(status(&door.context(&ada, target, "Accept: text/html\n").await), 200);
    assert_eq!(header(&tool.saw(), "accept"), "text/html");
}
