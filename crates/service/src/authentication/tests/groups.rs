use doorward_domain::{Effect, Grant, GrantId, GroupId, Role, Scope, Subject};

use super::*;
use crate::ports::GroupGraph;

fn data() -> GroupId {
    GroupId::generate(NOON, [1; 10])
}

fn given(role: Option<Role>) -> GroupGraph {
    let grant = |role| Grant {
        id: GrantId::generate(NOON, [1; 10]),
        subject: Subject::Group(data()),
        effect: Effect::Allow(role),
        scope: Scope::Everything,
        until: None,
        reason: "".into(),
        created_at: NOON,
        created_by: "".into(),
    };
    GroupGraph {
        names: vec![(data(), "data".parse().unwrap())],
        inside: Vec::new(),
        grants: role.map(grant).into_iter().collect(),
    }
}

impl Desk {
    /// Opens a session of somebody who is in the group.
    fn open_member(&self, n: u8) -> Credential {
        let credential = self.open(n);
        self.sessions.live.lock().get_mut(&TokenHash::of(token(n).as_bytes())).unwrap().groups = vec![data()];
        credential
    }

    async fn regroup(&self, graph: GroupGraph) {
        *self.groups.graph.lock() = graph;
        self.changes.feed.lock().push(Change::Group(data()));
        self.authentication.tick().await;
    }
}

fn role(authenticated: &Authenticated) -> Option<Role> {
    authenticated.who.role_on_everything(NOON)
}

#[tokio::test]
async fn a_group_that_changes_nothing_for_somebody_ends_nothing_of_theirs() {
    let desk = desk().await;
    desk.regroup(given(Some(Role::Viewer))).await;
    let (ada, bob) = (desk.open_member(1), desk.open(2));
    let before = desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap();
    let others = desk.authentication.authenticate(&bob, HERE).await.unwrap().unwrap();
    desk.regroup(given(Some(Role::Viewer))).await;
    assert!(!before.revocation.is_revoked() && !others.revocation.is_revoked());
    desk.regroup(given(Some(Role::Operator))).await;
    assert!(before.revocation.is_revoked() && !others.revocation.is_revoked());
    let after = desk.authentication.cached(&ada, HERE).expect("renewed, not forgotten");
    assert_eq!((role(&before), role(&after)), (Some(Role::Viewer), Some(Role::Operator)));
    assert_eq!(desk.sessions.reads.load(Ordering::SeqCst), 2, "nobody was read again");
    desk.regroup(given(None)).await;
    assert_eq!(role(&desk.authentication.cached(&ada, HERE).unwrap()), None);
}

#[tokio::test]
async fn groups_that_cannot_be_read_are_not_believed_for_longer_than_anything_else() {
    let desk = desk().await;
    desk.regroup(given(Some(Role::Admin))).await;
    let ada = desk.open_member(1);
    assert!(desk.admits(&ada).await);
    desk.groups.fails.store(true, Ordering::SeqCst);
    desk.regroup(given(None)).await;
    assert!(desk.authentication.cached(&ada, HERE).is_some());
    desk.clock.pass(TRUST);
    desk.authentication.tick().await;
    assert!(desk.authentication.cached(&ada, HERE).is_none(), "nobody may be who they were");
    let bob = desk.open_member(2);
    for member in [&ada, &bob] {
        assert!(desk.authentication.authenticate(member, HERE).await.is_err(), "nor be looked up to be that");
    }
    desk.groups.fails.store(false, Ordering::SeqCst);
    desk.authentication.tick().await;
    assert_eq!(role(&desk.authentication.authenticate(&ada, HERE).await.unwrap().unwrap()), None);
}
