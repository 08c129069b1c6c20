//! The desk at a host of its own: no app is there, and a cookie at an app's host opens apps only.

use doorward_domain::{HostName, Role};
use doorward_service::Credential;
use doorward_service::sign_in::hand_over::Seal;

use crate::harness::{DoorBuilder, Person, TestDoor, Tool, header, status};

/// What the browser gets at the app's host.
async fn entry(door: &TestDoor, person: &Person, host: &str) -> String {
    let session = Credential::Bearer(doorward_domain::Secret::new(person.token.clone()));
    let authenticated = door
        .services
        .authentication
        .authenticate_again(&session, std::net::Ipv4Addr::LOCALHOST.into())
        .await
        .unwrap()
        .unwrap();
    let (hand_over, host) = (&door.services.hand_over, HostName::of(host));
    let code =
        hand_over.begin(authenticated.who.session().unwrap(), &authenticated.who.name, host.clone(), Seal::of("mark"));
    let arrival = hand_over.take(code.expose(), Some("mark"), &host).unwrap();
    let entered = hand_over.enter(arrival, "127.0.0.1").await.unwrap().unwrap();
    entered.token.expose().to_owned()
}

async fn asked(door: &TestDoor, host: &str, path: &str, cookie: &str) -> String {
    let name = host.split_once(':').map_or("80", |(_, port)| port);
    door.ask(&format!("GET {path} HTTP/1.1\nHost: {host}\nCookie: doorward-{name}={cookie}\n\n")).await
}

#[tokio::test]
async fn no_app_is_at_the_desks_host_whatever_the_sites_say() {
    let tool = Tool::hello();
    let door = TestDoor::build().desk_host("auth.test").before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    for host in ["auth.test", "AUTH.test.:80", "auth.test:80"] {
        for cookie in [ada.token.clone(), entry(&door, &ada, "auth.test").await] {
            assert_eq!(status(&asked(&door, host, "/x", &cookie).await), 404, "{host}");
        }
        let home = asked(&door, host, "/", "").await;
        assert_eq!((status(&home), header(&home, "location")), (302, "/_doorward"), "{host}");
        assert!(asked(&door, host, "/_doorward/apps", "").await.contains("desk GET /_doorward/apps"), "{host}");
    }
    assert!(tool.seen().is_empty());
}

#[tokio::test]
async fn only_an_entry_of_this_host_opens_an_app_by_cookie() {
    let tool = Tool::hello();
    let door = TestDoor::build().desk_host("auth.test").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let entry = entry(&door, &ada, "app.test").await;
    for (host, cookie, expected) in [
        ("app.test", &entry, 200),
        ("App.Test:3000", &entry, 200),
        ("other.test", &entry, 401),
        ("app.test", &ada.token, 401),
        ("auth.test", &entry, 404),
    ] {
        assert_eq!(status(&asked(&door, host, "/x", cookie).await), expected, "{host}");
    }
    assert!(tool.seen().iter().all(|seen| !seen.contains("dwe_")));
    door.end_sessions(&ada).await;
    assert_eq!(status(&asked(&door, "app.test", "/x", &entry).await), 401);
}

#[tokio::test]
async fn where_the_desk_is_elsewhere_no_page_is_kept_for_whoever_sits_there_next() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi",
    );
    for (desk, kept) in [(Some("auth.test"), "no-store"), (None, "max-age=60")] {
        let build = desk.into_iter().fold(TestDoor::build().trusting("127.0.0.1/32"), DoorBuilder::desk_host);
        let door = build.before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let request = format!(
            "GET /x HTTP/1.1\nHost: app.test\nX-Forwarded-Proto: https\nAuthorization: Bearer {}\n\n",
            ada.token
        );
        assert_eq!(header(&door.ask(&request).await, "cache-control"), kept);
    }
}
