//! What [`SettingStore`](doorward_service::ports::SettingStore) promises.

use super::{Case, Replicas, cases};

/// The suite.
pub const CASES: &[Case] = cases![
    what_was_never_set_is_not_there,
    the_last_value_set_is_the_one_found,
    any_bytes_come_back_as_they_were,
    what_is_there_already_stays_when_it_was_only_to_be_set_if_absent,
    racing_processes_agree_on_who_was_first,
    a_removed_setting_is_gone_and_may_be_removed_again,
];

async fn what_was_never_set_is_not_there(db: Replicas) {
    assert_eq!(db.settings.find("color").await.unwrap(), None);
}

async fn the_last_value_set_is_the_one_found(db: Replicas) {
    db.settings.put("color", b"red").await.unwrap();
    db.other.settings.put("color", b"blue").await.unwrap();
    assert_eq!(db.settings.find("color").await.unwrap().as_deref(), Some(&b"blue"[..]));
}

async fn any_bytes_come_back_as_they_were(db: Replicas) {
    let all: Vec<u8> = (0..=255).collect();
    db.settings.put("bytes", &all).await.unwrap();
    db.settings.put("nothing", b"").await.unwrap();
    assert_eq!(db.settings.find("bytes").await.unwrap(), Some(all));
    assert_eq!(db.settings.find("nothing").await.unwrap(), Some(Vec::new()));
}

async fn what_is_there_already_stays_when_it_was_only_to_be_set_if_absent(db: Replicas) {
    assert_eq!(db.settings.put_if_absent("color", b"red").await.unwrap(), b"red");
    assert_eq!(db.settings.put_if_absent("color", b"blue").await.unwrap(), b"red");
    assert_eq!(db.settings.find("color").await.unwrap().as_deref(), Some(&b"red"[..]));
}

async fn racing_processes_agree_on_who_was_first(db: Replicas) {
    for round in 0..20_u8 {
        let name = format!("key {round}");
        let (mine, theirs) = ([1, round], [2, round]);
        let (one, other) =
            tokio::join!(db.settings.put_if_absent(&name, &mine), db.other.settings.put_if_absent(&name, &theirs));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other);
        assert_eq!(db.settings.find(&name).await.unwrap(), Some(one));
    }
}

async fn a_removed_setting_is_gone_and_may_be_removed_again(db: Replicas) {
    db.settings.put("color", b"red").await.unwrap();
    db.settings.remove("color").await.unwrap();
    db.settings.remove("color").await.unwrap();
    assert_eq!(db.settings.find("color").await.unwrap(), None);
    assert_eq!(db.settings.put_if_absent("color", b"blue").await.unwrap(), b"blue");
}
