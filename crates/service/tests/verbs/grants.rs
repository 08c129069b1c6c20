use doorward_domain::{Effect, Role, Scope, Subject, Timestamp, UserId};
use doorward_service::admin::grants::{GrantError, NewGrant};
use doorward_service::admin::keys::{KeyError, NewKey};
use doorward_service::ports::GrantQuery;
use std::time::Duration;

use crate::house::{House, local};

fn on(app: &str, user: UserId, role: Role, until: Option<Timestamp>) -> NewGrant {
    NewGrant {
        subject: Subject::User(user),
        effect: Effect::Allow(role),
        scope: Scope::App(app.parse().unwrap()),
        until,
        reason: String::new(),
    }
}

#[tokio::test]
async fn nobody_below_admin_gives_or_takes_roles() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Manager)).await;
    let grant = house.services.grants.put(&local(), on("wiki", ada.id, Role::Viewer, None)).await.unwrap().grant;
    let actor = house.actor("ada").await;
    let grants = &house.services.grants;
    let refusals = [
        grants.list(&actor, &GrantQuery { subject: Some(Subject::User(ada.id)), ..GrantQuery::default() }).await.err(),
        grants.find(&actor, grant.id).await.err(),
        grants.put(&actor, on("wiki", ada.id, Role::Admin, None)).await.err(),
        grants.remove(&actor, grant.id).await.err(),
    ];
    assert!(refusals.iter().all(|refusal| matches!(refusal, Some(GrantError::NotAllowed(_)))), "{refusals:?}");
}

#[tokio::test]
async fn a_grant_counts_from_the_next_request_until_it_lapses_or_is_taken() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let opened = house.sign_in("ada").await;
    let before = house.authenticate(&opened).await.unwrap();
    let wiki = "wiki".parse().unwrap();
    let role_now =
        |authenticated: &doorward_service::Authenticated| authenticated.who.role_on(&wiki, None, house.now());
    assert_eq!(role_now(&before), None);

    let grants = &house.services.grants;
    let until = house.now().plus(Duration::from_hours(1));
    let grant = grants.put(&local(), on("wiki", ada.id, Role::Operator, Some(until))).await.unwrap().grant;
    assert!(before.revocation.is_revoked());
    let after = house.authenticate(&opened).await.unwrap();
    assert_eq!(role_now(&after), Some(Role::Operator));
    assert_eq!(after.who.role_on(&"dagster".parse().unwrap(), None, house.now()), None);
    house.clock.advance(Duration::from_hours(1));
    assert_eq!(role_now(&after), None, "lapsed without anybody doing anything");

    let changed = grants.put(&local(), on("wiki", ada.id, Role::Viewer, None)).await.unwrap().grant;
    assert_eq!((changed.id, changed.effect), (grant.id, Effect::Allow(Role::Viewer)));
    let live = house.authenticate(&opened).await.unwrap();
    grants.remove(&local(), grant.id).await.unwrap();
    assert!(live.revocation.is_revoked());
    assert_eq!(role_now(&house.authenticate(&opened).await.unwrap()), None);
    assert!(matches!(grants.remove(&local(), grant.id).await, Err(GrantError::NotFound)));
    insta::assert_snapshot!(house.story(3).await.join("\n"), @r#"
    cli:test grant.put ada in wiki success {"role":"operator","until":"2026-11-20T13:00:00Z"}
    cli:test grant.put ada in wiki success {"role":"viewer"}
    cli:test grant.remove ada in wiki success {"role":"viewer"}
    "#);
}

#[tokio::test]
async fn a_grant_needs_a_known_user_a_known_app_and_a_future() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let stranger = doorward_testkit::user("stranger").build().id;
    let grants = &house.services.grants;
    let put = |grant| async { grants.put(&local(), grant).await.unwrap_err() };
    assert!(matches!(put(on("nowhere", ada.id, Role::Viewer, None)).await, GrantError::UnknownApp(_)));
    assert!(matches!(put(on("wiki", stranger, Role::Viewer, None)).await, GrantError::UnknownSubject(_)));
    assert!(matches!(put(on("wiki", ada.id, Role::Viewer, Some(house.now()))).await, GrantError::AlreadyOver));
}

#[tokio::test]
async fn what_an_app_has_nothing_of_is_neither_given_nor_denied() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let put = async |effect: Effect, app: &str, pattern: &str| {
        let scope = Scope::Resources(app.parse().unwrap(), pattern.parse().unwrap());
        let new = NewGrant { subject: Subject::User(ada.id), effect, scope, until: None, reason: String::new() };
        house.services.grants.put(&local(), new).await.map(drop).map_err(|failure| failure.to_string())
    };
    for effect in [Effect::Deny, Effect::Allow(Role::Viewer)] {
        let refused = put(effect, "dagster", "locaton:b").await.unwrap_err();
        let words = "`dagster` has no things of the kind `locaton`; did you mean `location`? (kinds: asset, ";
        assert!(refused.starts_with(words), "{refused}");
        assert_eq!(put(effect, "dagster", "location:b").await, Ok(()));
        let refused = put(effect, "wiki", "page:b").await.unwrap_err();
        assert_eq!(refused, "single things of `wiki` cannot be told apart: its profile knows none");
    }
    let new_key = NewKey {
        name: "ci".to_owned(),
        role: Role::Viewer,
        scope: Scope::Everything,
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let key = NewKey { scope: Scope::Resources("dagster".parse().unwrap(), "jobb:x".parse().unwrap()), ..new_key };
    let refused = house.services.keys.create(&local(), key).await.unwrap_err();
    assert!(matches!(refused, KeyError::UnknownKind(_)), "{refused}");
}

#[tokio::test]
async fn grants_on_an_app_that_never_was_are_refused_and_those_on_one_that_is_no_more_are_shown() {
    let house = House::new().await;
    let (ada, bob) = (house.add("ada", None).await, house.add("bob", None).await);
    let grants = &house.services.grants;
    grants.put(&local(), on("wiki", ada.id, Role::Viewer, None)).await.unwrap();
    let of = |app: &str, user| GrantQuery { app: Some(app.parse().unwrap()), subject: user, ..GrantQuery::default() };
    assert!(grants.list(&local(), &of("dagster", None)).await.unwrap().items.is_empty(), "there is, and has none");
    let apps = house.services.apps.all();
    house.services.apps.replace(apps.iter().filter(|app| app.name.as_str() != "wiki").cloned().collect());
    assert_eq!(grants.list(&local(), &of("wiki", None)).await.unwrap().items.len(), 1);
    let of_bob = of("wiki", Some(Subject::User(bob.id)));
    assert!(grants.list(&local(), &of_bob).await.unwrap().items.is_empty(), "it was, though bob has nothing there");
    for nobodys in [None, Some(Subject::User(ada.id))] {
        let unknown = grants.list(&local(), &of("dagstre", nobodys)).await.unwrap_err();
        assert_eq!(unknown.to_string(), "there is no app `dagstre`; did you mean `dagster`? (apps: dagster)");
    }
}
