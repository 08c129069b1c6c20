//! The desk at a host of its own: people are handed over to the apps' hosts, and nobody gets from there to the desk.

use reqwest::{Method, Response, header};
use serde_json::{Value, json};
use std::time::Duration;

use crate::harness::door::PASSWORD;
use crate::harness::person::{head, json_of, text};
use crate::harness::{Door, Echo, Person, eventually};

const DESK: &str = "auth.test";
const WIKI: &str = "wiki.test";
const SHOP: &str = "shop.test";

async fn door(wiki: &Echo) -> Door {
    let app =
        |name: &str, host: &str| format!("  {name}: {{upstream: \"{}\", profile: generic, host: {host}}}", wiki.url());
    Door::serving(&format!("{}\n{}", app("wiki", WIKI), app("shop", SHOP)))
        .config(&format!("desk_host: {DESK}"))
        .start()
        .await
}

/// A browser: keeps cookies by host, and goes where it is sent when told to.
struct Browser {
    door: u16,
    client: reqwest::Client,
    /// Host, cookie name, value.
    cookies: Vec<(String, String, String)>,
}

impl Browser {
    fn new(door: &Door) -> Self {
        let redirect = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(redirect).no_proxy().build().expect("a client");
        Self { door: door.port, client, cookies: Vec::new() }
    }

    fn cookies_for(&self, host: &str) -> String {
        let own = self.cookies.iter().filter(|(at, ..)| at == host).map(|(_, name, value)| format!("{name}={value}"));
        own.collect::<Vec<_>>().join("; ")
    }

    /// The one that signs in at this host.
    fn cookie(&self, host: &str) -> String {
        let name = format!("doorward-{}", self.door);
        let found = self.cookies.iter().find(|(at, own, _)| at == host && *own == name);
        found.map(|(_, _, value)| value.clone()).unwrap_or_default()
    }

    async fn send(&mut self, method: Method, url: &str, form: &[(&str, &str)]) -> Response {
        let url = url::Url::parse(url).expect("a URL");
        let host = url.host_str().expect("a host").to_owned();
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let mut request = self.client.request(method.clone(), format!("http://127.0.0.1:{}{path}", self.door));
        request = request.header(header::HOST, format!("{host}:{}", self.door)).header(header::ACCEPT, "text/html");
        request = request.header("Sec-Fetch-Mode", "navigate").header("Sec-Fetch-Dest", "document");
        let cookies = self.cookies_for(&host);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        if method == Method::POST {
            request = request.header(header::ORIGIN, format!("http://{host}:{}", self.door)).form(form);
        }
        let answer = request.send().await.expect("an answer");
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("ASCII");
            if set.contains("; Domain=") {
                // What a script slipped in for more hosts than one is taken back in the same way; nothing else is set for others.
                assert!(set.contains("=; ") && set.contains("; Max-Age=0"), "never for other hosts: {set}");
                continue;
            }
            let (name, value) = set.split(';').next().expect("a pair").split_once('=').expect("a pair");
            self.cookies.retain(|(at, own, _)| (at.as_str(), own.as_str()) != (host.as_str(), name));
            self.cookies.push((host.clone(), name.to_owned(), value.to_owned()));
        }
        answer
    }

    /// Goes to a page; where that leads.
    async fn go(&mut self, url: &str) -> String {
        let answer = self.send(Method::GET, url, &[]).await;
        let base = url::Url::parse(url).expect("a URL");
        let leads = head(&answer, "location").to_owned();
        if leads.is_empty() {
            format!("{} {}", answer.status().as_u16(), text(answer).await)
        } else {
            base.join(&leads).expect("a URL").into()
        }
    }

    /// Goes there, and on until there is a page: the addresses on the way, and what the page says.
    async fn follow(&mut self, url: &str) -> (Vec<String>, String) {
        let (mut way, mut next) = (vec![url.to_owned()], url.to_owned());
        for _ in 0..8 {
            let led = self.go(&next).await;
            if !led.starts_with("http") {
                return (way, led);
            }
            way.push(led.clone());
            next = led;
        }
        panic!("round in circles: {way:#?}");
    }

    /// Sends the sign-in form that stands at this address; where that leads.
    async fn sign_in(&mut self, at: &str, name: &str) -> String {
        let page = self.go(at).await;
        let hidden = |field: &str| {
            let rest = page.split_once(&format!("name=\"{field}\" value=\"")).map(|(_, rest)| rest);
            rest.and_then(|rest| rest.split_once('"'))
                .map(|(value, _)| value.replace("&amp;", "&").replace("&#38;", "&"))
                .unwrap_or_default()
        };
        let (next, seal) = (hidden("next"), hidden("seal"));
        let form = [("next", next.as_str()), ("seal", seal.as_str()), ("username", name), ("password", PASSWORD)];
        let answer = self.send(Method::POST, at, &form).await;
        assert_eq!(answer.status(), 303, "{}", text(answer).await);
        head(&answer, "location").to_owned()
    }
}

fn at(door: &Door, host: &str, path: &str) -> String {
    format!("http://{host}:{}{path}", door.port)
}

/// A call without a browser's help.
async fn call(door: &Door, host: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Person::stranger(door).ask(method, path).header(header::HOST, format!("{host}:{}", door.port));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

/// Signs in on the way to the wiki, and is there.
async fn signed_in(door: &Door, browser: &mut Browser, name: &str) {
    let (way, _) = browser.follow(&at(door, WIKI, "/a?b=c")).await;
    let back = browser.sign_in(way.last().expect("a page"), name).await;
    let (way, page) = browser.follow(&back).await;
    assert_eq!(way.last(), Some(&at(door, WIKI, "/a?b=c")));
    assert!(page.starts_with("200 "), "{page}");
}

async fn code_for(door: &Door, browser: &mut Browser, host: &str) -> String {
    let to_desk = browser.go(&at(door, host, "/_doorward/login?next=/x")).await;
    let back = browser.go(&to_desk).await;
    assert!(back.starts_with(&at(door, host, "/_doorward/enter?code=")), "{back}");
    back
}

#[tokio::test]
async fn a_person_signs_in_at_the_desk_and_is_at_the_page_they_wanted_at_each_app() {
    let echo = Echo::start();
    let door = door(&echo).await;
    door.cli_with(&["user", "add", "ada", "--role", "viewer", "--password-stdin"], PASSWORD).done();
    let mut ada = Browser::new(&door);
    signed_in(&door, &mut ada, "ada").await;
    let (way, page) = ada.follow(&at(&door, SHOP, "/other")).await;
    assert_eq!(way.len(), 5, "no form any more: {way:#?}");
    assert!(page.starts_with("200 ") && way.last() == Some(&at(&door, SHOP, "/other")));
    assert!(
        ada.cookie(DESK).starts_with("dws_")
            && ada.cookie(WIKI).starts_with("dwe_")
            && ada.cookie(SHOP).starts_with("dwe_")
    );
    assert!(ada.cookie(WIKI) != ada.cookie(SHOP));
    // The apps got none of it, and nobody keeps their pages for whoever sits there next.
    let cookie = format!("doorward-{}", door.port);
    assert!(
        echo.seen().iter().all(|seen| !seen.head.contains("dwe_") && !seen.head.contains(&cookie)),
        "{:?}",
        echo.seen()
    );
    let listed = door.cli(&["session", "list", "--user", "ada", "--output", "json"]).json();
    assert_eq!(listed.get("items").unwrap_or(&listed).as_array().map(Vec::len), Some(1), "{listed}");
    let entered: Vec<_> = door.audit().into_iter().filter(|event| event["action"] == "session.enter").collect();
    assert_eq!(entered.iter().map(|event| event["target"].clone()).collect::<Vec<_>>(), [json!(SHOP), json!(WIKI)]);
}

#[tokio::test]
async fn tabs_that_wait_for_the_same_sign_in_all_get_where_they_wanted() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let mut admin = Browser::new(&door);
    let mut forms = Vec::new();
    for page in ["/one", "/two", "/three"] {
        let (way, _) = admin.follow(&at(&door, WIKI, page)).await;
        forms.push((page, way.last().expect("a page").clone()));
    }
    let (first, form) = forms.remove(0);
    let backs = [
        (first, admin.sign_in(&form, crate::harness::door::ADMIN).await),
        ("/two", admin.go(&forms[0].1).await),
        ("/three", admin.go(&forms[1].1).await),
    ];
    for (page, back) in backs {
        let (way, said) = admin.follow(&back).await;
        assert!(said.starts_with("200 ") && way.last() == Some(&at(&door, WIKI, page)), "{way:#?} {said}");
        // Once more, as after Back or a reload.
        assert!(admin.follow(&back).await.1.starts_with("200 "));
    }
}

#[tokio::test]
async fn what_ends_the_session_at_the_desk_ends_it_at_the_apps_within_a_second() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let mut admin = Browser::new(&door);
    signed_in(&door, &mut admin, crate::harness::door::ADMIN).await;
    let cookie = format!("doorward-{}={}", door.port, admin.cookie(WIKI));
    assert_eq!(call(&door, WIKI, Method::GET, "/x", &[("cookie", &cookie)]).await.status(), 200);
    let page = admin.go(&at(&door, DESK, "/_doorward/logout")).await;
    let csrf =
        page.split_once("name=\"csrf\" value=\"").expect("a token").1.split_once('"').expect("its end").0.to_owned();
    assert_eq!(admin.send(Method::POST, &at(&door, DESK, "/_doorward/logout"), &[("csrf", &csrf)]).await.status(), 303);
    assert_eq!(call(&door, WIKI, Method::GET, "/x", &[("cookie", &cookie)]).await.status(), 401);
    signed_in(&door, &mut admin, crate::harness::door::ADMIN).await;
    let cookie = format!("doorward-{}={}", door.port, admin.cookie(WIKI));
    door.cli(&["user", "end-sessions", crate::harness::door::ADMIN]).done();
    let is_out = || async { call(&door, WIKI, Method::GET, "/x", &[("cookie", &cookie)]).await.status() == 401 };
    assert!(eventually(Duration::from_secs(5), is_out).await);
}

#[tokio::test]
async fn a_code_is_good_once_in_one_browser_at_one_host() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let mut admin = Browser::new(&door);
    signed_in(&door, &mut admin, crate::harness::door::ADMIN).await;
    let refused = |said: &str| said.starts_with("400 ") && said.contains("not signed in here yet");

    // Stolen: another browser, marked there or not.
    let stolen = code_for(&door, &mut admin, SHOP).await;
    let mut thief = Browser::new(&door);
    let said = thief.go(&stolen).await;
    assert!(refused(&said), "{said}");
    let stolen = code_for(&door, &mut admin, SHOP).await;
    thief.go(&at(&door, SHOP, "/_doorward/login?next=/x")).await;
    assert!(refused(&thief.go(&stolen).await));
    assert_eq!(thief.cookie(SHOP), "");
    // And it was used up by that.
    assert!(refused(&admin.go(&stolen).await));

    // For another host, however it is written.
    let code = code_for(&door, &mut admin, SHOP).await;
    for host in [WIKI, "SHOP.test.evil.example", "auth.test"] {
        let mut other = Browser::new(&door);
        other.cookies.extend(
            admin
                .cookies
                .iter()
                .map(|(_, name, value)| (host.to_lowercase(), name.clone(), value.clone()))
                .filter(|(_, name, _)| name.ends_with("-enter")),
        );
        let said = other.go(&code.replace(SHOP, host)).await;
        assert!(!said.contains("200 ") && other.cookie(&host.to_lowercase()).is_empty(), "{host}: {said}");
    }

    // Twice.
    let code = code_for(&door, &mut admin, SHOP).await;
    let mark: Vec<_> =
        admin.cookies.iter().filter(|(host, name, _)| host == SHOP && name.ends_with("-enter")).cloned().collect();
    let mut copy = Browser::new(&door);
    copy.cookies.clone_from(&mark);
    assert_eq!(copy.go(&code).await, at(&door, SHOP, "/x"));
    let mut again = Browser::new(&door);
    again.cookies = mark;
    assert!(refused(&again.go(&code).await));
}

#[tokio::test]
async fn a_sign_in_leads_to_our_own_hosts_only() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let mut admin = Browser::new(&door);
    signed_in(&door, &mut admin, crate::harness::door::ADMIN).await;
    let seal = "A".repeat(43);
    for next in [
        "http://evil.example/",
        "http://wiki.test.evil.example/",
        "http://wiki.test/",
        "https://wiki.test/",
        "http://wiki.test:81/",
        "//wiki.test",
        "http://x@wiki.test/",
        "http://auth.test:81/",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("next", next), ("seal", &seal)])
            .finish();
        let led = admin.go(&at(&door, DESK, &format!("/_doorward/login?{query}"))).await;
        assert_eq!(led, at(&door, DESK, "/_doorward/apps"), "{next}");
    }
    for next in ["http://evil.example/", "//evil.example", "/\\evil.example", "http://shop.test/"] {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs([("next", next), ("code", "x")]).finish();
        for page in ["login", "enter"] {
            let led = admin.go(&at(&door, WIKI, &format!("/_doorward/{page}?{query}"))).await;
            assert_eq!(led, at(&door, WIKI, "/"), "{page} {next}");
        }
    }
    // Who is not signed in is not led astray by it either.
    let mut stranger = Browser::new(&door);
    let led = stranger.go(&at(&door, WIKI, "/_doorward/login?next=http://evil.example/")).await;
    assert!(led.starts_with(&at(&door, DESK, "/_doorward/login?")) && !led.contains("evil"), "{led}");
    // A host that is nobody's begins nothing.
    let said = call(&door, "evil.example", Method::GET, "/_doorward/login?next=/", &[("accept", "text/html")]).await;
    assert_eq!((said.status().as_u16(), head(&said, "set-cookie")), (404, ""));
}

#[tokio::test]
async fn a_way_into_an_app_opens_neither_the_desk_nor_another_app() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let mut admin = Browser::new(&door);
    signed_in(&door, &mut admin, crate::harness::door::ADMIN).await;
    let (entry, session) = (admin.cookie(WIKI), admin.cookie(DESK));
    let cookie = |token: &str| ("cookie", format!("doorward-{}={token}", door.port));
    let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
    let me = "/_doorward/api/v1/auth/me";
    for (host, path, header, expected) in [
        (DESK, me, cookie(&session), 200),
        (DESK, me, cookie(&entry), 401),
        (DESK, me, bearer(&entry), 401),
        (WIKI, "/x", cookie(&entry), 200),
        (WIKI, "/x", cookie(&session), 401),
        (WIKI, "/x", bearer(&entry), 401),
        (SHOP, "/x", cookie(&entry), 401),
        ("wiki.test.", "/x", cookie(&entry), 200),
        (DESK, "/x", cookie(&session), 404),
        (WIKI, me, cookie(&session), 404),
        (WIKI, me, cookie(&entry), 404),
        (WIKI, me, bearer(&session), 404),
    ] {
        let answer = call(&door, host, Method::GET, path, &[(header.0, &header.1)]).await;
        assert_eq!(answer.status(), expected, "{host}{path} with {header:?}");
    }
    // Programs sign in at the desk, and their token opens the apps.
    let signed: Value = json_of(
        Person::stranger(&door)
            .ask(Method::POST, "/_doorward/api/v1/auth/login")
            .header(header::HOST, format!("{DESK}:{}", door.port))
            .json(&json!({"username": crate::harness::door::ADMIN, "password": PASSWORD}))
            .send()
            .await
            .expect("an answer"),
    )
    .await;
    let token = bearer(signed["token"].as_str().expect("a token"));
    assert_eq!(call(&door, WIKI, Method::GET, "/x", &[(token.0, &token.1)]).await.status(), 200);
}

#[tokio::test]
async fn a_strangers_headers_do_not_make_an_apps_host_the_desks() {
    let echo = Echo::start();
    let door = door(&echo).await;
    let me = "/_doorward/api/v1/auth/status";
    let setup = "/_doorward/api/v1/openapi.json";
    assert_eq!(call(&door, WIKI, Method::GET, me, &[]).await.status(), 200, "whether one is signed in may be asked");
    for (name, value) in [
        ("x-forwarded-host", DESK),
        ("forwarded", "host=auth.test"),
        ("x-original-host", DESK),
        ("x-host", DESK),
        ("x-forwarded-server", DESK),
        ("referer", "http://auth.test/"),
        ("origin", "http://auth.test"),
    ] {
        let answer = call(&door, WIKI, Method::GET, setup, &[(name, value)]).await;
        assert_eq!(answer.status(), 404, "{name}");
        let problem = json_of(answer).await;
        assert_eq!(problem["code"], "not_here");
        assert_eq!(problem["desk"], format!("http://{DESK}:{}", door.port));
    }
    for host in ["AUTH.TEST", "auth.test.", "auth.test"] {
        assert_eq!(call(&door, host, Method::GET, setup, &[]).await.status(), 200, "{host}");
        assert_eq!(call(&door, host, Method::GET, "/x", &[]).await.status(), 404, "{host}");
    }
    let led = call(&door, DESK, Method::GET, "/", &[("accept", "text/html")]).await;
    assert_eq!((led.status().as_u16(), head(&led, "location")), (302, "/_doorward"));
    for probe in ["health", "ready"] {
        for host in [WIKI, DESK, "127.0.0.1"] {
            assert_eq!(
                call(&door, host, Method::GET, &format!("/_doorward/{probe}"), &[]).await.status(),
                200,
                "{probe} at {host}"
            );
        }
    }
}
