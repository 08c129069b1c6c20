//! Authorization is proved, not sampled: every route is tried with no, bad and too-weak credentials. A route that says nothing
//! about whom it is for, or is open and not on the list, fails.

use doorward_web::pages::{self, Audience};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{API, Answer, PASSWORD, Signed, TestDesk};

/// The endpoints open to everybody. This list only shrinks.
const OPEN: [&str; 6] = [
    "GET /_doorward/api/v1/auth/status",
    "POST /_doorward/api/v1/auth/setup",
    "POST /_doorward/api/v1/auth/login",
    "GET /_doorward/api/v1/openapi.json",
    "GET /_doorward/health",
    "GET /_doorward/ready",
];

pub struct Endpoint {
    pub method: String,
    pub path: String,
    pub required: Option<String>,
}

impl Endpoint {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All endpoints of the description; the router is made from nothing else.
pub fn endpoints() -> Vec<Endpoint> {
    let description = doorward_web::openapi();
    let mut found = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in
            operations.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("parameters"))
        {
            let required = operation.get("x-required-action").and_then(Value::as_str).map(str::to_owned);
            let is_open = operation.get("security") == Some(&json!([{}]));
            assert_eq!(required.is_none(), is_open, "{method} {path} says either that it is open or whom it is for");
            found.push(Endpoint { method: method.to_uppercase(), path: path.clone(), required });
        }
    }
    found
}

/// The path with something that exists in it, belonging to the administrator.
pub async fn filled(desk: &TestDesk, admin: &Signed, path: &str) -> String {
    if path.contains("sessions/{id}") {
        let me = desk.ask("GET", &format!("{API}/auth/me")).bearer(admin).send("").await.body();
        return path.replace("{id}", me["session"]["id"].as_str().unwrap());
    }
    if path.contains("grants/{id}") {
        let grants = desk.ask("GET", &format!("{API}/grants?user=admin")).bearer(admin).send("").await.body();
        return path.replace("{id}", grants["items"][0]["id"].as_str().unwrap());
    }
    if path.contains("groups/{id}") {
        desk.ask("POST", &format!("{API}/groups")).bearer(admin).json(&json!({"name": "data"})).await;
        let me = desk.ask("GET", &format!("{API}/auth/me")).bearer(admin).send("").await.body();
        return path.replace("{id}", "data").replace("{member_id}", me["user"]["id"].as_str().unwrap());
    }
    if path.contains("api-keys/{id}") {
        let body = json!({"name": "ci", "role": "viewer", "owner": "me"});
        desk.ask("POST", &format!("{API}/api-keys")).bearer(admin).json(&body).await;
        return path.replace("{id}", "ci");
    }
    if path.contains("access-requests/{id}") {
        return path.replace("{id}", &desk.asked_for_access().await);
    }
    if path.contains("audit/{id}") {
        return path.replace("{id}", "1");
    }
    path.replace("{id}", "admin")
}

async fn anonymous(desk: &TestDesk, endpoint: &Endpoint, path: &str, header: Option<(&'static str, &str)>) -> Answer {
    let asking = desk.ask(&endpoint.method, path);
    match header {
        Some((name, value)) => asking.header(name, value).json(&json!({})).await,
        None => asking.json(&json!({})).await,
    }
}

#[tokio::test]
async fn every_endpoint_turns_away_whoever_is_not_signed_in() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let not_his = format!("Bearer {}", &admin.bearer[..admin.bearer.len() - 4]);
    for endpoint in endpoints() {
        if endpoint.required.is_none() {
            assert!(OPEN.contains(&endpoint.name().as_str()), "{} is open and not on the list", endpoint.name());
            continue;
        }
        let path = filled(&desk, &admin, &endpoint.path).await;
        for header in [
            None,
            Some(("cookie", "doorward=")),
            Some(("cookie", "doorward=guess")),
            Some(("cookie", "__Host-doorward=guess")),
            Some(("authorization", "Bearer guess")),
            Some(("authorization", "Bearer ")),
            Some(("authorization", not_his.as_str())),
            Some(("authorization", "Basic YWRtaW46YWRtaW4=")),
        ] {
            let answer = anonymous(&desk, &endpoint, &path, header).await;
            assert_eq!(answer.brief(), "401 sign_in_required", "{} with {header:?}", endpoint.name());
            assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"doorward\""));
            assert!(answer.header("doorward-decision").starts_with("sign-in; id="));
            assert_eq!(answer.body()["login_url"], "/_doorward/login");
        }
    }
}

#[tokio::test]
async fn every_endpoint_turns_away_whoever_holds_too_weak_a_role() {
    let desk = TestDesk::new().await;
    let (admin, max, vera) = (desk.sign_in("admin").await, desk.sign_in("max").await, desk.sign_in("vera").await);
    for endpoint in endpoints() {
        let path = filled(&desk, &admin, &endpoint.path).await;
        let (too_weak, expected): (Vec<&Signed>, &[&str]) = match endpoint.required.as_deref() {
            None | Some("signed-in") => continue,
            Some("admin") => (vec![&vera, &max], &["403 forbidden"]),
            Some("manage") => (vec![&vera], &["403 forbidden"]),
            // Whose app it is sees it; for others it is not there.
            Some("answer") => (vec![&vera], &["404 not_found"]),
            Some("own") => (vec![&vera, &max], &["403 forbidden", "404 not_found"]),
            Some(other) => panic!("{} demands {other}, which nobody tests", endpoint.name()),
        };
        let about_admin = json!({"as": "admin", "method": "GET", "path": "/wiki/"});
        let body = match endpoint.path.rsplit('/').next() {
            Some("explain") => about_admin,
            Some("api-keys") => json!({"name": "ci", "role": "viewer"}),
            _ => json!({}),
        };
        for caller in too_weak {
            for asking in
                [desk.ask(&endpoint.method, &path).bearer(caller), desk.ask(&endpoint.method, &path).page_of(caller)]
            {
                let answer = asking.json(&body).await;
                assert!(expected.contains(&answer.brief().as_str()), "{}: {}", endpoint.name(), answer.text);
                if answer.status == 403 {
                    assert!(answer.header("doorward-decision").starts_with("deny; id="));
                    assert!(answer.body()["required_action"].is_string(), "{}", answer.text);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_administrative_write_with_the_cookie_asks_for_the_password_again() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    desk.clock.advance(Duration::from_mins(15));
    let of_others = format!("{API}/users/vera/sessions");
    let mut tried = 0;
    let is_asked = |endpoint: &&Endpoint| matches!(endpoint.required.as_deref(), Some("admin" | "answer"));
    for endpoint in endpoints().iter().filter(is_asked) {
        let path = filled(&desk, &admin, &endpoint.path).await;
        let asking = desk.ask(&endpoint.method, &path).page_of(&admin);
        if endpoint.method == "GET" {
            assert_eq!(asking.send("").await.status, 200, "{}: reading is not asked", endpoint.name());
        } else if !endpoint.path.ends_with("/explain") {
            tried += 1;
            let answer = asking.json(&json!({})).await;
            assert_eq!(answer.brief(), "403 step_up_required", "{}", endpoint.name());
            assert_eq!(answer.body()["step_up_url"], format!("{API}/auth/step-up"));
        }
    }
    assert!(tried >= 6, "{tried}");
    assert_eq!(desk.ask("DELETE", &of_others).page_of(&admin).send("").await.brief(), "403 step_up_required");
    // Who has no right to it is not asked for a password.
    assert_eq!(
        desk.ask("DELETE", &format!("{API}/users/admin")).page_of(&vera).send("").await.brief(),
        "403 forbidden"
    );
    // Programs send their token on purpose.
    assert!(desk.ask("DELETE", &of_others).bearer(&admin).send("").await.status.is_success());
}

#[tokio::test]
async fn the_password_again_opens_administration_for_a_while() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let step_up = |password| {
        desk.ask("POST", &format!("{API}/auth/step-up")).page_of(&admin).json_owned(json!({"password": password}))
    };
    let rename =
        || desk.ask("PATCH", &format!("{API}/users/vera")).page_of(&admin).json_owned(json!({"full_name": "Vera"}));
    assert_eq!(rename().await.status, 200, "just signed in");
    desk.clock.advance(Duration::from_mins(15));
    assert_eq!(rename().await.brief(), "403 step_up_required");
    assert_eq!(step_up("a guess").await.brief(), "422 wrong_password");
    assert_eq!(rename().await.brief(), "403 step_up_required");
    assert_eq!(step_up(PASSWORD).await.status, 204);
    assert_eq!(rename().await.status, 200);
    desk.clock.advance(Duration::from_mins(15));
    assert_eq!(rename().await.brief(), "403 step_up_required");
    let audit = desk.ask("GET", &format!("{API}/audit?action=step_up")).page_of(&admin).send("").await.body();
    let outcomes: Vec<_> = audit["items"].as_array().unwrap().iter().map(|event| event["outcome"].clone()).collect();
    assert_eq!(outcomes, ["success", "failure"]);
}

#[tokio::test]
async fn guessing_the_password_here_is_slowed_like_signing_in() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let guess =
        || desk.ask("POST", &format!("{API}/auth/step-up")).page_of(&admin).json_owned(json!({"password": "a guess"}));
    for _ in 0..5 {
        assert_eq!(guess().await.brief(), "422 wrong_password");
    }
    let slowed = guess().await;
    assert_eq!((slowed.brief().as_str(), slowed.header("retry-after")), ("429 throttled", "1"));
}

#[tokio::test]
async fn every_write_with_the_cookie_needs_the_token_of_its_own_session() {
    let desk = TestDesk::new().await;
    let (admin, other) = (desk.sign_in("admin").await, desk.sign_in("admin").await);
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.required.is_some() && endpoint.method != "GET") {
        let path = filled(&desk, &admin, &endpoint.path).await;
        for token in ["", "guess", other.csrf.as_str()] {
            let answer =
                desk.ask(&endpoint.method, &path).cookie(&admin).header("x-csrf-token", token).json(&json!({})).await;
            assert_eq!(answer.brief(), "403 csrf", "{} with {token:?}", endpoint.name());
        }
        let without = desk.ask(&endpoint.method, &path).cookie(&admin).json(&json!({})).await;
        assert_eq!(without.brief(), "403 csrf", "{}", endpoint.name());
    }
}

#[tokio::test]
async fn every_write_from_another_site_is_refused_whatever_it_carries() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.method != "GET") {
        let path = filled(&desk, &admin, &endpoint.path).await;
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://evil.test"),
            ("origin", "https://door.test"),
            ("origin", "http://door.test:81"),
            ("origin", "null"),
        ] {
            let answer = desk.ask(&endpoint.method, &path).page_of(&admin).header(name, value).json(&json!({})).await;
            assert_eq!(answer.brief(), "403 cross_site", "{} with {name}: {value}", endpoint.name());
        }
    }
}

#[tokio::test]
async fn every_page_for_people_who_are_signed_in_leads_others_to_the_login_page() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    for (path, methods, audience) in pages::listed() {
        let path = path.replace("{id}", "0").replace("{decision_id}", "0").replace("{file}", "0");
        if audience == Audience::Everybody {
            continue;
        }
        for method in methods {
            for cookie in ["doorward=guess", "other=cookie"] {
                let asking = desk.ask(method, &path).header("cookie", cookie);
                let answer = if *method == "GET" { asking.navigating().send("").await } else { asking.form(&[]).await };
                assert!(answer.brief().starts_with("303 /_doorward/login"), "{method} {path}: {}", answer.brief());
            }
        }
        if methods.contains(&"POST") {
            for fields in [vec![], vec![("csrf", "")], vec![("csrf", "guess")]] {
                let mut filled = vec![("current", "x"), ("password", "x"), ("again", "x")];
                filled.extend(fields);
                let answer = desk.ask("POST", &path).cookie(&vera).form(&filled).await;
                assert_eq!(answer.status, 403, "{path} without the token");
            }
            let answer = desk
                .ask("POST", &path)
                .cookie(&vera)
                .header("sec-fetch-site", "cross-site")
                .form(&[("csrf", &vera.csrf)])
                .await;
            assert_eq!(answer.status, 403, "{path} from another site");
        }
    }
}

#[tokio::test]
async fn every_page_for_administrators_turns_everybody_else_away() {
    let desk = TestDesk::new().await;
    let (admin, max, vera) = (desk.sign_in("admin").await, desk.sign_in("max").await, desk.sign_in("vera").await);
    let pages: Vec<_> = pages::listed().into_iter().filter(|page| matches!(page.2, Audience::Only(_))).collect();
    assert!(!pages.is_empty());
    for (path, methods, _) in pages {
        assert_eq!(methods, ["GET"], "{path}: say here how its form is refused");
        let see = async |signed| desk.ask("GET", path).cookie(signed).navigating().send("").await.status;
        assert_eq!(
            (see(&admin).await, see(&max).await, see(&vera).await),
            (200.try_into().unwrap(), 403.try_into().unwrap(), 403.try_into().unwrap()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_page_open_to_everybody_is_on_this_list() {
    let open: Vec<_> =
        pages::listed().into_iter().filter(|page| page.2 == Audience::Everybody).map(|page| page.0).collect();
    assert_eq!(
        open,
        [
            "/_doorward",
            "/_doorward/",
            "/_doorward/assets/{file}",
            "/_doorward/login",
            "/_doorward/enter",
            "/_doorward/setup"
        ]
    );
}

/// The routes and whom they are for, to be reviewed as a diff.
#[test]
fn the_table_of_endpoints_is_as_it_was_reviewed() {
    let mut lines: Vec<_> = endpoints()
        .into_iter()
        .map(|endpoint| {
            format!(
                "{:9} {} {}",
                endpoint.required.as_deref().unwrap_or("open"),
                endpoint.method,
                endpoint.path.replace("/_doorward", "")
            )
        })
        .collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @"
    admin     DELETE /api/v1/grants/{id}
    admin     DELETE /api/v1/groups/{id}
    admin     DELETE /api/v1/groups/{id}/members/{member_id}
    admin     DELETE /api/v1/users/{id}
    admin     GET /api/v1/grants
    admin     GET /api/v1/grants/{id}
    admin     GET /api/v1/groups
    admin     GET /api/v1/groups/{id}
    admin     GET /api/v1/groups/{id}/members
    admin     GET /api/v1/sessions
    admin     GET /api/v1/users
    admin     GET /api/v1/users/{id}
    admin     PATCH /api/v1/groups/{id}
    admin     PATCH /api/v1/users/{id}
    admin     POST /api/v1/grants
    admin     POST /api/v1/groups
    admin     POST /api/v1/groups/{id}/members
    admin     POST /api/v1/users
    admin     PUT /api/v1/users/{id}
    admin     PUT /api/v1/users/{id}/password
    answer    GET /api/v1/access-requests/{id}
    answer    POST /api/v1/access-requests/{id}/approve
    answer    POST /api/v1/access-requests/{id}/decline
    manage    GET /api/v1/audit
    manage    GET /api/v1/audit/verify
    manage    GET /api/v1/audit/{id}
    manage    GET /metrics
    open      GET /api/v1/auth/status
    open      GET /api/v1/openapi.json
    open      GET /health
    open      GET /ready
    open      POST /api/v1/auth/login
    open      POST /api/v1/auth/setup
    own       DELETE /api/v1/api-keys/{id}
    own       DELETE /api/v1/sessions/{id}
    own       DELETE /api/v1/users/{id}/sessions
    own       GET /api/v1/api-keys
    own       GET /api/v1/api-keys/{id}
    own       GET /api/v1/users/{id}/sessions
    own       PATCH /api/v1/api-keys/{id}
    own       POST /api/v1/api-keys
    own       POST /api/v1/api-keys/{id}/rotate
    own       POST /api/v1/decisions/explain
    signed-in GET /api/v1/access-requests
    signed-in GET /api/v1/auth/me
    signed-in GET /api/v1/auth/menu
    signed-in POST /api/v1/access-requests
    signed-in POST /api/v1/auth/change-password
    signed-in POST /api/v1/auth/logout
    signed-in POST /api/v1/auth/step-up
    ");
}
