//! Asking: for what was refused, and nothing else.

use super::*;

#[tokio::test]
async fn what_was_refused_is_asked_for_and_given_within_a_second_without_signing_in_again() {
    let (house, _, max) = house().await;
    let opened = house.sign_in("ada").await;
    let before = house.authenticate(&opened).await.unwrap();
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
    assert!(before.revocation.is_revoked());
    soon(&there.revocation).await;
    let after = house.authenticate(&opened).await.unwrap();
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
    let key = house.program(new).await;
    for (actor, name) in [(key, "key:ci"), (local(), "cli:test")] {
        let decision = refused(&house, name, &lacking(Role::Operator, None)).await;
        let failure = house.services.access.ask(&actor, asking(decision)).await;
        assert!(matches!(failure, Err(AccessError::NotAPerson)), "{failure:?}");
    }
}
