//! Serving by a configuration file: what a running door takes over from it, and its other address.

use std::time::Duration;

use crate::support::{Desk, Running, ask, free_port, get};

#[test]
fn a_hangup_takes_new_apps_over_and_refuses_an_invalid_file_in_words() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let port = free_port();
    let app = |name: &str, more: &str| {
        format!("  {name}: {{command: [sleep, '1000'], profile: generic, path: /{name}{more}}}\n")
    };
    desk.write("doorward.yaml", &format!("listen: {port}\napps:\n{}", app("one", "")));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("app         one");
    desk.write("doorward.yaml", &format!("listen: {port}\napps:\n{}", app("one", ", rolls: []")));
    door.signal("-HUP");
    let refusal = door.line_with("the old one stays");
    assert!(!refusal.is_empty());
    door.line_with("did you mean `rules`?");
    let two = free_port();
    desk.write("doorward.yaml", &format!("listen: {two}\napps:\n{}{}", app("one", ""), app("two", "")));
    door.signal("-HUP");
    door.line_with("`listen` has changed; that takes effect at the next start");
    door.line_with("is in force");
    let answer = get(port, "/two/", "Sec-Fetch-Mode: navigate\r\nAccept: text/html\r\n").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}

#[test]
fn probes_and_metrics_have_an_address_of_their_own_if_wanted() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let (port, probes) = (free_port(), free_port());
    desk.write("doorward.yaml", &format!("listen: {port}\nadmin_listen: {probes}\n"));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("probes");
    let metrics = get(probes, "/_doorward/metrics", "").expect("an answer");
    assert!(metrics.starts_with("HTTP/1.1 200") && metrics.contains("doorward_sessions"), "{metrics}");
    assert!(get(probes, "/_doorward/health", "").expect("an answer").starts_with("HTTP/1.1 200"));
    assert!(get(probes, "/_doorward/ready", "").expect("an answer").starts_with("HTTP/1.1 200"));
    assert!(get(probes, "/_doorward/login", "").expect("an answer").starts_with("HTTP/1.1 404"));
    assert!(
        get(port, "/_doorward/metrics", "").expect("an answer").starts_with("HTTP/1.1 401"),
        "still closed at the door"
    );
}

#[test]
fn how_long_one_can_stay_signed_in_is_what_the_file_says() {
    for (said, hint, kept) in [("7d", Some("For 7 days"), "; Max-Age=604800;"), ("0s", None, "; Max-Age=86400;")] {
        let desk = Desk::new();
        desk.add("root", "admin");
        let port = free_port();
        desk.write("doorward.yaml", &format!("listen: {port}\nsessions: {{remember: {said}}}\n"));
        let mut door = Running::start(desk.command().arg("serve"));
        door.line_with(" at http");
        let page = get(port, "/_doorward/login", "").expect("an answer");
        assert_eq!(page.contains("Keep me signed in"), hint.is_some(), "{page}");
        assert!(page.contains(hint.unwrap_or_default()), "{page}");
        let who = r#"{"username":"root","password":"correct horse battery","remember":true}"#;
        let head = format!("Host: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json");
        let request = format!(
            "POST /_doorward/api/v1/auth/login HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{who}",
            who.len()
        );
        let answer = ask(port, &request).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(kept), "{answer}");
    }
}

/// Background work asks the database twice a second, begins two seconds after the start, and is cut off by the stop wherever it is.
#[test]
fn a_clean_stop_warns_of_nothing_whatever_was_under_way() {
    let doors = (0..12_u64).map(|turn| {
        std::thread::spawn(move || {
            let desk = Desk::new();
            desk.add("root", "admin");
            let audit = "audit: {file: audit.jsonl, retention: 90d}";
            desk.write("doorward.yaml", &format!("listen: {}\nadmin_listen: {}\n{audit}\n", free_port(), free_port()));
            let mut door = Running::start(desk.command().arg("serve"));
            door.line_with(" at http");
            std::thread::sleep(Duration::from_millis(1400 + 60 * turn));
            door.signal("-TERM");
            let code = door.end();
            door.rest();
            assert_eq!(code, 0, "{:?}", door.seen);
            let wrong: Vec<_> =
                door.seen.iter().filter(|line| line.contains("WARN") || line.contains("ERROR")).collect();
            assert!(wrong.is_empty(), "stopped after {turn} turns: {wrong:?}");
        })
    });
    for door in doors.collect::<Vec<_>>() {
        door.join().expect("a clean stop");
    }
}
