//! Tools whose answers nobody gets any more: what of these is heard out, for the audit log, and for how long.

use doorward_domain::{AuditOutcome, Effect, NewAuditEvent, Role};
use doorward_service::Services;
use doorward_service::ports::AuditQuery;
use doorward_testkit::TestStores;
use serde_json::json;
use std::time::{Duration, Instant};

use crate::harness::{TestDoor, ToolWire, header};
use crate::sent::{LAUNCH, LAUNCHED, meanwhile, was_launched_unseen, when_told};
use crate::things::{ask, give, person, subject};

/// What a developer launches who may do nothing any more once the tool has heard of it; then the tool does this.
async fn launched_before_it_ended(then: impl Fn(&mut ToolWire) + Send + Sync + 'static) -> TestDoor {
    let (tool, was_sent, go_on) = when_told(then);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    let (cookie, launch) = (ada.cookie(), json!({"query": LAUNCH}));
    let changing = meanwhile(&was_sent, &go_on, door.end_sessions(&ada));
    let (answer, ()) = tokio::join!(ask(&door, &cookie, &launch), changing);
    assert!(header(&answer, "doorward-decision").ends_with("; reason=answer_withheld"), "{answer}");
    door
}

#[tokio::test]
async fn what_a_tool_says_of_a_change_in_pieces_is_written_down_though_nobody_gets_it() {
    let door = launched_before_it_ended(|wire| {
        let (begins, ends) = LAUNCHED.split_at(40);
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in [begins, ends] {
            std::thread::sleep(Duration::from_millis(100));
            wire.say(&format!("{:x}\r\n{piece}\r\n", piece.len()));
        }
        wire.say("0\r\n\r\n");
    });
    was_launched_unseen(&door.await).await;
}

/// What nobody waits for any more is waited for by the door.
#[tokio::test]
async fn a_door_that_stops_hears_out_what_the_tool_says_of_a_change() {
    let door = launched_before_it_ended(|wire| {
        std::thread::sleep(Duration::from_millis(1500));
        let length = LAUNCHED.len();
        wire.say(&format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{LAUNCHED}"
        ));
    });
    let TestDoor { door, services, stores, .. } = door.await;
    door.shutdown(Duration::from_secs(10)).await;
    let event = the_request(&services, &stores).await;
    assert_eq!((event.outcome, &event.details["run_ids"]), (AuditOutcome::Success, &json!(["r1"])), "{event:?}");
}

/// Nobody would hear its end.
#[tokio::test]
async fn what_goes_on_without_an_end_keeps_no_door_that_stops() {
    for (kind, says) in [("text/event-stream", "data: 1\n\n"), ("application/json", "{\"data\":")] {
        let door = launched_before_it_ended(move |wire| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
            wire.say(&format!("{head}{:x}\r\n{says}\r\n", says.len()));
            wire.wire.rest();
        });
        let TestDoor { door, services, stores, .. } = door.await;
        let began = Instant::now();
        door.shutdown(Duration::from_secs(20)).await;
        assert!(began.elapsed() < Duration::from_secs(8), "{kind}: {:?}", began.elapsed());
        let event = the_request(&services, &stores).await;
        let told = ["status", "interrupted", "reason"].map(|name| event.details[name].clone());
        assert_eq!(told, [json!(200), json!(true), json!("answer_withheld")], "{kind}: {event:?}");
    }
}

#[tokio::test]
async fn of_a_tool_that_does_not_answer_it_stays_unknown_and_is_written_why() {
    let unasked = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    for said in ["nonsense\r\n\r\n", unasked] {
        is_unknown(&launched_before_it_ended(|wire| wire.say(said)).await).await;
    }
}

async fn is_unknown(door: &TestDoor) {
    for _ in 0..200 {
        let event = door.requests_written(1).await.pop().unwrap().event;
        if event.details.contains_key("failure") {
            assert_eq!((event.outcome, &event.details["reason"]), (AuditOutcome::Pending, &json!("answer_withheld")));
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it was never concluded");
}

/// What is on record when the door is closed.
async fn the_request(services: &Services, stores: &TestStores) -> NewAuditEvent {
    services.audit.flush().await;
    let query = AuditQuery { action: Some("request".to_owned()), ..AuditQuery::default() };
    stores.audit.list(&query).await.unwrap().items.pop().unwrap().event
}
