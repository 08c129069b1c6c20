//! Our menu: in the HTML that answers a navigation, and in nothing else.

use doorward_domain::Role;
use doorward_http::CookieName;
use std::io::Write as _;

use crate::harness::{Person, TestDoor, Tool, body, header, status};

/// What a browser says when a person opens a page in a tab.
const OPENS: &str = "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nAccept-Encoding: gzip, br\n";
const PAGE: &str = "<!doctype html><html><head><title>t</title></head><body>b</body></html>";
const SCRIPT: &str = "<script async src=\"http://door/_doorward/assets/menu-test.js\" data-app=\"tool\" data-place=\"bottom-right 16 16\"";

fn html(more: &str, page: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{more}Content-Length: {}\r\n\r\n{page}",
        page.len()
    )
}

fn expected(attributes: &str) -> String {
    PAGE.replace("</head>", &format!("{SCRIPT}{attributes}></script></head>"))
}

/// A tool that answers everything so, a door before it, and somebody.
async fn before(answer: String) -> (Tool, TestDoor, Person) {
    let tool = Tool::with(move |wire| {
        while wire.read_request().is_some() {
            wire.say(&answer);
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    (tool, door, ada)
}

async fn visited(answer: String) -> String {
    let (_tool, door, ada) = before(answer).await;
    door.context(&ada, "/", OPENS).await
}

#[tokio::test]
async fn a_page_that_a_person_opens_has_the_menu() {
    let (tool, door, ada) =
        before(html("ETag: \"abc\"\r\nAccept-Ranges: bytes\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n", PAGE))
            .await;
    let answer = door.context(&ada, "/", OPENS).await;
    assert_eq!((status(&answer), body(&answer)), (200, expected("").as_str()));
    assert_eq!(header(&answer, "content-length"), expected("").len().to_string());
    assert_eq!(header(&answer, "vary"), "Sec-Fetch-Mode, Sec-Fetch-Dest");
    for gone in ["accept-ranges", "last-modified", "content-encoding"] {
        assert_eq!(header(&answer, gone), "", "{gone}");
    }
    assert_eq!(header(&tool.saw(), "accept-encoding"), "identity", "what is compressed cannot be added to");
    // Over plain http browsers say less.
    let plain = "Upgrade-Insecure-Requests: 1\nAccept: text/html,application/xhtml+xml\n";
    assert_eq!(body(&door.context(&ada, "/", plain).await), expected(""));
}

#[tokio::test]
async fn whatever_base_a_page_has_been_given_our_script_is_ours() {
    let (tool, _, _) = before(html("Content-Security-Policy: script-src 'nonce-a'\r\n", PAGE)).await;
    let door = TestDoor::build().trusting("127.0.0.1/32").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for (scheme, host) in [("http", "tools.test:3000"), ("https", "tools.test"), ("https", "[::1]:8443")] {
        let cookie = CookieName::of(scheme == "https", host);
        let answer = door
            .ask(&format!(
                "GET / HTTP/1.1\nHost: {host}\nX-Forwarded-Proto: {scheme}\nCookie: {cookie}={}\n{OPENS}\n",
                ada.token
            ))
            .await;
        let whole = format!("<script async src=\"{scheme}://{host}/_doorward/assets/menu-test.js\" ");
        assert!(body(&answer).contains(&whole), "{answer}");
    }
}

#[tokio::test]
async fn a_page_that_answers_a_form_or_says_what_is_wrong_has_it_too() {
    let answer = html("", PAGE).replace("200 OK", "404 Not Found");
    let (_tool, door, ada) = before(answer).await;
    let posted = format!(
        "POST / HTTP/1.1\nHost: door\n{}{OPENS}Sec-Fetch-Site: same-origin\nContent-Length: 0\n\n",
        ada.cookie()
    );
    let answer = door.ask(&posted).await;
    assert_eq!((status(&answer), body(&answer)), (404, expected("").as_str()));
    assert_eq!(door.requests_written(1).await[0].event.outcome.as_str(), "failure", "it is written down as ever");
}

#[tokio::test]
async fn what_is_no_page_opened_by_a_person_is_the_tools_own_to_the_byte() {
    let (tool, door, ada) = before(html("ETag: \"abc\"\r\n", PAGE)).await;
    for headers in [
        "",
        "Accept: text/html\n",
        "Upgrade-Insecure-Requests: 1\nAccept: */*\n",
        "Sec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nAccept: text/html\nUpgrade-Insecure-Requests: 1\n",
        "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe\n",
        "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: embed\n",
        "Sec-Fetch-Mode: navigate\n",
        "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nRange: bytes=0-9\n",
    ] {
        let answer = door.context(&ada, "/", &format!("{headers}Accept-Encoding: br\nIf-None-Match: \"abc\"\n")).await;
        assert_eq!(
            (body(&answer), header(&answer, "etag"), header(&answer, "vary")),
            (PAGE, "\"abc\"", ""),
            "{headers}"
        );
        let seen = tool.seen().pop().unwrap();
        assert_eq!((header(&seen, "accept-encoding"), header(&seen, "if-none-match")), ("br", "\"abc\""), "{headers}");
    }
    // A program with a token is not a person before a page.
    let bearer = format!("GET / HTTP/1.1\nHost: door\nAuthorization: Bearer {}\n{OPENS}\n", ada.token);
    assert_eq!(body(&door.ask(&bearer).await), PAGE);
}

#[tokio::test]
async fn what_is_no_html_is_the_tools_own_to_the_byte() {
    for (from, to) in [
        ("text/html; charset=utf-8", "application/json"),
        ("text/html; charset=utf-8", "application/xhtml+xml"),
        ("text/html; charset=utf-8", "text/html; charset=UTF-16LE"),
        ("text/html; charset=utf-8", "text/html;charset=\"iso-2022-jp\""),
        ("Content-Length", "Content-Encoding: gzip\r\nContent-Length"),
        ("Content-Length", "Content-Disposition: attachment; filename=a.html\r\nContent-Length"),
        ("Content-Length", "Content-Disposition: Download; filename=a.html\r\nContent-Length"),
        ("Content-Length", "Content-Disposition: inline\r\nContent-Disposition: attachment\r\nContent-Length"),
        ("Content-Length", "Cache-Control: private, no-transform\r\nContent-Length"),
        ("Content-Length", "Cache-Control: private\r\nCache-Control: no-transform\r\nContent-Length"),
        ("Content-Length", "Content-Type: text/plain\r\nContent-Length"),
        ("200 OK", "206 Partial Content"),
        ("200 OK", "302 Found"),
    ] {
        let answer = visited(html("ETag: \"abc\"\r\n", PAGE).replacen(from, to, 1)).await;
        assert_eq!((body(&answer), header(&answer, "etag")), (PAGE, "\"abc\""), "{to}");
        assert_eq!(header(&answer, "content-length"), PAGE.len().to_string());
    }
}

#[tokio::test]
async fn the_pages_own_policy_decides_and_is_never_changed() {
    for (policy, attributes) in [
        ("script-src 'nonce-0a1B==' 'strict-dynamic' https:", Some(" nonce=\"0a1B==\"")),
        ("default-src 'self'", Some("")),
        ("default-src 'none'", None),
        ("script-src 'sha256-abc' 'strict-dynamic'", None),
        ("sandbox", None),
    ] {
        let answer = visited(html(&format!("Content-Security-Policy: {policy}\r\nETag: \"abc\"\r\n"), PAGE)).await;
        assert_eq!(body(&answer), attributes.map_or_else(|| PAGE.to_owned(), expected), "{policy}");
        assert_eq!(header(&answer, "content-security-policy"), policy);
        assert_eq!(header(&answer, "etag") == "\"abc\"", attributes.is_none(), "{policy}");
    }
    let meta =
        PAGE.replace("<title>", "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><title>");
    assert_eq!(body(&visited(html("", &meta)).await), meta, "a policy in the page counts too");
}

#[tokio::test]
async fn a_page_streams_by_wherever_it_is_cut() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in ["<html><he", "ad></he", "ad", "><bo", "dy>one"] {
            let _ = write!(wire.wire.stream, "{:x}\r\n{piece}\r\n", piece.len());
        }
        // And says nothing more until the client has gone.
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    let came = tokio::task::spawn_blocking(move || {
        wire.say(&crate::harness::crlf(&format!("GET / HTTP/1.1\nHost: door\n{}{OPENS}\n", ada.cookie())));
        let head = wire.until("\r\n\r\n").unwrap();
        let start = wire.until("one").unwrap();
        (head, start)
    });
    let (head, start) = came.await.unwrap();
    assert_eq!((header(&head, "transfer-encoding"), header(&head, "content-length")), ("chunked", ""));
    let text: String = start.lines().filter(|line| u32::from_str_radix(line, 16).is_err()).collect();
    assert_eq!(
        text,
        format!("<html><head>{SCRIPT}></script></head><body>one"),
        "all of it is there before the tool goes on"
    );
}

#[tokio::test]
async fn a_page_without_an_end_to_its_head_gets_it_at_its_own_end() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>t</title>");
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(body(&door.context(&ada, "/", OPENS).await), format!("<title>t</title>{SCRIPT}></script>"));
}

#[tokio::test]
async fn a_page_is_asked_for_again_only_when_it_or_the_menu_has_changed() {
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            if header(&request, "if-none-match") == "W/\"abc\"" {
                wire.say("HTTP/1.1 304 Not Modified\r\nETag: W/\"abc\"\r\n\r\n");
            } else {
                wire.say(&html("ETag: W/\"abc\"\r\n", PAGE));
            }
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let first = door.context(&ada, "/", OPENS).await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with("W/\"abc-dw"), "{tag}");
    let mut wire = door.connect();
    let again =
        crate::harness::crlf(&format!("GET / HTTP/1.1\nHost: door\n{}{OPENS}If-None-Match: {tag}\n\n", ada.cookie()));
    let answer = tokio::task::spawn_blocking(move || {
        wire.say(&again);
        wire.until("\r\n\r\n").unwrap()
    });
    let answer = answer.await.unwrap();
    assert_eq!((status(&answer), header(&answer, "etag")), (304, tag.as_str()));
    for kept in [
        "If-None-Match: W/\"abc\"\n",
        "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\n",
        "If-None-Match: W/\"abc-dw00000000\"\n",
    ] {
        let answer = door.context(&ada, "/", &format!("{OPENS}{kept}")).await;
        assert_eq!((status(&answer), body(&answer)), (200, expected("").as_str()), "kept without this menu: {kept}");
    }
}

#[tokio::test]
async fn an_answer_to_head_says_what_is_true_of_the_page() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"abc\"\r\nContent-Length: 71\r\n\r\n");
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let head = |headers: &str| format!("HEAD / HTTP/1.1\nHost: door\n{}{headers}\n", ada.cookie());
    let of_page = door.ask(&head(OPENS)).await;
    assert_eq!((status(&of_page), header(&of_page, "content-length")), (200, ""));
    assert!(header(&of_page, "etag").starts_with("\"abc-dw"));
    let plain = door.ask(&head("")).await;
    assert_eq!((header(&plain, "content-length"), header(&plain, "etag")), ("71", "\"abc\""));
}

#[tokio::test]
async fn an_empty_answer_stays_empty() {
    let answer = visited(html("", "")).await;
    assert_eq!((body(&answer), header(&answer, "content-length")), ("", "0"));
}

#[tokio::test]
async fn where_it_sits_and_whether_it_is_there_is_the_profiles_to_say() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            wire.say(&html("", PAGE));
        }
    });
    let rules = "profile: odd\nMENUrules:\n  - {match: \"GET /**\", action: view}\n";
    let cases = [
        ("menu: false\n", None),
        ("menu: {corner: top-left, x: 1, y: 2}\n", Some("top-left 1 2")),
        ("menu: [{corner: top-left, x: 1, y: 2}, {x: 3}]\n", Some("top-left 1 2, bottom-right 3 16")),
    ];
    for (menu, place) in cases {
        let door = TestDoor::build().profile(&rules.replace("MENU", menu)).before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let answer = door.context(&ada, "/", OPENS).await;
        match place {
            None => assert_eq!(body(&answer), PAGE),
            Some(place) => assert!(body(&answer).contains(&format!("data-place=\"{place}\"")), "{answer}"),
        }
    }
}
