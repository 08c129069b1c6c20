//! The API keeps to the one table of rights: everybody tries every endpoint of its description, and is refused exactly where that says so.

use doorward_domain::{Role, Secret};
use doorward_service::Right;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::access::{Endpoint, endpoints, filled};
use crate::support::{API, Answer, Signed, TestDesk};

/// Somebody who tries.
struct Caller {
    credential: Credential,
    /// What they hold on everything.
    role: Option<Role>,
}

enum Credential {
    Session(Signed),
    Key(Secret),
}

impl Caller {
    async fn ask(&self, desk: &TestDesk, endpoint: &Endpoint, path: &str) -> Answer {
        let asking = desk.ask(&endpoint.method, path);
        let asking = match &self.credential {
            Credential::Session(signed) => asking.bearer(signed),
            Credential::Key(text) => asking.header("doorward-key", text.expose()),
        };
        asking.json(&body(endpoint)).await
    }

    fn is_program(&self) -> bool {
        matches!(self.credential, Credential::Key(_))
    }

    /// What the word of the description means for what is the administrator's, or of all.
    fn may(&self, required: &str) -> bool {
        let weakest = match required {
            "signed-in" => None,
            "admin" | "own" => Some(Role::Admin),
            "manage" | "answer" => Some(Role::Manager),
            other => panic!("no right says {other}"),
        };
        self.role >= weakest
    }
}

/// Something that is read, and that comes to nothing: no user is changed by it.
fn body(endpoint: &Endpoint) -> Value {
    match endpoint.path.rsplit('/').next() {
        Some("explain") => json!({"as": "admin", "method": "GET", "path": "/wiki/"}),
        Some("api-keys") => json!({"name": "another", "role": "viewer"}),
        _ => json!({}),
    }
}

/// Whether that is what somebody hears who may not. Where it depends on what it is about, what they may not even see is not there.
fn is_refusal(answer: &Answer, required: &str) -> bool {
    match answer.brief().as_str() {
        "403 forbidden" => true,
        "404 not_found" => ["own", "answer"].contains(&required),
        _ => false,
    }
}

/// As whom somebody of this role signs in.
async fn sign_in(desk: &TestDesk, role: Option<Role>) -> Caller {
    let name = if role == Some(Role::Admin) { "admin" } else { "tess" };
    Caller { credential: Credential::Session(desk.sign_in(name).await), role }
}

async fn tries_everything(desk: &TestDesk, mut caller: Caller) {
    let mut admin = desk.sign_in("admin").await;
    for endpoint in endpoints() {
        let Some(required) = endpoint.required.as_deref() else { continue };
        let path = filled(desk, &admin, &endpoint.path).await;
        let answer = caller.ask(desk, &endpoint, &path).await;
        let told = format!("{} as {:?}: {} {}", endpoint.name(), caller.role, answer.brief(), answer.text);
        if answer.brief() == "403 session_required" {
            assert!(caller.is_program() && required == "signed-in", "{told}");
            continue;
        }
        assert_eq!(is_refusal(&answer, required), !caller.may(required), "{told}");
        assert!(![401, 500, 503].contains(&answer.status.as_u16()), "{told}");
        if answer.status.is_success() && (endpoint.method == "DELETE" || path.ends_with("/logout")) {
            // It may have ended these.
            admin = desk.sign_in("admin").await;
            caller = if caller.is_program() { caller } else { sign_in(desk, caller.role).await };
        }
    }
}

#[tokio::test]
async fn people_of_every_role_are_refused_exactly_where_the_description_says_so() {
    for role in std::iter::once(None).chain(Role::ALL.map(Some)) {
        let desk = TestDesk::new().await;
        desk.add_with("tess", role.filter(|role| *role != Role::Admin)).await;
        let caller = sign_in(&desk, role).await;
        tries_everything(&desk, caller).await;
    }
}

#[tokio::test]
async fn keys_are_refused_where_people_of_their_role_are() {
    for role in [Role::Viewer, Role::Manager, Role::Admin] {
        let desk = TestDesk::new().await;
        let admin = desk.sign_in("admin").await;
        let new = json!({"name": "program", "role": role.as_str()});
        let made = desk.ask("POST", &format!("{API}/api-keys")).bearer(&admin).json(&new).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let text = Secret::new(made.body()["key"].as_str().unwrap().to_owned());
        tries_everything(&desk, Caller { credential: Credential::Key(text), role: Some(role) }).await;
    }
}

#[test]
fn the_description_uses_the_words_of_the_table_and_no_others() {
    let described: BTreeSet<String> = endpoints().into_iter().filter_map(|endpoint| endpoint.required).collect();
    let known: BTreeSet<String> = Right::ALL.iter().map(|right| right.required().to_owned()).collect();
    assert_eq!(described, known);
}
