//! What a request does not tell and the tool does: of which location a run is; and a tool that does not tell it, or tells it wrong.

mod asking;

use doorward_domain::{AuditOutcome, Effect, Role};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::frames::{accept, hear, masked};
use crate::harness::{Person, TestDoor, Tool, body, header, status};
use crate::things::{OK, ask, give, is_denied, person, subject};

/// Whether it is a question of the door's own.
pub fn is_question(request: &str) -> bool {
    request.contains("query Doorward")
}

/// The answer to a question about runs: those whose ids begin with `a` or `b` are in that location, all others unknown.
pub fn told(request: &str) -> Value {
    let asked: Value = serde_json::from_str(body(request)).unwrap();
    let mut data = json!({});
    for (name, id) in asked["variables"].as_object().unwrap() {
        let id = id.as_str().unwrap();
        data[name.replace('i', "q")] = match &id[..1] {
            location @ ("a" | "b") => json!({
                // Some databases take several spellings for one id.
                "runId": id.trim(),
                "jobName": "j",
                "repositoryOrigin": {"repositoryLocationName": location, "repositoryName": "r"},
                "assetSelection": null,
                "assetCheckSelection": null,
            }),
            _ => json!({"__typename": "RunNotFoundError"}),
        };
    }
    json!({ "data": data })
}

pub fn as_answer(value: &Value) -> String {
    let text = value.to_string();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// A tool that answers questions so.
fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Tool {
    Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            let answer = if is_question(&request) { answer(&request) } else { OK.to_owned() };
            wire.say(&answer);
        }
    })
}

/// A tool that knows its runs.
pub fn knowing() -> Tool {
    answering(|request| as_answer(&told(request)))
}

fn questions(tool: &Tool) -> Vec<String> {
    tool.seen().into_iter().filter(|request| is_question(request)).collect()
}

/// Requests of people that reached the tool.
fn forwarded(tool: &Tool) -> usize {
    tool.seen().iter().filter(|request| !is_question(request)).count()
}

async fn holder(door: &TestDoor, name: &str, role: Role) -> Person {
    let person = person(door, name).await;
    give(door, subject(&person), Effect::Allow(role), Some("location:a")).await;
    person
}

fn terminate(runs: &[&str]) -> Value {
    json!({"query": "mutation($r:[String!]!){terminateRuns(runIds:$r){__typename}}", "variables": {"r": runs}})
}

/// Everything that names a run by its id, in GraphQL.
pub fn about(run: &str) -> Vec<Value> {
    vec![
        json!({"query": format!("{{runOrError(runId:\"{run}\"){{__typename}}}}")}),
        json!({"query": format!("{{pipelineRunOrError(runId:\"{run}\"){{__typename}}}}")}),
        json!({"query": format!("{{logsForRun(runId:\"{run}\"){{__typename}}}}")}),
        json!({"query": format!("{{runsOrError(filter:{{runIds:[\"{run}\"]}}){{__typename}}}}")}),
        json!({"query": format!("{{capturedLogs(logKey:[\"{run}\" \"compute_logs\" \"x\"]){{stdout}}}}")}),
        json!({"query": format!("mutation{{x:terminateRun(runId:\"{run}\"){{__typename}}}}")}),
        json!({"query": "mutation($r:String!){deleteRun(runId:$r){__typename}}", "variables": {"r": run}}),
        json!({"query": format!("mutation{{launchRunReexecution(reexecutionParams:{{parentRunId:\"{run}\" strategy:ALL_STEPS}}){{__typename}}}}")}),
        terminate(&[run]),
    ]
}

async fn get(door: &TestDoor, person: &Person, path: &str) -> String {
    door.ask(&format!("GET {path} HTTP/1.1\nHost: door\n{}\n", person.cookie())).await
}

#[tokio::test]
async fn whoever_holds_a_location_reaches_its_runs_and_no_others() {
    let tool = knowing();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Developer).await;
    let paths = |run: &str| [format!("/logs/{run}/compute_logs/x/out"), format!("/download_debug/{run}")];
    let mut own = 0;
    for request in about("a1") {
        assert!(!is_denied(&ask(&door, &ada.cookie(), &request).await), "{request}");
        own += 1;
    }
    for path in paths("a1") {
        assert_eq!(status(&get(&door, &ada, &path).await), 200, "{path}");
        own += 1;
    }
    assert_eq!(forwarded(&tool), own);
    for others in about("b1").into_iter().chain(about("c1")).chain([
        terminate(&["a1", "b1"]),
        terminate(&["b1", "a1"]),
        terminate(&["a1", "c1"]),
        terminate(&["A1"]),
        terminate(&["a1 ", "a1"]),
        json!({"query": "mutation{x:terminateRun(runId:\"a1\"){__typename} y:terminateRun(runId:\"b1\"){__typename}}"}),
        json!({"query": "mutation{terminateRun(runId:\"a1\"){__typename} ...@skip(if:true){deleteRun(runId:\"b1\"){__typename}}}"}),
        json!({"query": r#"mutation{launchRun(executionParams:{selector:{repositoryLocationName:"a",repositoryName:"r",jobName:"j"},executionMetadata:{tags:[{key:"dagster/root_run_id",value:"b1"}]}}){__typename}}"#}),
    ]) {
        let answer = ask(&door, &ada.cookie(), &others).await;
        assert!(is_denied(&answer), "{others}: {answer}");
    }
    for run in ["b1", "c1", "A1"] {
        for path in paths(run) {
            assert_eq!(status(&get(&door, &ada, &path).await), 403, "{path}");
        }
    }
    assert_eq!(forwarded(&tool), own, "none of it reached the tool");
    for question in questions(&tool) {
        assert_eq!(header(&question, "cookie"), "");
        assert_eq!(header(&question, "authorization"), "");
        assert!(!question.contains("ada") && !question.to_ascii_lowercase().contains("x-forwarded"), "{question}");
    }
}

#[tokio::test]
async fn a_denial_of_one_location_leaves_the_runs_of_the_others() {
    let tool = knowing();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    give(&door, subject(&ada), Effect::Deny, Some("location:b")).await;
    assert!(!is_denied(&ask(&door, &ada.cookie(), &terminate(&["a1"])).await));
    for (runs, words) in [(["a1", "b1"], "is denied to you"), (["a1", "c1"], "the app knows nothing of it")] {
        let answer = ask(&door, &ada.cookie(), &terminate(&runs)).await;
        assert!(is_denied(&answer) && body(&answer).contains(words), "{answer}");
    }
    let written = door.requests_written(3).await;
    let permitted = written.iter().find(|entry| entry.event.outcome != AuditOutcome::Denied).expect("one");
    for of_a_refusal in ["why", "remedy", "denied_by", "ended_at", "role_on_parts"] {
        assert_eq!(
            permitted.event.details.get(of_a_refusal),
            None,
            "what it would have been before the tool was asked"
        );
    }
    let told: Vec<_> = written
        .iter()
        .map(|entry| {
            let details = &entry.event.details;
            format!(
                "{} {} {}",
                entry.event.outcome,
                details.get("why").unwrap_or(&Value::Null),
                details.get("told").unwrap_or(&Value::Null)
            )
        })
        .collect();
    assert!(told.contains(&r#"denied "untold" "not_found""#.to_owned()), "{told:?}");
    assert!(told.contains(&r#"denied "denied" null"#.to_owned()), "{told:?}");
    // What may not be touched at all is refused before anything is asked.
    assert_eq!(forwarded(&tool), 1);
}

#[tokio::test]
async fn a_run_is_followed_by_whoever_holds_its_location() {
    let tool = Tool::with(|wire| {
        let upgraded = |request: &str| header(request, "upgrade") == "websocket";
        // The socket and the questions come on connections of their own.
        let mut first = [0; 1024];
        let seen = wire.wire.stream.peek(&mut first).unwrap_or(0);
        if upgraded(&String::from_utf8_lossy(&first[..seen]).to_ascii_lowercase()) {
            accept(wire);
            loop {
                let message = hear(&mut wire.wire);
                if message.starts_with("close") {
                    return;
                }
                if message.contains("start") {
                    wire.wire.say_bytes(&crate::frames::plain(
                        0x81,
                        br#"{"type":"data","id":"1","payload":{"data":{"seen":"a1"}}}"#,
                    ));
                }
            }
        }
        while let Some(request) = wire.read_request() {
            wire.say(&as_answer(&told(&request)));
        }
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!(
        "GET /graphql HTTP/1.1\r\nHost: door\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\n\r\n",
        ada.cookie()
    ));
    let said = tokio::task::spawn_blocking(move || {
        assert_eq!(status(&wire.until("\r\n\r\n").unwrap()), 101);
        let follow = |id: &str, run: &str| json!({"type": "start", "id": id, "payload": {"query": format!("subscription{{pipelineRunLogs(runId:\"{run}\"){{__typename}}}}")}});
        for message in
            [json!({"type": "connection_init", "payload": {}}), follow("2", "b1"), follow("1", "a1"), follow("3", "c1")]
        {
            wire.say_bytes(&masked(0x81, message.to_string().as_bytes()));
        }
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.push(hear(&mut wire));
        }
        heard
    });
    let heard = said.await.unwrap();
    let of = |id: &str| {
        heard.iter().find(|message| message.contains(&format!(r#""id":"{id}""#))).cloned().unwrap_or_default()
    };
    assert!(of("1").contains("a1"), "{heard:?}");
    assert!(of("2").contains("Following run logs") && of("2").contains("error"), "{heard:?}");
    assert!(of("3").contains("the app knows nothing of it"), "{heard:?}");
}

#[tokio::test]
async fn the_log_names_the_job_and_the_place_of_a_run_and_says_from_whom_to_keep_them() {
    let tool = knowing();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = holder(&door, "ada", Role::Operator).await;
    give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("location:b")).await;
    let eve = holder(&door, "eve", Role::Operator).await;
    assert!(!is_denied(&ask(&door, &ada.cookie(), &terminate(&["a1"])).await));
    for person in [&ada, &eve] {
        assert!(is_denied(&ask(&door, &person.cookie(), &terminate(&["b1"])).await));
    }
    let mut told = Vec::new();
    for entry in door.requests_written(3).await {
        let event = &entry.event;
        let detail = |name: &str| event.details.get(name).cloned().unwrap_or_default();
        let is_denied = event.outcome == AuditOutcome::Denied;
        told.push(format!("{} {is_denied} {} {}", event.actor, detail("acts_on"), detail("acts_on_is_hidden")));
    }
    told.sort();
    let expected = [
        r#"ada false ["location:a","repository:r@a","job:j"] null"#,
        r#"ada true ["location:b","repository:r@b","job:j"] null"#,
        r#"eve true ["location:b","repository:r@b","job:j"] true"#,
    ];
    assert_eq!(told, expected);
}
