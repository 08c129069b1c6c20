//! Answering: who may, and what may be given.

use doorward_service::ports::Effects;

use super::*;

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
    let key = house.program(new).await;
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
    house
        .stores
        .users
        .update(user, &disable(true), house.now(), Effects::of(&audit_event("test").build()))
        .await
        .untold()
        .unwrap();
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
