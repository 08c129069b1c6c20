//! Signing in and out, through the API and through the pages.

use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::person::{Person, head, json_of, text};
use crate::harness::{Door, Echo};

/// Sends the form of the sign-in page, as a browser without JavaScript does.
async fn send_form(door: &Door, next: &str, password: &str) -> reqwest::Response {
    let person = door.stranger();
    let page = person.visit(&format!("/_doorward/login?next={next}")).await;
    assert_eq!(page.status(), 200);
    let form = format!("username={ADMIN}&password={}&next={next}", password.replace(' ', "+"));
    person
        .ask(Method::POST, "/_doorward/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("Sec-Fetch-Site", "same-origin")
        .header(header::ACCEPT, "text/html")
        .body(form)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_form_signs_in_and_leads_back() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let answer = send_form(&door, "/runs%3Fview%3Dall", PASSWORD).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(head(&answer, "location").trim_start_matches(&door.url("")), "/runs?view=all");
    let cookie = head(&answer, "set-cookie").to_owned();
    assert!(cookie.starts_with(&format!("doorward-{}=", door.port)), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute} is missing in {cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
    let mut person = door.stranger();
    cookie.split(';').next().unwrap().clone_into(&mut person.cookie);
    assert_eq!(text(person.get("/runs").await).await, "echo");
}

#[tokio::test]
async fn the_form_never_leads_to_somebody_elses_site() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    for evil in [
        "//evil.example",
        "https%3A%2F%2Fevil.example%2F",
        "%2F%5Cevil.example",
        "https%3Aevil.example",
        "javascript%3Aalert(1)",
        "%09//evil.example",
    ] {
        let answer = send_form(&door, evil, PASSWORD).await;
        assert_eq!(answer.status(), 303, "{evil}");
        let location = head(&answer, "location");
        let own = location.starts_with(&door.url("/"))
            || (location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\"));
        assert!(own, "{evil} led to {location}");
    }
}

#[tokio::test]
async fn a_wrong_password_says_the_same_as_an_unknown_user() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let mut answers = Vec::new();
    for (name, password) in [(ADMIN, "wrong password"), ("nobody-here", "wrong password")] {
        let answer = door.stranger().api(Method::POST, "auth/login", &credentials(name, password)).await;
        assert_eq!(answer.status(), 401);
        let mut body = json_of(answer).await;
        body.as_object_mut().unwrap().retain(|key, _| key != "instance" && key != "decision_id");
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["code"], "invalid_credentials");
}

#[tokio::test]
async fn guessing_is_slowed_but_the_owner_elsewhere_gets_in() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").config("trusted_proxies: [127.0.0.0/8]").start().await;
    let attempt = async |address: &str, password: &str| {
        let request =
            door.stranger().ask(Method::POST, "/_doorward/api/v1/auth/login").header("X-Forwarded-For", address);
        request.json(&credentials(ADMIN, password)).send().await.unwrap()
    };
    let mut slowed = None;
    for number in 0..60 {
        let answer = attempt("203.0.113.9", &format!("wrong {number}")).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            slowed = Some(head(&answer, "retry-after").to_owned());
            break;
        }
    }
    let wait = slowed.expect("sixty wrong guesses in a row are slowed");
    assert!(wait.parse::<u64>().is_ok_and(|seconds| seconds >= 1), "Retry-After: {wait}");
    assert_eq!(attempt("203.0.113.9", PASSWORD).await.status(), 429, "also the right one, from where the guessing is");
    assert_eq!(attempt("198.51.100.7", PASSWORD).await.status(), 200, "the owner is not locked out");
}

/// Sign-ins through one client, whose connections are used again: making a new one for each would keep the processor from those that
/// are measured.
struct SignIns {
    client: Client,
    url: String,
    /// Of the wrong ones, how many were tried.
    tried: AtomicU32,
}

impl SignIns {
    fn at(door: &Door) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { client, url: door.url("/_doorward/api/v1/auth/login"), tried: AtomicU32::new(0) }
    }

    async fn attempt(&self, address: &str, name: &str, password: &str) -> StatusCode {
        let request = self.client.post(&self.url).header("X-Forwarded-For", address);
        let answer = request.json(&credentials(name, password)).send().await.expect("an answer");
        let status = answer.status();
        answer.bytes().await.expect("a body to its end");
        status
    }

    /// Four hundred, of eight addresses, as many at once as there are connections. Of each address about a dozen are tried, one after
    /// the other; the others are told to wait.
    async fn wrong_ones(&self) {
        let next = AtomicU32::new(0);
        let one_after_another = |_| async {
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= 400 {
                    return;
                }
                let address = format!("203.0.113.{}", number % 8);
                let status = self.attempt(&address, &format!("user{number}"), "wrong").await;
                self.tried.fetch_add(u32::from(status == StatusCode::UNAUTHORIZED), Ordering::SeqCst);
            }
        };
        futures_util::future::join_all((0..128).map(one_after_another)).await;
    }

    /// The right one, once so many of the wrong ones were tried: how long it took, and how many of those were tried meanwhile.
    async fn right_one(&self, address: &str, once: u32) -> (Duration, u32) {
        while self.tried() < once {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let (before, began) = (self.tried(), Instant::now());
        assert_eq!(self.attempt(address, ADMIN, PASSWORD).await, StatusCode::OK);
        (began.elapsed(), self.tried() - before)
    }

    fn tried(&self) -> u32 {
        self.tried.load(Ordering::SeqCst)
    }
}

/// The owner's address is one that they have signed in from before, the stranger's is not.
const OWNER: &str = "198.51.100.7";
const STRANGER: &str = "198.51.100.8";

/// What a sign-in may take while many others are wrong, if the machine is fast enough for that.
const PROMISED: Duration = Duration::from_millis(300);

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// How long a password takes depends on the machine, so it is measured in how long one takes when nobody else is there. The owner waits
/// for one that is under way at most, a stranger for their turn among the networks: whose turn it is depends on no machine.
#[tokio::test]
async fn a_right_password_from_elsewhere_is_answered_before_most_of_many_wrong_ones() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").config("trusted_proxies: [127.0.0.0/8]").start().await;
    let sign_ins = SignIns::at(&door);
    let mut calm = Vec::new();
    for _ in 0..7 {
        calm.push(sign_ins.right_one(OWNER, 0).await.0);
    }
    let calm = median(calm);
    let owner = futures_util::future::join_all([4, 12, 20, 28, 36].map(|once| sign_ins.right_one(OWNER, once)));
    let stranger = sign_ins.right_one(STRANGER, 1);
    let ((), owner, (_, passed_over)) = futures_util::future::join3(sign_ins.wrong_ones(), owner, stranger).await;

    let all = sign_ins.tried();
    assert!(all >= 60, "only {all} were tried");
    assert!(passed_over < all / 2, "{passed_over} of {all} wrong ones came before the stranger");
    let most = owner.iter().map(|(_, passed_over)| *passed_over).max();
    assert!(most < Some(all / 8), "{most:?} of {all} wrong ones came before the owner: {owner:?}");
    let waited = median(owner.iter().map(|(waited, _)| *waited).collect());
    let limit = PROMISED.max(calm * 4);
    assert!(waited < limit, "{waited:?} where {calm:?} is usual and {limit:?} is the limit: {owner:?}");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_signing_in_makes_a_new_one() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let first = door.admin().await;
    let second = door.admin().await;
    assert_ne!(first.cookie, second.cookie);
    first.api_done(Method::POST, "auth/logout", &Value::Null).await;
    assert_eq!(first.api(Method::GET, "auth/me", &Value::Null).await.status(), 401);
    assert_eq!(second.api(Method::GET, "auth/me", &Value::Null).await.status(), 200);
    let mut program = door.stranger();
    program.bearer.clone_from(&first.bearer);
    let answer =
        program.ask(Method::GET, "/_doorward/api/v1/auth/me").bearer_auth(&program.bearer).send().await.unwrap();
    assert_eq!(answer.status(), 401, "the bearer token dies with the session");
}

#[tokio::test]
async fn the_bearer_token_opens_the_door_for_programs() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    let answer = door.stranger().ask(Method::POST, "/job").bearer_auth(&admin.bearer).body("x").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!echo.last().head.contains(&admin.bearer), "the tool never sees it");
    let broken = format!("{}x", admin.bearer);
    let answer = door.stranger().ask(Method::POST, "/job").bearer_auth(&broken).body("x").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(echo.seen().len(), 1);
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let here = door.user("ada", "viewer").await;
    let elsewhere = door.sign_in("ada").await;
    let body = json!({"current_password": PASSWORD, "new_password": "another good one"});
    here.api_done(Method::POST, "auth/change-password", &body).await;
    assert_eq!(elsewhere.api(Method::GET, "auth/me", &Value::Null).await.status(), 401);
    assert_eq!(here.api(Method::GET, "auth/me", &Value::Null).await.status(), 200);
    let old = door.stranger().api(Method::POST, "auth/login", &credentials("ada", PASSWORD)).await;
    assert_eq!(old.status(), 401);
    Person::sign_in(&door, "ada", "another good one").await;
}

#[tokio::test]
async fn a_stolen_database_opens_nothing() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let admin = door.admin().await;
    let token = admin.cookie.split_once('=').unwrap().1;
    let dump = door.sql(".dump");
    for secret in [token, &admin.bearer, PASSWORD, &admin.csrf] {
        assert!(!dump.contains(secret), "a secret stands in the database in clear");
    }
    assert!(!door.process.output().contains(token), "and none in the log");
}

/// Cookies do not tell ports apart: a browser sends both doors' to both.
#[tokio::test]
async fn two_doorwards_on_one_host_keep_a_browser_signed_in_to_both() {
    let (first, second) = (Echo::start(), Echo::start());
    let one = Door::guarding(&first.url(), "generic").start().await;
    let other = Door::guarding(&second.url(), "generic").start().await;
    let browser = Client::builder().cookie_store(true).no_proxy().build().expect("a client");
    let sign_in = async |door: &Door| {
        let request = browser.post(door.url("/_doorward/api/v1/auth/login")).json(&credentials(ADMIN, PASSWORD));
        json_of(request.send().await.expect("an answer")).await["csrf_token"].as_str().expect("signed in").to_owned()
    };
    let status = async |door: &Door, path: &str| browser.get(door.url(path)).send().await.expect("an answer").status();
    let at_one = sign_in(&one).await;
    sign_in(&other).await;
    for door in [&one, &other, &one] {
        assert_eq!(status(door, "/_doorward/api/v1/auth/me").await, 200);
        assert_eq!(status(door, "/page").await, 200, "and reaches the app behind it");
    }
    let leave = browser.post(one.url("/_doorward/api/v1/auth/logout")).header("X-CSRF-Token", at_one);
    assert!(leave.send().await.expect("an answer").status().is_success());
    assert_eq!(status(&one, "/_doorward/api/v1/auth/me").await, 401);
    assert_eq!(status(&other, "/_doorward/api/v1/auth/me").await, 200, "signing out of one is not of the other");
}
