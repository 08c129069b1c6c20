//! How the door says no, in every shape of CONTRACT's table.

use doorward_domain::Role;
use doorward_service::Actor;
use doorward_service::audit_log::summary::summary;
use doorward_service::ports::Effects;
use doorward_testkit::{access_request, audit_event};
use std::time::Duration;

use crate::harness::{Person, TestDoor, Tool, body, header, status};

pub(crate) fn problem(answer: &str) -> serde_json::Value {
    assert_eq!(header(answer, "content-type"), "application/problem+json", "{answer}");
    serde_json::from_str(body(answer)).unwrap()
}

#[tokio::test]
async fn nobody_is_led_to_sign_in_and_back() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    for how in ["Sec-Fetch-Mode: navigate\n", "Accept: text/html,application/xhtml+xml\n"] {
        let answer = door.ask(&format!("GET /runs?a=b&c=%2F HTTP/1.1\nHost: door\n{how}\n")).await;
        assert_eq!(status(&answer), 302);
        assert_eq!(header(&answer, "location"), "/_doorward/login?next=/runs%3Fa%3Db%26c%3D%252F");
        assert!(header(&answer, "doorward-decision").starts_with("sign-in; id="), "{answer}");
        assert_eq!(header(&answer, "cache-control"), "no-store");
    }
    for request in [
        "GET /runs HTTP/1.1\nHost: door\n\n",
        "GET /runs HTTP/1.1\nHost: door\nSec-Fetch-Mode: cors\nAccept: text/html\n\n",
        "POST /runs HTTP/1.1\nHost: door\nContent-Length: 0\n\n",
        "GET /runs HTTP/1.1\nHost: door\nAccept: text/event-stream\n\n",
        "GET / HTTP/1.1\nHost: door\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
        "GET / HTTP/1.1\nHost: door\nCookie: doorward-80=dws_wrong\n\n",
        "GET / HTTP/1.1\nHost: door\nCookie: doorward-80=dws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
    ] {
        let answer = door.ask(request).await;
        assert_eq!(status(&answer), 401, "{request}");
        assert_eq!(header(&answer, "www-authenticate"), "Bearer realm=\"doorward\"");
        let problem = problem(&answer);
        assert_eq!(problem["code"], "sign_in_required");
        assert!(problem["login_url"].as_str().unwrap().starts_with("/_doorward/login?next=/"));
    }
    let head = door.ask("HEAD / HTTP/1.1\nHost: door\nAccept: text/html\n\n").await;
    assert_eq!(status(&head), 401);
    assert_eq!(tool.seen().len(), 0);
    assert!(door.requests_written(0).await.is_empty(), "asking to sign in is not an event");
}

#[tokio::test]
async fn a_graphql_client_without_a_session_is_told_so_where_it_looks() {
    let tool = Tool::hello();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let post = "POST /graphql HTTP/1.1\nHost: door\nContent-Type: application/json\nContent-Length: 21\n\n{\"query\":\"{version}\"}";
    let answer = door.ask(post).await;
    let said = problem(&answer);
    assert_eq!((status(&answer), &said["code"]), (401, &"sign_in_required".into()));
    assert_eq!(said["errors"][0]["message"], "You are signed out. Reload this page to sign in again.");
    let other = problem(&door.ask("GET /server_info HTTP/1.1\nHost: door\n\n").await);
    assert_eq!(other.get("errors"), None, "only where it is GraphQL that is asked");
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn a_form_without_a_session_is_answered_by_a_page_that_can_be_sent_again() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    for (referer, next, back) in [
        ("Referer: http://door/jobs/new?a=b", "/jobs/new%3Fa%3Db", "Some(\"/jobs/new?a=b\")"),
        ("Referer: http://elsewhere/jobs", "/", "None"),
        ("Referer: http://door.elsewhere/jobs", "/", "None"),
        ("Referer: http://door//elsewhere/", "/", "None"),
        ("Referer: http://door/\\evil.test", "/", "None"),
        ("Referer: http://door/.//evil.test", "/", "None"),
        ("Referer: http://door/_doorward/logout", "/", "None"),
        ("Referer: http://door/", "/", "Some(\"/\")"),
        ("Referer: nonsense", "/", "None"),
        ("X-None: 1", "/", "None"),
    ] {
        let request = format!(
            "POST /jobs HTTP/1.1\nHost: door\nSec-Fetch-Mode: navigate\nSec-Fetch-Site: same-origin\n{referer}\nContent-Length: 0\n\n"
        );
        let answer = door.ask(&request).await;
        assert_eq!((status(&answer), header(&answer, "content-type")), (401, "text/html; charset=utf-8"), "{referer}");
        assert_eq!(body(&answer), format!("unsent: /_doorward/login?next={next}: {back}"), "{referer}");
        assert!(header(&answer, "doorward-decision").starts_with("sign-in; id="), "{answer}");
    }
    // Over plain http browsers do not say that they navigate.
    let plain = |kind: &str, accept: &str| {
        format!("POST /jobs HTTP/1.1\nHost: door\nContent-Type: {kind}\nAccept: {accept}\nContent-Length: 0\n\n")
    };
    let html = "text/html,application/xhtml+xml,*/*;q=0.8";
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Text/Plain"] {
        let answer = door.ask(&plain(kind, html)).await;
        assert_eq!((status(&answer), header(&answer, "content-type")), (401, "text/html; charset=utf-8"), "{kind}");
    }
    for (kind, accept) in
        [("application/json", html), ("application/x-www-form-urlencoded", "*/*"), ("multipart/form-data", "")]
    {
        let answer = door.ask(&plain(kind, accept)).await;
        assert_eq!((status(&answer), &problem(&answer)["code"]), (401, &"sign_in_required".into()), "{kind}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn a_program_whose_key_opens_nothing_hears_of_the_key_and_not_why() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let key = format!("dw_{}_{}", "0".repeat(32), "A".repeat(49));
    for credential in [
        format!("Doorward-Key: {key}"),
        "Doorward-Key: abc".to_owned(),
        format!("Authorization: Bearer {key}"),
        "Authorization: Bearer dw_mistyped".to_owned(),
    ] {
        let answer = door.ask(&format!("GET /jobs HTTP/1.1\nHost: door\n{credential}\n\n")).await;
        let said = problem(&answer);
        assert_eq!((status(&answer), &said["code"]), (401, &"sign_in_required".into()), "{credential}");
        assert_eq!(said["detail"], "The API key that this request presents opens nothing here.", "{credential}");
        assert!(!answer.contains("AAAA") && !answer.contains("mistyped"), "{answer}");
    }
    let nobody = door.ask("GET /jobs HTTP/1.1\nHost: door\nAuthorization: Bearer a-token-of-the-tool\n\n").await;
    assert_eq!(problem(&nobody)["detail"], "Nobody is signed in.");
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn who_may_not_is_told_why_and_it_is_written_down() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.ask(&format!("POST /jobs HTTP/1.1\nHost: door\n{}Content-Length: 0\n\n", ada.cookie())).await;
    assert_eq!(status(&answer), 403);
    let decision = header(&answer, "doorward-decision").to_owned();
    let said = problem(&answer);
    assert!(decision.starts_with("deny; id=") && decision.ends_with("; reason=forbidden"), "{decision}");
    assert_eq!(
        (&said["code"], &said["required_action"], &said["required_role"]),
        (&"forbidden".into(), &"edit".into(), &"developer".into())
    );
    assert!(said["detail"].as_str().unwrap().starts_with("You are signed in as ada (viewer)."), "{said}");
    let id = said["decision_id"].as_str().unwrap();
    assert!(decision.contains(id));
    assert_eq!(said["ask_url"], format!("/_doorward/denied/{id}"), "where a person asks for it");
    let navigating =
        format!("POST /jobs HTTP/1.1\nHost: door\n{}Sec-Fetch-Mode: navigate\nContent-Length: 0\n\n", ada.cookie());
    let page = door.ask(&navigating).await;
    assert_eq!((status(&page), header(&page, "content-type")), (403, "text/html; charset=utf-8"));
    assert!(body(&page).starts_with("denied: You are signed in as ada"), "{page}");
    assert_eq!(tool.seen().len(), 0);
    let events = door.requests_written(1).await;
    let event = &events[0].event;
    assert_eq!(
        (event.actor.as_str(), event.outcome.as_str(), event.client_ip.as_str()),
        ("ada", "denied", "127.0.0.1")
    );
    assert_eq!(event.app.as_ref().unwrap().as_str(), "tool");
    assert!(decision.contains(&event.decision_id.unwrap().to_string()));
    assert_eq!(
        (&event.details["method"], &event.details["path"], &event.details["role"]),
        (&"POST".into(), &"/jobs".into(), &"viewer".into())
    );
    assert_eq!(event.details["operations"][0]["action"], "edit");
}

#[tokio::test]
async fn whose_access_has_ended_and_who_has_asked_already_is_told_so_on_the_page() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let (ada, eve) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("eve", Role::Viewer).await);
    for person in [&ada, &eve] {
        door.take_role(person, None).await;
    }
    door.grant(&ada, Role::Operator, Some(Duration::from_millis(200))).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 200);
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = async |person: &Person| {
        let page = door.context(person, "/jobs", "Sec-Fetch-Mode: navigate\n").await;
        assert_eq!(status(&page), 403, "{page}");
        body(&page).to_owned()
    };
    let (of_ada, of_eve) = (page(&ada).await, page(&eve).await);
    assert!(of_ada.contains("; ended 20") && !of_ada.contains("waiting"), "{of_ada}");
    assert!(!of_eve.contains("ended"), "{of_eve}");
    let events = door.requests_written(2).await;
    let ended: Vec<_> = events.iter().map(|event| event.event.details.contains_key("ended_at")).collect();
    assert_eq!(ended, [true, false]);

    let request =
        access_request(&ada.user, "ada's", Role::Viewer).on("tool").created_at(door.services.clock.now()).build();
    door.stores.access.ask(&request, 10, Effects::of(&audit_event("test").build())).await.unwrap();
    assert!(page(&ada).await.ends_with("; waiting: viewer"), "the same is not asked for again");
    assert!(!page(&eve).await.contains("waiting"), "nobody else's");
    let more = format!("POST /x HTTP/1.1\nHost: door\n{}Sec-Fetch-Mode: navigate\nContent-Length: 0\n\n", ada.cookie());
    assert!(!door.ask(&more).await.contains("waiting"), "they asked for less");
    let local = Actor::Local("cli:test".to_owned());
    door.services.access.decline(&local, request.id, "not now").await.unwrap();
    assert!(page(&ada).await.ends_with("; declined: viewer"), "and may be asked for again");
}

#[tokio::test]
async fn what_cannot_be_understood_is_400_and_not_forwarded() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for path in ["/a/../b", "/%2e%2e/b", "/a%00b", "/a%5cb", "*"] {
        let answer = door.ask(&format!("OPTIONS {path} HTTP/1.1\nHost: door\n{}\n", ada.cookie())).await;
        assert_eq!(status(&answer), 400, "{path}: {answer}");
    }
    let answer = door.context(&ada, "/a/../b", "").await;
    assert!(header(&answer, "doorward-decision").starts_with("refuse; id="), "{answer}");
    for host in ["", "Host: a\nHost: b\n", "Host: a/b\n", "Host: u@a\n"] {
        let answer = door.ask(&format!("GET / HTTP/1.1\n{host}{}\n", ada.cookie())).await;
        assert_eq!(status(&answer), 400, "{host:?}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn methods_that_are_not_for_apps_are_refused() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for request in ["TRACE / HTTP/1.1\nHost: door\n", "CONNECT door:443 HTTP/1.1\nHost: door\n"] {
        assert_eq!(status(&door.ask(&format!("{request}{}\n", ada.cookie())).await), 405, "{request}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn another_sites_page_cannot_make_a_browser_act() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let post = |headers: &str| format!("POST /x HTTP/1.1\nHost: door\n{}{headers}Content-Length: 0\n\n", ada.cookie());
    for headers in [
        "Sec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Site: same-site\n",
        "Origin: http://evil\n",
        "Origin: null\n",
        "Referer: http://evil/\n",
    ] {
        let answer = door.ask(&post(headers)).await;
        assert_eq!((status(&answer), &problem(&answer)["code"]), (403, &"cross_site".into()), "{headers}");
    }
    let socket = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n";
    assert_eq!(status(&door.context(&ada, "/", &format!("{socket}Origin: http://evil\n")).await), 403);
    assert_eq!(tool.seen().len(), 0);
    let written = &door.requests_written(1).await[0].event;
    assert_eq!(written.details["reason"], "cross_site");
    assert!(summary(written).starts_with("Refused: it came from another site"), "{}", summary(written));
    assert_eq!(status(&door.ask(&post("Sec-Fetch-Site: same-origin\n")).await), 200);
    assert_eq!(status(&door.ask(&post("Origin: http://door\n")).await), 200);
    // Looking is harmless, wherever the link was.
    assert_eq!(status(&door.context(&ada, "/", "Sec-Fetch-Site: cross-site\n").await), 200);
    // A bearer is sent on purpose.
    let bearer = format!(
        "POST /x HTTP/1.1\nHost: door\nAuthorization: Bearer {}\nOrigin: http://evil\nContent-Length: 0\n\n",
        ada.token
    );
    assert_eq!(status(&door.ask(&bearer).await), 200);
}

#[tokio::test]
async fn a_get_that_changes_something_must_come_from_our_own_site_for_certain() {
    const RULES: &str = "profile: odd\nabout: Acts on GET.\nrules:\n  - {match: \"GET /act\", action: run, changes_state: true}\n  - {match: \"GET /**\", action: view}\n";
    let tool = Tool::hello();
    let door = TestDoor::build().profile(RULES).before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for headers in ["", "Sec-Fetch-Site: cross-site\n", "Referer: http://evil/\n"] {
        assert_eq!(status(&door.context(&ada, "/act", headers).await), 403, "{headers:?}");
    }
    assert_eq!(tool.seen().len(), 0);
    for headers in ["Sec-Fetch-Site: same-origin\n", "Sec-Fetch-Site: none\n", "Referer: http://door/page\n"] {
        assert_eq!(status(&door.context(&ada, "/act", headers).await), 200, "{headers:?}");
    }
    assert_eq!(status(&door.context(&ada, "/look", "").await), 200);
    let bearer = format!("GET /act HTTP/1.1\nHost: door\nAuthorization: Bearer {}\n\n", ada.token);
    assert_eq!(status(&door.ask(&bearer).await), 200);
}

#[tokio::test]
async fn before_there_is_an_administrator_everything_leads_to_setup() {
    let tool = Tool::hello();
    let door = TestDoor::build().without_admin().before(&tool).await;
    let page = door.ask("GET / HTTP/1.1\nHost: door\nAccept: text/html\n\n").await;
    assert_eq!((status(&page), header(&page, "location")), (302, "/_doorward/setup"));
    let api = door.ask("GET / HTTP/1.1\nHost: door\n\n").await;
    assert_eq!((status(&api), &problem(&api)["code"]), (503, &"setup_required".into()));
    let root = door.sign_in("root", Role::Admin).await;
    assert_eq!(status(&door.context(&root, "/", "").await), 200);
}

#[tokio::test]
async fn a_manifest_that_browsers_ask_for_without_cookies_is_an_empty_one() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let answer =
        door.ask("GET /manifest.json HTTP/1.1\nHost: door\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: manifest\n\n").await;
    assert_eq!(
        (status(&answer), header(&answer, "content-type"), body(&answer)),
        (200, "application/manifest+json", "{}")
    );
    assert!(header(&answer, "doorward-decision").starts_with("sign-in; id="), "{answer}");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(tool.seen().len(), 0);
    for asked in ["POST /manifest.json", "DELETE /manifest.json"] {
        let answer = door
            .ask(&format!("{asked} HTTP/1.1\nHost: door\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: manifest\n\n"))
            .await;
        assert_eq!(status(&answer), 401, "{asked}");
    }
}
