//! What [`UserStore`](doorward_service::ports::UserStore) promises of the first administrator.

use doorward_domain::Role;
use doorward_service::ports::{Effects, UserQuery};
use std::time::Duration;

use super::{Case, Replicas, cases, event};
use crate::{NOON, Untold as _, grant, user};

/// The suite.
pub const CASES: &[Case] = cases![
    the_first_admin_is_made_and_the_setup_token_forgotten,
    there_is_no_second_first_admin,
    of_racing_first_admins_one_is_made,
    who_is_disabled_or_admin_for_a_while_or_of_one_app_is_not_the_admin,
];

async fn the_first_admin_is_made_and_the_setup_token_forgotten(db: Replicas) {
    db.settings.put("setup_token", b"hash", None).await.unwrap();
    db.create(&user("bob").role(Role::Manager).build()).await;
    let ada = user("ada").role(Role::Admin).build();
    assert!(db.users.create_first_admin(&ada, "a hash", Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.users.find(ada.id).await.unwrap(), Some(ada));
    assert!(db.users.has_admin().await.unwrap());
    assert_eq!(db.settings.find("setup_token").await.unwrap(), None);
}

async fn there_is_no_second_first_admin(db: Replicas) {
    db.create(&user("ada").role(Role::Admin).build()).await;
    let before = db.traces().await;
    let eve = user("eve").role(Role::Admin).build();
    assert!(!db.users.create_first_admin(&eve, "a hash", Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.users.find(eve.id).await.unwrap(), None);
    assert_eq!(db.traces().await, before);
}

async fn of_racing_first_admins_one_is_made(db: Replicas) {
    let (ada, eve, audit) = (user("ada").role(Role::Admin).build(), user("eve").role(Role::Admin).build(), event());
    let (one, other) = tokio::join!(
        db.users.create_first_admin(&ada, "hash", Effects::of(&audit)),
        db.other.users.create_first_admin(&eve, "hash", Effects::of(&audit))
    );
    assert_ne!(one.untold().unwrap(), other.untold().unwrap());
    assert_eq!(db.users.list(&UserQuery::default()).await.unwrap().total, 1);
}

async fn who_is_disabled_or_admin_for_a_while_or_of_one_app_is_not_the_admin(db: Replicas) {
    db.create(&user("disabled").role(Role::Admin).disabled().build()).await;
    for name in ["temporary", "partial"] {
        db.create(&user(name).build()).await;
    }
    let until = NOON.plus(Duration::from_hours(9));
    db.grants
        .put(&grant(&user("temporary").build(), Role::Admin).until(until).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    db.grants
        .put(&grant(&user("partial").build(), Role::Admin).on("etl").build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    assert!(!db.users.has_admin().await.unwrap());
}
