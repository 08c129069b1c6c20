//! Who is asking is read alike at the door and at the desk, and what says so never reaches the tool.

use reqwest::{Client, Method, redirect};

use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::person::Person;
use crate::harness::{Door, Echo, raw};

/// What the door answers for an app and the desk for its own, to the same header lines.
async fn both(door: &Door, lines: &[u8]) -> (u16, u16) {
    let mut statuses = Vec::new();
    for path in ["/x", "/_doorward/api/v1/auth/me"] {
        let host = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", door.port);
        let answer = raw::send(door.port, &[host.as_bytes(), lines, b"\r\n\r\n"].concat()).await;
        statuses.push(raw::status(&answer));
    }
    (statuses[0], statuses[1])
}

#[tokio::test]
async fn door_and_desk_read_every_credential_alike() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let (dana, eve) = (door.user("dana", "developer").await, door.user("eve", "viewer").await);
    let (cookie, bearer) = (dana.cookie.as_str(), dana.bearer.as_str());
    let name = format!("doorward-{}", door.port);
    let token = cookie.strip_prefix(&format!("{name}=")).expect("the port is in the name");
    let cases: Vec<(Vec<u8>, u16)> = vec![
        (format!("Cookie: {cookie}").into(), 200),
        ([b"Cookie: name=M\xfcller; ", cookie.as_bytes()].concat(), 200),
        ([b"Cookie: ", cookie.as_bytes(), b"; name=\xc3\xa4"].concat(), 200),
        (format!("Cookie: {name}=; {cookie}").into(), 200),
        (format!("Cookie: {cookie}; {name}=").into(), 200),
        (format!("Cookie: {cookie}\r\nCookie: a=b; {cookie}").into(), 200),
        (format!("Cookie: {cookie}; {}", eve.cookie).into(), 401),
        (format!("Cookie: doorward={token}").into(), 401),
        (format!("Cookie: doorward-1={token}").into(), 401),
        (format!("Cookie: __Host-doorward={token}").into(), 401),
        (format!("Cookie: {}", cookie.to_uppercase()).into(), 401),
        (format!("Cookie: {name}=\"{token}\"").into(), 401),
        (format!("Cookie: {name}={bearer}").into(), 401),
        (format!("Cookie: {cookie}\r\nAuthorization: Bearer theirs").into(), 200),
        (format!("Cookie: {cookie}\r\nAuthorization: Basic dTpw").into(), 200),
        (format!("Cookie: {cookie}\r\nAuthorization: Bearer dws_{}", "A".repeat(43)).into(), 401),
        (format!("Cookie: {cookie}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b").into(), 400),
        (format!("Authorization: Bearer {bearer}").into(), 200),
        (format!("authorization: bEARER  {token}").into(), 200),
        (format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}").into(), 400),
        (format!("Authorization: Bearer\t{token}").into(), 401),
        (format!("Authorization: Bearer \"{token}\"").into(), 401),
        (format!("Authorization: Token {token}").into(), 401),
        (b"Authorization: Bearer \xff".to_vec(), 401),
    ];
    for (lines, expected) in cases {
        let shown = String::from_utf8_lossy(&lines).into_owned();
        assert_eq!(both(&door, &lines).await, (expected, expected), "{shown}");
    }
    for seen in echo.seen() {
        assert!(!seen.head.contains("dws_") && !seen.head.contains(bearer), "a token reached the tool: {}", seen.head);
    }
}

#[tokio::test]
async fn no_odd_form_of_authorization_carries_our_token_to_the_tool() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let dana = door.user("dana", "developer").await;
    let token = dana.cookie.split_once('=').expect("a pair").1;
    let mut forms = Vec::new();
    for own in [token, dana.bearer.as_str()] {
        for scheme in ["Bearer", "Token", "Basic", "ApiKey", "Bearer,", "Bearer:", "Bearer Bearer", ""] {
            for gap in [" ", "  ", "\t", "="] {
                forms.push(format!("Authorization: {scheme}{gap}{own}"));
            }
        }
        forms.extend([
            format!("Authorization: Bearer \"{own}\""),
            format!("X-Api-Key: {own}"),
            format!("Sec-WebSocket-Protocol: a, {own}"),
        ]);
        forms.extend([format!("Cookie: session={own}"), format!("Referer: http://127.0.0.1/?token={own}")]);
    }
    for form in &forms {
        let start = format!("GET /x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", door.port);
        let answer = raw::send(door.port, format!("{start}Cookie: {}\r\n{form}\r\n\r\n", dana.cookie).as_bytes()).await;
        assert_eq!(raw::status(&answer), 200, "{form}: {answer}");
        let head = echo.last().head;
        assert!(!head.contains(token) && !head.contains(&dana.bearer), "{form} went through: {head}");
    }
}

#[tokio::test]
async fn two_doors_on_one_host_keep_their_people_signed_in() {
    let echo = Echo::start();
    let (one, two) =
        (Door::guarding(&echo.url(), "generic").start().await, Door::guarding(&echo.url(), "generic").start().await);
    // One browser: cookies do not tell ports apart.
    let browser =
        Client::builder().cookie_store(true).redirect(redirect::Policy::none()).no_proxy().build().expect("a client");
    for door in [&one, &two] {
        let body = credentials(ADMIN, PASSWORD).to_string();
        let request = browser.request(Method::POST, door.url("/_doorward/api/v1/auth/login"));
        let answer = request.header("Content-Type", "application/json").body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    for door in [&one, &two, &one] {
        assert_eq!(browser.get(door.url("/x")).send().await.expect("an answer").status(), 200);
        let me = door.url("/_doorward/api/v1/auth/me");
        assert_eq!(browser.get(me).send().await.expect("an answer").status(), 200);
    }
    assert_eq!(echo.last().values("Cookie"), ["tool=1"], "and the other door's cookie is not for the tool either");
    // Signing out of one leaves the other.
    let csrf = Person::sign_in(&one, ADMIN, PASSWORD).await;
    let ended = csrf.api(Method::POST, "auth/logout", &serde_json::Value::Null).await;
    assert_eq!(ended.status(), 204);
    assert_eq!(browser.get(two.url("/x")).send().await.expect("an answer").status(), 200);
}
