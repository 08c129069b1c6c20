//! What the verbs are made of: the ports, the time, and what of this process they share.
//!
//! A verb takes what it needs of it when it is made (`new`), so that another one is its own file and a line in [`crate::services`]. Must
//! not know: any verb.

use doorward_domain::SessionLimits;
use std::sync::Arc;

use crate::authentication::BearerKey;
use crate::context::Context;
use crate::ports::Stores;
use crate::throttle::Throttle;
use crate::{Apps, AuditLog, Authentication, Counters};

/// What verbs are made of.
pub(crate) struct Core {
    pub(crate) stores: Stores,
    pub(crate) context: Context,
    pub(crate) apps: Arc<Apps>,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) authentication: Arc<Authentication>,
    /// Signs bearer tokens.
    pub(crate) bearer: Arc<BearerKey>,
    /// How long sessions live.
    pub(crate) limits: SessionLimits,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) counters: Arc<Counters>,
}
