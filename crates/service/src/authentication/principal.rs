//! From what the store remembers of somebody to the principal that decisions are about.

use doorward_domain::{Bond, GroupId, Principal, Rights, Subject, Timestamp};
use std::sync::Arc;

use super::memberships::{Membership, Memberships};
use crate::ports::{LiveKey, LiveSession};

/// A principal, and which groups their rights come from. Apart from these the principal is complete; [`Placed::in_groups`] gives them what
/// the groups have.
pub(crate) struct Placed {
    who: Principal,
    groups: Groups,
    /// When the credential ends, if before the bond.
    until: Option<Timestamp>,
}

/// Which groups rights come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    /// Those that the principal is directly in.
    own: Box<[GroupId]>,
    /// Those that the owner of a key is directly in.
    owners: Box<[GroupId]>,
}

impl Groups {
    /// Whether any group's change could matter.
    pub(crate) fn are_none(&self) -> bool {
        self.own.is_empty() && self.owners.is_empty()
    }

    /// Gives somebody what their groups have now; whether that changes anything.
    pub(crate) fn renew(&self, who: &mut Principal, memberships: &Memberships) -> bool {
        let Membership { rights: of_groups, names } = memberships.of(&self.own);
        let mut rights = who.rights.clone().with_groups(&of_groups);
        if let Some(owner) = rights.owner().cloned() {
            let owner = Rights::clone(&owner).with_groups(&memberships.of(&self.owners).rights);
            rights = rights.within(Arc::new(owner));
        }
        let changes = rights != who.rights || names != who.groups;
        if changes {
            (who.rights, who.groups) = (rights, names);
        }
        changes
    }
}

impl Placed {
    /// Whoever uses this session.
    pub(crate) fn by_session(live: LiveSession) -> Self {
        let LiveSession { user, session, grants, groups } = live;
        let who = Principal {
            subject: Subject::User(user.id),
            name: user.username,
            email: user.email,
            full_name: user.full_name.into(),
            groups: Arc::default(),
            bond: Bond::Session(session),
            rights: Rights::compile(&grants),
        };
        Self { who, groups: Groups { own: groups.into(), owners: Box::default() }, until: None }
    }

    /// Whoever uses this key: the key itself, never more than its owner.
    pub(crate) fn by_key(live: LiveKey) -> Self {
        let LiveKey { key, until, grants, owner } = live;
        let rights = Rights::of_key(&grants);
        let (rights, owners) = match owner {
            Some(owner) => (rights.within(Arc::new(Rights::compile(&owner.grants))), owner.groups.into()),
            None => (rights, Box::default()),
        };
        let who = Principal {
            subject: Subject::Key(key.id),
            name: key.name.clone(),
            email: None,
            full_name: "".into(),
            groups: Arc::default(),
            bond: Bond::Key(key),
            rights,
        };
        Self { who, groups: Groups { own: Box::default(), owners }, until }
    }

    /// Who it is.
    pub(crate) fn who(&self) -> &Principal {
        &self.who
    }

    /// When the credential ends, if before the bond.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// With what their groups have.
    pub(crate) fn in_groups(mut self, memberships: &Memberships) -> (Principal, Groups) {
        self.groups.renew(&mut self.who, memberships);
        (self.who, self.groups)
    }
}
