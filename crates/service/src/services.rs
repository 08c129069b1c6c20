//! All verbs, put together once.

use doorward_domain::SessionLimits;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::admission::BearerKey;
use crate::audit_log::Outlets;
use crate::opening::Opening;
use crate::passwords::Passwords;
use crate::ports::{
    AuditStore, Changes, Clock, Entropy, GrantStore, SessionStore, SettingStore, StoreError, StoreHealth, UserStore,
};
use crate::readiness;
use crate::setup::Administered;
use crate::sources::Sources;
use crate::throttle::Throttle;
use crate::{
    Admission, App, Apps, AuditLog, Counters, Explain, Grants, HandOver, Login, Readiness, Sessions, Setup, Users,
};

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
    /// Whether all of these can be relied on.
    pub health: Arc<dyn StoreHealth>,
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
    /// How long audit entries are kept; `None`: for ever.
    pub audit_retention: Option<std::time::Duration>,
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
    /// Hands browsers over to apps at hosts of their own.
    pub hand_over: HandOver,
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
    /// Knows whether the database can be relied on.
    pub readiness: Readiness,
    /// Signs CSRF tokens: random per installation, the same on every replica.
    pub csrf_key: [u8; 32],
    /// Ends the background work.
    _keeper: DropGuard,
}

impl Services {
    /// Puts them together and starts the background work (audit writer, change poller, session toucher) on the current runtime.
    /// The work ends when the last clone of the result is dropped; [`Self::shutdown`] first, so that nothing is lost.
    pub async fn start(
        stores: Stores,
        config: ServicesConfig,
        apps: Vec<Arc<App>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, StoreError> {
        let sources = Sources::new(Arc::clone(&clock), Arc::clone(&entropy));
        let csrf_key = installation_key(stores.settings.as_ref(), &sources, "csrf_key").await?;
        let bearer_key = installation_key(stores.settings.as_ref(), &sources, "bearer_key").await?;
        let bearer = BearerKey::new(&bearer_key).map_err(|why| StoreError::Unavailable(Box::new(why)))?;
        let bearer = Arc::new(bearer);
        let outlets = Outlets { file: config.audit_file, stdout: config.audit_stdout };
        let audit = Arc::new(
            AuditLog::start(
                Arc::clone(&stores.audit),
                Arc::clone(&stores.settings),
                sources.clone(),
                outlets,
                config.audit_retention,
            )
            .await?,
        );
        let (sessions, changes) = (Arc::clone(&stores.sessions), Arc::clone(&stores.changes));
        let counters = Arc::<Counters>::default();
        let (sources_too, counted) = (sources.clone(), Arc::clone(&counters));
        let admission =
            Admission::start(sessions, changes, sources_too, config.sessions, Arc::clone(&bearer), counted).await?;
        let admission = Arc::new(admission);
        let stop = CancellationToken::new();
        admission.keep(&stop);
        tokio::spawn(readiness::checkpoints(Arc::clone(&stores.health), stop.clone()));
        let opening = Opening {
            sessions: Arc::clone(&stores.sessions),
            admission: Arc::clone(&admission),
            bearer,
            limits: config.sessions,
            counters: Arc::clone(&counters),
            sources: sources.clone(),
        };
        let parts = Parts { stores, sources, apps: Arc::new(Apps::new(apps)), audit, admission, opening, counters };
        Ok(Arc::new(parts.assemble(clock, entropy, csrf_key, stop.drop_guard())))
    }

    /// Writes down what is still in memory: audit entries, and when sessions were last seen.
    pub async fn shutdown(&self) {
        self.admission.save_last_seen().await;
        self.audit.stop().await;
    }

    /// A fresh decision id.
    pub fn decision_id(&self) -> doorward_domain::DecisionId {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        doorward_domain::DecisionId::generate(self.clock.now(), random)
    }
}

/// What the verbs are made of.
struct Parts {
    stores: Stores,
    sources: Sources,
    apps: Arc<Apps>,
    audit: Arc<AuditLog>,
    admission: Arc<Admission>,
    opening: Opening,
    counters: Arc<Counters>,
}

impl Parts {
    fn assemble(
        self,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        csrf_key: [u8; 32],
        keeper: DropGuard,
    ) -> Services {
        let Self { stores, sources, apps, audit, admission, opening, counters } = self;
        let passwords = Arc::new(Passwords::new(sources.clone()));
        let throttle = Arc::<Throttle>::default();
        let administered = Arc::new(Administered::new(Arc::clone(&stores.users)));
        Services {
            clock,
            entropy,
            login: Login {
                users: Arc::clone(&stores.users),
                sessions: Arc::clone(&stores.sessions),
                audit: Arc::clone(&audit),
                admission: Arc::clone(&admission),
                passwords: Arc::clone(&passwords),
                throttle: Arc::clone(&throttle),
                administered: Arc::clone(&administered),
                opening: opening.clone(),
                sources: sources.clone(),
            },
            hand_over: HandOver::new(Arc::clone(&stores.sessions), sources.clone()),
            setup: Setup {
                users: Arc::clone(&stores.users),
                settings: Arc::clone(&stores.settings),
                passwords: Arc::clone(&passwords),
                throttle: Arc::clone(&throttle),
                administered,
                opening,
                sources: sources.clone(),
            },
            users: Users {
                store: Arc::clone(&stores.users),
                admission: Arc::clone(&admission),
                audit: Arc::clone(&audit),
                passwords,
                throttle,
                sources: sources.clone(),
            },
            sessions: Sessions {
                users: Arc::clone(&stores.users),
                store: stores.sessions,
                admission: Arc::clone(&admission),
                sources: sources.clone(),
            },
            grants: Grants {
                store: Arc::clone(&stores.grants),
                users: Arc::clone(&stores.users),
                apps: Arc::clone(&apps),
                admission: Arc::clone(&admission),
                sources: sources.clone(),
            },
            explain: Explain { users: stores.users, grants: stores.grants, apps: Arc::clone(&apps), sources },
            apps,
            admission,
            audit,
            counters,
            readiness: Readiness::new(stores.health),
            csrf_key,
            _keeper: keeper,
        }
    }
}

/// A key of this installation, made at the first start; all processes on the database get the same.
async fn installation_key(settings: &dyn SettingStore, sources: &Sources, name: &str) -> Result<[u8; 32], StoreError> {
    let stored = match settings.find(name).await? {
        Some(stored) => stored,
        None => settings.put_if_absent(name, &sources.random::<32>()).await?,
    };
    stored.try_into().map_err(|_| StoreError::Unavailable(format!("the setting {name} is damaged").into()))
}
