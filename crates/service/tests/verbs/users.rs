use doorward_domain::Role;
use doorward_service::admin::users::{InvalidUser, UserError};
use doorward_service::ports::{StoreError, UserChange, UserQuery};
use doorward_service::{Actor, NotAllowed};
use std::time::Duration;

use crate::house::{HERE, House, PASSWORD, local, new_user, secret};

fn role(role: Role) -> UserChange {
    UserChange { role: Some(Some(role)), ..UserChange::default() }
}

fn disable(is_disabled: bool) -> UserChange {
    UserChange { is_disabled: Some(is_disabled), ..UserChange::default() }
}

#[tokio::test]
async fn nobody_below_admin_administers_people() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    for held in [None, Some(Role::Viewer), Some(Role::Operator), Some(Role::Developer), Some(Role::Manager)] {
        let name = held.map_or("none", Role::as_str);
        house.add(name, held).await;
        let actor = house.actor(name).await;
        let users = &house.services.users;
        let refusals = [
            users.list(&actor, &UserQuery::default()).await.err(),
            users.find(&actor, ada.id).await.err(),
            users.find_by_name(&actor, "ada").await.err(),
            users.create(&actor, new_user("eve", Some(Role::Admin))).await.err(),
            users.update(&actor, ada.id, role(Role::Admin)).await.err(),
            users.set_password(&actor, ada.id, secret("another blue horse")).await.err(),
            users.delete(&actor, ada.id).await.err(),
        ];
        for (verb, refusal) in refusals.iter().enumerate() {
            assert!(
                matches!(refusal, Some(UserError::NotAllowed(NotAllowed::Role { .. }))),
                "{name} {verb}: {refusal:?}"
            );
        }
    }
    assert_eq!(house.stores.users.find(ada.id).await.unwrap().unwrap(), ada);
}

/// Names that mean something else in the audit log or in addresses, as somebody might try to get them: other cases, spaces around, wide
/// letters, letters that fold or normalise to these, letters that look like them, and invisible ones between.
pub const RESERVED: [&str; 16] = [
    "system",
    "me",
    "nobody",
    "System",
    "SYSTEM",
    "ME",
    "nObOdY",
    " system ",
    "\tme\n",
    "\u{ff53}\u{ff59}\u{ff53}\u{ff54}\u{ff45}\u{ff4d}",
    "\u{ff2d}\u{ff25}",
    "\u{17f}y\u{17f}tem",
    "\u{2098}e",
    "\u{2115}obody",
    "n\u{43e}b\u{43e}dy",
    "sys\u{200b}tem",
];

#[tokio::test]
async fn nobody_is_called_what_means_something_else() {
    let house = House::new().await;
    let root = house.actor("root").await;
    let before = house.services.users.list(&root, &UserQuery::default()).await.unwrap().total;
    for name in RESERVED {
        let refused = house.services.users.create(&root, new_user(name, None)).await;
        let is_meant = matches!(name.trim().to_ascii_lowercase().as_str(), "system" | "me" | "nobody");
        match refused {
            Err(UserError::Invalid(InvalidUser::ReservedName(_))) => assert!(is_meant, "{name:?}"),
            Err(UserError::Invalid(InvalidUser::Username(_))) => assert!(!is_meant, "{name:?}"),
            other => panic!("{name:?}: {other:?}"),
        }
    }
    assert_eq!(house.services.users.list(&root, &UserQuery::default()).await.unwrap().total, before);
    assert!(house.services.users.create(&root, new_user("systems", None)).await.is_ok());
}

#[tokio::test]
async fn an_admin_grant_that_has_lapsed_administers_nobody() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let until = Some(house.now().plus(Duration::from_mins(1)));
    let grant = doorward_service::admin::grants::NewGrant {
        subject: doorward_domain::Subject::User(ada.id),
        effect: doorward_domain::Effect::Allow(Role::Admin),
        scope: doorward_domain::Scope::Everything,
        until,
        reason: String::new(),
    };
    house.services.grants.put(&local(), grant).await.unwrap();
    let actor = house.actor("ada").await;
    assert!(house.services.users.list(&actor, &UserQuery::default()).await.is_ok());
    house.clock.advance(Duration::from_mins(1));
    assert!(house.services.users.list(&actor, &UserQuery::default()).await.is_err());
}

#[tokio::test]
async fn what_an_administrator_does_is_told_without_secrets() {
    let house = House::new().await;
    let root = house.actor("root").await;
    let users = &house.services.users;
    let ada = users.create(&root, new_user("ada", Some(Role::Viewer))).await.unwrap();
    let change = UserChange {
        role: Some(Some(Role::Operator)),
        email: Some(Some("ada@example.com".parse().unwrap())),
        full_name: Some(" Ada Lovelace ".to_owned()),
        is_disabled: None,
    };
    assert_eq!(users.update(&root, ada.id, change).await.unwrap().full_name, "Ada Lovelace");
    users.set_password(&root, ada.id, secret("another blue horse")).await.unwrap();
    users.update(&root, ada.id, disable(true)).await.unwrap();
    users.update(&root, ada.id, disable(false)).await.unwrap();
    users.delete(&root, ada.id).await.unwrap();
    let story = house.story(6).await.join("\n");
    assert!(!story.contains("horse") && !story.contains("argon2"));
    insta::assert_snapshot!(story, @r#"
    root user.create ada success {"has_password":true,"role":"viewer"}
    root user.update ada success {"changed":["email","full_name"],"old_role":"viewer","role":"operator"}
    root user.password ada success {}
    root user.disable ada success {"is_disabled":true}
    root user.enable ada success {"is_disabled":false}
    root user.delete ada success {"id":"…","role":"operator"}
    "#);
}

#[tokio::test]
async fn every_change_takes_effect_on_the_next_request_and_on_live_connections() {
    let house = House::new().await;
    let users = &house.services.users;
    let ada = house.add("ada", Some(Role::Operator)).await;
    let opened = house.sign_in("ada").await;

    let before = house.authenticate(&opened).await.unwrap();
    users.update(&local(), ada.id, role(Role::Viewer)).await.unwrap();
    assert!(before.revocation.is_revoked());
    let after = house.authenticate(&opened).await.unwrap();
    assert_eq!(after.who.role_on_everything(house.now()), Some(Role::Viewer));

    users.update(&local(), ada.id, disable(true)).await.unwrap();
    assert!(after.revocation.is_revoked());
    assert!(house.authenticate(&opened).await.is_none());
    users.update(&local(), ada.id, disable(false)).await.unwrap();
    assert!(house.authenticate(&opened).await.is_none(), "enabling does not bring sessions back");

    let opened = house.sign_in("ada").await;
    let live = house.authenticate(&opened).await.unwrap();
    users.set_password(&local(), ada.id, secret("another blue horse")).await.unwrap();
    assert!(live.revocation.is_revoked() && house.authenticate(&opened).await.is_none());

    let opened = house.try_sign_in("ada", "another blue horse", HERE).await.unwrap();
    let live = house.authenticate(&opened).await.unwrap();
    users.delete(&local(), ada.id).await.unwrap();
    assert!(live.revocation.is_revoked() && house.authenticate(&opened).await.is_none());
}

#[tokio::test]
async fn the_last_admin_stays() {
    let house = House::new().await;
    let users = &house.services.users;
    let root = users.find_by_name(&local(), "root").await.unwrap();
    let refusals = [
        users.update(&local(), root.id, role(Role::Manager)).await.err(),
        users.update(&local(), root.id, disable(true)).await.err(),
        users.delete(&local(), root.id).await.err(),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Some(UserError::Store(StoreError::LastAdmin))), "{refusal:?}");
    }
    house.sign_in("root").await;
}

#[tokio::test]
async fn names_addresses_and_passwords_are_checked() {
    let house = House::new().await;
    let users = &house.services.users;
    let refused = |change: fn(&mut doorward_service::admin::users::NewUser)| {
        let mut new = new_user("ada", None);
        change(&mut new);
        async move { users.create(&local(), new).await.unwrap_err() }
    };
    assert!(matches!(refused(|u| u.username = "a b".into()).await, UserError::Invalid(InvalidUser::Username(_))));
    assert!(matches!(refused(|u| u.email = Some("x".into())).await, UserError::Invalid(InvalidUser::Email(_))));
    assert!(matches!(refused(|u| u.full_name = "a\nb".into()).await, UserError::Invalid(InvalidUser::FullName)));
    assert!(matches!(refused(|u| u.full_name = "x".repeat(201)).await, UserError::Invalid(InvalidUser::FullName)));
    assert!(matches!(
        refused(|u| u.password = Some(secret("Password1"))).await,
        UserError::Invalid(InvalidUser::Password(_))
    ));
    assert!(matches!(
        refused(|u| u.username = "ROOT".into()).await,
        UserError::Store(StoreError::Conflict("username"))
    ));
}

#[tokio::test]
async fn changing_ones_own_password_keeps_this_session_and_ends_the_others() {
    let house = House::new().await;
    house.add("ada", Some(Role::Viewer)).await;
    let (here, elsewhere) = (house.sign_in("ada").await, house.sign_in("ada").await);
    let (me, other) = (house.authenticate(&here).await.unwrap(), house.authenticate(&elsewhere).await.unwrap());
    let users = &house.services.users;

    let wrong = users.change_own_password(&me, HERE, secret("wrong"), secret("another blue horse")).await;
    assert!(matches!(wrong, Err(UserError::WrongPassword)));
    let weak = users.change_own_password(&me, HERE, secret(PASSWORD), secret("ada12345")).await;
    assert!(matches!(weak, Err(UserError::Invalid(InvalidUser::Password(_)))));
    let same = users.change_own_password(&me, HERE, secret(PASSWORD), secret(PASSWORD)).await.unwrap_err();
    assert_eq!(same.to_string(), "the new password is the current one; choose another");
    let guess = users.change_own_password(&me, HERE, secret("wrong horse"), secret("wrong horse")).await;
    assert!(matches!(guess, Err(UserError::WrongPassword)), "the same as what is no password says nothing else");
    assert!(!other.revocation.is_revoked());

    users.change_own_password(&me, HERE, secret(PASSWORD), secret("another blue horse")).await.unwrap();
    assert!(other.revocation.is_revoked());
    assert!(house.authenticate(&elsewhere).await.is_none());
    assert!(house.authenticate(&here).await.is_some());
    assert!(house.try_sign_in("ada", PASSWORD, HERE).await.is_err());
    assert!(house.try_sign_in("ada", "another blue horse", HERE).await.is_ok());
    let story = house.story(4).await;
    insta::assert_snapshot!(story[..2].join("\n"), @r#"
    ada user.password ada failure {"reason":"wrong_password"}
    ada user.password ada success {}
    "#);
}

#[tokio::test]
async fn a_stolen_session_does_not_help_to_guess_the_password() {
    let house = House::new().await;
    house.add("ada", Some(Role::Viewer)).await;
    let me = house.authenticated("ada").await;
    let guess = |current: &'static str| {
        let (me, users) = (me.clone(), &house.services.users);
        async move { users.change_own_password(&me, HERE, secret(current), secret("another blue horse")).await }
    };
    for _ in 0..5 {
        assert!(matches!(guess("wrong").await, Err(UserError::WrongPassword)));
    }
    assert!(matches!(guess(PASSWORD).await, Err(UserError::Throttled { .. })));
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"ada user.password - denied {"next_try_in_seconds":1,"reason":"too_many_tries"}"#);
}

#[tokio::test]
async fn an_actor_is_who_signed_in() {
    let house = House::new().await;
    let actor = house.actor("root").await;
    assert_eq!((&*actor.name(), actor.client_ip()), ("root", HERE));
    assert_eq!(Actor::System.name(), "system");
}
