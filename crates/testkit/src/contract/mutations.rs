//! Every way to change what a store remembers, for tests that make all of them fail.
//!
//! A new mutating method of a port gets its line here; then it is tried with a failure at each of its steps, a failing commit, a database
//! that is full, a disk that fails at each of its writes, a lock that others hold and one whose holder is killed, and a caller who goes
//! away. Only a disk that is full is tried with a few of them, in the workspace's `tests/`: there the engine fails as it does for want of
//! pages.

use doorward_domain::{
    AccessRequest, ApiKey, Grant, GrantId, Member, NewAuditEvent, Role, Subject, User, audit::AuditEntry,
};
use doorward_service::{
    Stores,
    ports::{
        Answered, Asked, ChainEntry, Change, Changed, Effects, GroupChange, KeyChange, KeyMade, Proof, StoreError,
        UserChange,
    },
};
use std::{pin::Pin, time::Duration};

use super::audit::announcement;
use super::{event, host, token};
use crate::{NOON, Untold as _, access_request, api_key, approval, grant, grant_to, group, heard, session, user};

/// A mutation under way, which gives what it tells the caches of.
pub type Running<'s> = Pin<Box<dyn Future<Output = Result<Vec<Change>, StoreError>> + Send + 's>>;

/// One mutating verb, with arguments that change something in what [`prepare`] made.
#[derive(Clone, Copy)]
pub struct Mutation {
    /// Port and method.
    pub name: &'static str,
    /// Does it, and records this event where it is one.
    pub run: for<'s> fn(&'s Stores, NewAuditEvent) -> Running<'s>,
}

impl std::fmt::Debug for Mutation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! mutations {
    ($($name:literal => |$stores:ident, $event:tt| $body:expr),* $(,)?) => {
        &[$(Mutation { name: $name, run: |$stores, $event| Box::pin(async move { $body.await.map(Tells::tells) }) }),*]
    };
}

/// What a mutation gives back.
trait Tells: Sized {
    /// What the caches are told of it; nothing where they cannot know.
    fn tells(self) -> Vec<Change> {
        Vec::new()
    }
}

impl<T> Tells for Changed<T> {
    fn tells(self) -> Vec<Change> {
        heard(self).0
    }
}

impl Tells for () {}
impl Tells for bool {}
impl Tells for u64 {}
impl Tells for Asked {}
impl Tells for Answered {}
impl Tells for Vec<u8> {}
impl Tells for Vec<ChainEntry> {}

/// With the password that everybody has at first.
const OLD: Proof<'static> = Proof::PasswordHash("old");

fn ada() -> User {
    user("ada").email("ada@example.com").build()
}

fn disabling() -> UserChange {
    UserChange { is_disabled: Some(true), ..UserChange::default() }
}

fn promoting() -> UserChange {
    UserChange { role: Some(Some(Role::Developer)), full_name: Some("Ada L.".to_owned()), ..UserChange::default() }
}

fn renaming() -> GroupChange {
    GroupChange { name: Some("people".parse().expect("a name")), ..GroupChange::default() }
}

fn narrowing() -> KeyChange {
    KeyChange { expires_at: Some(Some(NOON)), ..KeyChange::default() }
}

/// Two people, their sessions (one of them over), a grant, groups, a key, a setting: something for every mutation to change.
pub async fn prepare(stores: &Stores) {
    let eve = user("eve").build();
    for one in [&ada(), &eve] {
        stores.users.create(one, Some("old"), Effects::of(&event())).await.untold().expect("a user");
    }
    for (of, name) in [(&ada(), "laptop"), (&ada(), "phone"), (&eve, "desk")] {
        let open = session(of, name).build();
        assert!(
            stores
                .sessions
                .open(&open, &token(name), OLD, None, Effects::of(&event()))
                .await
                .untold()
                .expect("a session")
        );
    }
    stores.grants.put(&grant_on("wiki"), Effects::of(&event())).await.untold().expect("a grant");
    let (data, ops) = (group("data").build(), group("ops").build());
    for made in [&data, &ops] {
        stores.groups.create(made, Effects::of(&event())).await.untold().expect("a group");
    }
    stores.groups.join(data.id, Member::User(ada().id), NOON, Effects::of(&event())).await.untold().expect("a member");
    stores
        .groups
        .join(ops.id, Member::Group(data.id), NOON, Effects::of(&event()))
        .await
        .untold()
        .expect("a group in a group");
    let (key, first) = hers();
    assert_eq!(
        stores.keys.create(&key, &token("key"), &first, 10, Effects::of(&event())).await.untold().expect("a key"),
        KeyMade::Made
    );
    for request in [asked("wiki"), asked("old"), lapsed()] {
        stores.access.ask(&request, 10, Effects::of(&event())).await.expect("a request");
    }
    stores.access.decline(asked("old").id, "", Effects::of(&event())).await.expect("an answer");
    stores.settings.put("there", b"before", None).await.expect("a setting");
}

/// Ada asks for this app.
fn asked(app: &str) -> AccessRequest {
    access_request(&ada(), app, Role::Manager).on(app).build()
}

/// Likewise, and nobody has answered.
fn lapsed() -> AccessRequest {
    let long_ago = NOON.minus(AccessRequest::LIFETIME);
    access_request(&ada(), "lapsed", Role::Manager).on("lapsed").created_at(long_ago).build()
}

/// A key of ada's, and what it is given first.
fn hers() -> (ApiKey, Grant) {
    let key = api_key("ci").owned_by(&ada()).build();
    let grant = grant_to(Subject::Key(key.id), Role::Viewer).on("wiki").build();
    (key, grant)
}

/// Another key, likewise.
fn new_key() -> (ApiKey, Grant) {
    let key = api_key("cd").build();
    let grant = grant_to(Subject::Key(key.id), Role::Viewer).build();
    (key, grant)
}

/// A grant whose id depends on its app alone.
fn grant_on(app: &str) -> Grant {
    let mut grant = grant(&ada(), Role::Operator).on(app).build();
    grant.id = GrantId::from_uuid(session(&ada(), app).build().id.as_uuid());
    grant
}

/// All of them.
pub const MUTATIONS: &[Mutation] = mutations![
    "users.create" => |s, event| s.users.create(&user("new").role(Role::Viewer).build(), Some("hash"), Effects::of(&event)),
    "users.create_first_admin" => |s, event| s.users.create_first_admin(&user("root").build(), "hash", Effects::of(&event)),
    "users.update" => |s, event| s.users.update(ada().id, &promoting(), NOON, Effects::of(&event)),
    "users.update (disable)" => |s, event| s.users.update(ada().id, &disabling(), NOON, Effects::of(&event)),
    "users.delete" => |s, event| s.users.delete(ada().id, Effects::of(&event)),
    "users.set_password" => |s, event| s.users.set_password(ada().id, "new", Effects::of(&event)),
    "users.change_password" => |s, event| s.users.change_password(ada().id, session(&ada(), "laptop").build().id, OLD, "new", Effects::of(&event)),
    "users.upgrade_hash" => |s, _| s.users.upgrade_hash(ada().id, "old", "better"),
    "grants.put (new)" => |s, event| s.grants.put(&grant_on("shop"), Effects::of(&event)),
    "grants.put (again)" => |s, event| s.grants.put(&grant(&ada(), Role::Viewer).on("wiki").build(), Effects::of(&event)),
    "grants.remove" => |s, event| s.grants.remove(grant_on("wiki").id, Effects::of(&event)),
    "grants.put (denying a group)" => |s, event| s.grants.put(
        &grant_to(Subject::Group(group("data").build().id), Role::Viewer).on("wiki").denying().build(), Effects::of(&event),
    ),
    "groups.create" => |s, event| s.groups.create(&group("new").build(), Effects::of(&event)),
    "groups.update" => |s, event| s.groups.update(group("data").build().id, &renaming(), Effects::of(&event)),
    "groups.delete" => |s, event| s.groups.delete(group("data").build().id, Effects::of(&event)),
    "groups.join" => |s, event| s.groups.join(group("ops").build().id, Member::User(ada().id), NOON, Effects::of(&event)),
    "groups.leave" => |s, event| s.groups.leave(group("data").build().id, Member::User(ada().id), Effects::of(&event)),
    "keys.create" => |s, event| async { let (key, grant) = new_key(); s.keys.create(&key, &token("new key"), &grant, 10, Effects::of(&event)).await },
    "keys.update" => |s, event| s.keys.update(hers().0.id, &narrowing(), Effects::of(&event)),
    "keys.rotate" => |s, event| s.keys.rotate(hers().0.id, &token("rotated"), NOON, Effects::of(&event)),
    "access.ask" => |s, event| s.access.ask(&asked("shop"), 10, Effects::of(&event)),
    "access.approve" => |s, event| s.access.approve(asked("wiki").id, &approval(&ada(), &asked("wiki"), None), Effects::of(&event)),
    "access.decline" => |s, event| s.access.decline(asked("wiki").id, "no", Effects::of(&event)),
    "access.lapse" => |s, event| s.access.lapse(NOON, &|_| event.clone()),
    "access.forget" => |s, _| s.access.forget(NOON.plus(Duration::from_millis(1))),
    "keys.revoke" => |s, event| s.keys.revoke(hers().0.id, Effects::of(&event)),
    "keys.used" => |s, _| s.keys.used(&[(hers().0.id, NOON, "192.0.2.7".parse().expect("an address"))]),
    "sessions.open" => |s, event| s.sessions.open(&session(&ada(), "new").build(), &token("new"), OLD, None, Effects::of(&event)),
    "sessions.open (rotate)" => |s, event| s.sessions.open(
        &session(&ada(), "newer").build(), &token("newer"), OLD, Some(session(&ada(), "phone").build().id), Effects::of(&event),
    ),
    "sessions.end" => |s, event| s.sessions.end(session(&ada(), "laptop").build().id, Effects::of(&event)),
    "sessions.end_all_of" => |s, event| s.sessions.end_all_of(ada().id, None, Effects::of(&event)),
    "sessions.touch" => |s, _| s.sessions.touch(&[(session(&ada(), "laptop").build().id, NOON.plus(Duration::from_mins(1)))]),
    "sessions.end_expired" => |s, _| s.sessions.end_expired(NOON.plus(Duration::from_hours(48)), NOON, &|_, _| event()),
    "sessions.prove" => |s, event| s.sessions.prove(session(&ada(), "laptop").build().id, OLD, NOON.plus(Duration::from_mins(1)), Effects::of(&event)),
    "sessions.enter" => |s, event| s.sessions.enter(session(&ada(), "laptop").build().id, &token("way in"), &host("app.test"), NOON, Effects::of(&event)),
    "audit.trim" => |s, _| s.audit.trim(NOON.plus(Duration::from_hours(1)), 2, &announcement),
    "audit.append" => |s, _| s.audit.append(&[AuditEntry::Event(event()), AuditEntry::Event(event())]),
    "settings.put" => |s, _| s.settings.put("there", b"after", None),
    "settings.put, told of" => |s, event| s.settings.put("there", b"after", Some(Effects::of(&event))),
    "settings.put_if_absent" => |s, _| s.settings.put_if_absent("absent", b"now", None),
    "settings.remove" => |s, _| s.settings.remove("there", None),
    "changes.trim" => |s, _| s.changes.trim(1),
];
