//! Answers that come before all of the request's body: the rest is never read as a request, and who sent it gets the answer.

use crate::harness::{Door, Echo, raw};

/// A request with a body of this length, of which another request is the beginning: the answers.
async fn answers(door: &Door, start: &str, headers: &str, length: usize) -> String {
    let hidden = format!("GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{headers}\r\n", door.port);
    let head =
        format!("{start} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{headers}Content-Length: {length}\r\n\r\n", door.port);
    raw::send(door.port, format!("{head}{}", hidden.repeat(3)).as_bytes()).await
}

#[tokio::test]
async fn what_door_and_desk_refuse_unread_closes_the_connection_and_hides_no_request() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    let (viewer, cookie) = (door.user("vera", "viewer").await, format!("Cookie: {}\r\n", admin.cookie));
    let viewers = format!("Cookie: {}\r\n", viewer.cookie);
    let foreign = format!("{cookie}Sec-Fetch-Site: cross-site\r\n");
    for (what, start, headers, status) in [
        ("nobody", "POST /x", "", 401),
        ("not allowed", "POST /x", viewers.as_str(), 403),
        ("another site's", "POST /x", foreign.as_str(), 403),
        ("not understood", "POST /a/../x", cookie.as_str(), 400),
        ("too long for the desk", "POST /_doorward/api/v1/auth/login", "Content-Type: application/json\r\n", 413),
        (
            "a form too long for the desk",
            "POST /_doorward/login",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            413,
        ),
    ] {
        let answer = answers(&door, start, headers, 50_000_000).await;
        assert_eq!(raw::status(&answer), status, "{what}: {answer}");
        let head = answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
        assert!(head.contains("\r\nconnection: close"), "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{what}: {answer}");
    }
    assert!(echo.seen().is_empty(), "{:?}", echo.seen());
}

#[tokio::test]
async fn what_the_desk_has_read_to_its_end_is_no_request_either() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    let cookie = format!("Cookie: {}\r\n", admin.cookie);
    let hidden = format!("GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{cookie}\r\n", door.port);
    let after = format!("GET /_doorward/health HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", door.port);
    for start in [
        "POST /_doorward/api/v1/auth/login",
        "POST /_doorward/nothing",
        "DELETE /_doorward/login",
        "GET /_doorward/health",
    ] {
        let length = hidden.len();
        let request = format!(
            "{start} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{hidden}{after}",
            door.port
        );
        let answer = raw::send(door.port, request.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 2, "{start}: one for each request: {answer}");
    }
    assert!(echo.seen().is_empty(), "{:?}", echo.seen());
}
