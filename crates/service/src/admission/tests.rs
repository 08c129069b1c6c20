use super::*;
use crate::fakes::{FakeChanges, FakeSessions, NOON, StillClock, signed_in, sources};
use crate::ports::Change;
use doorward_domain::{Secret, SessionId, SignedIn, Timestamp};
use std::sync::atomic::Ordering;
use tokio_util::sync::CancellationToken;

struct Desk {
    sessions: Arc<FakeSessions>,
    changes: Arc<FakeChanges>,
    clock: Arc<StillClock>,
    admission: Arc<Admission>,
    key: Arc<BearerKey>,
}

/// Where everybody is.
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

const IDLE: Duration = Duration::from_hours(8);

async fn desk() -> Desk {
    desk_with(SessionLimits::default()).await
}

async fn desk_with(limits: SessionLimits) -> Desk {
    let (sessions, changes, clock) = (Arc::<FakeSessions>::default(), Arc::<FakeChanges>::default(), StillClock::at_noon());
    let key = Arc::new(BearerKey::new(&[1; 32]).unwrap());
    let (s, c) = (Arc::clone(&sessions), Arc::clone(&changes));
    let admission = Admission::start(s, c, sources(&clock), limits, Arc::clone(&key), Arc::default()).await.unwrap();
    Desk { sessions, changes, clock, admission: Arc::new(admission), key }
}

fn token(n: u8) -> String {
    format!("dws_{}", char::from(b'a' + n).to_string().repeat(43))
}

fn cookie(n: u8) -> Credential {
    Credential::Cookie(Secret::new(token(n)))
}

fn bearer(text: impl Into<String>) -> Credential {
    Credential::Bearer(Secret::new(text.into()))
}

impl Desk {
    /// Opens a session for user `n` in the store.
    fn open(&self, n: u8) -> Credential {
        self.sessions.live.lock().insert(TokenHash::of(token(n).as_bytes()), signed_in(n));
        cookie(n)
    }

    fn jwt(&self, n: u8) -> String {
        self.key.issue(&signed_in(n).session, &Secret::new(token(n)), [0; 16]).unwrap().expose().to_owned()
    }

    /// Ends it, as another process would.
    fn end_elsewhere(&self, n: u8) {
        self.sessions.live.lock().remove(&TokenHash::of(token(n).as_bytes()));
        self.changes.feed.lock().push(Change::Session(signed_in(n).session.id));
    }

    fn reads(&self) -> usize {
        self.sessions.reads.load(Ordering::SeqCst)
    }

    async fn admits(&self, credential: &Credential) -> bool {
        self.admission.admit(credential, HERE).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn the_store_is_asked_once_and_memory_answers_from_then_on() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.admission.recall(&ada).is_none());
    assert_eq!(desk.admission.admit(&ada, HERE).await.unwrap().unwrap().who.user, signed_in(1).user);
    for _ in 0..10 {
        assert!(desk.admission.recall(&ada).is_some());
        assert!(desk.admits(&ada).await);
    }
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn a_hundred_requests_at_once_ask_the_store_once() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.answers.forget_permits(usize::MAX);
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let (admission, ada) = (Arc::clone(&desk.admission), ada.clone());
            tokio::spawn(async move { admission.admit(&ada, HERE).await.unwrap().is_some() })
        })
        .collect();
    tokio::task::yield_now().await;
    desk.sessions.answers.add_permits(1);
    for admitted in waiting {
        assert!(admitted.await.unwrap());
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
        refused += u32::from(matches!(desk.admission.admit(&random_token(n), stranger).await, Err(NotAdmitted::TooMany { .. })));
    }
    assert_eq!((desk.reads(), refused), (120, 880));
    assert!(desk.admits(&ada).await, "somebody elsewhere is let in at once, though nobody knew them yet");
    assert!(
        desk.admission.admit(&ada, stranger).await.unwrap().is_some(),
        "nor does what is in memory wait, wherever it comes from"
    );
    assert!(desk.admission.admit(&random_token(0), stranger).await.unwrap().is_none(), "nor what is known to open nothing");
}

#[tokio::test]
async fn a_good_token_behind_the_address_of_a_flood_gets_in_when_it_comes_back() {
    let desk = desk().await;
    let ada = desk.open(1);
    for n in 0..1000 {
        let _ = desk.admission.admit(&random_token(n), HERE).await;
    }
    let Err(NotAdmitted::TooMany { retry_after }) = desk.admission.admit(&ada, HERE).await else { panic!("the budget is used up") };
    desk.clock.advance(retry_after);
    for n in 1000..2000 {
        let _ = desk.admission.admit(&random_token(n), HERE).await;
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
        desk.admission.registry.drop_all();
    }
    assert_eq!(desk.reads(), 400);
    for n in 0..1000 {
        let _ = desk.admission.admit(&random_token(n), HERE).await;
    }
    assert!(desk.admission.admit(&cookie(1), HERE).await.is_err());
    assert!(desk.admission.readmit(&cookie(1)).await.unwrap().is_some());
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
        assert!(matches!(desk.admission.admit(&random_token(n), HERE).await, Err(NotAdmitted::Store(_))));
    }
    desk.sessions.fails.store(false, Ordering::SeqCst);
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
}

#[tokio::test]
async fn what_cannot_be_a_token_never_reaches_the_store() {
    let desk = desk().await;
    for text in ["", "dws_", "x", &token(1)[1..], &format!("{}a", token(1)), &token(1).replace('b', "é"), "a.b.c", "eyJ.eyJ.x"] {
        assert!(!desk.admits(&Credential::Cookie(Secret::new(text.to_owned()))).await, "{text}");
        assert!(!desk.admits(&bearer(text)).await, "{text}");
    }
    assert_eq!(desk.reads(), 0);
}

#[tokio::test]
async fn a_session_token_and_a_jwt_open_as_bearer_but_a_jwt_never_as_cookie() {
    let desk = desk().await;
    desk.open(1);
    let jwt = desk.jwt(1);
    let by_jwt = desk.admission.admit(&bearer(&jwt), HERE).await.unwrap().unwrap();
    assert_eq!((by_jwt.via, by_jwt.who.user.id), (Via::Bearer, signed_in(1).user.id));
    assert!(desk.admission.recall(&bearer(&jwt)).is_some());
    let as_cookie = Credential::Cookie(Secret::new(jwt));
    assert!(desk.admission.recall(&as_cookie).is_none());
    assert!(!desk.admits(&as_cookie).await);
    let by_token = desk.admission.admit(&bearer(token(1)), HERE).await.unwrap().unwrap();
    assert!(!by_jwt.ended.has_come(), "a second credential of a session leaves the first alone");
    assert!(Arc::ptr_eq(&by_jwt.who, &by_token.who));
}

#[tokio::test]
async fn a_jwt_dies_with_its_session() {
    let desk = desk().await;
    desk.open(1);
    let jwt = bearer(desk.jwt(1));
    assert!(desk.admits(&jwt).await);
    desk.end_elsewhere(1);
    desk.admission.heed(Change::Session(signed_in(1).session.id)).await;
    assert!(desk.admission.recall(&jwt).is_none());
    assert!(!desk.admits(&jwt).await);
}

#[tokio::test]
async fn whoever_stole_key_and_session_ids_still_cannot_make_a_jwt() {
    let desk = desk().await;
    desk.open(1);
    let forged = desk.key.issue(&signed_in(1).session, &Secret::new(token(7)), [0; 16]).unwrap();
    assert!(!desk.admits(&bearer(forged.expose())).await);
    desk.open(2);
    let mixed = desk.key.issue(&signed_in(1).session, &Secret::new(token(2)), [0; 16]).unwrap();
    assert!(!desk.admits(&bearer(mixed.expose())).await, "one session's secret does not open another");
}

#[tokio::test]
async fn news_from_this_process_takes_effect_before_the_verb_returns() {
    let desk = desk().await;
    let (ada, bob) = (desk.open(1), desk.open(2));
    let (a, b) =
        (desk.admission.admit(&ada, HERE).await.unwrap().unwrap(), desk.admission.admit(&bob, HERE).await.unwrap().unwrap());
    desk.sessions.live.lock().clear();
    desk.admission.heed(Change::User(a.who.user.id)).await;
    assert!(a.ended.has_come() && desk.admission.recall(&ada).is_none());
    assert!(!b.ended.has_come() && desk.admission.recall(&bob).is_some(), "others are left alone");
}

#[tokio::test]
async fn news_from_another_process_takes_effect_at_the_next_look() {
    let desk = desk().await;
    let ada = desk.open(1);
    let admitted = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    desk.end_elsewhere(1);
    desk.admission.tick().await;
    assert!(admitted.ended.has_come() && desk.admission.recall(&ada).is_none());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn a_change_is_applied_once() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    let change = Change::User(signed_in(1).user.id);
    desk.changes.feed.lock().push(change);
    desk.admission.heed(change).await;
    let again = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    desk.admission.tick().await;
    assert!(!again.ended.has_come(), "the keeper must not drop what was read after the change");
}

#[tokio::test]
async fn an_answer_that_a_change_overtook_is_not_believed() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.answers.forget_permits(usize::MAX);
    let asking = tokio::spawn({
        let (admission, ada) = (Arc::clone(&desk.admission), ada.clone());
        async move { admission.admit(&ada, HERE).await.unwrap().is_some() }
    });
    while desk.reads() == 0 {
        tokio::task::yield_now().await;
    }
    desk.end_elsewhere(1);
    desk.admission.heed(Change::Session(signed_in(1).session.id)).await;
    desk.sessions.answers.add_permits(10);
    assert!(!asking.await.unwrap());
    assert!(desk.admission.recall(&ada).is_none());
    assert_eq!(desk.reads(), 2);
}

#[tokio::test]
async fn who_is_too_far_behind_the_news_believes_nothing() {
    let desk = desk().await;
    let ada = desk.open(1);
    let admitted = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    desk.changes.behind.store(true, Ordering::SeqCst);
    desk.admission.tick().await;
    assert!(admitted.ended.has_come() && desk.admission.recall(&ada).is_none());
    assert!(desk.admits(&ada).await, "and reads again");
}

#[tokio::test]
async fn without_news_for_half_a_minute_memory_is_not_believed() {
    let desk = desk().await;
    let ada = desk.open(1);
    let admitted = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    desk.changes.fails.store(true, Ordering::SeqCst);
    desk.clock.pass(TRUST.checked_sub(Duration::from_millis(1)).unwrap());
    desk.admission.tick().await;
    assert!(desk.admission.recall(&ada).is_some(), "a hiccup is forgiven");
    desk.clock.pass(Duration::from_millis(1));
    assert!(desk.admission.recall(&ada).is_none(), "at once, not when the keeper comes round");
    desk.admission.tick().await;
    assert!(admitted.ended.has_come());
    desk.sessions.fails.store(true, Ordering::SeqCst);
    assert!(desk.admission.admit(&ada, HERE).await.is_err());
}

#[tokio::test]
async fn a_failing_store_fails_all_who_wait_and_is_asked_again_later() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.fails.store(true, Ordering::SeqCst);
    assert!(desk.admission.admit(&ada, HERE).await.is_err());
    desk.sessions.fails.store(false, Ordering::SeqCst);
    assert!(desk.admits(&ada).await);
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_does_not() {
    let desk = desk().await;
    let (ada, bob) = (desk.open(1), desk.open(2));
    let idle = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    let used = desk.admission.admit(&bob, HERE).await.unwrap().unwrap();
    desk.clock.advance(IDLE / 2);
    assert!(desk.admission.recall(&bob).is_some());
    desk.clock.advance(IDLE / 2);
    assert!(desk.admission.recall(&ada).is_none(), "at once, not at the next sweep");
    desk.admission.tick().await;
    assert!(idle.ended.has_come() && !used.ended.has_come());
    assert!(!desk.admits(&ada).await);
    desk.clock.advance(IDLE / 2);
    desk.admission.tick().await;
    assert!(used.ended.has_come());
}

#[tokio::test]
async fn use_does_not_put_off_the_absolute_end() {
    let desk = desk().await;
    let ada = desk.open(1);
    let admitted = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    for _ in 0..23 {
        desk.clock.advance(Duration::from_hours(1));
        desk.admission.tick().await;
        assert!(desk.admission.recall(&ada).is_some());
    }
    desk.clock.advance(Duration::from_hours(1));
    desk.admission.tick().await;
    assert!(admitted.ended.has_come());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn without_renewal_idle_counts_from_sign_in() {
    let desk = desk_with(SessionLimits { renew: false, ..SessionLimits::default() }).await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    desk.clock.advance(IDLE / 2);
    assert!(desk.admission.recall(&ada).is_some());
    desk.clock.advance(IDLE / 2);
    assert!(desk.admission.recall(&ada).is_none());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn last_seen_is_saved_once_and_survives_being_dropped_before() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.clock.advance(Duration::from_secs(10));
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(10));
    desk.admission.heed(Change::User(signed_in(1).user.id)).await;
    desk.sessions.fails.store(true, Ordering::SeqCst);
    desk.admission.save_last_seen().await;
    desk.sessions.fails.store(false, Ordering::SeqCst);
    desk.admission.save_last_seen().await;
    desk.admission.save_last_seen().await;
    let seen = NOON.plus(Duration::from_secs(10));
    assert_eq!(*desk.sessions.touched.lock(), [(signed_in(1).session.id, seen)]);
}

#[tokio::test]
async fn to_ask_whether_one_is_signed_in_does_not_keep_one_signed_in() {
    let limits = SessionLimits { idle: Duration::from_mins(1), ..SessionLimits::default() };
    let desk = desk_with(limits).await;
    let ada = desk.open(1);
    assert!(desk.admission.peek(&ada).is_none(), "only from memory");
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(50));
    assert!(desk.admission.peek(&ada).is_some());
    desk.clock.advance(Duration::from_secs(20));
    assert!(desk.admission.peek(&ada).is_none());
    assert!(desk.admission.recall(&ada).is_none(), "fifty seconds ago it was asked about, but not used");
}

#[tokio::test]
async fn nor_does_asking_when_what_was_cached_is_gone() {
    let limits = SessionLimits { idle: Duration::from_mins(1), ..SessionLimits::default() };
    let desk = desk_with(limits).await;
    let ada = desk.open(1);
    let looks = async || desk.admission.inspect(&ada, IpAddr::from([192, 0, 2, 1])).await.unwrap().is_some();
    assert!(desk.admits(&ada).await);
    desk.clock.advance(Duration::from_secs(50));
    // As after a new grant; a restart is the same.
    desk.admission.heed(Change::User(signed_in(1).user.id)).await;
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
    assert!(desk.admission.recall(&ada).is_some());
    desk.admission.heed(Change::User(signed_in(1).user.id)).await;
    desk.clock.advance(Duration::from_secs(50));
    assert!(desk.admits(&ada).await);
}

#[test]
fn a_full_registry_drops_who_would_expire_first_and_spares_open_connections() {
    let registry = Registry::new(SessionLimits::default(), 3);
    let key = |n: u8| TokenHash::of(&[n]);
    let enter = |n: u8, now: Timestamp| registry.insert(key(n), signed_in(n), registry.reading(), now).unwrap().unwrap();
    let minute = |n: u64| NOON.plus(Duration::from_secs(60 * n));
    // All that a stream or a WebSocket keeps of whom it was opened by.
    let connection = enter(1, minute(1)).ended;
    drop(enter(2, minute(2)));
    drop(enter(3, minute(3)));
    registry.recall(&key(2), minute(4)).unwrap();
    drop(enter(4, minute(5)));
    assert!(registry.recall(&key(1), minute(6)).is_some(), "somebody holds it");
    assert!(registry.recall(&key(2), minute(6)).is_some(), "used last");
    assert!(registry.recall(&key(3), minute(6)).is_none());
    assert_eq!((registry.len(), connection.has_come()), (3, false));
}

#[test]
fn sessions_of_one_user_share_what_is_the_same_in_every_detail() {
    let registry = Registry::new(SessionLimits::default(), 9);
    let other_session = |mut who: SignedIn, n: u8| {
        who.session.id = SessionId::generate(NOON, [n; 10]);
        registry.insert(TokenHash::of(&[n]), who, registry.reading(), NOON).unwrap().unwrap().who
    };
    let first = other_session(signed_in(1), 1);
    assert!(Arc::ptr_eq(&first.user, &other_session(signed_in(1), 2).user));
    assert!(!Arc::ptr_eq(&first.user, &other_session(signed_in(2), 3).user));
    let mut renamed = signed_in(1);
    Arc::make_mut(&mut renamed.user).full_name = "Ada".into();
    assert_eq!(other_session(renamed, 4).user.full_name, "Ada");
}

#[test]
fn when_all_are_connected_the_dropped_one_is_told() {
    let registry = Registry::new(SessionLimits::default(), 2);
    let held: Vec<_> = (1..=3)
        .map(|n| registry.insert(TokenHash::of(&[n]), signed_in(n), registry.reading(), NOON).unwrap().unwrap())
        .map(|live| (Arc::clone(&live.who), live.ended.clone()))
        .collect();
    assert_eq!((registry.len(), held.iter().filter(|(_, ended)| ended.has_come()).count()), (2, 1));
}

#[test]
fn sweeping_costs_what_is_due_and_forgets_what_is_gone() {
    let registry = Registry::new(SessionLimits::default(), 10);
    let (session, user) = (signed_in(1).session.id, signed_in(1).user.id);
    for _ in 0..5000 {
        registry.insert(TokenHash::of(b"x"), signed_in(1), registry.reading(), NOON).unwrap().unwrap();
        registry.apply(Change::Session(session));
    }
    registry.sweep(NOON);
    assert!(registry.deadlines() <= 1, "{}", registry.deadlines());
    registry.apply(Change::User(user));
    registry.apply(Change::Session(SessionId::generate(NOON, [0; 10])));
    assert_eq!(registry.len(), 0);
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
    desk.sessions.live.lock().get_mut(&TokenHash::of(token(3).as_bytes())).unwrap().session.expires_at = NOON.plus(later);
    desk.clock.advance(later);
    desk.admission.tidy().await;
    desk.admission.tidy().await;
    let mut told: Vec<_> = std::mem::take(&mut *desk.sessions.told.lock())
        .into_iter()
        .map(|event| format!("{} {} {:?} {}", event.actor, event.action.as_str(), event.target, event.details["reason"]))
        .collect();
    told.sort();
    assert_eq!(told, [r#"system session.end Some("user1") "idle""#, r#"system session.end Some("user3") "expired""#]);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_hangs_is_not_believed_from_memory_whoever_sets_the_clock() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    desk.changes.hangs.store(true, Ordering::SeqCst);
    let following = tokio::spawn({
        let admission = Arc::clone(&desk.admission);
        async move { admission.tick().await }
    });
    tokio::task::yield_now().await;
    desk.clock.pass(TRUST.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(desk.admission.recall(&ada).is_some());
    desk.clock.pass(Duration::from_millis(1));
    assert!(desk.admission.recall(&ada).is_none());
    following.await.unwrap();
    desk.changes.hangs.store(false, Ordering::SeqCst);
    desk.admission.tick().await;
    assert!(desk.admits(&ada).await && desk.admission.recall(&ada).is_some(), "and all is well again once it answers");
}

/// Also when a thousand batches of sessions are ended and each takes its time.
#[tokio::test(start_paused = true)]
async fn news_is_heard_within_a_second_while_sessions_are_saved_and_tidied_away() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.batches.store(1000, Ordering::SeqCst);
    let stop = CancellationToken::new();
    desk.admission.keep(&stop);
    tokio::time::sleep(Duration::from_secs(301)).await;
    let admitted = desk.admission.admit(&ada, HERE).await.unwrap().unwrap();
    assert!(desk.sessions.batches.load(Ordering::SeqCst) > 900, "it is at it");
    desk.end_elsewhere(1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(admitted.ended.has_come());
    stop.cancel();
}
