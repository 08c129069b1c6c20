use doorward_domain::{Secret, SessionKind};
use doorward_service::setup::{Bootstrap, FirstAdmin, SetupError};

use crate::house::{HERE, House, PASSWORD, secret};
use crate::users::RESERVED;

fn form(token: &Secret, username: &str, password: &str) -> FirstAdmin {
    FirstAdmin {
        kind: SessionKind::Program,
        token: token.clone(),
        username: username.to_owned(),
        password: secret(password),
        email: Some("root@example.com".to_owned()),
        client_ip: HERE.parse().unwrap(),
        user_agent: String::new(),
    }
}

async fn token(house: &House) -> Secret {
    match house.services.setup.bootstrap(None, None).await.unwrap() {
        Bootstrap::Token(token) => token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_environment_names_the_first_administrator() {
    let house = House::empty().await;
    assert!(house.services.setup.is_required().await.unwrap());
    let made = house.services.setup.bootstrap(Some("Root"), Some(secret(PASSWORD))).await.unwrap();
    assert!(matches!(made, Bootstrap::Created { username } if username == "root"));
    assert!(!house.services.setup.is_required().await.unwrap());
    let again = house.services.setup.bootstrap(Some("other"), Some(secret(PASSWORD))).await.unwrap();
    assert!(matches!(again, Bootstrap::AlreadyDone));
    house.sign_in("root").await;
    insta::assert_snapshot!(house.story(2).await[0], @r#"system setup root success {"role":"admin"}"#);
}

#[tokio::test]
async fn without_a_password_in_the_environment_one_is_made_up() {
    let house = House::empty().await;
    let Bootstrap::Generated { username, password } = house.services.setup.bootstrap(Some("root"), None).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(password.expose().len(), 43);
    assert!(house.try_sign_in(&username, password.expose(), HERE).await.is_ok());
}

#[tokio::test]
async fn a_bad_password_in_the_environment_makes_nobody() {
    let house = House::empty().await;
    for (name, password) in [("root", "short"), ("root", "password123"), ("root", "rootroot"), ("not a name", PASSWORD)]
    {
        let refused = house.services.setup.bootstrap(Some(name), Some(secret(password))).await;
        assert!(matches!(refused, Err(SetupError::Invalid(_))), "{name} {password}");
    }
    assert!(house.services.setup.is_required().await.unwrap());
}

#[tokio::test]
async fn the_setup_link_makes_one_administrator_and_signs_them_in() {
    let house = House::empty().await;
    let token = token(&house).await;
    assert!(house.services.setup.knows(&token).await.unwrap());
    let opened = house.services.setup.complete(form(&token, "root", PASSWORD)).await.unwrap();
    assert!(house.authenticate(&opened).await.is_some());
    assert_eq!((opened.session.kind, opened.session.device.as_str()), (SessionKind::Program, "Unnamed program"));
    assert!(!house.services.setup.knows(&token).await.unwrap());
    let again = house.services.setup.complete(form(&token, "eve", PASSWORD)).await;
    assert!(matches!(again, Err(SetupError::AlreadyDone)));
    let story = house.story(2).await;
    insta::assert_snapshot!(story.join("\n"), @r#"
    root setup root success {"role":"admin"}
    root sign_in - success {"session":"…","user_agent":""}
    "#);
}

#[tokio::test]
async fn a_new_link_ends_the_old_one() {
    let house = House::empty().await;
    let old = token(&house).await;
    let new = token(&house).await;
    assert!(!house.services.setup.knows(&old).await.unwrap());
    assert!(matches!(house.services.setup.complete(form(&old, "eve", PASSWORD)).await, Err(SetupError::WrongToken)));
    assert!(house.services.setup.complete(form(&new, "root", PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn without_the_token_there_is_no_setup() {
    let house = House::empty().await;
    assert!(!house.services.setup.knows(&secret("")).await.unwrap(), "no token was ever made");
    let real = token(&house).await;
    for guess in ["", "x", &real.expose()[1..], &format!("{} ", real.expose())] {
        let refused = house.services.setup.complete(form(&secret(guess), "eve", PASSWORD)).await;
        assert!(matches!(refused, Err(SetupError::WrongToken | SetupError::Throttled { .. })), "{guess}");
    }
    assert!(house.services.setup.is_required().await.unwrap());
}

#[tokio::test]
async fn guessing_the_token_is_slowed() {
    let house = House::empty().await;
    let real = token(&house).await;
    for _ in 0..5 {
        let _ = house.services.setup.complete(form(&secret("guess"), "eve", PASSWORD)).await;
    }
    let slowed = house.services.setup.complete(form(&secret("guess"), "eve", PASSWORD)).await;
    assert!(matches!(slowed, Err(SetupError::Throttled { retry_after }) if !retry_after.is_zero()));
    let right = house.services.setup.complete(form(&real, "root", PASSWORD)).await;
    assert!(right.is_ok(), "whoever has the link need not wait for what others there tried");
}

#[tokio::test]
async fn a_mistake_in_the_form_leaves_the_link_usable() {
    let house = House::empty().await;
    let token = token(&house).await;
    assert!(matches!(house.services.setup.complete(form(&token, "root", "short")).await, Err(SetupError::Invalid(_))));
    assert!(house.services.setup.complete(form(&token, "root", PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn the_first_administrator_is_not_called_what_means_something_else_either() {
    let house = House::empty().await;
    let token = token(&house).await;
    for name in RESERVED {
        let refused = house.services.setup.complete(form(&token, name, PASSWORD)).await;
        assert!(matches!(refused, Err(SetupError::Invalid(_))), "{name:?}");
        let refused = house.services.setup.bootstrap(Some(name), Some(secret(PASSWORD))).await;
        assert!(matches!(refused, Err(SetupError::Invalid(_))), "{name:?} from the environment");
    }
    assert!(house.services.setup.is_required().await.unwrap());
}

#[tokio::test]
async fn of_two_who_hold_the_link_one_becomes_administrator() {
    let house = House::empty().await;
    let token = token(&house).await;
    let other = house.another_process().await;
    let (one, two) = tokio::join!(
        house.services.setup.complete(form(&token, "one", PASSWORD)),
        other.setup.complete(form(&token, "two", PASSWORD))
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}
