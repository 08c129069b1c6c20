//! What is in which container, with the Dagster profile: how the tool is asked that, and who waits for it.

use doorward_domain::{Effect, Role};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::harness::{Person, TestDoor, Tool, ToolWire, body, status};
use crate::things::{ask, give, person, subject};

const LOCATIONS: &str = "{workspaceOrError{...on Workspace{locationEntries{name}}}}";
const NONE: &str = r#"{"data":{"workspaceOrError":{"locationEntries":[]}}}"#;
const ONLY_A: &str = r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#;

/// Has the locations `a` and `b`. What is in them it tells like that.
fn tool(tell: impl Fn(&mut ToolWire) + Send + Sync + 'static) -> Tool {
    Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            if is_question(&request) {
                tell(wire);
                continue;
            }
            let key = request.split("doorward0_").find_map(|rest| rest.split_once("_0:name")).map(|(key, _)| key);
            let key = key.unwrap_or("none");
            let entry = |name: &str| format!(r#"{{"name":"{name}","doorward0_{key}_0":"{name}"}}"#);
            let entries = format!("{},{}", entry("a"), entry("b"));
            say(
                wire,
                &format!(
                    r#"{{"data":{{"workspaceOrError":{{"locationEntries":[{entries}],"doorward0_type":"Workspace"}}}}}}"#
                ),
            );
        }
    })
}

fn is_question(request: &str) -> bool {
    request.contains("query Doorward{ c0")
}

fn say(wire: &mut ToolWire, text: &str) {
    let length = text.len();
    wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"));
}

/// So many assets in each location.
fn assets(count: usize) -> String {
    let mut assets = String::new();
    for n in 0..count {
        for location in ["a", "b"] {
            let comma = if assets.is_empty() { "" } else { "," };
            let _ = write!(
                assets,
                r#"{comma}{{"assetKey":{{"path":["{location}{n}"]}},"groupName":"g","isAutoCreatedStub":false,"repository":{{"name":"r","location":{{"name":"{location}"}}}}}}"#
            );
        }
    }
    format!(r#"{{"data":{{"c0":{{"locationEntries":[]}},"c1":[{assets}]}}}}"#)
}

fn questions(tool: &Tool) -> usize {
    tool.seen().iter().filter(|request| is_question(request)).count()
}

/// Somebody who holds one asset.
async fn holder(door: &TestDoor, name: &str, asset: &str) -> Person {
    let who = person(door, name).await;
    give(door, subject(&who), Effect::Allow(Role::Viewer), Some(&format!("asset:{asset}"))).await;
    who
}

async fn locations(door: &TestDoor, who: &Person) -> String {
    let answer = ask(door, &who.cookie(), &serde_json::json!({"query": LOCATIONS})).await;
    assert_eq!(status(&answer), 200, "{answer}");
    body(&answer).to_owned()
}

#[tokio::test]
async fn a_question_that_failed_is_not_asked_again_at_once() {
    let tool = tool(|wire| wire.say("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"));
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = holder(&door, "ada", "a0").await;
    for _ in 0..4 {
        assert_eq!(locations(&door, &ada).await, NONE);
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    assert_eq!(questions(&tool), 1);
}

#[tokio::test]
async fn nobody_waits_again_for_a_tool_that_did_not_tell_in_time() {
    let yaml = include_str!("../../../../profiles/dagster.yaml").replace("      holds: 30\n", "      holds: 1\n");
    let tool = tool(|_| std::thread::sleep(Duration::from_mins(1)));
    let door = TestDoor::build().profile(&yaml).filtering().before(&tool).await;
    let ada = holder(&door, "ada", "a0").await;
    assert_eq!(locations(&door, &ada).await, NONE);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(locations(&door, &ada).await, NONE);
        assert!(began.elapsed() < Duration::from_secs(3), "it was waited for again");
    }
    assert_eq!(questions(&tool), 2, "one at a time");
}

#[tokio::test]
async fn whoever_gives_up_waiting_leaves_the_question_to_those_who_come_next() {
    let tool = tool(|wire| {
        std::thread::sleep(Duration::from_secs(1));
        say(wire, &assets(1));
    });
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = holder(&door, "ada", "a0").await;
    let wire = door.connect();
    let query = serde_json::json!({"query": LOCATIONS}).to_string();
    let mut leaving = wire;
    leaving.say(&format!(
        "POST /graphql HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{query}",
        ada.cookie(),
        query.len()
    ));
    while questions(&tool) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(leaving);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(locations(&door, &ada).await, ONLY_A);
    assert_eq!(questions(&tool), 1);
}

/// What somebody is shown, how long that took, and how long somebody else waited meanwhile, at most.
async fn meanwhile(door: &TestDoor, who: &Person) -> (String, Duration, Duration) {
    let (began, mut longest) = (Instant::now(), Duration::ZERO);
    let mut asking = std::pin::pin!(locations(door, who));
    loop {
        let since = Instant::now();
        tokio::select! {
            shown = &mut asking => return (shown, began.elapsed(), longest),
            answer = door.ask("GET /nobody HTTP/1.1\nHost: door\n\n") => assert!(status(&answer) < 500, "{answer}"),
        }
        longest = longest.max(since.elapsed());
    }
}

#[tokio::test]
async fn to_read_what_is_in_which_stops_nobody() {
    let all = assets(10_000);
    let tool = tool(move |wire| say(wire, &all));
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = holder(&door, "ada", "a9999").await;
    let (shown, all, longest) = meanwhile(&door, &ada).await;
    assert_eq!(shown, ONLY_A);
    assert!(longest * 3 < all, "somebody else waited {longest:?} of {all:?}");
}

#[tokio::test]
async fn to_judge_all_there_is_stops_nobody_and_is_done_once() {
    let all = assets(10_000);
    let tool = tool(move |wire| say(wire, &all));
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let (ada, bob) = (holder(&door, "ada", "a9999").await, holder(&door, "bob", "a9999").await);
    for n in 0..40 {
        give(&door, subject(&bob), Effect::Allow(Role::Viewer), Some(&format!("asset:*z{n}**y*"))).await;
    }
    assert_eq!(locations(&door, &ada).await, ONLY_A);
    let (shown, first, longest) = meanwhile(&door, &bob).await;
    assert_eq!(shown, ONLY_A);
    assert!(longest * 2 < first, "somebody else waited {longest:?} of {first:?}");
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(locations(&door, &bob).await, ONLY_A);
    }
    let again = began.elapsed();
    assert!(again < first, "five more took {again:?}, the first {first:?}");
    give(&door, subject(&bob), Effect::Deny, Some("asset:a9999")).await;
    assert_eq!(locations(&door, &bob).await, NONE);
    assert_eq!(questions(&tool), 1);
}
