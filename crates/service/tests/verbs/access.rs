//! Asking for access, and answering.

mod again;

use doorward_domain::{
    AccessOutcome, AccessRequestId, AccessState, AuditOutcome, DecisionId, Effect, GrantId, Lacking, NewAuditEvent,
    Remedy, Role, Scope, Subject, User,
};
use doorward_service::access::{AccessError, Approving, Asking};
use doorward_service::grants::NewGrant;
use doorward_service::keys::NewKey;
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
async fn what_was_refused_is_asked_for_and_given_within_a_second_without_signing_in_again() {
    let (house, _, max) = house().await;
    let opened = house.sign_in("ada").await;
    let before = house.admit(&opened).await.unwrap();
    let elsewhere = house.another_process().await;
    let credential = Credential::Cookie(opened.cookie.clone());
    let there = elsewhere.authentication.authenticate(&credential, HERE.parse().unwrap()).await.unwrap().unwrap();
    let actor = Actor::User { who: before.who.clone(), via: before.via, client_ip: HERE.to_owned() };
    let access = &house.services.access;

    let decision = refused(&house, "ada", &lacking(Role::Operator, None)).await;
    let seen = access.refused(&actor, decision).await.unwrap();
    assert_eq!((seen.words.as_str(), seen.asked, seen.can_ask), ("operator on all of wiki", None, true));
    let (made, is_new) = access.ask(&actor, asking(decision)).await.unwrap();
    let reason = "the nightly job\nfails";
    assert_eq!((&*made.request.refused, &*made.request.reason, is_new), ("Launching runs", reason, true));
    assert_eq!(access.refused(&actor, decision).await.unwrap().asked, Some(made.clone()));
    let (again, is_new) = access.ask(&actor, asking(decision)).await.unwrap();
    assert_eq!((again.request.id, is_new), (made.request.id, false));
    let waiting = access.waiting(&max, Paging::default()).await.unwrap().unwrap();
    assert_eq!(waiting.items, std::slice::from_ref(&made));

    let until = house.now().plus(Duration::from_hours(1));
    let approving = Approving { until: Some(until), ..Approving::default() };
    let closed = access.approve(&max, made.request.id, approving).await.unwrap();
    assert_eq!(closed.request.state(house.now()), AccessState::Approved);
    assert!(before.ended.is_revoked());
    soon(&there.ended).await;
    let after = house.admit(&opened).await.unwrap();
    let wiki = "wiki".parse().unwrap();
    assert_eq!(after.who.role_on(&wiki, None, house.now()), Some(Role::Operator));
    assert_eq!(after.who.role_on(&wiki, None, until), None);
    assert!(access.waiting(&max, Paging::default()).await.unwrap().unwrap().items.is_empty());
    let events = house.events().await;
    let told = events.iter().rev().take(2).map(|event| event.event.action.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(told, ["access.approve", "access.ask"]);
    let approval = &events.last().unwrap().event;
    assert_eq!((approval.actor.as_str(), approval.target.as_deref()), ("max", Some("ada")));
    assert_eq!(approval.details["role"], "operator");
    let summary = doorward_service::audit_log::summary::summary(&events[events.len() - 2].event);
    assert_eq!(summary, "Asking for access · ada · operator · the nightly job\nfails");
}

#[tokio::test]
async fn a_refusal_of_somebody_else_of_another_app_too_old_or_made_up_is_none() {
    let (house, ada, max) = house().await;
    let (actor, eve) = (house.actor("ada").await, house.add("eve", Some(Role::Manager)).await);
    let eve_acts = house.actor("eve").await;
    let access = &house.services.access;
    let (hers, of_eve) = (
        refused(&house, "ada", &lacking(Role::Operator, None)).await,
        refused(&house, &eve.username.to_string(), &lacking(Role::Admin, None)).await,
    );
    let unknown = async |actor: &Actor, asking: Asking| {
        let failure = access.ask(actor, asking).await.unwrap_err();
        assert!(matches!(failure, AccessError::UnknownRefusal), "{failure:?}");
        failure.to_string()
    };
    let first = unknown(&actor, asking(of_eve)).await;
    let elsewhere = Asking { app: Some("dagster".parse().unwrap()), ..asking(hers) };
    assert_eq!(unknown(&actor, elsewhere).await, first, "they look alike");
    assert_eq!(unknown(&actor, asking(house.services.decision_id())).await, first);
    // Whoever may read the log, and so of all refusals, asks for none of theirs.
    unknown(&eve_acts, asking(hers)).await;
    unknown(&max, asking(hers)).await;
    assert!(matches!(access.refused(&eve_acts, hers).await, Err(AccessError::UnknownRefusal)));
    assert!(house.services.audit.find_decision(&max, hers).await.unwrap().is_some(), "of the app that max manages");
    assert!(house.services.audit.find_decision(&actor, of_eve).await.unwrap().is_none());
    // Something of hers that was allowed, or was no request.
    for event in [
        audit_event("request").by("ada").in_app("wiki"),
        audit_event("sign_in").by("ada").in_app("wiki").outcome(AuditOutcome::Denied),
    ] {
        let id = house.services.decision_id();
        let event = event.detail("remedy", json!(lacking(Role::Admin, None))).build();
        house.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event }).await.unwrap();
        unknown(&actor, asking(id)).await;
    }
    house.clock.advance(Duration::from_hours(7 * 24));
    let late = house.actor(ada.username.as_str()).await;
    assert_eq!(unknown(&late, asking(hers)).await, first);
}

#[tokio::test]
async fn a_refusal_that_stands_for_others_is_nobody_elses_and_nothing_to_ask_for() {
    let (house, _, _) = house().await;
    let actor = house.actor("ada").await;
    let mut found_under = Vec::new();
    for number in 0..12 {
        let remedy = lacking(Role::Operator, Some(&format!("job:j{number}")));
        let id = house.services.decision_id();
        let event = audit_event("request").by("ada").at(house.now()).in_app("wiki").outcome(AuditOutcome::Denied);
        let event =
            event.detail("resources", json!([format!("job:j{number}")])).detail("remedy", json!(remedy)).build();
        let event = NewAuditEvent { decision_id: Some(id), ..event };
        found_under.push((number, house.services.audit.refused(event, "launch").await.unwrap().unwrap()));
    }
    let mut own = 0;
    for (number, decision) in found_under {
        match house.services.access.ask(&actor, asking(decision)).await {
            Ok((made, _)) => {
                assert_eq!(made.request.wanted.resource.unwrap().to_string(), format!("job:j{number}"));
                own += 1;
            }
            Err(why) => assert!(matches!(why, AccessError::Several), "{why:?}"),
        }
    }
    assert_eq!(own, 4, "as many as are told apart");
}

#[tokio::test]
async fn nothing_is_asked_for_that_no_grant_gives() {
    let (house, ada, _) = house().await;
    let actor = house.actor("ada").await;
    let access = &house.services.access;
    let ask = async |actor: &Actor, remedy: &Remedy| {
        access.ask(actor, asking(refused(&house, "ada", remedy).await)).await.unwrap_err()
    };
    let denial = give(&house, &ada, Effect::Deny, "wiki").await;
    assert!(matches!(ask(&actor, &Remedy::Lift(denial)).await, AccessError::Denied { denial: it, .. } if it == denial));
    assert!(matches!(ask(&actor, &Remedy::Nothing).await, AccessError::NothingHelps));
    let again = house.actor("ada").await;
    assert!(matches!(ask(&again, &lacking(Role::Operator, None)).await, AccessError::Denied { .. }), "denied since");
    give(&house, &ada, Effect::Allow(Role::Manager), "wiki").await;
    let held = house.actor("ada").await;
    assert!(matches!(ask(&held, &lacking(Role::Operator, Some("page:a"))).await, AccessError::Held(None)));
    assert_eq!(access.list(&local(), AccessQuery::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn what_the_requester_says_is_bounded() {
    let (house, ..) = house().await;
    let actor = house.actor("ada").await;
    let access = &house.services.access;
    let decision = refused(&house, "ada", &lacking(Role::Operator, None)).await;
    for bad in ["a\u{1b}[2J".to_owned(), "\0".to_owned(), "a\u{202e}b".to_owned(), "x".repeat(1001)] {
        let asking = Asking { reason: bad, ..asking(decision) };
        assert!(matches!(access.ask(&actor, asking).await, Err(AccessError::BadReason)));
    }
    for page in 0..10 {
        let remedy = lacking(Role::Operator, Some(&format!("page:{page}")));
        access.ask(&actor, asking(refused(&house, "ada", &remedy).await)).await.unwrap();
    }
    assert!(matches!(access.ask(&actor, asking(decision)).await, Err(AccessError::TooMany)));
}

#[tokio::test]
async fn keys_and_whoever_sits_at_the_machine_ask_for_nothing() {
    let (house, ada, _) = house().await;
    let new = NewKey {
        name: "ci".to_owned(),
        role: Role::Viewer,
        scope: Scope::App("wiki".parse().unwrap()),
        owner: Some(ada.id),
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, _) = house.services.keys.create(&local(), new).await.unwrap();
    let key = house.services.authentication.authenticate(&Credential::Key(text), HERE.parse().unwrap()).await;
    let key = key.unwrap().unwrap();
    let key = Actor::User { who: key.who, via: key.via, client_ip: HERE.to_owned() };
    for (actor, name) in [(key, "key:ci"), (local(), "cli:test")] {
        let decision = refused(&house, name, &lacking(Role::Operator, None)).await;
        let failure = house.services.access.ask(&actor, asking(decision)).await;
        assert!(matches!(failure, Err(AccessError::NotAPerson)), "{failure:?}");
    }
}

#[tokio::test]
async fn only_who_manages_that_app_answers_and_gives_no_more_than_they_hold() {
    let (house, ada, max) = house().await;
    let (dan, vera) = (house.add("dan", None).await, house.add("vera", Some(Role::Developer)).await);
    give(&house, &dan, Effect::Allow(Role::Admin), "dagster").await;
    let id = asked(&house, "ada").await;
    let access = &house.services.access;
    for name in [dan.username.as_str(), vera.username.as_str()] {
        let other = house.actor(name).await;
        assert!(matches!(access.find(&other, id).await, Err(AccessError::NotFound)), "{name}");
        assert!(matches!(access.approve(&other, id, for_good()).await, Err(AccessError::NotFound)), "{name}");
        assert!(matches!(access.decline(&other, id, "").await, Err(AccessError::NotFound)), "{name}");
        assert_eq!(access.list(&other, AccessQuery::default()).await.unwrap().total, 0, "{name}");
    }
    assert!(access.waiting(&house.actor("vera").await, Paging::default()).await.unwrap().is_none());

    // A role above their own.
    let actor = house.actor("ada").await;
    let admin = refused(&house, "ada", &lacking(Role::Admin, None)).await;
    let admin = access.ask(&actor, asking(admin)).await.unwrap().0.request.id;
    let above = access.approve(&max, admin, for_good()).await;
    assert!(matches!(above, Err(AccessError::NotYours { role: Role::Admin, .. })), "{above:?}");
    let weaker = Approving { role: Some(Role::Manager), ..for_good() };
    access.approve(&max, admin, weaker).await.unwrap();
    assert_eq!(grants_of(&house, &ada).await, 1);
    access.decline(&max, id, "by now you manage").await.unwrap();
}

#[tokio::test]
async fn nobody_answers_themselves_by_a_key_neither() {
    let (house, ..) = house().await;
    let max = house.actor("max").await;
    let decision = refused(&house, "max", &lacking(Role::Admin, None)).await;
    let access = &house.services.access;
    let id = access.ask(&max, asking(decision)).await.unwrap().0.request.id;
    assert!(matches!(access.approve(&max, id, for_good()).await, Err(AccessError::Own)));
    assert!(matches!(access.decline(&max, id, "").await, Err(AccessError::Own)));
    assert!(access.waiting(&max, Paging::default()).await.unwrap().unwrap().items.is_empty());
    let new = NewKey {
        name: "max".to_owned(),
        role: Role::Admin,
        scope: Scope::Everything,
        owner: max.person(),
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, _) = house.services.keys.create(&local(), new).await.unwrap();
    let key = house.services.authentication.authenticate(&Credential::Key(text), HERE.parse().unwrap()).await;
    let key = key.unwrap().unwrap();
    let key = Actor::User { who: key.who, via: key.via, client_ip: HERE.to_owned() };
    assert!(matches!(access.approve(&key, id, for_good()).await, Err(AccessError::Own)));
    let root = house.actor("root").await;
    access.approve(&root, id, for_good()).await.unwrap();
}

#[tokio::test]
async fn an_approval_gives_what_was_asked_for_or_less() {
    let (house, ada, max) = house().await;
    let actor = house.actor("ada").await;
    let access = &house.services.access;
    let ask = async |remedy: Remedy| {
        let decision = refused(&house, "ada", &remedy).await;
        access.ask(&actor, asking(decision)).await.unwrap().0.request.id
    };
    let thing = ask(lacking(Role::Operator, Some("page:a"))).await;
    let pattern = |text: &str| Some(text.parse().unwrap());
    for more in [
        Approving { role: Some(Role::Developer), ..for_good() },
        Approving { resource: pattern("page:*"), ..for_good() },
        Approving { resource: pattern("page:b"), ..for_good() },
    ] {
        assert!(matches!(access.approve(&max, thing, more.clone()).await, Err(AccessError::More { .. })), "{more:?}");
    }
    let past = Approving { until: Some(house.now()), ..for_good() };
    assert!(matches!(access.approve(&max, thing, past).await, Err(AccessError::AlreadyOver)));
    let all = ask(lacking(Role::Operator, None)).await;
    let narrowed = Approving { role: Some(Role::Viewer), resource: pattern("page:b*"), ..for_good() };
    let NamedAccess { request, .. } = access.approve(&max, all, narrowed).await.unwrap();
    let Some(AccessOutcome::Approved(given)) = request.answer.map(|answer| answer.outcome) else { panic!("approved") };
    let grant = house.services.grants.find(&local(), given.grant).await.unwrap().grant;
    assert_eq!((grant.effect, grant.subject), (Effect::Allow(Role::Viewer), Subject::User(ada.id)));
    assert_eq!(grant.scope, Scope::Resources("wiki".parse().unwrap(), "page:b*".parse().unwrap()));
    assert_eq!((&*grant.reason, &*grant.created_by), ("asked for: the nightly job fails", "max"));
}

#[tokio::test]
async fn what_has_changed_meanwhile_counts() {
    let (house, ada, max) = house().await;
    let access = &house.services.access;
    let id = asked(&house, "ada").await;
    let disable = |is_disabled| UserChange { is_disabled: Some(is_disabled), ..UserChange::default() };
    house.services.users.update(&local(), ada.id, disable(true)).await.unwrap();
    assert!(matches!(access.approve(&max, id, for_good()).await, Err(AccessError::Disabled(name)) if name == "ada"));
    house.services.users.update(&local(), ada.id, disable(false)).await.unwrap();

    // Somebody else's right is gone though their session is still remembered here as it was.
    let root = house.actor("root").await;
    house.add("boss", Some(Role::Admin)).await;
    let user = house.services.users.find_by_name(&local(), "root").await.unwrap().id;
    house.stores.users.update(user, &disable(true), house.now(), &audit_event("test").build()).await.untold().unwrap();
    let refused = access.approve(&root, id, for_good()).await;
    assert!(matches!(refused, Err(AccessError::Store(StoreError::NoLongerAllowed))), "{refused:?}");
    assert_eq!(grants_of(&house, &ada).await, 0);

    let denial = give(&house, &ada, Effect::Deny, "wiki").await;
    let denied = access.approve(&max, id, for_good()).await;
    assert!(matches!(denied, Err(AccessError::Denied { denial: it, .. }) if it == denial));
    house.services.grants.remove(&local(), denial).await.unwrap();
    give(&house, &ada, Effect::Allow(Role::Developer), "wiki").await;
    assert!(matches!(access.approve(&max, id, for_good()).await, Err(AccessError::Held(Some(_)))));

    house.services.users.delete(&local(), ada.id).await.unwrap();
    assert!(matches!(access.approve(&max, id, for_good()).await, Err(AccessError::NotFound)));
}

#[tokio::test]
async fn an_app_that_is_no_more_is_given_to_nobody_and_declined_by_administrators() {
    let (house, ..) = house().await;
    let id = asked(&house, "ada").await;
    house
        .services
        .apps
        .replace(house.services.apps.all().iter().filter(|app| app.name.as_str() != "wiki").cloned().collect());
    let root = house.actor("root").await;
    let access = &house.services.access;
    assert!(matches!(access.approve(&root, id, for_good()).await, Err(AccessError::AppGone(_))));
    assert!(access.decline(&root, id, "it is gone").await.is_ok());
    let on = |app: &str| AccessQuery { app: Some(app.parse().unwrap()), ..AccessQuery::default() };
    assert_eq!(access.list(&root, on("wiki")).await.unwrap().total, 1, "what is left of it is listed");
    assert!(matches!(access.list(&root, on("wikki")).await, Err(AccessError::UnknownApp(_))), "mistyped");
}

#[tokio::test]
async fn answering_with_a_cookie_needs_the_password_lately() {
    let (house, _, max) = house().await;
    let id = asked(&house, "ada").await;
    house.clock.advance(Duration::from_mins(15));
    let access = &house.services.access;
    let step_up = doorward_service::NotAllowed::StepUp;
    assert!(matches!(access.approve(&max, id, for_good()).await, Err(AccessError::NotAllowed(why)) if why == step_up));
    assert!(matches!(access.decline(&max, id, "").await, Err(AccessError::NotAllowed(why)) if why == step_up));
    assert!(access.decline(&house.actor("max").await, id, "").await.is_ok());
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
