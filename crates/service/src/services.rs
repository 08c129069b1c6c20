//! All verbs, put together once.

use doorward_domain::SessionLimits;
use std::sync::Arc;

use crate::ports::{AuditStore, Changes, Clock, Entropy, GrantStore, SessionStore, SettingStore, UserStore};
use crate::{Admission, App, Apps, AuditLog, Counters, Explain, Grants, Login, Sessions, Setup, Users};

/// The ports, as one engine implements them.
#[derive(Clone)]
pub struct Stores {
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Who is signed in.
    pub sessions: Arc<dyn SessionStore>,
    /// Roles.
    pub grants: Arc<dyn GrantStore>,
    /// What happened.
    pub audit: Arc<dyn AuditStore>,
    /// Small things.
    pub settings: Arc<dyn SettingStore>,
    /// News from elsewhere.
    pub changes: Arc<dyn Changes>,
}

/// What the verbs are configured with.
#[derive(Debug, Clone, Default)]
pub struct ServicesConfig {
    /// How long sessions live.
    pub sessions: SessionLimits,
    /// A file that gets every audit event as a line of JSON.
    pub audit_file: Option<std::path::PathBuf>,
    /// Whether standard output gets them too.
    pub audit_stdout: bool,
}

/// All verbs.
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The apps.
    pub apps: Arc<Apps>,
    /// Knows who is signed in.
    pub admission: Arc<Admission>,
    /// Signs in and out.
    pub login: Login,
    /// Makes the first administrator.
    pub setup: Setup,
    /// Administers people.
    pub users: Users,
    /// Sees and ends sessions.
    pub sessions: Sessions,
    /// Gives and takes roles.
    pub grants: Grants,
    /// Writes and reads what happened.
    pub audit: Arc<AuditLog>,
    /// Explains decisions.
    pub explain: Explain,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Signs CSRF tokens: random per installation, the same on every replica.
    pub csrf_key: [u8; 32],
}

impl Services {
    /// Puts them together and starts the background work (audit writer, change poller, session toucher) on the current runtime.
    /// The work ends when the last clone of the result is dropped.
    pub async fn start(
        _stores: Stores,
        _config: ServicesConfig,
        _apps: Vec<Arc<App>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, crate::ports::StoreError> {
        Ok(Arc::new(Self {
            clock,
            entropy,
            apps: Arc::default(),
            admission: Arc::new(Admission {}),
            login: Login {},
            setup: Setup {},
            users: Users {},
            sessions: Sessions {},
            grants: Grants {},
            audit: Arc::new(AuditLog {}),
            explain: Explain {},
            counters: Arc::default(),
            csrf_key: [0; 32],
        }))
    }

    /// A fresh decision id.
    pub fn decision_id(&self) -> doorward_domain::DecisionId {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        doorward_domain::DecisionId::generate(self.clock.now(), random)
    }
}
