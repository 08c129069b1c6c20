//! The walk of a request: who, which app, may they, pass on.

use doorward_domain::Role;

use crate::harness::{TestDoor, Tool, body, header, status};

#[tokio::test]
async fn a_viewer_sees_the_tool_and_the_tool_sees_the_viewer() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/runs/1?x=%20y&x=2", "Accept: text/plain\n").await;
    assert_eq!((status(&answer), body(&answer)), (200, "hello"));
    let request = tool.saw();
    assert!(request.starts_with("GET /runs/1?x=%20y&x=2 HTTP/1.1\r\nhost: door\r\n"), "{request}");
    for (name, value) in [
        ("accept", "text/plain"),
        ("cookie", ""),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "door"),
        ("remote-user", "ada"),
        ("remote-name", "Ada L%C3%B8velace"),
        ("remote-email", "ada@example.com"),
        ("remote-groups", ""),
        ("x-forwarded-user", "ada"),
        ("x-forwarded-email", "ada@example.com"),
        ("x-forwarded-groups", ""),
        ("doorward-role", "viewer"),
    ] {
        assert_eq!(header(&request, name), value, "{name} in {request}");
    }
    assert!(request.contains("\r\nRemote-Groups: \r\n"), "always there, empty when unknown");
}

#[tokio::test]
async fn a_session_token_may_come_as_a_bearer_and_does_not_reach_the_tool() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.ask(&format!("GET / HTTP/1.1\nHost: door\nAuthorization: bearer {}\n\n", ada.token)).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(header(&tool.saw(), "authorization"), "");
}

#[tokio::test]
async fn the_tools_own_cookies_and_authorization_pass() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let cookies = format!("Cookie: a=\"1\"; doorward-80={}; b=2\n", ada.token);
    door.ask(&format!("GET / HTTP/1.1\nHost: door\n{cookies}Authorization: Bearer theirs\n\n")).await;
    let request = tool.saw();
    assert_eq!(header(&request, "cookie"), "a=\"1\"; b=2");
    assert_eq!(header(&request, "authorization"), "Bearer theirs");
}

#[tokio::test]
async fn credentials_that_contradict_each_other_are_nobody() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let (ada, eve) = (door.sign_in("ada", Role::Admin).await, door.sign_in("eve", Role::Viewer).await);
    let both = format!("Cookie: doorward-80={}; doorward-80={}\n", eve.token, ada.token);
    assert_eq!(status(&door.ask(&format!("GET / HTTP/1.1\nHost: door\n{both}\n")).await), 401);
    // Over plain http the secure cookie says nothing.
    let secure = format!("Cookie: __Host-doorward={}\n", ada.token);
    assert_eq!(status(&door.ask(&format!("GET / HTTP/1.1\nHost: door\n{secure}\n")).await), 401);
    let twice = "Authorization: Bearer a\nAuthorization: Bearer b\n";
    assert_eq!(status(&door.ask(&format!("GET / HTTP/1.1\nHost: door\n{twice}\n")).await), 400);
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn the_desk_answers_below_its_path_in_every_spelling_and_nowhere_else() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for path in ["/_doorward", "/_doorward/login?next=/", "/%5fdoorward/login?next=/", "/_door%77ard/login?next=/"] {
        let answer = door.context(&ada, path, "").await;
        let said = body(&answer);
        assert!(said.starts_with("desk GET /_doorward"), "{path}: {answer}");
        assert!(
            said.contains("ip: 127.0.0.1") && said.contains("secure: false") && said.contains("host: \"door\""),
            "{said}"
        );
    }
    for path in ["/_doorwardx", "/x/_doorward/login"] {
        assert_eq!(body(&door.context(&ada, path, "").await), "hello", "{path}");
    }
    for path in
        ["/_doorward/../x", "//_doorward/login", "/./_doorward/", "/_doorward%2flogin%2f..%2f..%2fx", "/x\\_doorward"]
    {
        assert_eq!(status(&door.context(&ada, path, "").await), 400, "{path}");
    }
    let posted = door.ask("POST /_doorward/api/v1/auth/login HTTP/1.1\nHost: door\nContent-Length: 2\n\n{}").await;
    assert!(body(&posted).ends_with(" {}"), "{posted}");
}

#[tokio::test]
async fn an_app_may_have_a_host_a_path_and_a_base() {
    let tool = Tool::hello();
    let door = TestDoor::build().host("tools.example.com").at("/dg", "/inner", "").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let ask = |host: &'static str, path: &'static str| {
        let port = host.split_once(':').map_or("80", |(_, port)| port);
        let request = format!("GET {path} HTTP/1.1\nHost: {host}\nCookie: doorward-{port}={}\n\n", ada.token);
        let door = &door;
        async move { status(&door.ask(&request).await) }
    };
    assert_eq!(ask("tools.example.com", "/dg/runs").await, 200);
    assert!(tool.saw().starts_with("GET /inner/runs HTTP/1.1\r\nhost: tools.example.com\r\n"));
    assert_eq!(ask("Tools.Example.com:3000", "/dg/").await, 200);
    assert_eq!(ask("tools.example.com", "/dg").await, 302);
    assert_eq!(ask("tools.example.com", "/dgx").await, 404);
    // The address that Doorward prints leads to the apps that there are.
    assert_eq!(ask("tools.example.com", "/").await, 302);
    assert_eq!(ask("evil.example.com", "/dg").await, 404);
}

#[tokio::test]
async fn a_tool_mounted_further_down_is_reached_from_the_front_page() {
    let tool = Tool::hello();
    let door = TestDoor::build().at("", "", "/dg").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(status(&door.context(&ada, "/dg/runs", "").await), 200);
    let front = door.context(&ada, "/", "").await;
    assert_eq!((status(&front), header(&front, "location")), (302, "/dg/"));
    assert_eq!(status(&door.context(&ada, "/other", "").await), 404);
    assert_eq!(tool.seen().len(), 1);
}

#[tokio::test]
async fn an_absolute_target_names_the_host_that_counts() {
    let tool = Tool::hello();
    let door = TestDoor::build().host("a").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let cookie = ada.cookie();
    assert_eq!(status(&door.ask(&format!("GET http://a/x HTTP/1.1\nHost: b\n{cookie}\n")).await), 200);
    assert!(tool.saw().starts_with("GET /x HTTP/1.1\r\nhost: a\r\n"), "{}", tool.saw());
    assert_eq!(status(&door.ask(&format!("GET http://b/x HTTP/1.1\nHost: a\n{cookie}\n")).await), 404);
    assert_eq!(status(&door.ask(&format!("GET http://u@a/x HTTP/1.1\nHost: a\n{cookie}\n")).await), 400);
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_browser_is_who_it_says() {
    let tool = Tool::hello();
    let door = TestDoor::build().trusting("127.0.0.0/8").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let proxied =
        "X-Forwarded-For: 9.9.9.9, 203.0.113.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: tools.example.com\n";
    let request = format!("GET / HTTP/1.1\nHost: inner\nCookie: __Host-doorward={}\n{proxied}\n", ada.token);
    assert_eq!(status(&door.ask(&request).await), 200);
    let request = tool.saw();
    assert_eq!(header(&request, "x-forwarded-for"), "9.9.9.9, 203.0.113.7, 127.0.0.1");
    assert_eq!(header(&request, "x-forwarded-proto"), "https");
    assert_eq!(header(&request, "x-forwarded-host"), "tools.example.com");
    let desk = door.ask(&format!("GET /_doorward/x HTTP/1.1\nHost: inner\n{proxied}\n")).await;
    assert!(body(&desk).contains("ip: 203.0.113.7, secure: true, host: \"tools.example.com\""), "{desk}");
}

#[tokio::test]
async fn connections_to_the_tool_and_from_the_client_are_used_again() {
    let tool = Tool::with(|wire| {
        let mut asked = 0;
        while wire.read_request().is_some() {
            asked += 1;
            wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{asked}"));
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    let answers = tokio::task::spawn_blocking(move || {
        let request = format!("GET / HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie());
        // The last two are pipelined.
        wire.say(&request);
        let first = wire.read_message(false).unwrap();
        wire.say(&request.repeat(2));
        [first, wire.read_message(false).unwrap(), wire.read_message(false).unwrap()]
            .map(|answer| body(&answer).to_owned())
    });
    assert_eq!(answers.await.unwrap(), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_connection_the_tool_closed_meanwhile_is_not_the_clients_problem() {
    let tool = Tool::with(|wire| {
        // Promises to stay, and goes.
        if wire.read_request().is_some() {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for _ in 0..20 {
        assert_eq!(body(&door.context(&ada, "/", "").await), "ok");
    }
}

#[tokio::test]
async fn of_requests_on_one_connection_each_is_whoever_it_says_in_whatever_order() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let (ada, bob) = (ada.token, bob.token);
    let said = [
        (String::new(), None, ""),
        (format!("Cookie: doorward-80={ada}; a=b\r\n"), Some("ada"), "a=b"),
        (format!("Cookie: doorward-80={ada}; a=c\r\n"), Some("ada"), "a=c"),
        (format!("Cookie: doorward-80={bob}; a=b\r\n"), Some("bob"), "a=b"),
        (format!("Cookie: a=b\r\nAuthorization: Bearer {bob}\r\n"), Some("bob"), "a=b"),
        (format!("Cookie: doorward-80={ada}; a=b\r\nAuthorization: Bearer {bob}\r\n"), Some("bob"), "a=b"),
        (format!("Cookie: doorward-80={ada}\r\nCookie: a=b\r\n"), Some("ada"), "a=b"),
        (format!("Cookie: doorward-80={ada}; doorward-80={bob}\r\n"), None, ""),
    ];
    let (seen, heard) = tokio::task::spawn_blocking({
        let (mut wire, said) = (door.connect(), said.clone());
        move || {
            let mut heard = Vec::new();
            for first in 0..said.len() {
                for second in 0..said.len() {
                    for one in [first, second] {
                        wire.say(&format!("GET / HTTP/1.1\r\nHost: door\r\n{}\r\n", said[one].0));
                        heard.push((one, status(&wire.read_message(false).unwrap())));
                    }
                }
            }
            (tool.seen(), heard)
        }
    })
    .await
    .unwrap();
    let mut seen = seen.iter();
    for (one, status) in heard {
        let (lines, who, cookies) = &said[one];
        assert_eq!(status, if who.is_some() { 200 } else { 401 }, "{lines}");
        if let Some(who) = who {
            let request = seen.next().expect("the tool has seen it");
            assert_eq!((header(request, "remote-user"), header(request, "cookie")), (*who, *cookies), "{lines}");
            assert!(!request.contains("dws_"), "{request}");
        }
    }
    assert!(seen.next().is_none());
}
