use argon2::password_hash::CustomizedPasswordHasher as _;
use doorward_domain::{Factor, Role, SessionKind};
use doorward_service::ports::Effects;
use doorward_service::sign_in::login::{LoginError, PasswordAttempt};
use doorward_testkit::{Untold as _, audit_event};
use std::time::Duration;

use crate::house::{HERE, House, PASSWORD, bearer, cookie, secret};

#[tokio::test]
async fn a_right_password_opens_a_session_by_cookie_and_by_bearer() {
    let house = House::new().await;
    let opened = house.try_sign_in(" Root ", PASSWORD, HERE).await.unwrap();
    for credential in [cookie(&opened), bearer(&opened)] {
        let authenticated = house
            .services
            .authentication
            .authenticate(&credential, std::net::Ipv4Addr::LOCALHOST.into())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(authenticated.who.name.as_str(), "root");
        assert_eq!(authenticated.who.session_id(), Some(opened.session.id));
    }
    assert_eq!(opened.user.last_sign_in_at, Some(house.now()));
    assert_eq!(opened.session.expires_at, house.now().plus(Duration::from_hours(24)));
    let (kind, factors) = (opened.session.kind, opened.session.factors);
    assert_eq!((kind, factors.contains(Factor::Password)), (SessionKind::Browser, true));
    assert_eq!(opened.session.proved_at, house.now());
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"root sign_in - success {"session":"…","user_agent":"Mozilla/5.0 (test)"}"#);
}

#[tokio::test]
async fn whoever_fails_is_told_the_same_and_the_log_knows_why() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    let disabled = doorward_service::ports::UserChange { is_disabled: Some(true), ..Default::default() };
    house.services.users.update(&crate::house::local(), ada.id, disabled).await.unwrap();
    let without = doorward_service::admin::users::NewUser { password: None, ..crate::house::new_user("sso", None) };
    house.services.users.create(&crate::house::local(), without).await.unwrap();

    let long = "x".repeat(5000);
    for (name, password) in [
        ("root", "wrong"),
        ("root", ""),
        ("root", long.as_str()),
        ("nobody", PASSWORD),
        ("ada", PASSWORD),
        ("ada", "wrong"),
        ("sso", ""),
        ("my secret passphrase!", PASSWORD),
        ("", ""),
    ] {
        let refused = house.try_sign_in(name, password, HERE).await.unwrap_err();
        assert!(matches!(refused, LoginError::InvalidCredentials), "{name}: {refused}");
        assert_eq!(refused.to_string(), "That username and password do not match.");
    }
    insta::assert_snapshot!(house.story(9).await.join("\n"), @r#"
    root sign_in - failure {"reason":"wrong_password"}
    root sign_in - failure {"reason":"wrong_password"}
    root sign_in - failure {"reason":"wrong_password"}
    nobody sign_in - failure {"reason":"unknown_user"}
    ada sign_in - failure {"reason":"disabled"}
    ada sign_in - failure {"reason":"wrong_password"}
    sso sign_in - failure {"reason":"wrong_password"}
    (not a username) sign_in - failure {"reason":"unknown_user"}
    (not a username) sign_in - failure {"reason":"unknown_user"}
    "#);
    assert_eq!(house.services.counters.sign_in_failed.total(), 9);
}

#[tokio::test]
async fn before_there_is_an_administrator_nobody_signs_in() {
    let house = House::empty().await;
    house.add("ada", Some(Role::Manager)).await;
    assert!(matches!(house.try_sign_in("ada", PASSWORD, HERE).await, Err(LoginError::SetupRequired)));
}

#[tokio::test]
async fn guessing_is_slowed_for_the_guesser_only() {
    let house = House::new().await;
    for _ in 0..5 {
        assert!(matches!(house.try_sign_in("root", "wrong", HERE).await, Err(LoginError::InvalidCredentials)));
    }
    let throttled = house.try_sign_in("root", PASSWORD, HERE).await.unwrap_err();
    assert!(
        matches!(throttled, LoginError::Throttled { retry_after } if retry_after == Duration::from_secs(1)),
        "{throttled}"
    );
    assert!(house.try_sign_in("root", PASSWORD, "192.0.2.11").await.is_ok(), "a right password from elsewhere gets in");
    house.clock.advance(Duration::from_secs(1));
    assert!(house.try_sign_in("root", PASSWORD, HERE).await.is_ok());
    let told = house.events().await.into_iter().filter(|e| e.event.details.contains_key("next_try_in_seconds")).count();
    assert_eq!(told, 2, "the log says when guessing was first slowed, and that a try had to wait");
}

#[tokio::test]
async fn tries_that_have_to_wait_are_told_once_with_a_count() {
    let house = House::new().await;
    for _ in 0..5 {
        let _ = house.try_sign_in("root", "wrong", HERE).await;
    }
    for _ in 0..200 {
        assert!(matches!(house.try_sign_in("root", PASSWORD, HERE).await, Err(LoginError::Throttled { .. })));
    }
    house.services.audit.flush().await;
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"root sign_in - denied {"next_try_in_seconds":1,"reason":"too_many_tries","times":200,"until":"2026-11-20T12:00:00Z"}"#);
}

#[tokio::test]
async fn a_guesser_who_has_to_wait_does_not_fill_the_log_with_names() {
    let house = House::new().await;
    for n in 0..60 {
        let _ = house.try_sign_in(&format!("name{n}"), "wrong", HERE).await;
    }
    let before = house.events().await.len();
    for n in 0..30 {
        let throttled = house.try_sign_in(&format!("other{n}"), "wrong", HERE).await;
        assert!(matches!(throttled, Err(LoginError::Throttled { .. })), "{n}");
    }
    house.services.audit.flush().await;
    assert_eq!(house.events().await.len() - before, 5, "four names, and the rest counted as one");
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#" sign_in - denied {"next_try_in_seconds":1,"other_targets":18,"reason":"too_many_tries","several_rules":true,"targets":["other4","other5","other6","other7","other8","other9","other10","other11"],"times":26,"until":"2026-11-20T12:00:00Z"}"#);
}

#[tokio::test]
async fn throttling_does_not_tell_who_exists() {
    let house = House::new().await;
    for name in ["root", "nobody"] {
        for _ in 0..5 {
            let _ = house.try_sign_in(name, "wrong", HERE).await;
        }
    }
    let answers = [house.try_sign_in("root", "wrong", HERE).await, house.try_sign_in("nobody", "wrong", HERE).await];
    let [known, unknown] = answers.map(|answer| format!("{:?}", answer.unwrap_err()));
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn a_network_that_has_to_wait_does_not_tell_who_signs_in_there() {
    let house = House::new().await;
    house.sign_in("root").await;
    for n in 0..60 {
        let _ = house.try_sign_in(&format!("name{n}"), "wrong", HERE).await;
    }
    let told = async |name: &str| format!("{:?}", house.try_sign_in(name, "wrong", HERE).await.unwrap_err());
    let nobody = told("nobody").await;
    assert!(nobody.starts_with("Throttled"), "{nobody}");
    for _ in 0..3 {
        assert_eq!(told("root").await, nobody);
    }
    assert!(house.try_sign_in("root", PASSWORD, HERE).await.is_ok(), "but the right password is looked at");
}

#[tokio::test]
async fn an_address_works_where_a_name_does_in_any_case() {
    let house = House::new().await;
    let ada = house.add_with_email("ada", "Ada@Example.com").await;
    for spelling in ["ada", "ADA", "Ada@Example.com", " ada@EXAMPLE.com "] {
        assert_eq!(house.try_sign_in(spelling, PASSWORD, HERE).await.unwrap().user.id, ada.id, "{spelling}");
    }
    for wrong in [("Ada@Example.com", "wrong"), ("nobody@example.com", PASSWORD), ("@", PASSWORD)] {
        let refused = house.try_sign_in(wrong.0, wrong.1, HERE).await.unwrap_err();
        assert_eq!(refused.to_string(), "That username and password do not match.", "{wrong:?}");
    }
    insta::assert_snapshot!(house.story(3).await.join("\n"), @r#"
    ada sign_in - failure {"reason":"wrong_password"}
    nobody@example.com sign_in - failure {"reason":"unknown_user"}
    (not a username) sign_in - failure {"reason":"unknown_user"}
    "#);
}

#[tokio::test]
async fn guesses_count_for_the_account_however_it_is_spelled() {
    let house = House::new().await;
    house.add_with_email("ada", "ada@example.com").await;
    for spelling in ["ada", "Ada", "ada@example.com", "ADA@example.com", "Ada@Example.Com"] {
        assert!(
            matches!(house.try_sign_in(spelling, "wrong", HERE).await, Err(LoginError::InvalidCredentials)),
            "{spelling}"
        );
    }
    for spelling in ["ada", "ada@example.com"] {
        assert!(
            matches!(house.try_sign_in(spelling, PASSWORD, HERE).await, Err(LoginError::InvalidCredentials)),
            "{spelling}: not looked at, and that the two names are one account is not told"
        );
    }
    assert!(house.try_sign_in("ada", PASSWORD, "192.0.2.11").await.is_ok());
    house.clock.advance(Duration::from_secs(1));
    assert!(house.try_sign_in("aDa@eXample.com", PASSWORD, HERE).await.is_ok());
    for spelling in ["no@example.com", "NO@example.com", "no@EXAMPLE.com", "No@example.com", "nO@example.com"] {
        assert!(
            matches!(house.try_sign_in(spelling, "wrong", HERE).await, Err(LoginError::InvalidCredentials)),
            "{spelling}"
        );
    }
    let unknown = house.try_sign_in("no@example.com", "wrong", HERE).await;
    assert!(matches!(unknown, Err(LoginError::Throttled { .. })), "an address nobody has is slowed alike");
}

#[tokio::test]
async fn whoever_asks_to_stay_signed_in_stays_so_for_thirty_days_idle_or_not() {
    let house = House::new().await;
    let attempt = |remember| PasswordAttempt {
        kind: doorward_domain::SessionKind::Browser,
        username: "root".to_owned(),
        password: secret(PASSWORD),
        client_ip: HERE.parse().unwrap(),
        user_agent: String::new(),
        instead_of: None,
        remember,
    };
    let kept = house.services.login.with_password(attempt(true)).await.unwrap();
    let plain = house.services.login.with_password(attempt(false)).await.unwrap();
    assert_eq!(kept.session.expires_at, house.now().plus(Duration::from_hours(30 * 24)));
    let live = (house.authenticate(&kept).await.unwrap(), house.authenticate(&plain).await.unwrap());
    house.clock.advance(Duration::from_hours(9));
    assert!(house.authenticate(&plain).await.is_none(), "idle for longer than eight hours");
    assert!(house.authenticate(&kept).await.is_some());
    house.clock.advance(Duration::from_hours(29 * 24));
    assert!(house.authenticate(&kept).await.is_some(), "also when nothing was heard for weeks");
    house.clock.advance(Duration::from_hours(24));
    assert!(house.authenticate(&kept).await.is_none());
    drop(live);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_the_browser_came_with() {
    let house = House::new().await;
    let first = house.sign_in("root").await;
    let live = house.authenticate(&first).await.unwrap();
    let attempt = PasswordAttempt {
        kind: doorward_domain::SessionKind::Browser,
        username: "root".to_owned(),
        password: secret(PASSWORD),
        client_ip: HERE.parse().unwrap(),
        user_agent: "a\r\nb\u{0}".to_owned() + &"c".repeat(500),
        instead_of: Some(first.session.id),
        remember: false,
    };
    let second = house.services.login.with_password(attempt).await.unwrap();
    assert!(live.revocation.is_revoked());
    assert!(house.authenticate(&first).await.is_none());
    assert!(house.authenticate(&second).await.is_some());
    assert_ne!(first.cookie.expose(), second.cookie.expose());
    assert_eq!(second.session.user_agent, format!("ab{}", "c".repeat(198)));
    assert_eq!(second.session.device, format!("ab{}", "c".repeat(58)));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_what_hangs_on_it() {
    let house = House::new().await;
    let opened = house.sign_in("root").await;
    let authenticated = house.authenticate(&opened).await.unwrap();
    house.services.login.out(&authenticated, HERE).await.unwrap();
    assert!(authenticated.revocation.is_revoked());
    for credential in [cookie(&opened), bearer(&opened)] {
        assert!(house.services.authentication.cached(&credential, std::net::Ipv4Addr::LOCALHOST.into()).is_none());
        assert!(
            house
                .services
                .authentication
                .authenticate(&credential, std::net::Ipv4Addr::LOCALHOST.into())
                .await
                .unwrap()
                .is_none()
        );
    }
    house.services.login.out(&authenticated, HERE).await.unwrap();
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"root sign_out - success {"session":"…"}"#);
}

#[tokio::test]
async fn a_weakly_stored_password_is_stored_better_at_the_next_sign_in() {
    let house = House::new().await;
    let argon2 = argon2::Argon2::default();
    let params = argon2::Params::new(8192, 1, 1, None).unwrap();
    let weak = argon2.hash_password_with_params(PASSWORD.as_bytes(), b"0123456789abcdef", params).unwrap().to_string();
    let old = doorward_testkit::user("old").build();
    house.stores.users.create(&old, Some(&weak), Effects::of(&audit_event("test").build())).await.untold().unwrap();

    assert!(house.try_sign_in("old", "wrong", HERE).await.is_err());
    let stored = || async { house.stores.users.find_by_name(&old.username).await.unwrap().unwrap().1.unwrap() };
    assert_eq!(stored().await, weak, "a wrong password changes nothing");
    house.sign_in("old").await;
    assert!(stored().await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    house.sign_in("old").await;
}

#[tokio::test]
async fn the_database_holds_no_secret_that_opens_anything() {
    let house = House::new().await;
    let opened = house.sign_in("root").await;
    let _ = house.try_sign_in("root", "a wrong password", HERE).await;
    house.services.shutdown().await;
    let path = house.stores.url().trim_start_matches("sqlite://").to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("sign_in"), "the search finds what is there");
    let jwt_body = opened.bearer.expose().split('.').nth(1).unwrap().to_owned();
    for text in [
        opened.cookie.expose(),
        opened.cookie.expose().trim_start_matches("dws_"),
        &jwt_body,
        PASSWORD,
        "a wrong password",
    ] {
        assert!(!holds(text), "{text}");
    }
}
