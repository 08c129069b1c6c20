use doorward_domain::Role;
use doorward_service::admin::sessions::SessionError;
use doorward_service::ports::SessionQuery;
use std::time::Duration;

use crate::house::{House, local};

fn of(user: doorward_domain::UserId) -> SessionQuery {
    SessionQuery { user: Some(user), ..SessionQuery::default() }
}

#[tokio::test]
async fn people_see_their_own_sessions_and_only_admins_see_all() {
    let house = House::new().await;
    let (ada, bob) = (house.add("ada", Some(Role::Manager)).await, house.add("bob", None).await);
    house.sign_in("bob").await;
    let (root, actor) = (house.actor("root").await, house.actor("ada").await);
    let sessions = &house.services.sessions;
    assert_eq!(sessions.list(&actor, &of(ada.id)).await.unwrap().total, 1);
    for query in [SessionQuery::default(), of(bob.id)] {
        assert!(matches!(sessions.list(&actor, &query).await, Err(SessionError::NotAllowed(_))));
    }
    assert_eq!(sessions.list(&root, &SessionQuery::default()).await.unwrap().total, 3);
}

#[tokio::test]
async fn a_session_that_is_over_by_idle_time_is_not_listed() {
    let house = House::new().await;
    house.add("ada", Some(Role::Viewer)).await;
    house.sign_in("ada").await;
    let (idle, late) = (Duration::from_hours(8), Duration::from_mins(1));
    let count = async || house.services.sessions.list(&local(), &SessionQuery::default()).await.unwrap().total;
    house.clock.advance(idle);
    assert_eq!(count().await, 1, "when it was last seen may be known a minute late");
    house.clock.advance(late);
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn people_end_their_own_sessions_and_do_not_learn_of_others() {
    let house = House::new().await;
    house.add("ada", Some(Role::Manager)).await;
    house.add("bob", None).await;
    let (mine, his) = (house.sign_in("ada").await, house.sign_in("bob").await);
    let (me, him) = (house.authenticate(&mine).await.unwrap(), house.authenticate(&his).await.unwrap());
    let (actor, root) = (house.actor("ada").await, house.actor("root").await);
    let sessions = &house.services.sessions;

    assert!(matches!(sessions.end(&actor, his.session.id).await, Err(SessionError::NotFound)));
    assert!(!him.revocation.is_revoked() && house.authenticate(&his).await.is_some());

    sessions.end(&actor, mine.session.id).await.unwrap();
    assert!(me.revocation.is_revoked() && house.authenticate(&mine).await.is_none());
    assert!(matches!(sessions.end(&actor, mine.session.id).await, Err(SessionError::NotFound)));

    sessions.end(&root, his.session.id).await.unwrap();
    assert!(him.revocation.is_revoked() && house.authenticate(&his).await.is_none());
    insta::assert_snapshot!(house.story(2).await.join("\n"), @r#"
    ada session.end ada success {"session":"…"}
    root session.end bob success {"session":"…"}
    "#);
}

#[tokio::test]
async fn all_but_one_session_end_at_once() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    house.add("bob", None).await;
    let kept = house.sign_in("ada").await;
    let (one, two) = (house.authenticated("ada").await, house.authenticated("ada").await);
    let (bob, me) = (house.actor("bob").await, house.authenticate(&kept).await.unwrap());
    let sessions = &house.services.sessions;
    assert!(matches!(sessions.end_all_of(&bob, ada.id, None).await, Err(SessionError::NotAllowed(_))));

    let actor = doorward_service::Actor::User { who: me.who, via: me.via, client_ip: String::new() };
    assert_eq!(sessions.end_all_of(&actor, ada.id, Some(kept.session.id)).await.unwrap(), 2);
    assert!(one.revocation.is_revoked() && two.revocation.is_revoked());
    assert!(house.authenticate(&kept).await.is_some());
    assert_eq!(sessions.end_all_of(&local(), ada.id, None).await.unwrap(), 1);
    assert!(house.authenticate(&kept).await.is_none());
}
