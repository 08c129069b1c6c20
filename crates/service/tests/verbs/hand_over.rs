//! Taking a browser from the desk to an app at another host, and everything that a stranger could try on the way.

use doorward_domain::{HostName, Secret};
use doorward_service::sign_in::hand_over::{Entered, Seal};
use doorward_service::sign_in::login::{IssuedSession, PasswordAttempt};
use doorward_service::{Authenticated, Credential, Services};
use std::time::Duration;

use crate::house::{HERE, House, PASSWORD, local, secret, soon};

const APP: &str = "app.test";

fn host(name: &str) -> HostName {
    HostName::of(name)
}

/// A code for the browser with this mark.
fn code(services: &Services, opened: &IssuedSession, mark: &str) -> Secret {
    services.hand_over.begin(&opened.session, &opened.user.username, host(APP), Seal::of(mark))
}

async fn finish(services: &Services, code: &Secret, mark: Option<&str>, at: &str) -> Option<Entered> {
    let arrival = services.hand_over.take(code.expose(), mark, &host(at))?;
    services.hand_over.enter(arrival, HERE).await.unwrap()
}

async fn authenticated(services: &Services, token: &Secret, at: &str) -> Option<Authenticated> {
    let entry = Credential::Entry { token: token.clone(), host: host(at) };
    services.authentication.authenticate(&entry, std::net::Ipv4Addr::LOCALHOST.into()).await.unwrap()
}

/// Ada, with an entry at [`APP`].
async fn entered(house: &House) -> (IssuedSession, Entered) {
    let opened = house.sign_in("ada").await;
    let code = code(&house.services, &opened, "mark");
    let entered = finish(&house.services, &code, Some("mark"), APP).await.unwrap();
    (opened, entered)
}

/// Ada signs in again with the browser that she is signed in with.
fn instead_of(opened: &IssuedSession) -> PasswordAttempt {
    PasswordAttempt {
        kind: doorward_domain::SessionKind::Browser,
        username: "ada".to_owned(),
        password: secret(PASSWORD),
        client_ip: HERE.parse().unwrap(),
        user_agent: String::new(),
        instead_of: Some(opened.session.id),
        remember: false,
    }
}

async fn house() -> House {
    let house = House::new().await;
    house.add("ada", Some(doorward_domain::Role::Viewer)).await;
    house
}

#[tokio::test]
async fn a_marked_browser_is_taken_across_and_is_the_same_session_there() {
    let house = house().await;
    let (opened, entered) = entered(&house).await;
    let there = authenticated(&house.services, &entered.token, APP).await.unwrap();
    assert_eq!(there.who.session_id(), Some(opened.session.id));
    assert_eq!(entered.lifetime, opened.session.expires_at.since(opened.session.created_at));
    let events = house.events().await;
    let event = events.iter().find(|event| event.event.action.as_str() == "session.enter").unwrap();
    assert_eq!((event.event.actor.as_str(), event.event.target.as_deref()), ("ada", Some(APP)));
}

#[tokio::test]
async fn a_code_opens_nothing_twice_late_elsewhere_or_in_another_browser() {
    let house = house().await;
    let opened = house.sign_in("ada").await;
    let services = &house.services;
    let used = code(services, &opened, "mark");
    assert!(finish(services, &used, Some("mark"), APP).await.is_some());
    assert!(finish(services, &used, Some("mark"), APP).await.is_none(), "twice");
    for (mark, at) in [
        (None, APP),
        (Some("another"), APP),
        (Some(""), APP),
        (Some("mark"), "other.test"),
        (Some("mark"), "evil.app.test"),
    ] {
        let code = code(services, &opened, "mark");
        assert!(finish(services, &code, mark, at).await.is_none(), "{mark:?} at {at}");
        assert!(finish(services, &code, Some("mark"), APP).await.is_none(), "a code that was tried is used up");
    }
    let late = code(services, &opened, "mark");
    house.clock.advance(Duration::from_mins(1));
    assert!(finish(services, &late, Some("mark"), APP).await.is_none(), "late");
    assert!(finish(services, &Secret::new("guess".into()), Some("mark"), APP).await.is_none(), "a guess");
}

#[tokio::test]
async fn a_code_of_a_session_that_has_ended_opens_nothing() {
    let house = house().await;
    let opened = house.sign_in("ada").await;
    let code = code(&house.services, &opened, "mark");
    house.services.sessions.end(&local(), opened.session.id).await.unwrap();
    assert!(finish(&house.services, &code, Some("mark"), APP).await.is_none());
}

#[tokio::test]
async fn an_entry_opens_its_own_host_and_is_no_session() {
    let house = house().await;
    let (opened, entered) = entered(&house).await;
    let services = &house.services;
    for other in ["other.test", "app.test.evil", "auth.test", ""] {
        assert!(authenticated(services, &entered.token, other).await.is_none(), "{other}");
    }
    assert!(authenticated(services, &opened.cookie, APP).await.is_none(), "a session's token is no entry");
    for credential in [Credential::Cookie(entered.token.clone()), Credential::Bearer(entered.token.clone())] {
        assert!(
            services.authentication.cached(&credential, std::net::Ipv4Addr::LOCALHOST.into()).is_none()
                && services
                    .authentication
                    .authenticate_again(&credential, std::net::Ipv4Addr::LOCALHOST.into())
                    .await
                    .unwrap()
                    .is_none()
        );
    }
}

#[tokio::test]
async fn what_ends_a_session_ends_its_entries_at_once() {
    for how in ["signed out", "ended", "disabled", "idle", "signed in anew", "by another process"] {
        let house = house().await;
        let (opened, entered) = entered(&house).await;
        let services = &house.services;
        let there = authenticated(services, &entered.token, APP).await.unwrap();
        let revocation = there.revocation.clone();
        match how {
            "signed out" => services.login.out(&there, HERE).await.unwrap(),
            "ended" => drop(services.sessions.end_all_of(&local(), opened.user.id, None).await.unwrap()),
            "disabled" => {
                let change = doorward_service::ports::UserChange { is_disabled: Some(true), ..Default::default() };
                drop(services.users.update(&local(), opened.user.id, change).await.unwrap());
            }
            "idle" => house.clock.advance(Duration::from_hours(8)),
            "signed in anew" => drop(services.login.with_password(instead_of(&opened)).await.unwrap()),
            _ => house.another_process().await.sessions.end(&local(), opened.session.id).await.unwrap(),
        }
        if how == "by another process" {
            soon(&revocation).await;
        }
        assert!(authenticated(services, &entered.token, APP).await.is_none(), "{how}");
        assert!(how == "idle" || revocation.is_revoked(), "{how}: open connections hear of it");
    }
}

#[tokio::test]
async fn a_request_at_an_app_keeps_the_session_alive() {
    let house = house().await;
    let (opened, entered) = entered(&house).await;
    for _ in 0..3 {
        house.clock.advance(Duration::from_hours(5));
        assert!(authenticated(&house.services, &entered.token, APP).await.is_some());
    }
    let session = Credential::Cookie(opened.cookie);
    assert!(
        house
            .services
            .authentication
            .authenticate_again(&session, std::net::Ipv4Addr::LOCALHOST.into())
            .await
            .unwrap()
            .is_some()
    );
}
