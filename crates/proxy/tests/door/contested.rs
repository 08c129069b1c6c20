//! A cookie that a tool's script slips in beside ours: whoever it is is led to sign-in once, not for ever.

use doorward_domain::Role;

use crate::harness::{TestDoor, Tool, header, status};

fn set_cookies(answer: &str) -> Vec<&str> {
    let lines = answer.lines().take_while(|line| !line.is_empty());
    lines.filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")).map(|line| &line[12..]).collect()
}

fn token(kind: &str) -> String {
    format!("{kind}_{}", "x".repeat(43))
}

#[tokio::test]
async fn a_cookie_that_was_slipped_in_for_a_path_or_a_domain_is_taken_back() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let slipped = format!("doorward-80={}", token("dws"));
    let ask = |host: &str, path: &str, cookies: &str| {
        format!("GET {path} HTTP/1.1\nHost: {host}\nSec-Fetch-Mode: navigate\nCookie: {cookies}\n\n")
    };
    let own = ada.cookie().trim_start_matches("Cookie: ").trim().to_owned();
    for path in ["/t/x", "/_doorward/account"] {
        let first = path.split('/').nth(1).unwrap();
        let answer = door.ask(&ask("tools.door", path, &format!("{slipped}; {own}"))).await;
        let back = set_cookies(&answer);
        assert_eq!(back.len(), 7, "{path}: {answer}");
        for expected in
            ["Path=/; Max-Age=0; SameSite=Lax; Domain=tools.door", &format!("Path=/{first}; Max-Age=0; SameSite=Lax")]
        {
            assert!(back.contains(&format!("doorward-80=; {expected}").as_str()), "{expected}: {back:?}");
        }
        assert!(!back.contains(&"doorward-80=; Path=/; Max-Age=0; SameSite=Lax"), "that is ours: {back:?}");
    }
    let answer = door.ask(&ask("door", "/t/x", &own)).await;
    assert_eq!((status(&answer), header(&answer, "set-cookie")), (200, ""));
    let answer = door.ask(&ask("door", "/t/x", &slipped)).await;
    assert_eq!(
        (status(&answer), header(&answer, "set-cookie")),
        (302, ""),
        "one alone is nobody's, and the sign-in that follows shows it"
    );
}

#[tokio::test]
async fn what_is_partitioned_is_taken_back_over_https_and_on_this_machine() {
    let tool = Tool::hello();
    let door = TestDoor::build().trusting("127.0.0.1/32").before(&tool).await;
    for (scheme, host, name) in [
        ("https", "tools.door", "__Host-doorward"),
        ("http", "127.0.0.1:3000", "doorward-3000"),
        ("http", "tools.door", "doorward-80"),
    ] {
        for (name, [one, other]) in [
            (name.to_owned(), [token("dws"), token("dwe")]),
            (format!("{name}-enter"), ["mark".to_owned(), "other".to_owned()]),
        ] {
            let answer = door
                .ask(&format!(
                    "GET / HTTP/1.1\nHost: {host}\nX-Forwarded-Proto: {scheme}\nSec-Fetch-Mode: navigate\nCookie: {name}={one}; {name}={other}\n\n"
                ))
                .await;
            let line = format!("{name}=; Path=/; Max-Age=0; SameSite=Lax; Secure; Partitioned");
            let is_possible = host != "tools.door" || scheme == "https";
            assert_eq!(set_cookies(&answer).contains(&line.as_str()), is_possible, "{scheme} {name}: {answer}");
        }
    }
}
