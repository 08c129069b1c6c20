//! How many keys one person may have by [`KeyStore`](doorward_service::ports::KeyStore).

use doorward_domain::{ApiKey, User};
use doorward_service::ports::{Effects, KeyMade};

use super::{
    Case, Replicas, cases, event,
    keys::{opens, viewer},
    token,
};
use crate::{NOON, Untold as _, api_key, user};

/// The suite.
pub const CASES: &[Case] = cases![one_person_owns_so_many_keys_and_no_more];

async fn one_person_owns_so_many_keys_and_no_more(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let own = |name: &str, owner: &User| api_key(name).owned_by(owner).build();
    let make = async |key: &ApiKey, most: u64| {
        db.keys
            .create(key, &token(key.name.as_str()), &viewer(key), most, Effects::of(&event()))
            .await
            .untold()
            .unwrap()
    };
    let first = own("first", &ada);
    assert_eq!(make(&first, 2).await, KeyMade::Made);
    assert_eq!(make(&own("second", &ada), 2).await, KeyMade::Made);
    let before = db.traces().await;
    let third = own("third", &ada);
    assert_eq!(make(&third, 2).await, KeyMade::TooMany);
    assert_eq!(db.traces().await, before);
    assert!(!opens(&db, "third", NOON).await);
    assert_eq!(make(&own("bobs", &bob), 1).await, KeyMade::Made, "others have their own");
    assert_eq!(make(&api_key("nobodys").build(), 0).await, KeyMade::Made, "what is nobody's is not counted");
    assert!(db.keys.revoke(first.id, Effects::of(&event())).await.untold().unwrap().is_some());
    assert_eq!(make(&third, 2).await, KeyMade::Made, "one has made way");
}
