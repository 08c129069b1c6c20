//! A session cookie that a tool's script slips in for a path: whoever comes there is led to sign-in once, not for ever.

use doorward_domain::Role;

use crate::harness::{TestDoor, Tool, header, status};

#[tokio::test]
async fn a_cookie_that_was_slipped_in_for_a_path_is_taken_back() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let slipped = format!("doorward-80=dws_{}", "x".repeat(43));
    let ask = |path: &str, cookies: &str| {
        format!("GET {path} HTTP/1.1\nHost: door\nSec-Fetch-Mode: navigate\nCookie: {cookies}\n\n")
    };
    let own = ada.cookie().trim_start_matches("Cookie: ").to_owned();
    for path in ["/t/x", "/_doorward/account"] {
        let answer = door.ask(&ask(path, &format!("{slipped}; {own}"))).await;
        let back: Vec<&str> =
            answer.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: doorward-80=;")).collect();
        assert_eq!(back.len(), 3, "{path}: {answer}");
        assert!(back.iter().all(|line| line.contains("Max-Age=0") && !line.contains("Path=/;")), "{back:?}");
    }
    let answer = door.ask(&ask("/t/x", &own)).await;
    assert_eq!((status(&answer), header(&answer, "set-cookie")), (200, ""));
    let answer = door.ask(&ask("/t/x", &slipped)).await;
    assert_eq!(
        (status(&answer), header(&answer, "set-cookie")),
        (302, ""),
        "one alone is nobody's, and the sign-in that follows shows it"
    );
}
