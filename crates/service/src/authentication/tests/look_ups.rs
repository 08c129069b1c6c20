//! When the store is asked, and how often.

use doorward_domain::{ApiKey, KeyId};

use super::lifetime::live_key;
use super::*;

#[tokio::test]
async fn the_store_is_asked_once_and_memory_answers_from_then_on() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.authentication.cached(&ada, HERE).is_none());
    assert_eq!(
        desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap().who.user_id(),
        Some(signed_in(1).user.id)
    );
    for _ in 0..10 {
        assert!(desk.authentication.cached(&ada, HERE).is_some());
        assert!(desk.admits(&ada).await);
    }
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn of_a_key_too_the_store_is_asked_once() {
    let desk = desk().await;
    let (credential, live) = live_key();
    let Credential::Key(text) = &credential else { panic!("a key") };
    desk.keys.live.lock().insert(TokenHash::of(text.expose().as_bytes()), live);
    let reads = || desk.keys.reads.load(Ordering::SeqCst);
    assert!(desk.authentication.cached(&credential, HERE).is_none());
    let waiting = (0..100).map(|_| {
        let (authentication, credential) = (Arc::clone(&desk.authentication), credential.clone());
        tokio::spawn(async move { authentication.authenticate(&credential, HERE).await.unwrap().is_some() })
    });
    for authenticated in waiting.collect::<Vec<_>>() {
        assert!(authenticated.await.unwrap());
    }
    for _ in 0..10 {
        assert!(desk.authentication.cached(&credential, HERE).is_some());
        assert!(desk.admits(&credential).await);
    }
    assert_eq!((reads(), desk.reads()), (1, 0));
    let unknown = Credential::Key(ApiKey::text_of(KeyId::generate(NOON, [3; 10]), &[4; 32]));
    for _ in 0..10 {
        assert!(!desk.admits(&unknown).await);
    }
    assert_eq!((reads(), desk.reads()), (2, 0), "that there is none is known, too");
}

#[tokio::test]
async fn a_hundred_requests_at_once_ask_the_store_once() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.answers.forget_permits(usize::MAX);
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let (authentication, ada) = (Arc::clone(&desk.authentication), ada.clone());
            tokio::spawn(async move { authentication.authenticate(&ada, HERE).await.unwrap().is_some() })
        })
        .collect();
    tokio::task::yield_now().await;
    desk.sessions.answers.add_permits(1);
    for authenticated in waiting {
        assert!(authenticated.await.unwrap());
    }
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn an_unknown_token_asks_the_store_once_a_minute() {
    let desk = desk().await;
    for _ in 0..10 {
        assert!(!desk.admits(&cookie(9)).await);
        desk.clock.advance(Duration::from_secs(5));
    }
    assert_eq!(desk.reads(), 1);
    desk.clock.advance(Duration::from_secs(10));
    assert!(!desk.admits(&cookie(9)).await);
    assert_eq!(desk.reads(), 2);
}

/// A token that opens nothing, of so many.
fn random_token(n: u32) -> Credential {
    Credential::Cookie(Secret::new(format!("dws_{n:0>43}")))
}

#[tokio::test]
async fn a_flood_of_random_tokens_reaches_the_store_a_bounded_number_of_times() {
    let desk = desk().await;
    let (ada, stranger) = (desk.open(1), IpAddr::from([192, 0, 2, 9]));
    let mut refused = 0;
    for n in 0..1000 {
        refused += u32::from(matches!(
            desk.authentication.authenticate(&random_token(n), stranger).await,
            Err(NotAuthenticated::TooMany { .. })
        ));
    }
    assert_eq!((desk.reads(), refused), (120, 880));
    assert!(desk.admits(&ada).await, "somebody elsewhere is let in at once, though nobody knew them yet");
    assert!(
        desk.authentication.authenticate(&ada, stranger).await.unwrap().is_some(),
        "nor does what is in memory wait, wherever it comes from"
    );
    assert!(
        desk.authentication.authenticate(&random_token(0), stranger).await.unwrap().is_none(),
        "nor what is known to open nothing"
    );
}

#[tokio::test]
async fn a_good_token_behind_the_address_of_a_flood_gets_in_when_it_comes_back() {
    let desk = desk().await;
    let ada = desk.open(1);
    for n in 0..1000 {
        let _ = desk.authentication.authenticate(&random_token(n), HERE).await;
    }
    let Err(NotAuthenticated::TooMany { retry_after }) = desk.authentication.authenticate(&ada, HERE).await else {
        panic!("the budget is used up")
    };
    desk.clock.advance(retry_after);
    for n in 1000..2000 {
        let _ = desk.authentication.authenticate(&random_token(n), HERE).await;
    }
    assert!(desk.admits(&ada).await);
}

#[tokio::test]
async fn good_tokens_cost_their_network_nothing_and_what_goes_on_is_looked_at_again_for_free() {
    let desk = desk().await;
    for n in 0..20 {
        desk.open(n);
    }
    for _ in 0..20 {
        for n in 0..20 {
            assert!(desk.admits(&cookie(n)).await);
        }
        desk.authentication.registry.drop_all();
    }
    assert_eq!(desk.reads(), 400);
    for n in 0..1000 {
        let _ = desk.authentication.authenticate(&random_token(n), HERE).await;
    }
    assert!(desk.authentication.authenticate(&cookie(1), HERE).await.is_err());
    assert!(desk.authentication.authenticate_again(&cookie(1), HERE).await.unwrap().is_some());
}

#[tokio::test]
async fn a_store_that_fails_uses_nothing_up_and_a_forged_jwt_never_reaches_it() {
    let desk = desk().await;
    let other = BearerKey::new(&[2; 32]).unwrap();
    let forged = other.issue(&signed_in(1).session, &Secret::new(token(1)), [0; 16]).unwrap();
    for _ in 0..500 {
        assert!(!desk.admits(&bearer(forged.expose())).await);
    }
    assert_eq!(desk.reads(), 0);
    desk.sessions.fails.store(true, Ordering::SeqCst);
    for n in 0..500 {
        assert!(matches!(
            desk.authentication.authenticate(&random_token(n), HERE).await,
            Err(NotAuthenticated::Store(_))
        ));
    }
    desk.sessions.fails.store(false, Ordering::SeqCst);
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
}

#[tokio::test]
async fn a_failing_store_fails_all_who_wait_and_is_asked_again_later() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.fails.store(true, Ordering::SeqCst);
    assert!(desk.authentication.authenticate(&ada, HERE).await.is_err());
    desk.sessions.fails.store(false, Ordering::SeqCst);
    assert!(desk.admits(&ada).await);
}
