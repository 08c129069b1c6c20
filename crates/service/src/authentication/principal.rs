//! From what the store remembers of somebody to the principal that decisions are about.

use doorward_domain::{Bond, Principal, Rights, Subject};
use std::sync::Arc;

use crate::ports::LiveSession;

/// Whoever uses this session, with their rights.
pub(crate) fn principal(live: LiveSession) -> Principal {
    let LiveSession { user, session, grants } = live;
    Principal {
        subject: Subject::User(user.id),
        name: user.username,
        email: user.email,
        full_name: user.full_name.into(),
        bond: Bond::Session(session),
        rights: Arc::new(Rights::compile(&grants)),
    }
}
