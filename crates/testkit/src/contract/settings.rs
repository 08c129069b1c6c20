//! What [`SettingStore`](doorward_service::ports::SettingStore) promises.

use doorward_domain::{Authority, BondId, NewAuditEvent};
use doorward_service::ports::{AuditQuery, Effects, StoreError};

use super::{Case, Replicas, cases, event};
use crate::{Untold as _, audit_event, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    what_was_never_set_is_not_there,
    the_last_value_set_is_the_one_found,
    any_bytes_come_back_as_they_were,
    what_is_there_already_stays_when_it_was_only_to_be_set_if_absent,
    racing_processes_agree_on_who_was_first,
    a_removed_setting_is_gone_and_may_be_removed_again,
    what_somebody_sets_is_recorded_with_it,
    nothing_is_set_for_whoever_was_signed_out,
];

async fn what_was_never_set_is_not_there(db: Replicas) {
    assert_eq!(db.settings.find("color").await.unwrap(), None);
}

async fn the_last_value_set_is_the_one_found(db: Replicas) {
    db.settings.put("color", b"red", None).await.unwrap();
    db.other.settings.put("color", b"blue", None).await.unwrap();
    assert_eq!(db.settings.find("color").await.unwrap().as_deref(), Some(&b"blue"[..]));
}

async fn any_bytes_come_back_as_they_were(db: Replicas) {
    let all: Vec<u8> = (0..=255).collect();
    db.settings.put("bytes", &all, None).await.unwrap();
    db.settings.put("nothing", b"", None).await.unwrap();
    assert_eq!(db.settings.find("bytes").await.unwrap(), Some(all));
    assert_eq!(db.settings.find("nothing").await.unwrap(), Some(Vec::new()));
}

async fn what_is_there_already_stays_when_it_was_only_to_be_set_if_absent(db: Replicas) {
    assert_eq!(db.settings.put_if_absent("color", b"red", None).await.unwrap(), b"red");
    assert_eq!(db.settings.put_if_absent("color", b"blue", None).await.unwrap(), b"red");
    assert_eq!(db.settings.find("color").await.unwrap().as_deref(), Some(&b"red"[..]));
}

async fn racing_processes_agree_on_who_was_first(db: Replicas) {
    for round in 0..20_u8 {
        let name = format!("key {round}");
        let (mine, theirs) = ([1, round], [2, round]);
        let (one, other) = tokio::join!(
            db.settings.put_if_absent(&name, &mine, None),
            db.other.settings.put_if_absent(&name, &theirs, None)
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other);
        assert_eq!(db.settings.find(&name).await.unwrap(), Some(one));
    }
}

async fn a_removed_setting_is_gone_and_may_be_removed_again(db: Replicas) {
    db.settings.put("color", b"red", None).await.unwrap();
    db.settings.remove("color", None).await.unwrap();
    db.settings.remove("color", None).await.unwrap();
    assert_eq!(db.settings.find("color").await.unwrap(), None);
    assert_eq!(db.settings.put_if_absent("color", b"blue", None).await.unwrap(), b"blue");
}

async fn what_somebody_sets_is_recorded_with_it(db: Replicas) {
    let set = audit_event("setting.set").target("color").build();
    let effects = Some(Effects::of(&set));
    db.settings.put("color", b"red", effects).await.unwrap();
    db.settings.remove("color", effects).await.unwrap();
    db.settings.put_if_absent("color", b"green", effects).await.unwrap();
    // There was nothing to change.
    db.settings.put_if_absent("color", b"blue", effects).await.unwrap();
    // What the installation notes for itself is no event.
    db.settings.put("place", b"1", None).await.unwrap();
    db.settings.remove("place", None).await.unwrap();
    let recorded = db.other.audit.list(&AuditQuery::default()).await.unwrap().items;
    assert_eq!(recorded.into_iter().map(|recorded| recorded.event).collect::<Vec<_>>(), vec![set; 3]);
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), 3));
}

async fn nothing_is_set_for_whoever_was_signed_out(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.sign_in(&ada, "laptop").await;
    let bond = BondId::Session(session(&ada, "laptop").build().id);
    let hers = NewAuditEvent { authority: Some(Authority { bond, needs: None }), ..event() };
    let effects = Some(Effects::of(&hers));
    db.settings.put("color", b"red", effects).await.unwrap();
    let ended = event();
    db.other.sessions.end(session(&ada, "laptop").build().id, Effects::of(&ended)).await.untold().unwrap();
    let before = db.traces().await;
    for refused in [
        db.settings.put("color", b"blue", effects).await,
        db.settings.remove("color", effects).await,
        db.settings.put_if_absent("other", b"blue", effects).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::NoLongerAllowed)), "{refused:?}");
    }
    assert_eq!(db.traces().await, before);
    assert_eq!(db.settings.find("color").await.unwrap().as_deref(), Some(&b"red"[..]));
    assert_eq!(db.settings.find("other").await.unwrap(), None);
}
