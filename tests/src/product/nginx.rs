//! Behind a real nginx that is set up as docs/behind-a-proxy.md says: the client is who it is, whatever it says.

use reqwest::{Client, RequestBuilder, Response};
use std::net::Ipv4Addr;

use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::nginx::{documented, replaced};
use crate::harness::person::{json_of, text};
use crate::harness::{Door, Echo, Nginx};

/// Where the browser is: another address of this machine than nginx has.
const BROWSER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What a client says about itself that is not so.
const LIES: [(&str, &str); 5] = [
    ("X-Forwarded-For", "203.0.113.99"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("Forwarded", "for=203.0.113.98;proto=https;host=evil.example"),
    ("X-Real-IP", "203.0.113.97"),
];

async fn door(echo: &Echo) -> Door {
    let app = format!("  tool: {{upstream: \"{}\", profile: generic, host: tools.example.com}}", echo.url());
    Door::serving(&app).config("trusted_proxies: [127.0.0.1/32]").start().await
}

fn browser() -> Client {
    Client::builder().local_address(Some(BROWSER.into())).no_proxy().build().unwrap()
}

fn ask(nginx: &Nginx, path: &str) -> RequestBuilder {
    browser().get(format!("http://127.0.0.1:{}{path}", nginx.port)).header("Host", "tools.example.com")
}

async fn sign_in(nginx: &Nginx, headers: &[(&str, &str)]) -> Response {
    let url = format!("http://127.0.0.1:{}/_doorward/api/v1/auth/login", nginx.port);
    let request = browser().post(url).header("Host", "tools.example.com").json(&credentials(ADMIN, PASSWORD));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

#[tokio::test]
async fn behind_the_documented_nginx_the_client_is_who_it_is_whatever_it_says() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let written = documented();
    let adding = replaced(&written, "X-Forwarded-For $remote_addr;", "X-Forwarded-For $proxy_add_x_forwarded_for;");
    for (what, configuration) in [("as documented", written), ("adding to what the client says", adding)] {
        let nginx = Nginx::before(&door, &configuration).await;
        let signed_in = sign_in(&nginx, &LIES).await;
        assert_eq!(signed_in.status(), 200, "{what}: {}", text(signed_in).await);
        let bearer = json_of(signed_in).await["token"].as_str().unwrap().to_owned();
        let lying = LIES.iter().fold(ask(&nginx, "/x"), |request, (name, value)| request.header(*name, *value));
        assert_eq!(lying.bearer_auth(&bearer).send().await.unwrap().status(), 200, "{what}");
        let seen = echo.last();
        assert_eq!(seen.values("X-Forwarded-Host"), ["tools.example.com"], "{what}");
        assert_eq!(seen.values("X-Forwarded-Proto"), ["http"], "{what}");
        let hops = seen.values("X-Forwarded-For").join(", ");
        assert!(hops.ends_with("127.0.0.2, 127.0.0.1"), "{what}: {hops}");
        assert!(seen.values("Forwarded").is_empty() && seen.values("X-Real-IP").is_empty(), "{what}: {}", seen.head);
    }
    let sessions = door.cli(&["session", "list", "--output", "json"]).json();
    let sessions = sessions.get("items").unwrap_or(&sessions).as_array().unwrap().clone();
    let addresses: Vec<_> = sessions.iter().map(|session| session["client_ip"].as_str().unwrap_or_default()).collect();
    assert_eq!(addresses, ["127.0.0.2", "127.0.0.2"], "the browser's address, not nginx's and not the one it claims");
    let signed_in = door.audit().into_iter().filter(|event| event["client_ip"] == "127.0.0.2").count();
    assert!(signed_in >= 2, "{:?}", door.audit());
}

#[tokio::test]
async fn an_nginx_that_passes_a_clients_forwarded_on_has_its_requests_refused_instead_of_believed() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let careless = replaced(&documented(), "proxy_set_header Forwarded \"\";", "");
    let nginx = Nginx::before(&door, &careless).await;
    assert_eq!(sign_in(&nginx, &[]).await.status(), 200);
    for lie in ["for=203.0.113.98", "for=127.0.0.2;proto=https", "host=evil.example", "for=127.0.0.2", "nonsense"] {
        let answer = sign_in(&nginx, &[("Forwarded", lie)]).await;
        assert_eq!(answer.status(), 400, "{lie}");
        assert_eq!(json_of(answer).await["code"], "forwarding_headers", "{lie}");
    }
}
