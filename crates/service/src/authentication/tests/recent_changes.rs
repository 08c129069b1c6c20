//! What has changed is heard, and nothing is believed from before.

use super::*;

#[tokio::test]
async fn news_from_this_process_takes_effect_before_the_verb_returns() {
    let desk = desk().await;
    let (ada, bob) = (desk.open(1), desk.open(2));
    let (a, b) = (
        desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap(),
        desk.authentication.authenticate(&bob, HERE).await.unwrap().unwrap(),
    );
    desk.sessions.live.lock().clear();
    desk.authentication.hear(&[Change::User(a.who.user_id().unwrap())]).await;
    assert!(a.revocation.is_revoked() && desk.authentication.cached(&ada, HERE).is_none());
    assert!(!b.revocation.is_revoked() && desk.authentication.cached(&bob, HERE).is_some(), "others are left alone");
}

#[tokio::test]
async fn what_came_of_a_mutation_is_had_when_all_that_it_changed_is_forgotten() {
    for is_broken in [false, true] {
        let desk = desk().await;
        let (ada, bob, eve) = (desk.open(1), desk.open(2), desk.open(3));
        for person in [&ada, &bob, &eve] {
            assert!(desk.admits(person).await);
        }
        // What the feed says in time, or does not: the change itself knows as much.
        desk.changes.fails.store(is_broken, Ordering::SeqCst);
        let (hers, his) = (Change::User(signed_in(1).user.id), Change::Session(signed_in(2).session.id));
        let changed = Changed::new(vec![hers, his], "what came of it");
        assert!(desk.authentication.cached(&ada, HERE).is_some(), "nobody has been told yet");
        assert_eq!(changed.told(&*desk.authentication).await, "what came of it");
        let is_known = [&ada, &bob, &eve].map(|person| desk.authentication.cached(person, HERE).is_some());
        assert_eq!(is_known, [false, false, true]);
    }
}

#[tokio::test]
async fn who_was_too_late_to_change_anything_hears_of_whoever_was_not() {
    let desk = desk().await;
    let ada = desk.open(1);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    desk.end_elsewhere(1);
    Changed::new(Vec::new(), ()).told(&*desk.authentication).await;
    assert!(authenticated.revocation.is_revoked() && desk.authentication.cached(&ada, HERE).is_none());
}

#[tokio::test]
async fn news_from_another_process_takes_effect_at_the_next_look() {
    let desk = desk().await;
    let ada = desk.open(1);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    desk.end_elsewhere(1);
    desk.authentication.tick().await;
    assert!(authenticated.revocation.is_revoked() && desk.authentication.cached(&ada, HERE).is_none());
    assert!(!desk.admits(&ada).await);
}

#[tokio::test]
async fn a_change_is_applied_once() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    let change = Change::User(signed_in(1).user.id);
    desk.changes.feed.lock().push(change);
    desk.authentication.hear(&[change]).await;
    let again = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    desk.authentication.tick().await;
    assert!(!again.revocation.is_revoked(), "the background work must not drop what was read after the change");
}

#[tokio::test]
async fn an_answer_that_a_change_overtook_is_not_believed() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.answers.forget_permits(usize::MAX);
    let asking = tokio::spawn({
        let (authentication, ada) = (Arc::clone(&desk.authentication), ada.clone());
        async move { authentication.authenticate(&ada, HERE).await.unwrap().is_some() }
    });
    while desk.reads() == 0 {
        tokio::task::yield_now().await;
    }
    desk.end_elsewhere(1);
    desk.authentication.hear(&[Change::Session(signed_in(1).session.id)]).await;
    desk.sessions.answers.add_permits(10);
    assert!(!asking.await.unwrap());
    assert!(desk.authentication.cached(&ada, HERE).is_none());
    assert_eq!(desk.reads(), 2);
}

#[tokio::test]
async fn who_is_too_far_behind_the_news_believes_nothing() {
    let desk = desk().await;
    let ada = desk.open(1);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    desk.changes.behind.store(true, Ordering::SeqCst);
    desk.authentication.tick().await;
    assert!(authenticated.revocation.is_revoked() && desk.authentication.cached(&ada, HERE).is_none());
    assert!(desk.admits(&ada).await, "and reads again");
}

#[tokio::test]
async fn without_news_for_half_a_minute_memory_is_not_believed() {
    let desk = desk().await;
    let ada = desk.open(1);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    desk.changes.fails.store(true, Ordering::SeqCst);
    desk.clock.pass(TRUST.checked_sub(Duration::from_millis(1)).unwrap());
    desk.authentication.tick().await;
    assert!(desk.authentication.cached(&ada, HERE).is_some(), "a hiccup is forgiven");
    desk.clock.pass(Duration::from_millis(1));
    assert!(desk.authentication.cached(&ada, HERE).is_none(), "at once, not when the background work comes round");
    assert!(desk.authentication.peek(&ada, HERE).is_none(), "whoever only asks whether they are signed in, too");
    desk.authentication.tick().await;
    assert!(authenticated.revocation.is_revoked());
    desk.sessions.fails.store(true, Ordering::SeqCst);
    assert!(desk.authentication.authenticate(&ada, HERE).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_database_that_hangs_is_not_believed_from_memory_whoever_sets_the_clock() {
    let desk = desk().await;
    let ada = desk.open(1);
    assert!(desk.admits(&ada).await);
    desk.changes.hangs.store(true, Ordering::SeqCst);
    let following = tokio::spawn({
        let authentication = Arc::clone(&desk.authentication);
        async move { authentication.tick().await }
    });
    tokio::task::yield_now().await;
    desk.clock.pass(TRUST.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(desk.authentication.cached(&ada, HERE).is_some());
    desk.clock.pass(Duration::from_millis(1));
    assert!(desk.authentication.cached(&ada, HERE).is_none());
    following.await.unwrap();
    desk.changes.hangs.store(false, Ordering::SeqCst);
    desk.authentication.tick().await;
    assert!(
        desk.admits(&ada).await && desk.authentication.cached(&ada, HERE).is_some(),
        "and all is well again once it answers"
    );
}

/// Also when a thousand batches of sessions are ended and each takes its time.
#[tokio::test(start_paused = true)]
async fn news_is_heard_within_a_second_while_sessions_are_saved_and_tidied_away() {
    let desk = desk().await;
    let ada = desk.open(1);
    desk.sessions.batches.store(1000, Ordering::SeqCst);
    let background = Background::default();
    desk.authentication.keep(&background);
    tokio::time::sleep(Duration::from_secs(301)).await;
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    assert!(desk.sessions.batches.load(Ordering::SeqCst) > 900, "it is at it");
    desk.end_elsewhere(1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(authenticated.revocation.is_revoked());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_woken_hears_of_it_before_the_next_tick() {
    let desk = desk().await;
    let ada = desk.open(1);
    let background = Background::default();
    desk.authentication.keep(&background);
    let authenticated = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    let moment = Duration::from_millis(1);
    desk.changes.wakes.notify_one();
    tokio::time::sleep(moment).await;
    assert!(desk.authentication.cached(&ada, HERE).is_some(), "woken for nothing");
    desk.end_elsewhere(1);
    tokio::time::sleep(moment).await;
    assert!(!authenticated.revocation.is_revoked(), "nobody said so");
    desk.changes.wakes.notify_one();
    tokio::time::sleep(moment).await;
    assert!(authenticated.revocation.is_revoked());
}
