//! That texts which nobody here chose come back as they were, and harm nothing: long ones, ones with NUL in them, ones that differ in case.

use doorward_domain::audit::AuditEntry;
use doorward_domain::{Role, User};
use doorward_service::ports::{
    AuditQuery, Effects, GrantQuery, GroupQuery, Paging, SessionQuery, StoreError, UserQuery,
};
use serde_json::json;

use super::{Case, PROOF, Replicas, cases, event, paging::searching, token};
use crate::{NOON, Untold as _, api_key, audit_event, grant, grant_to, group, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    an_event_with_a_nul_in_it_is_kept_and_found,
    a_nul_hides_nothing_behind_it_from_a_search,
    a_nul_in_a_text_of_a_noun_is_kept_as_something_else,
    an_operation_of_hundreds_of_letters_is_found_by_its_name,
    an_actor_of_hundreds_of_letters_is_found_by_its_name,
    names_that_differ_in_case_are_one,
    what_differs_in_case_or_width_or_by_an_accent_is_two,
];

async fn found(db: &Replicas, query: AuditQuery) -> usize {
    db.audit.list(&query).await.unwrap().items.len()
}

async fn an_event_with_a_nul_in_it_is_kept_and_found(db: Replicas) {
    let told = audit_event("test")
        .by("e\0ve")
        .target("a\0\0b")
        .detail("key\0", "value\0")
        .detail("operations", json!(["launch\0Run"]))
        .build();
    db.audit.append(&[AuditEntry::Event(told.clone())]).await.unwrap();
    let listed = db.other.audit.list(&AuditQuery::default()).await.unwrap().items;
    assert_eq!(listed.into_iter().map(|event| event.event).collect::<Vec<_>>(), [told]);
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), 1));
    assert_eq!(found(&db, AuditQuery { actor: Some("e\0ve".to_owned()), ..AuditQuery::default() }).await, 1);
    assert_eq!(found(&db, AuditQuery { actor: Some("e".to_owned()), ..AuditQuery::default() }).await, 0);
    assert_eq!(found(&db, AuditQuery { action: Some("launch\0Run".to_owned()), ..AuditQuery::default() }).await, 1);
    assert_eq!(found(&db, AuditQuery { action: Some("launch".to_owned()), ..AuditQuery::default() }).await, 0);
    assert_eq!(found(&db, AuditQuery { paging: searching("A\0\0B"), ..AuditQuery::default() }).await, 1);
}

async fn a_nul_hides_nothing_behind_it_from_a_search(db: Replicas) {
    let hiding = audit_event("test").by("\0").target("x\0y").detail("a", "\0").detail("b", "deletePipeline").build();
    db.audit.append(&[AuditEntry::Event(hiding)]).await.unwrap();
    assert_eq!(found(&db, AuditQuery { paging: searching("deletepipeline"), ..AuditQuery::default() }).await, 1);
    let ada = user("ada").build();
    db.create(&ada).await;
    let hiding = session(&ada, "s").with_agent("\0Evil/1.0").build();
    assert!(db.sessions.open(&hiding, &token("s"), PROOF, None, Effects::of(&event())).await.untold().unwrap());
    let query = SessionQuery { paging: searching("evil"), ..SessionQuery::default() };
    assert_eq!(db.sessions.list(&query, NOON).await.unwrap().items[0].0.id, hiding.id);
    let hiding = group("data").described("\0secret").build();
    db.groups.create(&hiding, Effects::of(&event())).await.untold().unwrap();
    let query = GroupQuery { paging: searching("secret"), ..GroupQuery::default() };
    assert_eq!(db.groups.list(&query).await.unwrap().items[0].id, hiding.id);
}

/// Whoever gives one is told before it comes here; what comes all the same is no reason to fail.
async fn a_nul_in_a_text_of_a_noun_is_kept_as_something_else(db: Replicas) {
    let ada = user("ada").full_name("A\0da").build();
    db.create(&ada).await;
    assert_eq!(db.other.users.find(ada.id).await.unwrap().unwrap().full_name, "A\u{fffd}da");
    let why = grant(&ada, Role::Viewer).because("\0\0").build();
    db.grants.put(&why, Effects::of(&event())).await.untold().unwrap().unwrap();
    assert_eq!(&*db.other.grants.find(why.id).await.unwrap().unwrap().grant.reason, "\u{fffd}\u{fffd}");
    let made_up = Paging {
        cursor: Some("WyJ1c2VybmFtZSIsIlx1MDAwMCIsIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJd".to_owned()),
        ..Paging::default()
    };
    let page = UserQuery { paging: made_up, ..UserQuery::default() };
    assert!(matches!(db.users.list(&page).await, Err(StoreError::BadQuery(_))));
}

async fn an_operation_of_hundreds_of_letters_is_found_by_its_name(db: Replicas) {
    let name = |last: &str| format!("{}{last}", "Ünlaunch".repeat(40));
    for last in ["A", "B"] {
        let told =
            audit_event("request").detail("operations", json!([{"name": name(last), "family": "x".repeat(300)}]));
        db.audit.append(&[AuditEntry::Event(told.build())]).await.unwrap();
    }
    assert!(name("").chars().count() > 300);
    let by = async |action: String| found(&db, AuditQuery { action: Some(action), ..AuditQuery::default() }).await;
    assert_eq!((by(name("A")).await, by(name("B")).await, by(name("")).await, by("x".repeat(300)).await), (1, 1, 0, 2));
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), 2));
}

async fn an_actor_of_hundreds_of_letters_is_found_by_its_name(db: Replicas) {
    let name = "somebody@".repeat(40);
    db.audit.append(&[AuditEntry::Event(audit_event("sign_in").by(&name).build())]).await.unwrap();
    assert_eq!(found(&db, AuditQuery { actor: Some(name), ..AuditQuery::default() }).await, 1);
}

async fn names_that_differ_in_case_are_one(db: Replicas) {
    db.create(&user("Ada").build()).await;
    let namesake = User { id: user("other").build().id, ..user("aDA").build() };
    assert!(matches!(
        db.users.create(&namesake, None, Effects::of(&event())).await.untold(),
        Err(StoreError::Conflict("username"))
    ));
    db.groups.create(&group("Data").build(), Effects::of(&event())).await.untold().unwrap();
    assert!(db.groups.find_by_name(&"dATA".parse().unwrap()).await.unwrap().is_some());
    let key = api_key("Ci").build();
    let first = grant_to(doorward_domain::Subject::Key(key.id), Role::Viewer).build();
    db.keys.create(&key, &token("ci"), &first, 10, Effects::of(&event())).await.untold().unwrap();
    assert!(db.keys.find_by_name(&"cI".parse().unwrap()).await.unwrap().is_some());
}

async fn what_differs_in_case_or_width_or_by_an_accent_is_two(db: Replicas) {
    for name in ["launchRun", "LaunchRun", "ｌaunchRun", "láunchRun", "la\u{301}unchRun", "launchRun "] {
        let told = audit_event("request").detail("operations", json!([name])).build();
        db.audit.append(&[AuditEntry::Event(told)]).await.unwrap();
        assert_eq!(found(&db, AuditQuery { action: Some(name.to_owned()), ..AuditQuery::default() }).await, 1);
    }
    for name in ["Zoe", "zoe", "Zoë", "Ｚoe"] {
        db.audit.append(&[AuditEntry::Event(audit_event("test").by(name).build())]).await.unwrap();
        assert_eq!(found(&db, AuditQuery { actor: Some(name.to_owned()), ..AuditQuery::default() }).await, 1);
    }
    for name in ["setting", "Setting", "ｓetting"] {
        assert_eq!(db.settings.put_if_absent(name, name.as_bytes(), None).await.unwrap(), name.as_bytes());
    }
    let ada = user("ada").build();
    db.create(&ada).await;
    for pattern in ["job:nightly", "job:Nightly", "job:nightly ", "job:nïghtly", "job:ｎightly"] {
        let made = grant(&ada, Role::Viewer).on("etl").reaching(pattern).build();
        assert_eq!(db.grants.put(&made, Effects::of(&event())).await.untold().unwrap().unwrap().grant, made);
    }
    let all = GrantQuery { paging: Paging::default(), ..GrantQuery::default() };
    assert_eq!(db.grants.list(&all).await.unwrap().total, 5);
    // Of an address the case alone does not count; what looks like a name and is none is nobody's.
    let wide = user("bob").email("ａda@example.com").build();
    db.create(&wide).await;
    assert_eq!(db.users.find_by_email(&"ADA@example.com".parse().unwrap()).await.unwrap(), None);
    assert!("ａda".parse::<doorward_domain::Username>().is_err());
}
