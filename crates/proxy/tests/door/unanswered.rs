//! What is said where a tool is not up, does not answer, or was sent half of something.

use doorward_domain::Role;
use doorward_service::Health;
use std::sync::Arc;

use crate::harness::{TestDoor, Tool, body, header, status};
use crate::refusals::problem;
use crate::things::ask;

#[tokio::test]
async fn a_tool_that_is_not_up_says_so_to_those_who_may_see_it() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.health.store(Arc::new(Health::Starting("Dagster is starting.".to_owned())));
    let page = door.context(&ada, "/", "Accept: text/html\n").await;
    assert_eq!(
        (status(&page), body(&page), header(&page, "retry-after")),
        (503, "starting: The Tool: Dagster is starting.", "2")
    );
    let api = door.context(&ada, "/", "").await;
    assert_eq!((status(&api), header(&api, "retry-after"), &problem(&api)["code"]), (503, "2", &"starting".into()));
    assert_eq!(status(&door.ask("GET / HTTP/1.1\nHost: door\n\n").await), 401);
    let fetched = "Sec-Fetch-Mode: navigate\nSec-Fetch-Site: same-origin\nContent-Length: 0";
    let eva = door.sign_in("eva", Role::Admin).await;
    let form = format!("POST / HTTP/1.1\nHost: door\n{}{fetched}\n\n", eva.cookie());
    for health in [Health::Starting("Dagster is starting.".to_owned()), Health::Down("Dagster is down.".to_owned())] {
        door.health.store(Arc::new(health));
        let page = door.ask(&form).await;
        assert_eq!(status(&page), 503, "{page}");
        assert!(body(&page).contains(" Your form was not passed on. Reload this page to send it again"), "{page}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn a_tool_that_does_not_answer_is_a_502_without_inner_addresses() {
    let door = TestDoor::before(&Tool::absent()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/", "").await;
    assert_eq!((status(&answer), &problem(&answer)["code"]), (502, &"upstream_unreachable".into()));
    assert!(!answer.contains("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn whoever_sent_something_reads_whether_it_may_have_arrived() {
    let silent = Tool::with(|wire| drop(wire.read_request()));
    for (tool, words, is_passed_on) in [
        (Tool::absent(), " Your form was not passed on. Reload this page to send it again", false),
        (silent, " Your form was passed on, and nobody here knows what became of it: look there", true),
    ] {
        let door = TestDoor::before(&tool).await;
        let eva = door.sign_in("eva", Role::Admin).await;
        let form = "Sec-Fetch-Mode: navigate\nSec-Fetch-Site: same-origin\nContent-Length: 0";
        let page = door.ask(&format!("POST / HTTP/1.1\nHost: door\n{}{form}\n\n", eva.cookie())).await;
        assert!(status(&page) == 502 && body(&page).contains(words), "{page}");
        let told = door.ask(&format!("POST / HTTP/1.1\nHost: door\n{}Content-Length: 0\n\n", eva.cookie())).await;
        assert_eq!((status(&told), &problem(&told)["passed_on"]), (502, &is_passed_on.into()), "{told}");
        // A page can be asked for again.
        let page = door.context(&eva, "/", "Accept: text/html\n").await;
        assert!(status(&page) == 502 && !body(&page).contains("Your form"), "{page}");
    }
}

/// A page of the tool shows nothing but this, and waits for an answer for ever without it.
#[tokio::test]
async fn a_client_of_graphql_reads_why_the_tool_did_not_answer() {
    let silent = Tool::with(|wire| drop(wire.read_request()));
    for (tool, code) in [(Tool::absent(), "upstream_unreachable"), (silent, "upstream_broken")] {
        let door = TestDoor::build().builtin("dagster").before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let answer = ask(&door, &ada.cookie(), &serde_json::json!({"query": "{version}"})).await;
        let said = problem(&answer);
        assert_eq!((status(&answer), &said["code"]), (502, &code.into()), "{answer}");
        let errors = serde_json::json!([{"message": said["detail"], "extensions": {"code": "NO_ANSWER"}}]);
        assert_eq!(said["errors"], errors, "{answer}");
    }
}

/// A script that is told to send it again would have it done twice.
#[tokio::test]
async fn whoever_sent_half_of_something_reads_that_it_may_have_arrived() {
    let tool = Tool::with(|wire| drop(wire.wire.rest()));
    let door = TestDoor::before(&tool).await;
    let eva = door.sign_in("eva", Role::Admin).await;
    let head = format!("HTTP/1.1\nHost: door\n{}Transfer-Encoding: chunked\n", eva.cookie());
    let told = door.ask(&format!("POST /act {head}\n5\nhello\nnonsense\n")).await;
    let said = problem(&told);
    assert_eq!(
        (status(&told), &said["code"], &said["passed_on"]),
        (400, &"body_broken".into(), &true.into()),
        "{told}"
    );
    let form = format!("POST /act {head}Sec-Fetch-Mode: navigate\nSec-Fetch-Site: same-origin\n\n5\nhello\nnonsense\n");
    let page = door.ask(&form).await;
    assert!(status(&page) == 400 && body(&page).contains(" Your form was passed on, and nobody here knows"), "{page}");
    // What is read here first has not gone anywhere.
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let eva = door.sign_in("eva", Role::Admin).await;
    let half = format!(
        "POST /graphql HTTP/1.1\nHost: door\n{}Content-Type: application/json\nTransfer-Encoding: chunked\n\n5\nhello\nnonsense\n",
        eva.cookie()
    );
    let told = door.ask(&half).await;
    let said = problem(&told);
    assert_eq!(
        (status(&told), &said["code"], &said["passed_on"]),
        (400, &"body_broken".into(), &false.into()),
        "{told}"
    );
}
