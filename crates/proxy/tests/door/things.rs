//! Grants and denials on single things, with the Dagster profile: by every way a request can be sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward_domain::{Effect, Role, Scope, Subject};
use doorward_service::Actor;
use doorward_service::admin::grants::NewGrant;
use serde_json::json;

use crate::frames::{accept, hear, masked};
use crate::harness::{Person, TestDoor, Tool, body, header, status};

pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

pub async fn give(door: &TestDoor, subject: Subject, effect: Effect, resource: Option<&str>) {
    let app = "tool".parse().unwrap();
    let scope = match resource {
        Some(pattern) => Scope::Resources(app, pattern.parse().unwrap()),
        None => Scope::App(app),
    };
    let new = NewGrant { subject, effect, scope, until: None, reason: String::new() };
    door.services.grants.put(&Actor::System, new).await.unwrap();
}

/// Somebody without a role on everything.
pub async fn person(door: &TestDoor, name: &str) -> Person {
    let person = door.sign_in(name, Role::Viewer).await;
    door.take_role(&person, None).await;
    person
}

pub fn subject(person: &Person) -> Subject {
    Subject::User(person.user.id)
}

fn selector(location: &str) -> String {
    format!(r#"{{repositoryLocationName:"{location}",repositoryName:"r",jobName:"j"}}"#)
}

fn launch(location: &str) -> String {
    format!(r"mutation{{launchRun(executionParams:{{selector:{}}}){{__typename}}}}", selector(location))
}

/// Everything that launches in this location, in every spelling of GraphQL.
fn launches(location: &str) -> Vec<serde_json::Value> {
    let json = serde_json::json!({"repositoryLocationName": location, "repositoryName": "r", "jobName": "j"});
    let other = if location == "b" { "a" } else { "b" };
    let literal = launch(location);
    vec![
        serde_json::json!({"query": literal}),
        serde_json::json!({"query": literal, "variables": {"s": other}}),
        serde_json::json!({"query": format!("fragment F on Mutation{{x:launchRun(executionParams:{{selector:{}}}){{__typename}}}} mutation{{...F}}", selector(location))}),
        serde_json::json!({
            "query": "mutation M($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}",
            "variables": {"p": {"selector": json}},
        }),
        serde_json::json!({
            "query": "mutation M($s:JobOrPipelineSelector!){launchRun(executionParams:{selector:$s}){__typename}}",
            "variables": {"s": json},
        }),
        serde_json::json!({
            "query": r#"mutation M($l:String!){launchRun(executionParams:{selector:{repositoryLocationName:$l,repositoryName:"r",jobName:"j"}}){__typename}}"#,
            "variables": {"l": location},
        }),
        serde_json::json!({
            "query": format!(r#"mutation M($l:String="{location}"){{launchRun(executionParams:{{selector:{{repositoryLocationName:$l,repositoryName:"r",jobName:"j"}}}}){{__typename}}}}"#),
        }),
        serde_json::json!({
            "query": format!("mutation Other{{{}}} mutation M{{launchRun(executionParams:{{selector:{}}}){{__typename}}}}", "reloadWorkspace{__typename}", selector(location)),
            "operationName": "M",
        }),
    ]
}

/// Requests that reached the tool, but for questions of the door's own.
fn forwarded(tool: &Tool) -> usize {
    tool.seen().iter().filter(|request| !request.contains("query Doorward")).count()
}

pub async fn ask(door: &TestDoor, credential: &str, body: &serde_json::Value) -> String {
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "POST /graphql HTTP/1.1\nHost: door\n{credential}Content-Type: application/json\nContent-Length: {length}\n\n"
    );
    door.ask(&format!("{head}{body}")).await
}

pub fn is_denied(answer: &str) -> bool {
    header(answer, "doorward-decision").starts_with("deny; id=")
}

#[tokio::test]
async fn whoever_holds_one_location_reaches_nothing_of_another() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Operator), Some("location:a")).await;
    let cookie = ada.cookie();
    for own in launches("a") {
        assert!(!is_denied(&ask(&door, &cookie, &own).await), "{own}");
    }
    let before = forwarded(&tool);
    assert_eq!(before, launches("a").len());
    for others in launches("b") {
        assert!(is_denied(&ask(&door, &cookie, &others).await), "{others}");
    }
    for beyond in [
        // Both, in one request and in either order.
        format!(
            "mutation{{x:launchRun(executionParams:{{selector:{}}}){{__typename}} y:launchRun(executionParams:{{selector:{}}}){{__typename}}}}",
            selector("a"),
            selector("b")
        ),
        format!(
            "mutation{{y:launchRun(executionParams:{{selector:{}}}){{__typename}} x:launchRun(executionParams:{{selector:{}}}){{__typename}}}}",
            selector("b"),
            selector("a")
        ),
        format!(
            "mutation{{launchMultipleRuns(executionParamsList:[{{selector:{}}},{{selector:{}}}]){{__typename}}}}",
            selector("a"),
            selector("b")
        ),
        // What is everything's, and what nobody can tell.
        "mutation{reloadWorkspace{__typename}}".to_owned(),
        r#"mutation{terminateRun(runId:"r1"){__typename}}"#.to_owned(),
        "{runsOrError{__typename}}".to_owned(),
        r#"{runOrError(runId:"r1"){__typename}}"#.to_owned(),
        r#"mutation{launchRun(executionParams:{selector:{repositoryName:"r",jobName:"j"}}){__typename}}"#.to_owned(),
    ] {
        assert!(is_denied(&ask(&door, &cookie, &serde_json::json!({"query": beyond})).await), "{beyond}");
    }
    let get = format!("GET /graphql?query={} HTTP/1.1\nHost: door\n{cookie}\n\n", "%7BrunsOrError%7B__typename%7D%7D");
    assert!(is_denied(&door.ask(&get).await));
    let text = r#"query{pipelineOrError(params:{repositoryLocationName:"b",repositoryName:"r",pipelineName:"j"}){__typename}}"#;
    let document = format!(
        "POST /graphql HTTP/1.1\nHost: door\n{cookie}Content-Type: application/graphql\nContent-Length: {}\n\n{text}",
        text.len()
    );
    assert!(is_denied(&door.ask(&document).await));
    assert_eq!(forwarded(&tool), before, "none of it reached the tool");
    // The tool's own page opens for whoever holds anything there.
    assert!(!is_denied(
        &door.ask(&format!("GET /locations HTTP/1.1\nHost: door\nAccept: text/html\n{cookie}\n\n")).await
    ));
}

#[tokio::test]
async fn a_denial_of_one_location_beats_a_role_on_everything_else() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    give(&door, subject(&ada), Effect::Deny, Some("location:b")).await;
    let cookie = ada.cookie();
    for others in launches("b") {
        let answer = ask(&door, &cookie, &others).await;
        assert!(is_denied(&answer), "{others}");
        assert!(body(&answer).contains("is denied to you"), "{answer}");
    }
    for untold in [
        r#"mutation{terminateRun(runId:"r1"){__typename}}"#,
        r#"mutation{wipeAssets(assetPartitionRanges:[{assetKey:{path:["x"]}}]){__typename}}"#,
    ] {
        assert!(is_denied(&ask(&door, &cookie, &serde_json::json!({"query": untold})).await), "{untold}");
    }
    assert!(is_denied(
        &ask(&door, &cookie, &serde_json::json!({"query": "mutation{reloadWorkspace{__typename}}"})).await
    ));
    assert_eq!(forwarded(&tool), 0);
    for own in launches("a").into_iter().chain([serde_json::json!({"query": "{runsOrError{__typename}}"})]) {
        assert!(!is_denied(&ask(&door, &cookie, &own).await), "{own}");
    }
}

#[tokio::test]
async fn a_refusal_on_another_thing_is_found_under_its_own_decision() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    give(&door, subject(&ada), Effect::Deny, Some("location:b")).await;
    let mut decisions = Vec::new();
    for document in [
        r#"mutation{terminateRun(runId:"r1"){__typename}}"#.to_owned(),
        r#"mutation{terminateRun(runId:"r2"){__typename}}"#.to_owned(),
        launch("b"),
        r#"mutation{terminateRun(runId:"r1"){__typename}}"#.to_owned(),
    ] {
        let answer = ask(&door, &ada.cookie(), &serde_json::json!({"query": document})).await;
        decisions.push(header(&answer, "doorward-decision").to_owned());
    }
    assert_eq!(decisions[0], decisions[3]);
    assert!(decisions[0] != decisions[1] && decisions[1] != decisions[2]);
    let mut told: Vec<String> = door
        .requests_written(3)
        .await
        .iter()
        .map(|entry| format!("{} {}", entry.event.details["why"], entry.event.details["resources"]))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [r#""denied" ["job:j","location:b","repository:r@b"]"#, r#""untold" ["run:r1"]"#, r#""untold" ["run:r2"]"#,]
    );
}

#[tokio::test]
async fn a_message_of_a_socket_is_judged_by_what_it_acts_on() {
    let tool = Tool::with(|wire| {
        accept(wire);
        while wire.wire.fill() {}
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("location:a")).await;
    let mut wire = door.connect();
    wire.say(&format!(
        "GET /graphql HTTP/1.1\r\nHost: door\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\n\r\n",
        ada.cookie()
    ));
    let said = tokio::task::spawn_blocking(move || {
        assert_eq!(status(&wire.until("\r\n\r\n").unwrap()), 101, "it opens for whoever holds anything there");
        for text in [
            r#"{"type":"connection_init","payload":{}}"#,
            r#"{"type":"start","id":"1","payload":{"query":"subscription{pipelineRunLogs(runId:\"r\"){__typename}}"}}"#,
        ] {
            wire.say_bytes(&masked(0x81, text.as_bytes()));
        }
        let mut heard = String::new();
        while !heard.contains("does not tell") {
            heard = hear(&mut wire);
        }
        heard
    });
    assert!(said.await.unwrap().contains("needs the role viewer on what it acts on"));
}

#[tokio::test]
async fn a_key_opens_in_three_ways_stays_here_and_is_written_down_by_its_name() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let new = doorward_service::admin::keys::NewKey {
        name: "ci".to_owned(),
        role: Role::Operator,
        scope: Scope::Resources("tool".parse().unwrap(), "location:a".parse().unwrap()),
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, listed) = door.services.keys.create(&Actor::System, new).await.unwrap();
    let text = text.expose().to_owned();
    let forms = [
        format!("Doorward-Key: {text}\n"),
        format!("Authorization: Bearer {text}\n"),
        format!("Authorization: Basic {}\n", STANDARD.encode(format!("anybody:{text}"))),
    ];
    for form in &forms {
        for own in launches("a") {
            assert!(!is_denied(&ask(&door, form, &own).await), "{form}{own}");
        }
        for others in launches("b") {
            assert!(is_denied(&ask(&door, form, &others).await), "{form}{others}");
        }
    }
    for request in tool.seen() {
        assert!(!request.contains(&text[3..35]) && header(&request, "authorization").is_empty(), "{request}");
        assert!(request.contains("key:ci") && !request.contains(r#""ci""#), "{request}");
    }
    let events = door.requests_written(1).await;
    assert_eq!(events[0].event.actor, "key:ci");
    door.services.keys.revoke(&Actor::System, listed.key.id).await.unwrap();
    for form in &forms {
        assert_eq!(status(&ask(&door, form, &launches("a")[0]).await), 401, "{form}");
    }
}

#[tokio::test]
async fn what_a_pattern_reads_as_more_than_itself_is_nothing_to_ask_for() {
    let tool = Tool::answering(OK);
    for (path, remedy) in [
        (json!(["plain"]), json!({"grant": {"role": "developer", "resource": "asset:plain"}})),
        (json!(["*"]), json!("nothing")),
        (json!(["raw", "**"]), json!("nothing")),
        (json!(["a*b"]), json!("nothing")),
    ] {
        let door = TestDoor::build().builtin("dagster").before(&tool).await;
        let ada = person(&door, "ada").await;
        give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("asset:other")).await;
        let report = format!(
            "mutation{{reportRunlessAssetEvents(eventParams:{{eventType:ASSET_MATERIALIZATION,assetKey:{{path:{path}}}}}){{__typename}}}}"
        );
        let answer = ask(&door, &ada.cookie(), &json!({ "query": report })).await;
        assert!(is_denied(&answer), "{path}: {answer}");
        assert_eq!(answer.contains("Ask for it at"), remedy != json!("nothing"), "{path}: {answer}");
        assert_eq!(door.requests_written(1).await[0].event.details["remedy"], remedy, "{path}");
    }
    assert!(tool.seen().is_empty());
}
