//! Asking for access, and answering.

mod again;
mod answering;
mod asking;

use doorward_domain::{
    AccessOutcome, AccessRequestId, AccessState, AuditOutcome, DecisionId, Effect, GrantId, Lacking, NewAuditEvent,
    Remedy, Role, Scope, Subject, User,
};
use doorward_service::access::{AccessError, Approving, Asking};
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::keys::NewKey;
use doorward_service::ports::{AccessQuery, GrantQuery, NamedAccess, Paging, StoreError, UserChange};
use doorward_service::{Actor, Credential};
use doorward_testkit::{Untold as _, audit_event};
use serde_json::{Value, json};
use std::time::Duration;

use crate::house::{HERE, House, local, soon};

fn lacking(role: Role, resource: Option<&str>) -> Remedy {
    Remedy::Grant(Lacking { role, resource: resource.map(|text| text.parse().unwrap()) })
}

/// Writes a refusal down as the door does, and gives its decision.
async fn refused(house: &House, name: &str, remedy: &Remedy) -> DecisionId {
    refused_telling(house, name, remedy, &[]).await
}

/// The same, with more in the event.
async fn refused_telling(house: &House, name: &str, remedy: &Remedy, more: &[(&str, Value)]) -> DecisionId {
    let id = house.services.decision_id();
    let operations = json!([{"name": "launch", "called": "Launching runs", "action": "run"}]);
    let event = audit_event("request").by(name).at(house.now()).in_app("wiki").outcome(AuditOutcome::Denied);
    let event = event.detail("operations", operations).detail("remedy", json!(remedy));
    let event = more.iter().fold(event, |event, (key, value)| event.detail(key, value.clone())).build();
    house.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event }).await.unwrap();
    id
}

fn asking(decision: DecisionId) -> Asking {
    Asking { app: None, decision, reason: "the nightly job\r\nfails".to_owned() }
}

/// Somebody without a role asks for operator on all of `wiki`.
async fn asked(house: &House, name: &str) -> AccessRequestId {
    let actor = house.actor(name).await;
    let id = refused(house, name, &lacking(Role::Operator, None)).await;
    house.services.access.ask(&actor, asking(id)).await.unwrap().0.request.id
}

async fn give(house: &House, to: &User, effect: Effect, app: &str) -> GrantId {
    let scope = Scope::App(app.parse().unwrap());
    let new = NewGrant { subject: Subject::User(to.id), effect, scope, until: None, reason: String::new() };
    house.services.grants.put(&local(), new).await.unwrap().grant.id
}

/// With ada, who holds nothing, and max, who manages `wiki`.
async fn house() -> (House, User, Actor) {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let max = house.add("max", None).await;
    give(&house, &max, Effect::Allow(Role::Manager), "wiki").await;
    let max = house.actor("max").await;
    (house, ada, max)
}

async fn grants_of(house: &House, user: &User) -> usize {
    let query = GrantQuery { subject: Some(Subject::User(user.id)), ..GrantQuery::default() };
    house.services.grants.list(&local(), &query).await.unwrap().items.len()
}

fn for_good() -> Approving {
    Approving::default()
}

#[tokio::test]
async fn what_nobody_answers_lapses_and_is_told_of() {
    let (house, ..) = house().await;
    let id = asked(&house, "ada").await;
    house.clock.advance(Duration::from_hours(30 * 24));
    let max = house.actor("max").await;
    let access = &house.services.access;
    let found = access.find(&max, id).await.unwrap().request;
    assert_eq!((found.state(house.now()), found.answer), (AccessState::Lapsed, None));
    let late = access.approve(&max, id, for_good()).await;
    assert!(matches!(late, Err(AccessError::Closed(_))), "{late:?}");
    // The housekeeping of another process begins soon.
    let _elsewhere = house.another_process().await;
    let told = async {
        loop {
            if house.events().await.iter().any(|event| event.event.action.as_str() == "access.lapse") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("it is told");
    let answer = access.find(&max, id).await.unwrap().request.answer.unwrap();
    assert_eq!((answer.outcome, &*answer.by, answer.at), (AccessOutcome::Lapsed, "system", house.now()));
}

#[tokio::test]
async fn a_request_about_a_run_names_its_job_unless_whoever_asks_may_not_look_at_it() {
    let (house, _, max) = house().await;
    let ada = house.actor("ada").await;
    let told = ("acts_on", json!(["location:etl", "repository:r@etl", "job:nightly"]));
    let run = ("resources", json!(["run:8f1c"]));
    let hidden = ("acts_on_is_hidden", json!(true));
    let line = async |resource: &str, more: &[(&str, Value)]| {
        let remedy = lacking(Role::Operator, Some(resource));
        let decision = refused_telling(&house, "ada", &remedy, more).await;
        let asked = house.services.access.ask(&ada, asking(decision)).await.unwrap().0.request.refused;
        let read_by = async |actor: &Actor| {
            let found = house.services.audit.find_decision(actor, decision).await.unwrap().unwrap();
            found.event.details.contains_key("acts_on")
        };
        (asked.into_string(), read_by(&ada).await, read_by(&max).await)
    };
    let seen = line("run:8f1c", &[run.clone(), told.clone()]).await;
    assert_eq!(seen, ("Launching runs · nightly of etl · 8f1c".to_owned(), true, true));
    let unseen = line("run:9", &[run, told, hidden]).await;
    assert_eq!(unseen, ("Launching runs · 8f1c".to_owned(), false, true));
}
