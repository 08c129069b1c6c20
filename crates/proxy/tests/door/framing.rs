//! Requests and answers that two readers could frame differently: none passes as it came.

use doorward_domain::Role;
use std::sync::{Arc, Mutex};

use crate::harness::{TestDoor, Tool, body, crlf, header, status};

#[tokio::test]
async fn a_request_that_can_be_framed_in_two_ways_reaches_the_tool_in_one_or_not_at_all() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for (what, headers, sent) in [
        ("two lengths", "Content-Length: 5\nContent-Length: 6\n", "hello"),
        ("a list of lengths", "Content-Length: 5, 6\n", "hello"),
        ("a padded length", "Content-Length: 05\n", "hello"),
        ("nothing, padded", "Content-Length: 00\n", ""),
        ("a signed length", "Content-Length: +5\n", "hello"),
        ("a hexadecimal length", "Content-Length: 0x5\n", "hello"),
        ("a length with a space", "Content-Length: 5 5\n", "hello"),
        ("a name with a space", "Content-Length : 5\n", "hello"),
        ("a tab before the colon", "Transfer-Encoding\t: chunked\n", "0\n\n"),
        ("a folded header", "X: a\n Transfer-Encoding: chunked\n", "0\n\n"),
        ("a header that starts with a space", " Transfer-Encoding: chunked\n", "0\n\n"),
        ("an unknown coding", "Transfer-Encoding: xchunked\n", "0\n\n"),
        ("a coding before chunked", "Transfer-Encoding: gzip, chunked\n", "0\n\n"),
        ("identity", "Transfer-Encoding: identity\n", "hello"),
        ("chunked twice", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", "0\n\n"),
        ("chunked and something", "Transfer-Encoding: chunked\nTransfer-Encoding: x\n", "0\n\n"),
        ("vertical tab", "Transfer-Encoding: \u{b}chunked\n", "0\n\n"),
        ("a control character in a value", "X: a\u{1}b\nContent-Length: 0\n", ""),
        ("NUL in a value", "X: a\0b\nContent-Length: 0\n", ""),
        ("NUL in a name", "X\0: a\nContent-Length: 0\n", ""),
        ("a bare CR", "X: a\rTransfer-Encoding: chunked\nContent-Length: 0\n", ""),
    ] {
        let answer = door.ask(&format!("POST /x HTTP/1.1\nHost: door\n{}{headers}\n{sent}", ada.cookie())).await;
        assert_eq!(status(&answer), 400, "{what}: {answer}");
        assert_eq!(tool.seen().len(), 0, "{what}: {:?}", tool.seen());
    }
    let answer =
        door.ask(&format!("POST /x HTTP/1.0\nHost: door\n{}Transfer-Encoding: chunked\n\n0\n\n", ada.cookie())).await;
    assert_eq!(status(&answer), 400);
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn what_follows_a_chunked_request_on_the_connection_is_never_read_as_a_request() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let mut wire = door.connect();
    let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie());
    for length in ["", "Content-Length: 4\r\n"] {
        let request = format!(
            "POST /x HTTP/1.1\r\nHost: door\r\n{}{length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ada.cookie()
        );
        let mut wire = std::mem::replace(&mut wire, door.connect());
        let both = format!("{request}{smuggled}");
        let answers = tokio::task::spawn_blocking(move || {
            wire.say(&both);
            wire.rest()
        });
        assert_eq!(answers.await.unwrap().matches("HTTP/1.1").count(), 1, "{length:?}");
    }
    let seen = tool.seen();
    assert!(seen.iter().all(|request| request.starts_with("POST /x ")), "{seen:#?}");
    assert!(seen.iter().all(|request| header(request, "content-length").is_empty()), "{seen:#?}");
}

#[tokio::test]
async fn a_chunked_body_is_framed_anew() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let request = format!(
        "PUT /x HTTP/1.1\nHost: door\n{}Transfer-Encoding: chunked\nTrailer: Remote-User\n\n5;remote-user=root\nhello\n1\n!\n0\nRemote-User: root\n\n",
        ada.cookie()
    );
    assert_eq!(status(&door.ask(&request).await), 200);
    let request = tool.saw();
    assert_eq!((header(&request, "transfer-encoding"), body(&request)), ("chunked", "hello!"));
    assert!(!request.contains("root"), "{request}");
}

#[tokio::test]
async fn a_broken_chunk_ends_the_request_at_the_tool_without_an_end() {
    let tool = Tool::with(|wire| {
        let head = wire.wire.until("\r\n\r\n").unwrap();
        assert!(head.starts_with("PUT /x"));
        let rest = wire.wire.rest();
        // Had it got the last chunk it would have acted.
        assert!(!rest.contains("0\r\n\r\n"), "{rest:?}");
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nacted");
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for chunks in ["5\nhelloX", "zz\n", "5\nhello\n0x0\n\n", "-1\nx", "11111111111111111\n"] {
        let request = format!("PUT /x HTTP/1.1\nHost: door\n{}Transfer-Encoding: chunked\n\n{chunks}", ada.cookie());
        let answer = door.ask(&request).await;
        assert!(!answer.contains("acted"), "{chunks:?}: {answer}");
    }
}

#[tokio::test]
async fn an_answer_that_can_be_framed_in_two_ways_is_a_502_and_the_connection_is_dropped() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "hello",
    ] {
        let tool = Tool::with(move |wire| {
            wire.read_request();
            wire.say(answer);
        });
        let door = TestDoor::before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let got = door.context(&ada, "/", "").await;
        assert_eq!(status(&got), 502, "{answer:?}: {got}");
        assert!(got.contains("upstream_broken"), "{got}");
    }
}

#[tokio::test]
async fn bytes_after_an_answer_are_nobodys_answer() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned",
    );
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for _ in 0..3 {
        assert_eq!(body(&door.context(&ada, "/", "").await), "hello");
    }
}

#[tokio::test]
async fn interim_answers_are_skipped() {
    let tool = Tool::answering(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for _ in 0..2 {
        let answer = door.context(&ada, "/", "").await;
        assert_eq!((status(&answer), body(&answer), header(&answer, "link")), (200, "ok", ""));
    }
}

#[tokio::test]
async fn interim_answers_without_end_are_a_fault_of_the_tools() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            for _ in 0..100_000 {
                wire.say("HTTP/1.1 103 Early Hints\r\n\r\n");
            }
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/", "").await;
    assert_eq!(status(&answer), 502, "{answer}");
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            wire.say(match request.split(' ').next().unwrap() {
                "HEAD" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                "OPTIONS" => "HTTP/1.1 204 No Content\r\n\r\n",
                _ => "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\n",
            });
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let ask = |method: &str| {
        let request = format!("{method} / HTTP/1.1\nHost: door\n{}Connection: close\n\n", ada.cookie());
        let mut wire = door.connect();
        tokio::task::spawn_blocking(move || {
            wire.say(&crlf(&request));
            wire.rest()
        })
    };
    let head = ask("HEAD").await.unwrap();
    assert_eq!((status(&head), header(&head, "content-length"), body(&head)), (200, "5", ""));
    let options = ask("OPTIONS").await.unwrap();
    assert_eq!((status(&options), body(&options)), (204, ""));
    let unchanged = ask("GET").await.unwrap();
    assert_eq!((status(&unchanged), header(&unchanged, "etag"), body(&unchanged)), (304, "\"x\"", ""));
}

/// What a client gets that sends a part of a body with another request hidden in the rest, and the body's end whenever.
async fn answers_to_half_a_body(door: &TestDoor, head: String, rest: String) -> String {
    let mut wire = door.connect();
    let answers = tokio::task::spawn_blocking(move || {
        wire.say(&head);
        let first = wire.read_message(false).unwrap();
        wire.say(&rest);
        first + &wire.rest()
    });
    answers.await.unwrap()
}

#[tokio::test]
async fn an_answer_that_came_before_the_body_closes_the_connection_and_the_rest_is_no_request() {
    for early in [
        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig",
        "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbig\r\n0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig",
    ] {
        let tool = Tool::with(move |wire| {
            let head = wire.wire.until("\r\n\r\n").unwrap_or_default();
            wire.say(if head.starts_with("PUT") {
                early
            } else {
                "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"
            });
        });
        let door = TestDoor::before(&tool).await;
        let ada = door.sign_in("ada", Role::Developer).await;
        let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie());
        let head = format!("PUT /big HTTP/1.1\r\nHost: door\r\n{}Content-Length: 100000\r\n\r\nsome", ada.cookie());
        let answers = answers_to_half_a_body(&door, head, smuggled.repeat(3)).await;
        assert_eq!(header(&answers, "connection"), "close", "{early}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{early}: {answers}");
        assert!(!answers.contains("smuggled"), "{answers}");
    }
}

#[tokio::test]
async fn an_answer_after_the_whole_body_leaves_the_connection_open() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    let answers = tokio::task::spawn_blocking(move || {
        let request = format!("PUT /x HTTP/1.1\r\nHost: door\r\n{}Content-Length: 4\r\n\r\nsome", ada.cookie());
        [(); 3].map(|()| {
            wire.say(&request);
            wire.read_message(false).unwrap()
        })
    });
    for answer in answers.await.unwrap() {
        assert_eq!((status(&answer), header(&answer, "connection"), body(&answer)), (200, "", "hello"));
    }
}

/// A tool that reads no body: what it gets as one it takes for the next request. Each answer is what was asked for.
fn reading_no_bodies(heads: &Arc<Mutex<Vec<String>>>, hears_close: bool) -> Tool {
    let heads = Arc::clone(heads);
    Tool::with(move |wire| {
        while let Some(head) = wire.wire.until("\r\n\r\n") {
            let asked = head.lines().next().unwrap().to_owned();
            let length = if head.starts_with("HEAD") { 0 } else { asked.len() };
            let said = if length == 0 { "" } else { &asked };
            wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{said}"));
            let is_last = hears_close && header(&head, "connection") == "close";
            heads.lock().unwrap().push(head);
            if is_last {
                return;
            }
        }
    })
}

const HIDDEN: &str = "POST /hidden HTTP/1.1\r\nHost: door\r\nDoorward-Role: admin\r\nContent-Length: 0\r\n\r\n";

/// The hidden request as a body, by its length and in a chunk.
fn hiding() -> [String; 2] {
    let size = HIDDEN.len();
    [
        format!("Content-Length: {size}\r\n\r\n{HIDDEN}"),
        format!("Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n{HIDDEN}\r\n0\r\n\r\n"),
    ]
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn a_request_hidden_in_a_body_that_no_tool_looks_for_reaches_none() {
    let heads = Arc::default();
    let tool = reading_no_bodies(&heads, false);
    for profile in ["generic", "dagster"] {
        let door = TestDoor::build().builtin(profile).before(&tool).await;
        let ada = door.sign_in("ada", Role::Admin).await;
        let paths: &[&str] = if profile == "dagster" { &["/", "/graphql"] } else { &["/"] };
        for (method, headers) in [("GET", ""), ("HEAD", ""), ("OPTIONS", ""), ("GET", UPGRADE)] {
            for (path, body) in paths.iter().flat_map(|path| hiding().map(|body| (path, body))) {
                let request = format!("{method} {path} HTTP/1.1\r\nHost: door\r\n{}{headers}{body}", ada.cookie());
                let answer = door.ask(&request).await;
                assert!(matches!(status(&answer), 400 | 405), "{profile} {method} {path} {headers}: {answer}");
                assert_eq!(header(&answer, "connection"), "close", "{answer}");
            }
        }
        assert!(
            door.ask(&format!("GET /x HTTP/1.1\nHost: door\n{}{}", ada.cookie(), hiding()[0]))
                .await
                .contains("body_on_get")
        );
    }
    assert_eq!(heads.lock().unwrap().len(), 0);
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(body(&door.context(&ada, "/x", "Content-Length: 0\n").await), "GET /x HTTP/1.1", "none is none");
}

/// A profile whose tool reads the body of a GET.
const GET_BODIES: &str = "profile: search\nget_bodies: true\nrules: [{match: \"GET|DELETE /**\", action: view}]";

#[tokio::test]
async fn a_body_of_an_unusual_method_is_the_last_that_goes_over_its_connection() {
    for (hears_close, method) in [(true, "GET"), (true, "DELETE"), (false, "GET"), (false, "DELETE")] {
        let heads = Arc::default();
        let tool = reading_no_bodies(&heads, hears_close);
        let door = TestDoor::build().profile(GET_BODIES).before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        for hidden in hiding() {
            // On a connection that has been used before, too.
            assert_eq!(body(&door.context(&ada, "/first", "").await), "GET /first HTTP/1.1");
            let answer = door.ask(&format!("{method} /look HTTP/1.1\r\nHost: door\r\n{}{hidden}", ada.cookie())).await;
            assert_eq!(body(&answer), format!("{method} /look HTTP/1.1"));
            for path in ["/mine", "/yours"] {
                let answer = door.context(&ada, path, "").await;
                assert_eq!(body(&answer), format!("GET {path} HTTP/1.1"), "{method}");
            }
        }
        let heads: std::sync::MutexGuard<'_, Vec<String>> = heads.lock().unwrap();
        let told =
            heads.iter().filter(|head| head.contains(" /look ")).all(|head| header(head, "connection") == "close");
        assert!(told, "{heads:#?}");
        assert!(!hears_close || !heads.iter().any(|head| head.contains("/hidden")), "{heads:#?}");
    }
}

#[tokio::test]
async fn no_profile_makes_a_handshake_with_a_body_one() {
    let heads = Arc::default();
    let tool = reading_no_bodies(&heads, false);
    let door = TestDoor::build().profile(GET_BODIES).before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for hidden in hiding() {
        let request = format!("GET /x HTTP/1.1\r\nHost: door\r\n{}{UPGRADE}{hidden}", ada.cookie());
        assert_eq!(status(&door.ask(&request).await), 400);
    }
    assert_eq!(heads.lock().unwrap().len(), 0);
}
