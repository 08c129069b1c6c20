//! How long a session lives, and what counts as using it.

use doorward_domain::{ApiKey, KeyId};

use super::*;
use crate::ports::LiveKey;

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_does_not() {
    let desk = desk().await;
    let (ada, bob) = (desk.open(1), desk.open(2));
    let idle = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    let used = desk.authentication.authenticate(&bob, HERE).await.unwrap().unwrap();
    desk.clock.advance(IDLE / 2);
    assert!(desk.authentication.cached(&bob, HERE).is_some());
    desk.clock.advance(IDLE / 2);
    assert!(desk.authentication.cached(&ada, HERE).is_none(), "at once, not at the next sweep");
    desk.authentication.tick().await;
    assert!(idle.revocation.is_revoked() && !used.revocation.is_revoked());
    assert!(!desk.admits(&ada).await);
    desk.clock.advance(IDLE / 2);
    desk.authentication.tick().await;
    assert!(used.revocation.is_revoked());
}

#[tokio::test]
async fn use_does_not_put_off_the_absolute_end() {
    let desk = desk().await;
    let ada = desk.open(1);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    for _ in 0..23 {
        desk.clock.advance(Duration::from_hours(1));
        desk.authentication.tick().await;
        assert!(desk.authentication.cached(&ada, HERE).is_some());
    }
    desk.clock.advance(Duration::from_hours(1));
    desk.authentication.tick().await;
    assert!(authenticated.revocation.is_revoked());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn without_renewal_idle_counts_from_sign_in() {
    let desk = desk_with(SessionLimits { renew: false, ..SessionLimits::default() }).await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    desk.clock.advance(IDLE / 2);
    assert!(desk.authentication.cached(&ada, HERE).is_some());
    desk.clock.advance(IDLE / 2);
    assert!(desk.authentication.cached(&ada, HERE).is_none());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn last_seen_is_saved_once_and_survives_being_dropped_before() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.clock.advance(Duration::from_secs(10));
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(10));
    desk.authentication.hear(&[Change::User(signed_in(1).user.id)]).await;
    desk.sessions.fails.store(true, Ordering::SeqCst);
    desk.authentication.save_last_seen().await;
    desk.sessions.fails.store(false, Ordering::SeqCst);
    desk.authentication.save_last_seen().await;
    desk.authentication.save_last_seen().await;
    let seen = NOON.plus(Duration::from_secs(10));
    assert_eq!(*desk.sessions.touched.lock(), [(signed_in(1).session.id, seen)]);
}

/// A program's own key, that nothing was granted to.
pub(super) fn live_key() -> (Credential, LiveKey) {
    let id = KeyId::generate(NOON, [1; 10]);
    let key = ApiKey {
        id,
        name: "ci".parse().unwrap(),
        owner: None,
        allowed_addresses: Arc::default(),
        expires_at: None,
        last_used: None,
        created_at: NOON,
        created_by: "".into(),
    };
    (Credential::Key(ApiKey::text_of(id, &[2; 32])), LiveKey { key, until: None, grants: Vec::new(), owner: None })
}

/// However often that is done of sessions, which would idle away otherwise.
#[tokio::test(start_paused = true)]
async fn when_a_key_was_last_used_is_written_down_once_a_minute() {
    let desk = desk_with(SessionLimits { idle: Duration::from_secs(4), ..SessionLimits::default() }).await;
    let (credential, live) = live_key();
    let Credential::Key(text) = &credential else { panic!("a key") };
    desk.keys.live.lock().insert(TokenHash::of(text.expose().as_bytes()), live);
    let ada = desk.open(1);
    let background = Background::default();
    desk.authentication.keep(&background);
    for _ in 0..185 {
        assert!(desk.admits(&ada).await && desk.admits(&credential).await);
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.clock.advance(Duration::from_secs(1));
    }
    let used: Vec<_> = desk.keys.used.lock().iter().map(|(_, at, _)| *at).collect();
    assert_eq!(used.len(), 3, "{used:?}");
    assert!(desk.sessions.touched.lock().len() > 100);
}

#[tokio::test]
async fn to_ask_whether_one_is_signed_in_does_not_keep_one_signed_in() {
    let limits = SessionLimits { idle: Duration::from_mins(1), ..SessionLimits::default() };
    let desk = desk_with(limits).await;
    let ada = desk.open(1);
    assert!(desk.authentication.peek(&ada, HERE).is_none(), "only from memory");
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(50));
    assert!(desk.authentication.peek(&ada, HERE).is_some());
    desk.clock.advance(Duration::from_secs(20));
    assert!(desk.authentication.peek(&ada, HERE).is_none());
    assert!(desk.authentication.cached(&ada, HERE).is_none(), "fifty seconds ago it was asked about, but not used");
}

#[tokio::test]
async fn nor_does_asking_when_what_was_cached_is_gone() {
    let limits = SessionLimits { idle: Duration::from_mins(1), ..SessionLimits::default() };
    let desk = desk_with(limits).await;
    let ada = desk.open(1);
    let looks = async || desk.authentication.inspect(&ada, IpAddr::from([192, 0, 2, 1])).await.unwrap().is_some();
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(50));
    // As after a new grant; a restart is the same.
    desk.authentication.hear(&[Change::User(signed_in(1).user.id)]).await;
    assert!(looks().await);
    desk.clock.advance(Duration::from_secs(20));
    assert!(!looks().await);
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn a_dropped_session_is_not_taken_for_idle_because_its_last_use_was_not_saved() {
    let limits = SessionLimits { idle: Duration::from_mins(1), ..SessionLimits::default() };
    let desk = desk_with(limits).await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(50));
    assert!(desk.authentication.cached(&ada, HERE).is_some());
    desk.authentication.hear(&[Change::User(signed_in(1).user.id)]).await;
    desk.clock.advance(Duration::from_secs(50));
    assert!(desk.admits(&ada).await);
}

#[tokio::test]
async fn a_session_that_ends_by_time_is_told_of_once_and_by_its_reason() {
    let desk = desk().await;
    for n in 1..=3 {
        desk.open(n);
    }
    let seen_at = |n: u8, at: Timestamp| {
        let token = TokenHash::of(token(n).as_bytes());
        desk.sessions.live.lock().get_mut(&token).unwrap().session.last_seen_at = at;
    };
    let later = Duration::from_hours(20);
    seen_at(2, NOON.plus(later));
    seen_at(3, NOON.plus(later));
    desk.sessions.live.lock().get_mut(&TokenHash::of(token(3).as_bytes())).unwrap().session.expires_at =
        NOON.plus(later);
    desk.clock.advance(later);
    desk.authentication.tidy().await;
    desk.authentication.tidy().await;
    let mut told: Vec<_> = std::mem::take(&mut *desk.sessions.told.lock())
        .into_iter()
        .map(|event| {
            format!("{} {} {:?} {}", event.actor, event.action.as_str(), event.target, event.details["reason"])
        })
        .collect();
    told.sort();
    assert_eq!(told, [r#"system session.end Some("user1") "idle""#, r#"system session.end Some("user3") "expired""#]);
}
