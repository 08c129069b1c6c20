//! Each role of Dagster's, held in every way that there is but for a session, which the tests of the product try: by keys, by a group, by what a
//! key's owner may. Whatever was tried to get past a role with a cookie is tried again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward_domain::{Effect, Member, Role, Scope, Subject, UserId};
use doorward_service::Actor;
use doorward_service::admin::keys::NewKey;
use serde_json::{Value, json};

use crate::attacks;
use crate::harness::{TestDoor, Tool};
use crate::holders::{ran, send};
use crate::things::{OK, ask, give, is_denied, person};

/// What Dagster offers, with the weakest role for each.
const OPERATIONS: &str = include_str!("../../../../tests/data/dagster_operations.json");

/// Every mutation of Dagster's, and who may.
fn mutations() -> Vec<(String, Role)> {
    let all: Vec<Value> = serde_json::from_str(OPERATIONS).unwrap();
    let text = |own: &Value, name: &str| own[name].as_str().unwrap().to_owned();
    let mutations = all.iter().filter(|own| own["kind"] == "mutation");
    mutations.map(|own| (text(own, "field"), text(own, "role").parse().unwrap())).collect()
}

async fn key(door: &TestDoor, name: String, role: Role, scope: Scope, owner: Option<UserId>) -> String {
    let new = NewKey { name, role, scope, owner, expires_at: None, allowed_addresses: Vec::new() };
    door.services.keys.create(&Actor::System, new).await.unwrap().0.expose().to_owned()
}

/// Whoever has this role and no more: how they come by it, and the header lines they come with.
async fn holders(door: &TestDoor, role: Role) -> Vec<(&'static str, String)> {
    let app = || Scope::App("tool".parse().unwrap());
    let of_nobody = key(door, format!("{role}-of-app"), role, app(), None).await;
    let owner = door.sign_in(&format!("{role}-owner"), role).await;
    let held_back = key(door, format!("{role}-own"), Role::Admin, Scope::Everything, Some(owner.user.id)).await;
    let strong = door.sign_in(&format!("{role}-strong"), Role::Admin).await;
    let weak = key(door, format!("{role}-weak"), role, app(), Some(strong.user.id)).await;

    let member = person(door, &format!("{role}-member")).await;
    let group = door.services.groups.create(&Actor::System, &format!("{role}s"), "").await.unwrap().id;
    door.services.groups.join(&Actor::System, group, Member::User(member.user.id)).await.unwrap();
    give(door, Subject::Group(group), Effect::Allow(role), None).await;
    vec![
        ("a key", format!("Doorward-Key: {of_nobody}\r\n")),
        ("a key that its owner holds back", format!("Authorization: Bearer {held_back}\r\n")),
        (
            "a key with less than its owner",
            format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("x:{weak}"))),
        ),
        ("a group", member.cookie()),
    ]
}

#[tokio::test]
async fn every_mutation_passes_for_exactly_the_roles_listed_however_they_are_held() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let mutations = mutations();
    assert_eq!(mutations.len(), 41);
    for role in Role::ALL {
        // Where it turns: this role is the least that will do, or the strongest that won't.
        let turns = |least: Role| least == role || Role::ALL.into_iter().find(|next| *next > role) == Some(least);
        for (holder, credential) in holders(&door, role).await {
            for (field, least) in mutations.iter().filter(|(_, least)| turns(*least)) {
                let before = tool.seen().len();
                let body = json!({"query": format!("mutation {{ {field} }}")});
                let answer = ask(&door, &credential, &body).await;
                let may = role >= *least;
                assert_eq!(tool.seen().len() - before, usize::from(may), "{field} as {role} by {holder}: {answer}");
                assert_eq!(is_denied(&answer), !may, "{field} as {role} by {holder}: {answer}");
            }
        }
    }
}

/// What each attempt would run: for managers.
fn set_limit(name: &str, directives: &str) -> String {
    format!("setConcurrencyLimit(concurrencyKey: \"{name}\", limit: 1) {directives}")
}

#[tokio::test]
async fn no_attack_gets_past_a_role_however_it_is_held() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    for role in [Role::Developer, Role::Manager] {
        for (number, (holder, credential)) in holders(&door, role).await.into_iter().enumerate() {
            let label = format!("{role}{number}");
            let documents = attacks::documents(&label, &set_limit);
            if role == Role::Manager {
                for attempt in documents {
                    let answer = send(&door, &credential, &attempt).await;
                    assert!(ran(&tool, &attempt.name), "the attack is none: {} by {holder}: {answer}", attempt.name);
                }
                continue;
            }
            let elsewhere = [attacks::transports, attacks::places].map(|all| all(&label, &set_limit)).concat();
            for attempt in [documents, elsewhere].concat() {
                let answer = send(&door, &credential, &attempt).await;
                assert!(!ran(&tool, &attempt.name), "{} got through as {role} by {holder}: {answer}", attempt.name);
            }
        }
    }
}
