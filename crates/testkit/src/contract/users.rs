//! What [`UserStore`](doorward_service::ports::UserStore) promises.

use doorward_domain::{Role, User};
use doorward_service::ports::{Change, Effects, GrantQuery, Proof, StoreError, UserChange, UserQuery};
use std::time::Duration;

use super::{Case, PROOF, Replicas, cases, event};
use crate::{NOON, Untold as _, grant, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_user_is_found_as_made_by_id_and_by_name,
    a_user_is_found_by_address_in_any_case,
    nobody_is_found_where_nobody_is,
    a_name_in_use_is_refused_without_a_trace,
    an_address_in_use_is_refused_in_any_case,
    nobody_has_as_a_name_what_another_has_as_an_address,
    several_users_may_have_no_address,
    a_change_changes_what_it_names_and_nothing_else,
    a_change_may_take_role_and_address_away,
    a_role_set_here_is_for_good,
    changing_nobody_does_nothing,
    a_change_to_an_address_in_use_is_refused,
    every_change_of_a_user_is_told_and_recorded,
    disabling_ends_every_session,
    the_last_admin_is_neither_demoted_nor_disabled_nor_deleted,
    with_two_admins_one_may_go,
    of_two_admins_going_at_once_one_stays,
    without_any_admin_users_may_still_be_changed,
    a_deleted_user_takes_sessions_and_grants_along,
    a_new_password_ends_all_sessions_but_one,
    a_hash_is_upgraded_only_while_it_is_the_old_one,
];

async fn a_user_is_found_as_made_by_id_and_by_name(db: Replicas) {
    let ada = user("ada").role(Role::Developer).email("Ada@Example.com").full_name("Ada Łovelace").build();
    db.users.create(&ada, Some("a hash"), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.other.users.find(ada.id).await.unwrap(), Some(ada.clone()));
    let named = db.users.find_by_name(&"ADA".parse().unwrap()).await.unwrap();
    assert_eq!(named, Some((ada, Some("a hash".to_owned()))));
    let bob = user("bob").disabled().build();
    db.users.create(&bob, None, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.users.find_by_name(&bob.username).await.unwrap(), Some((bob, None)));
}

async fn a_user_is_found_by_address_in_any_case(db: Replicas) {
    let ada = user("ada").email("Ada.Ä@Example.com").build();
    db.users.create(&ada, Some("a hash"), Effects::of(&event())).await.untold().unwrap();
    db.users.create(&user("bob").build(), None, Effects::of(&event())).await.untold().unwrap();
    let by_email = async |text: &str| db.other.users.find_by_email(&text.parse().unwrap()).await.unwrap();
    for spelling in ["Ada.Ä@Example.com", "ada.ä@example.COM", "ADA.Ä@EXAMPLE.COM"] {
        assert_eq!(by_email(spelling).await, Some((ada.clone(), Some("a hash".to_owned()))), "{spelling}");
    }
    assert_eq!(by_email("bob@example.com").await, None);
    let moved = UserChange { email: Some(Some("Countess@Example.com".parse().unwrap())), ..UserChange::default() };
    db.users.update(ada.id, &moved, NOON, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(by_email("ada.ä@example.com").await, None);
    assert_eq!(by_email("countess@example.com").await.unwrap().0.id, ada.id);
}

async fn nobody_is_found_where_nobody_is(db: Replicas) {
    assert_eq!(db.users.find(user("ada").build().id).await.unwrap(), None);
    assert_eq!(db.users.find_by_name(&"ada".parse().unwrap()).await.unwrap(), None);
    assert!(!db.users.has_admin().await.unwrap());
}

async fn a_name_in_use_is_refused_without_a_trace(db: Replicas) {
    db.create(&user("ada").build()).await;
    let before = db.traces().await;
    let namesake = User { id: user("other").build().id, ..user("ada").role(Role::Admin).build() };
    let refused = db.users.create(&namesake, None, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("username"))), "{refused:?}");
    assert_eq!(db.traces().await, before);
    assert!(!db.users.has_admin().await.unwrap());
}

async fn an_address_in_use_is_refused_in_any_case(db: Replicas) {
    db.create(&user("ada").email("ada@example.com").build()).await;
    let refused =
        db.users.create(&user("bob").email("ADA@example.COM").build(), None, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("email"))), "{refused:?}");
}

async fn nobody_has_as_a_name_what_another_has_as_an_address(db: Replicas) {
    let ada = user("ada").email("Ada@Example.com").build();
    db.create(&ada).await;
    let refused = db.users.create(&user("ada@example.com").build(), None, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("username"))), "{refused:?}");
    let bob = user("bob@example.com").email("Bob@example.com").build();
    db.create(&bob).await;
    let refused =
        db.users.create(&user("eve").email("BOB@example.com").build(), None, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("email"))), "{refused:?}");
    let free = UserChange { email: Some(None), ..UserChange::default() };
    db.users.update(bob.id, &free, NOON, Effects::of(&event())).await.untold().unwrap();
    let change = UserChange { email: Some(Some("BOB@example.com".parse().unwrap())), ..UserChange::default() };
    let refused = db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("email"))), "{refused:?}");
    assert!(
        db.users.update(bob.id, &change, NOON, Effects::of(&event())).await.untold().is_ok(),
        "one's own name is one's own address"
    );
}

async fn several_users_may_have_no_address(db: Replicas) {
    db.create(&user("ada").build()).await;
    db.create(&user("bob").build()).await;
    assert_eq!(db.users.list(&UserQuery::default()).await.unwrap().total, 2);
}

async fn a_change_changes_what_it_names_and_nothing_else(db: Replicas) {
    let ada = user("ada").role(Role::Viewer).email("ada@example.com").full_name("Ada").build();
    db.create(&ada).await;
    let now = NOON.plus(Duration::from_mins(1));
    let nothing = db.users.update(ada.id, &UserChange::default(), now, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(nothing, Some(User { updated_at: now, ..ada.clone() }));
    let change = UserChange {
        role: Some(Some(Role::Manager)),
        email: Some(Some("a@example.com".parse().unwrap())),
        full_name: Some("Ada L.".to_owned()),
        is_disabled: None,
    };
    let changed = db.users.update(ada.id, &change, now, Effects::of(&event())).await.untold().unwrap().unwrap();
    let expected = User {
        role: Some(Role::Manager),
        email: Some("a@example.com".parse().unwrap()),
        full_name: "Ada L.".to_owned(),
        updated_at: now,
        ..ada
    };
    assert_eq!(changed, expected);
    assert_eq!(db.other.users.find(expected.id).await.unwrap(), Some(expected));
}

async fn a_change_may_take_role_and_address_away(db: Replicas) {
    let ada = user("ada").role(Role::Viewer).email("ada@example.com").build();
    db.create(&ada).await;
    let away = UserChange { role: Some(None), email: Some(None), ..UserChange::default() };
    let changed = db.users.update(ada.id, &away, NOON, Effects::of(&event())).await.untold().unwrap().unwrap();
    assert_eq!((changed.role, changed.email), (None, None));
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 0);
    db.create(&user("bob").email("ada@example.com").build()).await;
    let back = UserChange { role: Some(Some(Role::Operator)), ..UserChange::default() };
    assert_eq!(
        db.users.update(ada.id, &back, NOON, Effects::of(&event())).await.untold().unwrap().unwrap().role,
        Some(Role::Operator)
    );
}

async fn a_role_set_here_is_for_good(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.grants.put(&grant(&ada, Role::Admin).until(NOON).build(), Effects::of(&event())).await.untold().unwrap();
    let admin = UserChange { role: Some(Some(Role::Admin)), ..UserChange::default() };
    db.users.update(ada.id, &admin, NOON, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().items[0].grant.until, None);
    assert!(db.users.has_admin().await.unwrap());
}

async fn changing_nobody_does_nothing(db: Replicas) {
    let before = db.traces().await;
    let gone = user("gone").build().id;
    let change = UserChange { role: Some(Some(Role::Admin)), ..UserChange::default() };
    assert_eq!(db.users.update(gone, &change, NOON, Effects::of(&event())).await.untold().unwrap(), None);
    assert!(!db.users.delete(gone, Effects::of(&event())).await.untold().unwrap());
    assert!(!db.users.set_password(gone, "hash", Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.traces().await, before);
}

async fn a_change_to_an_address_in_use_is_refused(db: Replicas) {
    let ada = user("ada").email("ada@example.com").build();
    db.create(&ada).await;
    let bob = user("bob").build();
    db.create(&bob).await;
    let before = db.traces().await;
    let change = UserChange { email: Some(Some("Ada@example.com".parse().unwrap())), ..UserChange::default() };
    assert!(matches!(
        db.users.update(bob.id, &change, NOON, Effects::of(&event())).await.untold(),
        Err(StoreError::Conflict("email"))
    ));
    assert_eq!(db.traces().await, before);
    assert!(
        db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold().is_ok(),
        "one's own address in another case is free"
    );
}

async fn every_change_of_a_user_is_told_and_recorded(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.users.update(ada.id, &UserChange::default(), NOON, Effects::of(&event())).await.untold().unwrap();
    db.users.set_password(ada.id, "hash", Effects::of(&event())).await.untold().unwrap();
    db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.changes.since(0).await.unwrap().0, [Change::User(ada.id); 4]);
    assert_eq!(db.traces().await.0, 4);
}

async fn disabling_ends_every_session(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let (hers, his) = (db.sign_in(&ada, "hers").await, db.sign_in(&bob, "his").await);
    let disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
    assert!(
        db.users.update(ada.id, &disable, NOON, Effects::of(&event())).await.untold().unwrap().unwrap().is_disabled
    );
    assert_eq!(db.sessions.end_all_of(ada.id, None, Effects::of(&event())).await.untold().unwrap(), 0);
    assert_eq!(db.sessions.find_live(&hers, NOON).await.unwrap(), None);
    assert!(db.sessions.find_live(&his, NOON).await.unwrap().is_some());
}

async fn the_last_admin_is_neither_demoted_nor_disabled_nor_deleted(db: Replicas) {
    let ada = user("ada").role(Role::Admin).build();
    db.create(&ada).await;
    db.create(&user("bob").role(Role::Manager).build()).await;
    db.sign_in(&ada, "laptop").await;
    let before = db.traces().await;
    let demotion = UserChange { role: Some(Some(Role::Manager)), ..UserChange::default() };
    let removal = UserChange { role: Some(None), ..UserChange::default() };
    let disabling = UserChange { is_disabled: Some(true), ..UserChange::default() };
    for change in [demotion, removal, disabling] {
        assert!(
            matches!(
                db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold(),
                Err(StoreError::LastAdmin)
            ),
            "{change:?}"
        );
    }
    assert!(matches!(db.users.delete(ada.id, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
    assert_eq!(db.traces().await, before);
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, Some(Role::Admin));
    assert!(
        db.sessions.find_live(&super::token("laptop"), NOON).await.unwrap().is_some(),
        "a refused disabling ends nothing"
    );
}

async fn with_two_admins_one_may_go(db: Replicas) {
    let (ada, bob) = (user("ada").role(Role::Admin).build(), user("bob").role(Role::Admin).build());
    db.create(&ada).await;
    db.create(&bob).await;
    assert!(db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap());
    assert!(matches!(db.users.delete(bob.id, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
}

async fn of_two_admins_going_at_once_one_stays(db: Replicas) {
    for round in 0..5 {
        let ada = user(&format!("ada{round}")).role(Role::Admin).build();
        let bob = user(&format!("bob{round}")).role(Role::Admin).build();
        db.create(&ada).await;
        db.create(&bob).await;
        let (disable, audit) = (UserChange { is_disabled: Some(true), ..UserChange::default() }, event());
        let (one, other) = tokio::join!(
            db.users.update(ada.id, &disable, NOON, Effects::of(&audit)),
            db.other.users.update(bob.id, &disable, NOON, Effects::of(&audit))
        );
        assert!(db.users.has_admin().await.unwrap());
        if round == 0 {
            assert!(one.is_err() != other.is_err(), "one is refused");
        }
    }
}

async fn without_any_admin_users_may_still_be_changed(db: Replicas) {
    let bob = user("bob").role(Role::Viewer).build();
    db.create(&bob).await;
    let disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
    assert!(db.users.update(bob.id, &disable, NOON, Effects::of(&event())).await.untold().unwrap().is_some());
    assert!(db.users.delete(bob.id, Effects::of(&event())).await.untold().unwrap());
}

async fn a_deleted_user_takes_sessions_and_grants_along(db: Replicas) {
    let ada = user("ada").role(Role::Viewer).build();
    db.create(&ada).await;
    let etl = grant(&ada, Role::Operator).on("etl").build();
    db.grants.put(&etl, Effects::of(&event())).await.untold().unwrap();
    let token = db.sign_in(&ada, "laptop").await;
    assert!(db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.users.find_by_name(&ada.username).await.unwrap(), None);
    assert_eq!(db.grants.find(etl.id).await.unwrap(), None);
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 0);
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None);
    db.create(&ada).await;
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None, "nothing comes back with the name");
}

async fn a_new_password_ends_all_sessions_but_one(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let (here, there) = (db.sign_in(&ada, "here").await, db.sign_in(&ada, "there").await);
    let here_too = session(&ada, "here").build().id;
    assert!(db.users.change_password(ada.id, here_too, PROOF, "new", Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.users.find_by_name(&ada.username).await.unwrap().unwrap().1.as_deref(), Some("new"));
    assert!(db.sessions.find_live(&here, NOON).await.unwrap().is_some());
    assert_eq!(db.sessions.find_live(&there, NOON).await.unwrap(), None);
    assert!(db.users.set_password(ada.id, "newer", Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.sessions.find_live(&here, NOON).await.unwrap(), None);
    let newer = Proof::PasswordHash("newer");
    assert!(
        !db.users.change_password(ada.id, here_too, newer, "newest", Effects::of(&event())).await.untold().unwrap(),
        "the session is over"
    );
    let bob = user("bob").build();
    db.create(&bob).await;
    db.sign_in(&bob, "bobs").await;
    let bobs = session(&bob, "bobs").build().id;
    assert!(
        !db.users.change_password(ada.id, bobs, newer, "newest", Effects::of(&event())).await.untold().unwrap(),
        "it is another's"
    );
}

async fn a_hash_is_upgraded_only_while_it_is_the_old_one(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "here").await;
    db.users.upgrade_hash(ada.id, "a hash", "old").await.unwrap();
    let before = db.traces().await;
    assert!(!db.users.upgrade_hash(ada.id, "older", "wrong").await.unwrap());
    assert!(db.users.upgrade_hash(ada.id, "old", "new").await.unwrap());
    assert!(!db.users.upgrade_hash(ada.id, "old", "late").await.unwrap());
    assert_eq!(db.users.find_by_name(&ada.username).await.unwrap().unwrap().1.as_deref(), Some("new"));
    assert_eq!(db.traces().await, before, "not an event");
    assert!(db.sessions.find_live(&token, NOON).await.unwrap().is_some());
}
