//! Rights that change when a request has been sent already: what is told of it, and what is written down.

use doorward_domain::{AuditOutcome, Effect, Role, Scope};
use doorward_http::KEY_OPENS_NOTHING;
use doorward_service::Actor;
use doorward_service::admin::keys::NewKey;
use doorward_service::ports::GrantQuery;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::harness::{Person, TestDoor, Tool, ToolWire, body, header, status};
use crate::things::{ask, give, person, subject};

/// A tool that has each request, and answers it when it is told.
pub fn slow(answer: &'static str) -> (Tool, Receiver<()>, Sender<()>) {
    let length = answer.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    when_told(move |wire| wire.say(&format!("{head}{answer}")))
}

/// The same, which then does this.
pub fn when_told(then: impl Fn(&mut ToolWire) + Send + Sync + 'static) -> (Tool, Receiver<()>, Sender<()>) {
    let ((sent, was_sent), (go_on, may_go_on)) = (channel(), channel());
    let may_go_on = Mutex::new(may_go_on);
    let tool = Tool::with(move |wire| {
        while wire.read_request().is_some() {
            sent.send(()).unwrap();
            if may_go_on.lock().unwrap().recv().is_err() {
                return;
            }
            then(wire);
        }
    });
    (tool, was_sent, go_on)
}

/// Changes something once the tool has the request, and has it go on when that was heard of.
pub async fn meanwhile(was_sent: &Receiver<()>, go_on: &Sender<()>, change: impl Future<Output = ()>) {
    while was_sent.try_recv().is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    change.await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    go_on.send(()).unwrap();
}

/// With what the door asks for beside what the client does.
pub const LAUNCHED: &str = r#"{"data":{"launchRun":{"__typename":"LaunchRunSuccess","doorward0_0":"LaunchRunSuccess","doorward0_1":{"runId":"r1"}}}}"#;
pub const LAUNCH: &str = r#"mutation{launchRun(executionParams:{selector:{repositoryLocationName:"a",repositoryName:"r",jobName:"j"}}){__typename}}"#;

/// What somebody gets who changes something as a manager, while what they may do becomes less; what is written down of it is one event.
async fn withheld(
    launch: &str,
    credential: impl Fn(&Person) -> String,
    change: impl AsyncFnOnce(&TestDoor, &Person),
) -> (String, TestDoor) {
    let (tool, was_sent, go_on) = slow(LAUNCHED);
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Manager), None).await;
    let (credential, launch) = (credential(&ada), json!({"query": launch}));
    let changing = meanwhile(&was_sent, &go_on, change(&door, &ada));
    let (answer, ()) = tokio::join!(ask(&door, &credential, &launch), changing);
    assert!(header(&answer, "doorward-decision").ends_with("; reason=answer_withheld"), "{answer}");
    let events = door.requests_written(1).await;
    assert_eq!((events.len(), tool.seen().len()), (1, 1), "it was not denied: {events:?}");
    (answer, door)
}

fn bearer(person: &Person) -> String {
    format!("Authorization: Bearer {}\r\n", person.token)
}

/// They still may do it, but from here on their answers are filtered, and this one was not asked for so.
async fn denied_elsewhere(door: &TestDoor, ada: &Person) {
    give(door, subject(ada), Effect::Deny, Some("location:b")).await;
}

/// Their session is ended, or they are denied all of it.
async fn loses(door: &TestDoor, person: &Person, is_signed_out: bool) {
    if is_signed_out {
        door.end_sessions(person).await;
    } else {
        give(door, subject(person), Effect::Deny, None).await;
    }
}

/// Whoever does as told would have it done twice.
#[tokio::test]
async fn of_what_was_changed_nobody_says_to_send_it_again() {
    let (answer, door) = withheld(LAUNCH, bearer, denied_elsewhere).await;
    assert_eq!(status(&answer), 502, "{answer}");
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let sentence = told["detail"].as_str().unwrap();
    assert!(sentence.contains("was passed on") && sentence.contains("before you send it again"), "{answer}");
    assert_eq!(told["errors"][0]["message"], sentence, "what a client of GraphQL looks for");
    was_launched_unseen(&door).await;
}

/// Dagster's Launchpad waits for ever for the result of a launch that is answered with an error of HTTP.
#[tokio::test]
async fn a_page_of_the_tool_reads_in_words_that_it_may_have_been_done() {
    let (answer, door) = withheld(LAUNCH, Person::cookie, denied_elsewhere).await;
    assert_eq!((status(&answer), header(&answer, "content-type")), (200, "application/json"), "{answer}");
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let result = &told["data"]["launchRun"];
    assert_eq!(result["__typename"], "PythonError", "no error that says that nothing was done: {answer}");
    assert!(result["message"].as_str().unwrap().contains("before you send it again"), "{answer}");
    assert_eq!(told["extensions"], json!({"code": "ANSWER_WITHHELD", "passed_on": true}), "{answer}");
    assert_eq!(door.concluded_request().await.event.details["status"], 200);
    let ended = async |door: &TestDoor, ada: &Person| door.end_sessions(ada).await;
    let (answer, door) = withheld(LAUNCH, Person::cookie, ended).await;
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let sentence = told["data"]["launchRun"]["message"].as_str().unwrap();
    assert!(status(&answer) == 200 && sentence.ends_with("sign in again to look."), "{answer}");
    was_launched_unseen(&door).await;
}

/// The log has what the tool said to somebody who does not get to hear it.
pub async fn was_launched_unseen(door: &TestDoor) {
    let event = door.concluded_request().await.event;
    let told = ["status", "reason", "run_ids"].map(|name| event.details[name].clone());
    assert_eq!(told, [json!(200), json!("answer_withheld"), json!(["r1"])], "{event:?}");
    assert_eq!((event.outcome, event.details.get("interrupted")), (AuditOutcome::Success, None), "{event:?}");
}

/// Its result is a truth and nothing else.
#[tokio::test]
async fn a_result_that_cannot_say_so_has_an_error_beside_it() {
    let limit = r#"mutation{setConcurrencyLimit(concurrencyKey:"a" limit:1)}"#;
    let ended = async |door: &TestDoor, ada: &Person| door.end_sessions(ada).await;
    let (answer, _) = withheld(limit, Person::cookie, ended).await;
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!((status(&answer), &told["data"]), (200, &Value::Null), "what a page shows: {answer}");
    assert_eq!(told["errors"][0]["extensions"]["code"], "ANSWER_WITHHELD", "{answer}");
}

/// Neither that they may not, nor that nobody is signed in, says that it may have been done.
#[tokio::test]
async fn whoever_may_change_something_no_more_reads_that_it_may_have_been_done() {
    for is_signed_out in [false, true] {
        let (tool, was_sent, go_on) = slow("{}");
        let door = TestDoor::before(&tool).await;
        let ada = person(&door, "ada").await;
        give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
        let post = format!(
            "POST /act HTTP/1.1\nHost: door\n{}Sec-Fetch-Site: same-origin\nContent-Length: 0\n\n",
            ada.cookie()
        );
        let changed = loses(&door, &ada, is_signed_out);
        let (answer, ()) = tokio::join!(door.ask(&post), meanwhile(&was_sent, &go_on, changed));
        assert_eq!(status(&answer), 502, "{answer}");
        assert!(header(&answer, "doorward-decision").ends_with("; reason=answer_withheld"), "{answer}");
        let told: Value = serde_json::from_str(body(&answer)).unwrap();
        assert_eq!(told["detail"].as_str().unwrap().ends_with("sign in again to look."), is_signed_out, "{answer}");
        assert_eq!(told["passed_on"], true, "{answer}");
        let event = door.concluded_request().await.event;
        assert_eq!(event.outcome, AuditOutcome::Success, "what the tool said: {event:?}");
        assert_eq!(event.details["reason"], "answer_withheld", "{event:?}");
        assert_eq!(door.requests_written(1).await.len(), 1);
    }
}

/// What a person is told to do, to sign in again, a program cannot.
#[tokio::test]
async fn of_a_key_that_opens_nothing_any_more_it_is_said_so() {
    let (tool, was_sent, go_on) = slow("{}");
    let door = TestDoor::before(&tool).await;
    let new = NewKey {
        name: "ci".to_owned(),
        role: Role::Developer,
        scope: Scope::App("tool".parse().unwrap()),
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, listed) = door.services.keys.create(&Actor::System, new).await.unwrap();
    let post =
        format!("POST /act HTTP/1.1\nHost: door\nAuthorization: Bearer {}\nContent-Length: 0\n\n", text.expose());
    let revoked = async { door.services.keys.revoke(&Actor::System, listed.key.id).await.unwrap() };
    let (answer, ()) = tokio::join!(door.ask(&post), meanwhile(&was_sent, &go_on, revoked));
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let sentence = told["detail"].as_str().unwrap();
    assert_eq!((status(&answer), &told["code"]), (502, &"answer_withheld".into()), "{answer}");
    assert!(sentence.contains("was passed on") && sentence.ends_with(KEY_OPENS_NOTHING), "{answer}");
}

/// A page that says to look there leads there.
#[tokio::test]
async fn whose_form_may_have_been_done_is_led_to_where_that_shows() {
    for is_signed_out in [false, true] {
        let (tool, was_sent, go_on) = slow("{}");
        let door = TestDoor::before(&tool).await;
        let ada = person(&door, "ada").await;
        give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
        let form = format!(
            "POST /act HTTP/1.1\nHost: door\n{}Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: navigate\nReferer: http://door/form?a=1\n\
             Content-Length: 0\n\n",
            ada.cookie()
        );
        let changed = loses(&door, &ada, is_signed_out);
        let (page, ()) = tokio::join!(door.ask(&form), meanwhile(&was_sent, &go_on, changed));
        let decision = door.requests_written(1).await[0].event.decision_id.unwrap();
        let onward = if is_signed_out {
            format!("; {decision}; None; /_doorward/login?next=/form%3Fa%3D1; true")
        } else {
            format!("; {decision}; Some(\"ada\"); /form?a=1; false")
        };
        let (begins, ends) =
            (body(&page).starts_with("maybe done: It may have been done: "), body(&page).ends_with(&onward));
        assert!(status(&page) == 502 && begins && ends, "{onward} in {page}");
    }
}

/// Then nothing was done, and who hears that it may have been looks for it in vain.
#[tokio::test]
async fn what_the_tool_has_not_heard_of_yet_is_refused_as_if_it_came_now() {
    for (is_signed_out, expected) in [(false, 403), (true, 401)] {
        let door = TestDoor::before(&Tool::deaf()).await;
        let ada = person(&door, "ada").await;
        give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
        let post = format!("POST /act HTTP/1.1\nHost: door\n{}Content-Length: 0\n\n", ada.cookie());
        let changed = async {
            door.requests_written(1).await;
            if is_signed_out {
                door.end_sessions(&ada).await;
            } else {
                give(&door, subject(&ada), Effect::Deny, None).await;
            }
        };
        let (answer, ()) = tokio::join!(door.ask(&post), changed);
        assert_eq!(status(&answer), expected, "{answer}");
        let events = door.requests_written(1).await;
        let outcome = if is_signed_out { AuditOutcome::Failure } else { AuditOutcome::Denied };
        assert_eq!((events.len(), events[0].event.outcome), (1, outcome), "{events:?}");
        let details = &events[0].event.details;
        assert_eq!(details.get("interrupted"), None, "{events:?}");
        assert_eq!(details.get("why").is_some_and(|why| why == "denied"), !is_signed_out, "{events:?}");
    }
}

/// Who hears of a refusal looks for it under its decision, and asks there for what they lack.
#[tokio::test]
async fn what_was_permitted_and_refused_before_it_was_passed_on_is_one_event_that_says_how_it_ended() {
    let door = TestDoor::before(&Tool::deaf()).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    let post = format!("POST /act HTTP/1.1\nHost: door\n{}Content-Length: 0\n\n", ada.cookie());
    let taken = async {
        door.requests_written(1).await;
        let grants = door.services.grants.list(&Actor::System, &GrantQuery::default()).await.unwrap();
        let hers = grants.items.iter().find(|named| named.grant.subject == subject(&ada)).unwrap();
        door.services.grants.remove(&Actor::System, hers.grant.id).await.unwrap();
    };
    let (answer, ()) = tokio::join!(door.ask(&post), taken);
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let shown = door.services.audit.show(&Actor::System, told["decision_id"].as_str().unwrap()).await.unwrap().unwrap();
    let event = &shown.event.event;
    assert_eq!((status(&answer), event.outcome), (403, AuditOutcome::Denied), "{answer}: {event:?}");
    assert_eq!(event.details["remedy"]["grant"]["role"], "developer", "{event:?}");
    assert_eq!(event.details.get("role"), None, "the role of when it was permitted is not theirs any more: {event:?}");
    let entries: Vec<_> = shown.entries.iter().map(|entry| (entry.entry, entry.outcome)).collect();
    assert_eq!(entries, [("event", AuditOutcome::Pending), ("conclusion", AuditOutcome::Denied)]);
    assert_eq!(door.requests_written(1).await.len(), 1);
}

/// What somebody gets who looks at something slow as a developer, and what is written down of it.
async fn refused(change: impl AsyncFnOnce(&TestDoor, &Person)) -> (String, Value) {
    let (tool, was_sent, go_on) = slow("{}");
    let door = TestDoor::before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    let changing = meanwhile(&was_sent, &go_on, change(&door, &ada));
    let (answer, ()) = tokio::join!(door.context(&ada, "/slow", ""), changing);
    let event = door.requests_written(1).await.pop().unwrap().event;
    assert_eq!((status(&answer), event.outcome), (403, AuditOutcome::Denied), "{answer}");
    (answer, event.details.into())
}

#[tokio::test]
async fn a_refusal_meanwhile_is_written_down_like_any_other() {
    let (_, plain) = refused(async |door, ada| {
        let grants = door.services.grants.list(&Actor::System, &GrantQuery::default()).await.unwrap();
        for grant in grants.items.iter().filter(|named| named.grant.subject == subject(ada)) {
            door.services.grants.remove(&Actor::System, grant.grant.id).await.unwrap();
        }
    })
    .await;
    assert_eq!((plain.get("role"), &plain["remedy"]["grant"]["role"]), (None, &json!("viewer")), "{plain}");
    let (answer, denied) = refused(async |door, ada| give(door, subject(ada), Effect::Deny, None).await).await;
    assert!(answer.contains("denied"), "{answer}");
    assert_eq!(denied["why"], "denied", "{denied}");
    assert_eq!(denied["denied_by"], denied["remedy"]["lift"], "{denied}");
}

#[tokio::test]
async fn permission_flags_are_those_of_when_they_come() {
    let (tool, was_sent, go_on) = slow(
        r#"{"data":{"permissions":[{"permission":"launch_pipeline_execution","value":true,"disabledReason":null}]}}"#,
    );
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    let (cookie, query) = (ada.cookie(), json!({"query": "{permissions{permission value disabledReason}}"}));
    let lowered = give(&door, subject(&ada), Effect::Allow(Role::Viewer), None);
    let (answer, ()) = tokio::join!(ask(&door, &cookie, &query), meanwhile(&was_sent, &go_on, lowered));
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    let flag = &told["data"]["permissions"][0];
    assert_eq!(flag["value"], false, "{answer}");
    assert!(flag["disabledReason"].as_str().is_some_and(|reason| reason.contains("needs the role")), "{answer}");
}

/// A tool that hears a request on a connection it had open, closes that, and is gone: as one does that is restarted.
#[tokio::test]
async fn what_went_out_once_may_have_been_done_though_nobody_can_be_asked_again() {
    let tool = Tool::once_and_gone();
    let door = TestDoor::before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 200, "it has a connection now");
    let delete = format!("DELETE /act HTTP/1.1\nHost: door\n{}\n", ada.cookie());
    let answer = door.ask(&delete).await;
    let told: Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!((status(&answer), &told["passed_on"]), (502, &true.into()), "{answer}");
    let events = door.requests_written(1).await;
    assert_eq!(events[0].event.outcome, AuditOutcome::Pending, "{events:?}");
    assert_eq!(tool.seen().len(), 2);
}

/// Their answers are filtered by now, and it was not asked for so: it is not asked at all.
#[tokio::test]
async fn what_would_be_asked_otherwise_by_now_is_not_asked_while_there_is_time() {
    let door = TestDoor::build().builtin("dagster").filtering().before(&Tool::deaf()).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Developer), None).await;
    let (cookie, launch) = (ada.cookie(), json!({"query": LAUNCH}));
    let denied = async {
        door.requests_written(1).await;
        give(&door, subject(&ada), Effect::Deny, Some("location:b")).await;
    };
    let (answer, ()) = tokio::join!(ask(&door, &cookie, &launch), denied);
    assert!(status(&answer) == 400 && answer.contains("rules_changed"), "{answer}");
    let events = door.requests_written(1).await;
    assert_eq!((events.len(), events[0].event.outcome), (1, AuditOutcome::Denied), "{events:?}");
    assert_eq!(events[0].event.details["reason"], "rules_changed", "{events:?}");
}
