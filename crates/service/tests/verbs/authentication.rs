use doorward_domain::Role;
use doorward_service::ports::UserChange;
use std::time::Duration;

use crate::house::{HERE, House, bearer, cookie, local, secret, soon};

#[tokio::test]
async fn what_another_process_does_closes_connections_here() {
    let house = House::new().await;
    let cli = house.another_process().await;
    let ada = house.add("ada", Some(Role::Operator)).await;

    let opened = house.sign_in("ada").await;
    let authenticated = house.authenticate(&opened).await.unwrap();
    let change = UserChange { role: Some(Some(Role::Viewer)), ..UserChange::default() };
    cli.users.update(&local(), ada.id, change).await.unwrap();
    soon(&authenticated.revocation).await;
    let lowered = house.authenticate(&opened).await.unwrap();
    assert_eq!(lowered.who.role_on_everything(house.now()), Some(Role::Viewer));

    cli.sessions.end(&local(), opened.session.id).await.unwrap();
    soon(&lowered.revocation).await;
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
}

#[tokio::test]
async fn whoever_has_just_signed_in_pays_for_no_flood_of_their_network() {
    let house = House::new().await;
    let authentication = &house.services.authentication;
    let from = HERE.parse().unwrap();
    let mut told_to_wait = 0;
    for n in 0..400_u32 {
        let guess = doorward_service::Credential::Cookie(secret(&format!("dws_{n:0>43}")));
        told_to_wait += u32::from(authentication.authenticate(&guess, from).await.is_err());
    }
    assert!(told_to_wait > 200, "{told_to_wait}");
    let opened = house.sign_in("root").await;
    for credential in [cookie(&opened), bearer(&opened)] {
        assert!(authentication.cached(&credential, std::net::Ipv4Addr::LOCALHOST.into()).is_some());
        assert!(authentication.authenticate(&credential, from).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_session_opened_in_one_process_opens_the_door_of_another() {
    let house = House::new().await;
    let replica = house.another_process().await;
    let opened = house.sign_in("root").await;
    for credential in [cookie(&opened), bearer(&opened)] {
        assert!(
            replica
                .authentication
                .authenticate(&credential, std::net::Ipv4Addr::LOCALHOST.into())
                .await
                .unwrap()
                .is_some()
        );
    }
    assert_eq!(replica.csrf_key, house.services.csrf_key);
}

#[tokio::test]
async fn an_expired_session_closes_its_connections_without_being_asked() {
    let house = House::new().await;
    let authenticated = house.authenticated("root").await;
    house.clock.advance(Duration::from_hours(8));
    soon(&authenticated.revocation).await;
}

#[tokio::test]
async fn a_clean_stop_saves_when_sessions_were_last_seen() {
    let house = House::new().await;
    let opened = house.sign_in("root").await;
    house.clock.advance(Duration::from_mins(5));
    house.authenticate(&opened).await.unwrap();
    house.services.shutdown().await;
    let stored = house.stores.sessions.find_live_by_id(opened.session.id, house.now()).await.unwrap().unwrap();
    assert_eq!(stored.session.last_seen_at, house.now());
}

#[tokio::test]
async fn bearer_tokens_of_other_installations_are_not_ours() {
    let (house, other) = (House::new().await, House::new().await);
    let theirs = other.sign_in("root").await;
    assert!(
        house
            .services
            .authentication
            .authenticate(&bearer(&theirs), std::net::Ipv4Addr::LOCALHOST.into())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        house
            .services
            .authentication
            .authenticate(&cookie(&theirs), std::net::Ipv4Addr::LOCALHOST.into())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_are_admitted_to_the_same_session() {
    let house = House::new().await;
    let opened = house.sign_in("root").await;
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let (authentication, credential) = (std::sync::Arc::clone(&house.services.authentication), cookie(&opened));
            tokio::spawn(async move {
                authentication
                    .authenticate(&credential, std::net::Ipv4Addr::LOCALHOST.into())
                    .await
                    .unwrap()
                    .unwrap()
                    .who
                    .session_id()
            })
        })
        .collect();
    for session in waiting {
        assert_eq!(session.await.unwrap(), Some(opened.session.id));
    }
}
