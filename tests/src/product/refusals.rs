//! How a refusal looks to whoever gets it.

use reqwest::{Method, header};
use serde_json::json;

use crate::harness::person::{head, json_of, text};
use crate::harness::socket::Socket;
use crate::harness::{Door, Echo, raw};

async fn guarded(profile: &str) -> (Echo, Door) {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), profile).start().await;
    (echo, door)
}

#[tokio::test]
async fn a_stranger_who_goes_to_a_page_is_led_to_sign_in_and_back() {
    let (echo, door) = guarded("generic").await;
    let answer = door.stranger().visit("/runs?view=all&x=1").await;
    assert_eq!(answer.status(), 302);
    let location = head(&answer, "location");
    assert!(location.contains("/_doorward/login?next="), "{location}");
    assert!(location.contains("%3Fview%3Dall%26x%3D1"), "the way back is whole: {location}");
    assert!(head(&answer, "doorward-decision").starts_with("sign-in;"));
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn a_stranger_who_fetches_gets_401_as_a_problem() {
    let (echo, door) = guarded("generic").await;
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
        let answer =
            door.stranger().ask(method.clone(), "/data").header("Sec-Fetch-Mode", "cors").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{method}");
        assert!(!head(&answer, "www-authenticate").is_empty());
        assert!(head(&answer, "doorward-decision").starts_with("sign-in;"));
        if method != Method::HEAD {
            assert_eq!(head(&answer, "content-type"), "application/problem+json");
            assert!(json_of(answer).await["login_url"].as_str().unwrap().contains("/_doorward/login"));
        }
    }
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn a_page_one_may_not_open_says_what_and_why_and_which_role() {
    let (echo, door) = guarded("generic").await;
    let ada = door.user("ada", "viewer").await;
    let request =
        ada.ask(Method::POST, "/form").header("Sec-Fetch-Mode", "navigate").header("Sec-Fetch-Site", "same-origin");
    let answer = request.header(header::ACCEPT, "text/html").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let decision = head(&answer, "doorward-decision").to_owned();
    let id = decision.split("id=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let page = text(answer).await;
    for word in ["ada", "viewer", "developer", &id] {
        assert!(page.contains(word), "{word} is missing in:\n{page}");
    }
    let explained = text(ada.visit(&format!("/_doorward/denied/{id}")).await).await;
    assert!(explained.contains("developer"), "the link in a ticket explains it later too:\n{explained}");
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn a_fetch_one_may_not_make_gets_403_as_a_problem() {
    let (echo, door) = guarded("generic").await;
    let ada = door.user("ada", "viewer").await;
    let answer = ada.ask(Method::POST, "/data").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(head(&answer, "doorward-decision").starts_with("deny;"));
    let problem = json_of(answer).await;
    assert_eq!(problem["code"], "forbidden");
    assert_eq!(problem["required_action"], "edit");
    assert!(problem["decision_id"].is_string());
    assert_eq!(echo.seen().len(), 0);
}

/// Whom the operator says to ask: once on a page, and at the end of the sentence elsewhere.
#[tokio::test]
async fn whoever_is_refused_is_sent_to_whom_the_operator_names() {
    const CONTACT: &str = "Ask data@example.com.";
    const LAUNCH: &str = "mutation { launchRun(executionParams: {selector: {jobName: \"x\"}}) { __typename } }";
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").config(&format!("contact: '{CONTACT}'")).start().await;
    let ends = |sentence: &str| {
        assert!(sentence.ends_with(&format!(" {CONTACT}")) && !sentence.contains("administrator"), "{sentence}");
    };
    let ada = door.user("ada", "viewer").await;
    let problem = json_of(ada.ask(Method::POST, "/data").send().await.unwrap()).await;
    assert_eq!(problem["code"], "forbidden");
    ends(problem["detail"].as_str().unwrap());
    let explained = door.explain(&["--as", "ada", "POST", "/report_asset_check/x"]);
    ends(explained["reason"].as_str().unwrap());
    // A key that can be given no more: its owner could not do it.
    let key = door.cli(&["key", "create", "adas", "--role", "operator", "--owner", "ada"]).done();
    let request =
        door.stranger().ask(Method::POST, "/graphql").bearer_auth(key.trim()).json(&json!({ "query": LAUNCH }));
    let answer = json_of(request.send().await.unwrap()).await;
    ends(answer["data"]["launchRun"]["message"].as_str().unwrap());
    // A page says it below the sentence, whether access can be asked for there or not.
    let page = async || {
        let request = ada.ask(Method::POST, "/data").header("Sec-Fetch-Mode", "navigate");
        let request = request.header("Sec-Fetch-Site", "same-origin").header(header::ACCEPT, "text/html");
        text(request.send().await.unwrap()).await
    };
    let deny = ["grant", "add", "ada", "--deny", "--app", "tool", "--resource", "asset:x"];
    for deny in [None, Some(deny)] {
        deny.map(|deny| door.cli(&deny).done());
        let page = page().await;
        assert_eq!(page.matches("data@example.com</a>").count(), 1, "{page}");
        assert!(!page.contains("Ask an administrator"), "{page}");
    }
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn graphql_refusals_stand_under_the_name_the_client_used() {
    let (echo, door) = guarded("dagster").await;
    let ada = door.user("ada", "viewer").await;
    let document = "mutation { please: launchRun(executionParams: {selector: {jobName: \"x\"}}) { __typename } }";
    let answer = ada.graphql(document, json!({})).await;
    assert_eq!(answer.status(), 200);
    assert!(head(&answer, "doorward-decision").starts_with("deny;"));
    let body = json_of(answer).await;
    assert_eq!(body["data"]["please"]["__typename"], "PythonError");
    let sentence = body["data"]["please"]["message"].as_str().unwrap();
    assert!(
        sentence.starts_with("You are signed in as ada (viewer). Launching runs needs the role operator."),
        "{sentence}"
    );
    assert_eq!(body["data"]["please"]["stack"], json!([]));

    let boolean =
        json_of(ada.graphql("mutation { setConcurrencyLimit(concurrencyKey: \"x\", limit: 1) }", json!({})).await)
            .await;
    assert_eq!(boolean["errors"][0]["extensions"]["code"], "FORBIDDEN", "{boolean}");

    let stranger = door.stranger().graphql(document, json!({})).await;
    assert_eq!(stranger.status(), 401);
    assert_eq!(head(&stranger, "content-type"), "application/problem+json");
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn a_socket_is_refused_before_the_upgrade_to_strangers_and_foreign_pages() {
    let (echo, door) = guarded("dagster").await;
    let nobody = Socket::open(door.port, &door.stranger(), "graphql-ws", "").await;
    assert_eq!(nobody.status(), 401, "{}", nobody.head);
    let ada = door.user("ada", "viewer").await;
    let foreign = Socket::open(door.port, &ada, "graphql-ws", "Origin: https://evil.example\r\n").await;
    assert_eq!(foreign.status(), 403, "{}", foreign.head);
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn requests_that_another_site_made_the_browser_send_are_refused() {
    let (echo, door) = guarded("generic").await;
    let admin = door.admin().await;
    let cases: &[(&str, &str)] = &[
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ];
    for (name, value) in cases {
        let answer = admin.ask(Method::POST, "/x").header(*name, *value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
        assert_eq!(json_of(answer).await["code"], "cross_site");
    }
    assert_eq!(
        admin.ask(Method::POST, "/x").header("Sec-Fetch-Site", "same-origin").send().await.unwrap().status(),
        200
    );
    assert_eq!(echo.seen().len(), 1);
}

#[tokio::test]
async fn a_path_that_can_be_read_two_ways_is_refused() {
    let (echo, door) = guarded("generic").await;
    let admin = door.admin().await;
    let cookie = format!("Cookie: {}\r\n", admin.cookie);
    for path in [
        "/a/../b",
        "/a/%2e%2e/b",
        "//_doorward/x",
        "/a\\b",
        "/a%5cb",
        "/a%00b",
        "/%zz",
        "/a/./b",
        "/_doorward/../x",
        "/%2e%2e/x",
        "/a%",
        "/caf\u{e9}",
    ] {
        let answer = raw::send(door.port, &raw::request(door.port, &format!("GET {path}"), &cookie, b"")).await;
        assert_eq!(raw::status(&answer), 400, "{path}: {answer}");
    }
    assert_eq!(echo.seen().len(), 0);
    for spelling in ["/%5fdoorward/health", "/_%64oorward/health"] {
        let answer = raw::send(door.port, &raw::request(door.port, &format!("GET {spelling}"), "", b"")).await;
        assert!(answer.contains("\"status\""), "{spelling} is the desk's, too: {answer}");
    }
    assert_eq!(echo.seen().len(), 0);
}
